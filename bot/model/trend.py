"""How exposure went over the weeks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """What was open at a moment: a fix is open from the day on which it was detected until the app has taken it."""

    at: datetime
    open: int
    """Fixes that an app had not taken."""
    stale: int
    """Of these, past the time that the app's criticality and the severity allow."""
    stale_apps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Moments of the past, oldest first; now is the last one."""

    points: tuple[TrendPoint, ...] = ()
    week_ago: TrendPoint | None = None
    """None: there was no record a week ago."""
    begins_at: datetime | None = None
    """When the record begins; None: there is none."""
