"""One app, one update, and a clock."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.fleet import App
from bot.model.severity import Severity


class Step(StrEnum):
    """The chain that an update goes along; each with the time it was first seen done."""

    RELEASED = "released"
    DETECTED = "detected"
    PROPOSED = "proposed"
    MERGED = "merged"
    REBUILT = "rebuilt"
    DEPLOYED = "deployed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """What an update was last known to close in an image."""

    severity: Severity
    """Of the worst hole that is closed; unknown where none is known to be."""
    said: str
    """`closes 3 holes (1 critical, 2 high)`."""


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

    def is_stale(self, now: datetime) -> bool:
        return self.due is not None and now >= self.due


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
