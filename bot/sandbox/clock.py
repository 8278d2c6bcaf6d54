"""The sandbox's time, which stands still until it is moved."""

from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""A Monday morning: where a clock starts unless told otherwise."""


class Clock:
    """Called, it gives the sandbox's present time, aware and in UTC. Weeks pass only by `advance` and `set`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = _in_utc(start)

    def __call__(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """The new time. Raises ValueError for a step back: what has happened stays in the past."""
        if by < timedelta():
            raise ValueError(f"the clock cannot advance by {by}; to go back, use set()")
        self._now += by
        return self._now

    def set(self, moment: datetime) -> None:
        """Any moment, earlier ones too: seeding writes history out of order. Raises ValueError for a time without a zone."""
        self._now = _in_utc(moment)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; say which one, for example tzinfo=UTC")
    return moment.astimezone(UTC)
