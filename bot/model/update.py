"""What is decided about a pin."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.model.alarm import PinAlarm
from bot.model.dependency import OCI, Release
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.pin import Pin, Role

OPT_OUT: Final = "opt-out"
"""The name of the policy by which a file's owner has a pin left alone."""
ORDER: Final = "command"
"""The name under which updates are held that somebody ignores or snoozes by a comment."""
SOAK: Final = "soak"
"""The name of the policy by which a stage waits for the one before it."""
OTHER_BOT: Final = "other bot"
"""The name under which updates are held that another bot's open pull request asks for."""
SAID_SO: Final = frozenset({ORDER, OTHER_BOT})
"""Holds by the word of others, which end by their word and not by themselves."""
TRIPWIRE: Final = "tripwire"
"""The name of the policy by which nothing goes out of a dependency with a tag that moved and should not have."""
ALARM: Final = "alarm"
"""The verdict on a value in use that is such a tag."""
REMARKS: Final = frozenset({ALARM, "mismatch", "moved", "deprecated", "deprecated base", "forbidden base", "withdrawn"})
"""Verdicts of candidates that say what is wrong with what a pin has now, whatever becomes of it."""


class UpdateKind(StrEnum):
    MAJOR = "major"
    CYCLE = "cycle"
    """Of a language runtime or a database: to another cycle of its releases, where the first number stays: Python 3.12 to 3.13."""
    MINOR = "minor"
    PATCH = "patch"
    DIGEST = "digest"
    """The same tag at a newer digest: the rebuild of a base."""
    PIN = "pin"
    """An unpinned reference gets its digest."""
    MIGRATE = "migrate"
    """Another base takes the place of one that the organisation wants nobody to stand on; never merged but by people."""


STEPS: Final = frozenset({UpdateKind.MAJOR, UpdateKind.CYCLE, UpdateKind.MIGRATE})
"""Kinds that want a reader: each goes out in a pull request of its own."""


class ChartBump(StrEnum):
    """How the own version of a Helm chart is raised when what the chart holds changes."""

    NONE = "none"
    PATCH = "patch"
    MINOR = "minor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A pin and the release that it should move to. `release.digest` is known wherever the pin has a digest or shall get one."""

    pin: Pin
    release: Release
    kind: UpdateKind
    stage: str = ""
    """The pin's, where a soak gives that pull requests of its own; empty: it goes with the rest of the app."""
    promoted_from: str = ""
    """The tag whose digest it brings, where that is another one than the pin's; empty: its own."""
    bump_chart: ChartBump = ChartBump.NONE
    """Of the charts that the pin's file is a part of."""
    range_step: tuple[str, str] | None = None
    """Where the value is a range: the newest version that it lets in (empty: none), and the one for which the new range is written."""
    because: str = ""
    """Why the organisation wants it, in its own words; of a migration."""

    @property
    def is_migration(self) -> bool:
        """Whether the pin shall name another image: that of the release."""
        return self.kind is UpdateKind.MIGRATE

    @property
    def old_image(self) -> ImageReference | None:
        """The image that is in use; None: it is no image, or its name is none."""
        return image_in_use(self.pin)

    @property
    def new_image(self) -> ImageReference | None:
        """The image that it would become."""
        name = self.release.dependency.name if self.is_migration else self.pin.dependency.name
        return _image(self.pin, name, self.release.value, self.release.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A published value that was looked at, what was found and why."""

    value: str
    verdict: str
    """`chosen`, `newer`, `current`, `older`, `held`, `other line`, `prerelease`, `not a version`, `not allowed`, ..., or one of REMARKS."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    update: Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A policy's reason why an update may not go out yet."""

    update: Update
    policy: str
    reason: str
    until: datetime | None = None
    """When the hold ends by itself; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAllowed:
    """Something newer is there, and a rule refuses it for as long as the rule stands as it is. No all-clear."""

    update: Update
    """The newest one that is refused."""
    policy: str
    reason: str
    until: datetime | None = None
    """When the refusal ends by itself; None: when somebody changes the rule."""
    refused: tuple[str, ...] = ()
    """Every newer value that rules refuse, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpToDate:
    """What was looked at holds nothing newer, whatever the rules say."""

    pin: Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """The list of what is published lost what it had before: nothing is concluded from it, and what is open stays as it is."""

    pin: Pin
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecidable:
    """The order of the published values is not certain, or the value is no version: nothing is proposed."""

    pin: Pin
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The look-up failed. Unknown is not vanished: what is open for this pin stays as it is."""

    pin: Pin
    reason: str


Verdict = Propose | Hold | NotAllowed | UpToDate | Undecidable | Frozen | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one pin, and every candidate with the reason it was taken or passed over, best first."""

    pin: Pin
    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()
    stage: str = ""
    """As `Update.stage`."""
    alarm: PinAlarm | None = None
    """Of the pin's dependency; None: nothing that is known."""

    @property
    def remarks(self) -> tuple[Candidate, ...]:
        """What is wrong with what the pin has now: a digest of another version, a release tag that moved, a base not to be used."""
        return tuple(candidate for candidate in self.candidates if candidate.verdict in REMARKS)


def last_day(until: datetime) -> date:
    """The last day, in UTC, on which something holds that ends at a moment: what holds until midnight holds through the day before."""
    return (until - timedelta(microseconds=1)).astimezone(UTC).date()


def image_in_use(pin: Pin) -> ImageReference | None:
    """The image that a pin names; None: it is no image, or its name is none."""
    return _image(pin, pin.dependency.name, pin.value or (None if pin.digest else "latest"), pin.digest)


def _image(pin: Pin, name: str, tag: str | None, digest: str | None) -> ImageReference | None:
    if pin.dependency.datasource != OCI or pin.role is Role.CHART:
        return None
    try:
        return ImageReference.parse(name).at(tag=tag, digest=None if digest is None else Digest(digest))
    except InvalidReferenceError:
        return None
