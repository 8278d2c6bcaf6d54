"""What a ledger holds, in numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Table, func, null, select

from bot.clients.database import Database
from bot.ledger.tables import DEPENDENCIES, EVENTS, IMAGE_USES, IMAGES, LAYERS, OPENED_IMAGES, PACKAGES, SIGHTINGS

_SUBJECTS: Final[tuple[tuple[str, Table, Column[datetime] | None, Column[datetime] | None], ...]] = (
    ("dependencies", DEPENDENCIES, DEPENDENCIES.c.watched_since, DEPENDENCIES.c.listed_at),
    ("values and digests seen", SIGHTINGS, SIGHTINGS.c.first_seen, SIGHTINGS.c.last_seen),
    ("images known", IMAGES, IMAGES.c.first_seen, IMAGES.c.first_seen),
    ("images opened", OPENED_IMAGES, OPENED_IMAGES.c.opened_at, OPENED_IMAGES.c.opened_at),
    ("packages", PACKAGES, None, None),
    ("layers read", LAYERS, None, None),
    ("uses of images", IMAGE_USES, IMAGE_USES.c.first_seen, IMAGE_USES.c.last_seen),
    ("steps of updates", EVENTS, EVENTS.c.at, EVENTS.c.at),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """How much there is of one thing, and of when."""

    name: str
    rows: int
    first: datetime | None
    last: datetime | None
    """None: it bears no time."""


def subjects(database: Database) -> Iterator[Subject]:
    """What the ledger holds, subject by subject. Raises DatabaseError."""
    with database.reading() as connection:
        for name, table, first, last in _SUBJECTS:
            times = (null() if first is None else func.min(first), null() if last is None else func.max(last))
            count, earliest, latest = connection.execute(select(func.count(), *times).select_from(table)).one()
            yield Subject(name=name, rows=count, first=earliest, last=latest)
