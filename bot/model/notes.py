"""What a maintainer is told about an update."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.model.comparison import Difference, ImageStep
from bot.model.image import Digest

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
    problems: tuple[str, ...] = ()
    """Of sources that failed: once they answer, the text is written again."""
    unseen: tuple[str, ...] = ()
    """What is not there to be read; it is told, and waited for no longer."""
