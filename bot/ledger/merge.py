"""Two histories become one: what two runs saw apart, each in a ledger of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from bot.ledger.contents import LOCK
from bot.ledger.ledger import Ledger
from bot.ledger.merging.contents import merge_contents
from bot.ledger.merging.events import merge_events
from bot.ledger.merging.facts import merge_facts
from bot.ledger.merging.forgotten import Memory
from bot.ledger.merging.sightings import merge_sightings
from bot.ledger.merging.source import opened_copy
from bot.ledger.merging.target import Target
from bot.ledger.merging.uses import merge_uses
from bot.ledger.tables import (
    APPS,
    BASE_FIXES,
    BASE_IMAGES,
    BASE_LOOKS,
    DEPENDENCIES,
    EVENTS,
    IMAGE_INDEXES,
    IMAGE_PLACES,
    IMAGE_PLATFORMS,
    IMAGE_USES,
    IMAGES,
    KNOWN_LINEAGES,
    LAST_TIMES,
    LAYERS,
    OPENED_IMAGES,
    OPENED_INDEXES,
    OPENED_LAYERS,
    PROVENANCES,
    REBUILD_STEPS,
    SIGHTINGS,
    STEP_HOLES,
    STEP_SEVERITIES,
)

_CLOSED: Final = (
    *(
        DEPENDENCIES,
        SIGHTINGS,
        IMAGES,
        IMAGE_PLATFORMS,
        IMAGE_INDEXES,
        BASE_IMAGES,
        KNOWN_LINEAGES,
        PROVENANCES,
        LAYERS,
        LAST_TIMES,
        STEP_HOLES,
        STEP_SEVERITIES,
    ),
    *(BASE_FIXES, BASE_LOOKS, REBUILD_STEPS, EVENTS),
    *(OPENED_IMAGES, OPENED_INDEXES, OPENED_LAYERS, APPS, IMAGE_PLACES, IMAGE_USES),
)
"""In the order in which other writers come to them, so that none waits for the other. Those of packages have a lock of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """How many rows a merge wrote, by table; tables without any are left out."""

    added: Mapping[str, int]
    changed: Mapping[str, int]

    @property
    def is_empty(self) -> bool:
        return not self.added and not self.changed


def merge(into: Ledger, file: Path) -> Merged:
    """Bring what a ledger in a file knows into another one, all or nothing; in any order, and as often as one likes.

    The earliest first sight and the latest last sight win, of two lists of a dependency the newer one says what is lost, and of words that
    take each other's place (owners, what an update closes) the newer one stays. Updates that were taken so long ago that either ledger was
    rid of them do not come back. The file is only read, with its write-ahead log; nobody may be writing to it. One of an older version is
    brought up to date in a copy. Raises DatabaseError where it is damaged, newer than this program, or no ledger.
    """
    database = into.database
    with opened_copy(file) as source, database.writing() as connection:
        database.alone(connection, LOCK)
        database.close_to_others(connection, _CLOSED)
        target = Target(database=database, connection=connection)
        last_times = select(LAST_TIMES)
        memories = Memory.of(target.rows(last_times)), Memory.of(source.rows(last_times))
        merge_sightings(source, target)
        merge_facts(source, target)
        merge_contents(source, target, into.contents)
        merge_events(source, target, memories)
        merge_uses(source, target)
    return Merged(added=dict(+target.added), changed=dict(+target.changed))
