"""When a pull request that is not open yet goes out: how urgent it is, and what it waits for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.model.fleet import Criticality
from bot.model.severity import Severity
from bot.model.update import Update


class WaitsFor(StrEnum):
    """Why a proposal does not go out in this run."""

    RUN = "a later run"
    HOUR = "a later hour"
    REPO = "its repo"
    """So many pull requests are open there already."""
    OWNER = "its owner"
    """So many are open in all repos of the organisation or user."""
    BASE = "its base image"
    """The app that publishes it is about to build it again."""
    COMPANY = "another update of the app"
    CANARY = "the apps that go first"


_OLDEST: Final = datetime.min.replace(tzinfo=UTC)
_SEVERITIES: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.UNKNOWN, Severity.LOW, None)
_CRITICALITIES: Final = (Criticality.HIGH, Criticality.MEDIUM, Criticality.LOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """What decides who goes first."""

    is_exploited: bool = False
    """It closes a hole that is exploited in the wild."""
    severity: Severity | None = Severity.UNKNOWN
    """Of the worst hole that it closes; unknown: nobody knows whether it closes one; None: it is known to close none."""
    criticality: Criticality = Criticality.MEDIUM
    """Of the app."""
    since: datetime | None = None
    """When this bot first saw the release; None: before it began to watch."""

    @property
    def order(self) -> tuple[bool, int, int, datetime]:
        """A key to sort by, the most urgent first. What nobody knows comes before what is known to be harmless."""
        return (
            not self.is_exploited,
            _SEVERITIES.index(self.severity),
            _CRITICALITIES.index(self.criticality),
            _OLDEST if self.since is None else self.since,
        )

    @property
    def is_pressing(self) -> bool:
        """Whether it waits for nobody: what it closes is exploited, or critical."""
        return self.is_exploited or self.severity is Severity.CRITICAL

    @property
    def in_words(self) -> str:
        """`closes a critical hole, exploited in the wild`; of what nobody knows `holes not known`."""
        match self.severity:
            case None:
                return "closes no known hole"
            case Severity.UNKNOWN:
                said = "closes a hole, exploited in the wild" if self.is_exploited else "holes not known"
            case severity:
                said = f"closes a {severity.value} hole" + (", exploited in the wild" if self.is_exploited else "")
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A proposal that is ready and does not go out in this run."""

    repo: str
    """`owner/name`."""
    app: str
    title: str
    updates: tuple[Update, ...]
    urgency: Urgency
    waits_for: WaitsFor
    reason: str
    """In words, with when its turn is, as far as that is known."""
    place: int | None = None
    """In the queue for the next run, from 1; None: its turn is not a matter of the queue."""

    @property
    def in_words(self) -> str:
        """`waits for a later run (place 3): …`."""
        place = "" if self.place is None else f" (place {self.place})"
        return f"waits for {self.waits_for.value}{place}: {self.reason}"
