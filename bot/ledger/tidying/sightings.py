"""First sights of values that their publisher took away, and of digests that their tag left.

A first sight that is deleted makes the same value or digest new when it comes again, so that it waits its cooldown anew; it is never made
older. Of other kinds of dependencies than images that files name, nothing is deleted: of them the ledger does not know what is in use.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, select, tuple_

from bot.clients.database import in_parts
from bot.ledger.sights import LAST_SEEN_PRECISION, Known
from bot.ledger.tables import DEPENDENCIES, IMAGE_PLACES, IMAGE_USES, SIGHTINGS
from bot.ledger.tidying.work import Work
from bot.model.dependency import OCI

Sight = tuple[str, str]
"""Value and digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """What files name of one image."""

    tags: frozenset[str]
    digests: frozenset[str]


def tidy_sightings(work: Work) -> None:
    with work.step() as connection:
        candidates = list(connection.execute(_candidates(work)).scalars())
    for dependency_id in candidates:
        with work.step() as connection:
            # Whoever sees one of them at this moment comes before or after: it has the same lock.
            dependency = connection.execute(select(DEPENDENCIES).where(DEPENDENCIES.c.id == dependency_id).with_for_update()).one()
            known = Known(
                watched_since=dependency.watched_since,
                sights=_sights(work, connection, dependency_id),
                listed_at=dependency.listed_at,
                is_short=dependency.short_since is not None,
            )
            gone = sorted(outlived(known, _in_use(connection, dependency.name), work.keep.sights))
            for part in in_parts(gone):
                same = (SIGHTINGS.c.dependency_id == dependency_id, tuple_(SIGHTINGS.c.value, SIGHTINGS.c.digest).in_(part))
                work.deleted[SIGHTINGS.name] += connection.execute(delete(SIGHTINGS).where(*same)).rowcount


def outlived(known: Known, used: InUse, keep: timedelta) -> Iterator[Sight]:
    """The sights of a dependency that are kept no longer.

    Time is measured by what was seen, and not by today: of what was not looked at for long, nothing is old.
    """
    for value, sights in known.sights.items():
        if _is_taken_away(known, sights, keep) and value not in used.tags and not used.digests & sights.keys():
            yield from ((value, digest) for digest in sights)
        else:
            yield from ((value, digest) for digest in _left(sights, used, keep))


def _is_taken_away(known: Known, sights: Mapping[str, tuple[datetime, datetime]], keep: timedelta) -> bool:
    """Whether a believed list lacks the value, and nothing of it was seen for so long before that list."""
    if known.listed_at is None or known.is_short or "" not in sights:
        return False
    return all(known.listed_at - last >= max(keep, LAST_SEEN_PRECISION) for _, last in sights.values())


def _left(sights: Mapping[str, tuple[datetime, datetime]], used: InUse, keep: timedelta) -> Iterator[str]:
    """The digests that the tag left long before it stood where it was seen last.

    That one stays: without it the next would count as the first that is known, and so as old as the tag. What was seen after the oldest one
    in use stays as well: it tells whether that one was taken back.
    """
    last_seen = {digest: last for digest, (_, last) in sights.items() if digest}
    if not last_seen:
        return
    newest = max(last_seen.values())
    floor = min([newest - keep, *(last for digest, last in last_seen.items() if digest in used.digests)])
    yield from (digest for digest, last in last_seen.items() if last < floor)


def _candidates(work: Work) -> Select[Any]:
    """The images that files name, with anything that may be old enough: most have nothing, and are not read."""
    is_named = exists().where(IMAGE_PLACES.c.image == DEPENDENCIES.c.name)
    is_old = exists().where(SIGHTINGS.c.dependency_id == DEPENDENCIES.c.id, SIGHTINGS.c.last_seen < work.now - work.keep.sights)
    return select(DEPENDENCIES.c.id).where(DEPENDENCIES.c.datasource == OCI, is_named, is_old).order_by(DEPENDENCIES.c.id)


def _sights(work: Work, connection: Connection, dependency_id: int) -> dict[str, dict[str, tuple[datetime, datetime]]]:
    """All sights of the values of which one is old."""
    mine = SIGHTINGS.c.dependency_id == dependency_id
    old = select(SIGHTINGS.c.value).where(mine, SIGHTINGS.c.last_seen < work.now - work.keep.sights)
    found: dict[str, dict[str, tuple[datetime, datetime]]] = defaultdict(dict)
    for row in connection.execute(select(SIGHTINGS).where(mine, SIGHTINGS.c.value.in_(old))):
        found[row.value][row.digest] = (row.first_seen, row.last_seen)
    return found


def _in_use(connection: Connection, image: str) -> InUse:
    query = select(IMAGE_USES.c.tag, IMAGE_USES.c.digest).join(IMAGE_PLACES, IMAGE_PLACES.c.id == IMAGE_USES.c.place_id)
    rows = connection.execute(query.where(IMAGE_PLACES.c.image == image, IMAGE_USES.c.ended_at.is_(None)).distinct()).all()
    return InUse(tags=frozenset(row.tag for row in rows), digests=frozenset(row.digest for row in rows if row.digest))
