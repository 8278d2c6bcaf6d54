"""How old the data may be that packages are checked against, and what is said of data that is older, or of a time to come."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.model.assessment import NotChecked

OF_ADVISORIES: Final = timedelta(days=14)
OF_REPORTS: Final = timedelta(days=30)
_CLOCKS_DIFFER: Final = timedelta(days=1)
"""A day without a zone may be written where it is a day later, and clocks are not all right."""


def is_to_come(at: datetime | None, now: datetime) -> bool:
    """Whether a moment is certainly after now."""
    return at is not None and at > now + _CLOCKS_DIFFER


def gaps(name: str, days: Iterable[datetime | None], *, now: datetime, stays: timedelta, remedy: str) -> Iterator[NotChecked]:
    """What data of these days does not tell: holes that were found since the oldest, or of late where one is no day that has been.

    The packages stay checked by what it does tell. `remedy` stands behind "refresh it".
    """
    told = [day for day in days if day is not None]
    wrong = [day for day in told if is_to_come(day, now)]
    if wrong:
        reason = f"{name} says that it is of {max(wrong):%Y-%m-%d}, which is yet to come, so its age is not known; refresh it {remedy}"
        yield NotChecked(what="holes found of late", reason=reason)
    oldest = min(told, default=now)
    if oldest < now - stays:
        reason = f"{name} is {(now - oldest).days} days old; refresh it {remedy}"
        yield NotChecked(what=f"holes found since {oldest:%Y-%m-%d}", reason=reason)
