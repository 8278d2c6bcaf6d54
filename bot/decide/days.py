"""Days that people write, as moments."""

from datetime import UTC, date, datetime, time, timedelta


def end_of(day: date | None) -> datetime | None:
    """When something that holds through a day, in UTC, is over; None: never."""
    return None if day is None else datetime.combine(day, time(), UTC) + timedelta(days=1)
