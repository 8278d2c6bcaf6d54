"""What a fleet's owner lets out, when and how: the rules that settings hold and policies read."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.model.severity import Severity
from bot.model.update import ChartBump, UpdateKind

CODE_OWNERS: Final = "codeowners"
"""Among reviewers: the owners of the changed files."""


class RangeMove(StrEnum):
    """What becomes of a range that shuts the newest version out."""

    KEEP = "keep"
    """It is left to its owners, and said."""
    WIDEN = "widen"
    """It lets in what it did, and the new version besides."""
    REPLACE = "replace"
    """It is written for the new version, in its own style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which pins a rule speaks of. Each non-empty field must fit; values are shell globs (`docker.io/library/*`), `!` in front negates."""

    dependencies: tuple[str, ...] = ()
    """Names in normal form."""
    datasources: tuple[str, ...] = ()
    finders: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    repos: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Times at which proposals may go out: days (0 Monday to 6 Sunday) and hours [from, to) in a time zone."""

    days: frozenset[int] = frozenset(range(7))
    from_hour: int = 0
    to_hour: int = 24
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A stretch of time in which nothing goes out."""

    starts: datetime
    ends: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Values never to be proposed: a range (`>=2.0`, `2.x`) or a glob, with a reason and an end."""

    versions: str
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What makes an update of an image worth a pull request: any one of these."""

    fixes: bool = False
    """It closes a known hole."""
    end_of_life: bool = False
    """The image in use holds an operating system past its end, and the new one does not."""
    older_than: timedelta | None = None
    """The image in use was built longer ago than this, as its publisher says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Which updates share a pull request: those of one app whose rules name the same group, or of several apps of one repo."""

    name: str
    paths: tuple[str, ...] = ()
    """Shell globs of folders: the apps in them share it; none: each app has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A purpose tag whose pins get what another one of the same image has held."""

    tag: str
    follows: str
    """Whose digest it gets."""
    after: timedelta
    """How long that has to have held it, or what came after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeIf:
    """What has to be so besides before GitHub may merge by itself: all of these."""

    closes: Severity | None = None
    """The pull request is known to close a hole of this severity or worse; None: whatever it closes."""
    brings_none: bool = False
    """Each of its images is known to bring no hole."""
    requires_check: bool = False
    """The base branch lets nothing in without a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is set for the pins that it matches; None: left as earlier rules have it. Later rules win, field by field."""

    match: Match = field(default_factory=Match)
    name: str = ""
    allow: frozenset[UpdateKind] | None = None
    """The kinds that may be proposed."""
    versions: str | None = None
    """A range that a proposed value must lie in (`<4`, `3.x`)."""
    ignore: tuple[Ignored, ...] = ()
    """These add up."""
    cooldown: timedelta | None = None
    """How long a release must have been seen by this bot before it goes out."""
    digest_cooldown: timedelta | None = None
    """The same for a new digest of the same tag (kinds digest and pin); None: as `cooldown`."""
    urgent_from: Severity | None = None
    """A release that closes a known hole of this severity or worse waits `urgent_cooldown` instead; unknown: none does."""
    urgent_cooldown: timedelta | None = None
    only_if: Worth | None = None
    """What makes an update of an image worth a pull request; None: every one is."""
    prereleases: bool | None = None
    windows: tuple[Window, ...] | None = None
    also_windows: tuple[Window, ...] = ()
    """One of these has to be open besides; none: always open."""
    freezes: tuple[Freeze, ...] = ()
    """These add up."""
    group: Grouping | None = None
    """None: a pull request for each dependency, and `rebuilds_together`."""
    soak: timedelta | None = None
    """How long the stage before must have had a value, or what came after it, before this one gets it; None: stages move together."""
    promote: tuple[Promotion, ...] = ()
    """These add up; of two for a tag the later one counts."""
    rebuilds_together: bool | None = None
    """Whether new digests under the same tag share a pull request where no group is named; None: they do."""
    follow: str | None = None
    """The app whose version of the same dependency this one follows, never ahead of it."""
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: str | None = None
    """The title of one that the repo has."""
    draft: frozenset[UpdateKind] | None = None
    """The kinds whose pull requests are opened as drafts."""
    auto_merge: frozenset[UpdateKind] | None = None
    """The kinds that GitHub may merge once all that the base branch requires is there; None: none."""
    auto_merge_if: MergeIf | None = None
    skip_no_ops: bool | None = None
    """Whether a new digest with the same content (diff_ids and config) is passed over."""
    ranges: RangeMove | None = None
    """What becomes of ranges that shut the newest version out; None: they are kept."""
    bump_chart: ChartBump | None = None
    """How the own version of the chart around a pin is raised along with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedBase:
    """One entry of an organisation's catalogue of base images."""

    dependency: str
    """A glob over names in normal form."""
    status: str
    """`allowed`, `deprecated` or `forbidden`."""
    successor: str | None = None
    reason: str = ""
    tags: str = "*"
    """A glob over tags."""
    since: date | None = None
    """The day from which on it is deprecated or forbidden; None: it is."""
    older_than: timedelta | None = None
    """It speaks only of images that were built longer ago than this, as their publishers say; None: of all."""
    is_proposed: bool = False
    """Whether the successor is proposed where its tag is certain, and not only told."""

    def holds_on(self, day: date) -> bool:
        return self.since is None or self.since <= day
