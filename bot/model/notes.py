"""What a maintainer is told about an update."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.model.chart import ChartStep
from bot.model.comparison import Difference, ImageStep
from bot.model.image import Digest
from bot.model.signature import SignatureStep

MAX_RELEASES_READ: Final = 300
"""Of one repo, the newest: more are not asked for."""
CUT: Final = "… (cut here: the release itself has the rest)"
"""The last line of a text that was cut."""


def cut(text: str, most: int) -> str:
    """The text in at most `most` characters; cut at the end of a line where there is one, and marked as cut."""
    if len(text) <= most:
        return text
    kept = text[: max(0, most - len(CUT) - 1)]
    return f"{kept.rpartition(chr(10))[0] or kept}\n{CUT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What the registry tells of one image, for one platform."""

    digest: Digest | None = None
    """Of the index, or of the single manifest; None where the facts are made up."""
    platform: str = ""
    """That the layers are for, as the image's config says."""
    labels: dict[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    layer_digests: tuple[str, ...] = ()
    diff_ids: tuple[str, ...] = ()
    size_bytes: int = 0
    """The sum of the compressed layers."""
    platforms: tuple[str, ...] = ()
    """Of the index; empty for a single manifest."""
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    exposed_ports: tuple[str, ...] = ()
    working_folder: str = ""
    volumes: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()
    stop_signal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedImage:
    """Which image stands at a reference, and which platforms it is for."""

    digest: Digest
    """Of the index, or of the single manifest."""
    platforms: tuple[str, ...]
    """`linux/arm64/v8`, in the order of the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseNote:
    """A release's own text; foreign and hostile until neutralised."""

    name: str
    text: str
    url: str | None = None
    published_at: datetime | None = None


class NewestNotes(StrEnum):
    """Whether the notes of the version that is proposed are known, and if not, why."""

    TOLD = "told"
    EMPTY = "published without a text"
    NOT_YET = "not published yet"
    """Its source publishes notes, those of the version in use for one, and none of this version: they may come."""
    NO_RELEASES = "its source publishes no releases"
    """Nor a changelog that names its versions."""
    NO_SOURCE = "its source is not known"
    NOT_SHOWN = "its source is not there, or not shown to the bot"
    FAILED = "its source could not be asked"
    """`problems` says why: once it answers, the text is written again."""
    NOT_ASKED = "no version of it is known"
    """The digest alone moves, and nothing says from which version to which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangelogFile:
    """A changelog as it stands in a repo; foreign and hostile until neutralised."""

    path: str
    text: str
    url: str | None = None
    """For people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitsBetween:
    """What was committed between the two revisions that two images say they were built from."""

    count: int
    """Commits that only the newer one has."""
    missing: int = 0
    """Commits that only the older one has: the newer one was built from another branch, or from before."""
    subjects: tuple[str, ...] = ()
    """First lines of the first ones, in the order of their making; foreign and hostile until escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSource:
    """Where the releases of some dependencies are, as the configuration says."""

    match: tuple[str, ...]
    """Shell patterns over names in normal form."""
    repo: str
    """`owner/name`, or `owner/*` for the repo that is called like the last part of the dependency's name."""
    tag_prefix: str | None = None
    """Of the releases that count, where the repo has those of several packages; None: told by the versions."""
    changelog: str | None = None
    """The path of its changelog; None: looked for in the usual places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """All that is known of one update. A source that failed is a line in `problems`, never a lost update."""

    old: ImageFacts | None = None
    new: ImageFacts | None = None
    source_url: str | None = None
    compare_url: str | None = None
    releases: tuple[ReleaseNote, ...] = ()
    """Newest first; their texts neutralised."""
    older_releases: int = 0
    """How many more lie between the two values."""
    newest: NewestNotes = NewestNotes.NOT_ASKED
    """Whether `releases` has the text of the version that is proposed."""
    changelog: str | None = None
    """The path of the changelog that `releases` are sections of; None: they are releases."""
    commits: CommitsBetween | None = None
    """Between the two revisions; None: they are not known, or the same."""
    same_revision: str | None = None
    """The commit that both images say they were built from: a rebuild of the same source. None: not the same, or not known."""
    may_lack_releases: bool = False
    """The repo has more releases than were read, and the value in use is none of those that were."""
    differences: tuple[Difference, ...] = ()
    """Those that need attention first."""
    old_name: str | None = None
    """Where the digest alone moves: the most precise other value that stood at the digest in use."""
    new_name: str | None = None
    """The same of the new digest."""
    step: ImageStep | None = None
    """What becomes of packages and known holes; None: it is no image, or the images were not opened."""
    signatures: SignatureStep | None = None
    """Who signed the two images; None: nothing is demanded."""
    chart: ChartStep | None = None
    """What becomes of the chart; None: it is none, or it could not be looked at."""
    problems: tuple[str, ...] = ()
    """Of sources that failed: once they answer, the text is written again."""
    unseen: tuple[str, ...] = ()
    """What is not there to be read; it is told, and waited for no longer."""
