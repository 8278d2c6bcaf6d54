"""Days that people write, as moments."""

from datetime import UTC, date, datetime, time, timedelta


def end_of(day: date | None) -> datetime | None:
    """When something that holds through a day, in UTC, is over; None: never."""
    return None if day is None else datetime.combine(day, time(), UTC) + timedelta(days=1)


def in_days(wait: timedelta) -> str:
    """`3 days`, `1 day`; below a day `12 hours`."""
    days = wait / timedelta(days=1)
    return f"{days:g} day{'' if days == 1 else 's'}" if days >= 1 else f"{wait / timedelta(hours=1):g} hours"
