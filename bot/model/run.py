"""What one run did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.base_state import BaseState
from bot.model.exposure import Exposure
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.pin import Skip
from bot.model.pull_request import Closed, Outcome, Sent
from bot.model.rebuild_order import RebuildTold
from bot.model.turn import Waiting
from bot.model.update import Decision, Propose, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDecisions:
    """One app of one repo, the decision on each of its pins, and its skips."""

    app: App
    decisions: tuple[Decision, ...]
    skips: tuple[Skip, ...] = ()
    migrations: tuple[Decision, ...] = ()
    """On pins whose base shall give way to another one, besides what is decided on each within its own base."""

    @property
    def wanted(self) -> tuple[Update, ...]:
        """What goes out as far as decisions go."""
        return tuple(one.verdict.update for one in (*self.decisions, *self.migrations) if isinstance(one.verdict, Propose))


class Stage(StrEnum):
    """The parts of a run, in their order."""

    START = "start"
    """It makes ready, or waits for another run to end."""
    SURVEY = "survey"
    FIND = "find"
    WATCH = "watch"
    DECIDE = "decide"
    PROPOSE = "propose"
    CLOSE = "close"
    """Of pull requests that stand for nothing any more."""
    TRACK = "track"
    INSPECT = "inspect"
    USES = "uses"
    """Which images are in use is recorded."""
    END = "end"
    """All is done."""

    def is_after(self, other: "Stage") -> bool:
        order = list(Stage)
        return order.index(self) > order.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """A run that was told to stop before its end, and what it left: the next run begins with it."""

    stage: Stage
    """What it was at; of what comes later nothing was done."""
    unread: tuple[str, ...] = ()
    """Repos that were not looked at; in the survey those that it has not met yet are missing here."""
    unjudged: tuple[str, ...] = ()
    """Repos that were read, and nothing was decided on what is in them."""
    unsent: tuple[str, ...] = ()
    """The repo of each pull request that would have been opened or changed, as far as that can be told before it is made."""
    in_doubt: tuple[str, ...] = ()
    """`owner/name: branch` of what was being sent: nobody knows whether it came through."""
    unlabelled: tuple[str, ...] = ()
    """`owner/name#1` of those that lack their labels."""

    @property
    def unfinished(self) -> frozenset[str]:
        """The repos that were read, and not gone through to the end."""
        return frozenset((*self.unjudged, *self.unsent, *(what.partition(":")[0] for what in self.in_doubt)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFault:
    """What is wrong in the file of a repo that asks the bot to be quieter there."""

    repo: str
    faults: tuple[str, ...]
    """A line each, with the remedy."""
    is_silencing: bool
    """Whether nothing new goes out to the repo until it is mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run from survey to track; what failed is in `failures`, what was not tried in `not_reached`, everything else was done."""

    started_at: datetime
    repos: int
    """How many were scanned."""
    apps: tuple[AppDecisions, ...]
    sent: tuple[Sent, ...]
    exposures: tuple[Exposure, ...]
    failures: tuple[Failure, ...]
    not_reached: tuple[Failure, ...] = ()
    """What a limit of the forge left for the next run, which begins with it."""
    closed: tuple[Closed, ...] = ()
    """Pull requests that stood for nothing any more."""
    waiting: tuple[Waiting, ...] = ()
    """Proposals whose turn has not come, the most urgent first."""
    empty_repos: tuple[str, ...] = ()
    """Without a commit: there is nothing to look at."""
    last_run: datetime | None = None
    """When the whole fleet was gone through before, to an hour; None: never, as far as the ledger knows."""
    is_late: bool = False
    """That is longer ago than the schedule should let pass."""
    bases: tuple[BaseState, ...] = ()
    """The images in use, opened; none where nothing is configured that tells of holes."""
    unremembered: int = 0
    """Pull requests of earlier runs where the ledger knew of no earlier run at all: it was lost, or is another one."""
    idle_rules: tuple[str, ...] = ()
    """The rules of the configuration that matched no pin of the whole fleet: they may be meant for others than they name."""
    own_faults: tuple[OwnFault, ...] = ()
    rebuilds: tuple[RebuildTold, ...] = ()
    """The published images that the rules have built again, and how far that is."""
    circles: tuple[str, ...] = ()
    """Apps that build on each other, so that none waits for the new build of another: `a - b - a`."""
    notes: tuple[str, ...] = ()
    """What is not known for want of a source that not every GitHub has, or not every token may read: no failure."""
    interruption: Interruption | None = None
    """None: it came to its end."""

    @property
    def has_alarm(self) -> bool:
        """Whether a tag that is not to move stands where it should not, anywhere in the fleet."""
        return any(decision.alarm is not None for entry in self.apps for decision in entry.decisions)

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left for want of time or requests."""
        return not self.not_reached and self.interruption is None

    def closes(self, sent: Sent) -> str:
        """What a proposal is known to close: of its worst update, in words; empty: not known."""
        dependencies = {str(update.pin.dependency) for update in sent.proposal.updates}
        known = [one for one in self.exposures if one.app.repo == sent.proposal.repo and one.dependency in dependencies and one.closes]
        return max(known, key=lambda one: one.severity.rank).closes if known else ""

    def count(self, outcome: Outcome) -> int:
        return sum(1 for sent in self.sent if sent.outcome is outcome)

    @property
    def pins(self) -> int:
        return sum(len(entry.decisions) for entry in self.apps)
