"""One app, one update, and a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.accepted import Accepted
from bot.model.fleet import App
from bot.model.hurdle import Hurdle
from bot.model.image import ImageReference
from bot.model.severity import Severity


class Step(StrEnum):
    """The chain that an update goes along; each with the time it was first seen done."""

    RELEASED = "released"
    DETECTED = "detected"
    PROPOSED = "proposed"
    MERGED = "merged"
    REBUILT = "rebuilt"
    """An image that the app publishes has it."""
    DEPLOYED = "deployed"
    """A stage has it."""
    ENDED = "ended"
    """Nobody waits for anything more; the reason is an `End`."""


class Known(StrEnum):
    """An answer that may be missing."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class End(StrEnum):
    """Why a clock stopped. Nothing ends by itself."""

    MERGED = "merged"
    """And nothing follows: the app publishes no image that it is in."""
    UNSEEN = "merged; nothing tells what runs"
    """What is used as others build it: the files name the fix, and no source saw what runs."""
    TAKEN = "taken another way"
    """The app's files name something newer, and no pull request of the bot brought it."""
    REBUILT = "rebuilt"
    """And where the app's images run is told by nothing."""
    DEPLOYED = "deployed"
    """In every stage that is known."""
    PIN_GONE = "no longer used"
    """The app's files name the dependency no more."""
    VENDOR = "vendor's word"
    """A publisher says that what it closed is no hole of what the app stands on. It comes back where that is taken back."""
    RETIRED = "app retired"
    """Somebody declares the app retired, or its repo is archived. It comes back with the app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageState:
    """How far a fix has come in one place of the way to production."""

    stage: str
    """`production`; empty for the published image itself, before any stage."""
    image: str
    """What is there: name, tag and short digest; empty: not known."""
    has_fix: Known
    why: str
    """What the answer rests on, or why there is none, in words."""
    since: datetime | None = None
    """When it was first seen there with the fix; None where it is not."""
    source: str = ""
    """Whose word it is that this image is there, with its day: `inventory prod.json of 2026-03-01`."""
    is_running: bool = False
    """Seen to run; else only written to run, or only published."""
    reference: ImageReference | None = None
    """Of a published image: its tag and digest; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A statement by which an image does not have a hole."""

    names: frozenset[str]
    """Of the hole."""
    said: str
    """Whose word it is, and where: `Acme says 'not affected' in acme.vex.json`. Hostile."""
    at: datetime | None
    """When it was said; None: it does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """What an update was last known to close in an image."""

    severity: Severity
    """Of the worst hole that is closed; unknown where none is known to be."""
    said: str
    """`closes 3 holes (1 critical, 2 high)`."""
    exploited_since: datetime | None = None
    """The day on which the first of them was listed as exploited in the wild; None: none is known to be."""
    holes: frozenset[str] = frozenset()
    """One name of each hole that is closed."""
    bad_since: Mapping[Severity, datetime] = field(default_factory=dict)
    """Since when an update from the same old value is known to close a hole at least so bad; what is not there: since the clock began."""
    words: tuple[Word, ...] = ()
    """What takes holes of the old image away; not remembered."""
    is_whole: bool = False
    """Whether both images were looked at now, and nothing failed or stayed unclear; not remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One app that has not taken one update."""

    app: App
    dependency: str
    old: str
    """What the app stands on now: tag, with the short digest where there is one."""
    new: str
    steps: dict[Step, datetime]
    waiting_for: Step
    """The first step of the chain that has not happened."""
    severity: Severity = Severity.UNKNOWN
    closes: str = ""
    """What the update is known to close, in words; empty: not known."""
    due: datetime | None = None
    """When it counts as stale."""
    pull_request_url: str | None = None
    pull_request_number: int | None = None
    blocked_by: str = ""
    """Why it does not move, where that is known: `declined`, `edited by human`, `conflict`, `held: …`."""
    hurdles: tuple[Hurdle, ...] = ()
    """What keeps its open pull request from its merge, besides; empty: nothing is known to, or nobody asked."""
    unblock: str = ""
    """What would move it, in words: `merge #12`, `approve the run of build.yml`, `promote shop:1.4.2 from qa`; empty: not known."""
    is_exploited: bool = False
    """It closes a hole that is known to be exploited."""
    built: StageState | None = None
    """The image that the app publishes; None: it has none that this fix is in."""
    stages: tuple[StageState, ...] = ()
    """The stages in which that image is known to be deployed, in the order of the way to production."""

    accepted: Accepted | None = None
    """Who took the risk upon them, and until when; of what ran out, the last one that did. None: nobody."""

    @property
    def stuck_because(self) -> str:
        """Everything that is known of why it does not move, in words; empty: nothing is. Hostile."""
        return "; ".join(filter(None, (self.blocked_by, *(hurdle.said for hurdle in self.hurdles))))

    @property
    def is_unsure(self) -> bool:
        """Whether nobody can tell if it has come to its end: it is no exposure for certain, has no due day, and is no all-clear."""
        return self.due is None

    def is_accepted(self, now: datetime) -> bool:
        """Whether its due day does not hold."""
        return self.accepted is not None and not self.accepted.is_over(now)

    def is_stale(self, now: datetime) -> bool:
        return self.due is not None and now >= self.due and not self.is_accepted(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """One update that an app does not take, for its owner or a rule refuses it."""

    app: App
    dependency: str
    old: str
    new: str
    """The newest one that is refused."""
    is_opt_out: bool
    """By a comment of the file's owner; else by a rule of the configuration."""
    reason: str
    until: datetime | None = None
    """When that ends by itself; None: when somebody changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One app that took one update."""

    app: App
    dependency: str
    old: str
    new: str
    """What it was asked to become; empty: it moved before anybody asked."""
    at: datetime
    """When the change was merged, or first seen where it came another way."""
    waited_since: datetime | None = None
    """When the bot detected the update."""
    pull_request_url: str | None = None
    """None: it was not by a pull request of the bot."""
    end: End | None = None
    """Why its clock stopped; None: only that it did is known."""
    said: str = ""
    """Whose word that rests on; empty: nobody's. Hostile."""
