"""Policy: the times of the week at which proposals may go out, each in its own time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.model.rules import Window
from bot.model.update import Hold, Update

_HOUR = timedelta(hours=1)
_HOURS_AHEAD = 8 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    windows: Sequence[Window]
    """None at all: always open."""
    name: ClassVar[str] = "window"

    def objection(self, update: Update, now: datetime) -> Hold | None:
        if not self.windows or any(_is_open(window, now) for window in self.windows):
            return None
        return Hold(
            update=update, policy=self.name, reason="outside of the hours in which proposals go out", until=_next_opening(self.windows, now)
        )


def _is_open(window: Window, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(window.time_zone))
    return local.weekday() in window.days and window.from_hour <= local.hour < window.to_hour


def _next_opening(windows: Sequence[Window], now: datetime) -> datetime | None:
    """The first quarter of an hour at which a window is open: zones differ from UTC by such."""
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    quarters = (start + _HOUR / 4 * number for number in range(1, 4 * _HOURS_AHEAD))
    return next((at for at in quarters if at > now and any(_is_open(window, at) for window in windows)), None)
