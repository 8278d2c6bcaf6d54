"""Dependencies, and the sights of their values.

Of two believed lists of a dependency the newer one says which values are there. A last sight of a value (not of its digest) that the other
history had before that list counts as one day older than the list, which is how a value that a believed list lacked is kept
(`Sightings.record_listing`): what the newer list has is there with its own last sight.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from bot.ledger.merging.source import Source
from bot.ledger.merging.target import Row, Target, in_batches, without_id
from bot.ledger.sights import LAST_SEEN_PRECISION
from bot.ledger.tables import DEPENDENCIES, SIGHTINGS


class _Place(NamedTuple):
    id: int
    """In the target."""
    newer_list: datetime | None
    """Of the target, where that has a newer one than the source."""


def merge_sightings(source: Source, target: Target) -> None:
    places: dict[int, _Place] = {}
    for part in in_batches(source.rows(select(DEPENDENCIES))):
        places |= _merge_dependencies(part, target)
    target.merge(SIGHTINGS, _placed(source.rows(select(SIGHTINGS)), places), widest)


def watched(mine: Row, theirs: Row) -> Row:
    """The times of a dependency that two histories watched. A list is short only since the last one that was believed by either."""
    since = [row["watched_since"] for row in (mine, theirs) if row["watched_since"] is not None]
    listed = _newest(mine["listed_at"], theirs["listed_at"])
    short = [one for row in (mine, theirs) if (one := row["short_since"]) is not None and (listed is None or one >= listed)]
    return {**mine, "watched_since": min(since, default=None), "listed_at": listed, "short_since": max(short, default=None)}


def widest(mine: Row, theirs: Row) -> Row:
    first, last = min(mine["first_seen"], theirs["first_seen"]), max(mine["last_seen"], theirs["last_seen"])
    return {**mine, "first_seen": first, "last_seen": last}


def _merge_dependencies(theirs: Iterable[Row], target: Target) -> dict[int, _Place]:
    key = (DEPENDENCIES.c.datasource, DEPENDENCIES.c.name)
    by_name = {(row["datasource"], row["name"]): row for row in theirs}
    known = target.known(DEPENDENCIES, key, by_name.values())
    target.add(DEPENDENCIES, [without_id(row) for name, row in by_name.items() if name not in known])
    merged = {name: watched(mine, by_name[name]) for name, mine in known.items()}
    target.change(DEPENDENCIES, [row for name, row in merged.items() if row != known[name]])
    _give_way(target, [row for name, row in merged.items() if row["listed_at"] != known[name]["listed_at"]])
    now = target.known(DEPENDENCIES, key, by_name.values())
    return {
        row["id"]: _Place(now[name]["id"], now[name]["listed_at"] if now[name]["listed_at"] != row["listed_at"] else None)
        for name, row in by_name.items()
    }


def _give_way(target: Target, dependencies: list[Row]) -> None:
    """What was seen before another history's newer list is not there by that sight."""
    if not dependencies:
        return
    last = SIGHTINGS.c.last_seen
    mine = (
        SIGHTINGS.c.dependency_id == bindparam("dependency"),
        SIGHTINGS.c.digest == "",
        last <= bindparam("listed"),
        last > bindparam("floor"),
    )
    rows = [{"dependency": row["id"], "listed": row["listed_at"], "floor": row["listed_at"] - LAST_SEEN_PRECISION} for row in dependencies]
    target.connection.execute(update(SIGHTINGS).where(*mine).values(last_seen=bindparam("floor")), rows)


def _placed(rows: Iterable[Row], places: dict[int, _Place]) -> Iterator[Row]:
    for row in rows:
        place = places[row["dependency_id"]]
        last, listed = row["last_seen"], place.newer_list
        if listed is not None and not row["digest"] and last <= listed:
            last = min(last, listed - LAST_SEEN_PRECISION)
        yield {**row, "dependency_id": place.id, "last_seen": last}


def _newest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)
