"""What became of updates: the events of both histories, each once, in the order in which they were recorded.

The ledger does not keep when an event was recorded, only when it happened, and that may lie before the last merge (a release that was out
already when an app came back to the old value). But nothing is recorded before it happens, so that each event was recorded no earlier than
the latest time among those recorded before it: by that time the two are woven together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import delete, select

from bot.ledger.history import LAST
from bot.ledger.merging.forgotten import Event, Memory, is_outdated, remembered, shared_floor
from bot.ledger.merging.source import Source
from bot.ledger.merging.target import Row, Target, in_batches
from bot.ledger.tables import EVENTS
from bot.model.exposure import Step

_Key = tuple[str, str, str]
"""App, dependency, old."""


def merge_events(source: Source, target: Target, memories: tuple[Memory, Memory]) -> None:
    """`memories` are the target's and the source's, as they were before anything was merged."""
    floor = shared_floor(*memories)
    apps = {row["app"] for row in source.rows(select(EVENTS.c.app).distinct())}
    if floor is not None:
        apps |= _forgotten(target, memories, floor)
    for part in in_batches(sorted(apps)):
        query = select(EVENTS).where(EVENTS.c.app.in_(part)).order_by(EVENTS.c.id)
        mine, theirs = _by_key(target.rows(query)), _by_key(source.rows(query))
        for key in theirs if floor is None else sorted(mine.keys() | theirs.keys()):
            known, told = mine.get(key, []), theirs.get(key, [])
            if floor is None:
                _write(target, key, known, woven(known, told))
            else:
                _write(target, key, known, _woven_from(key[0], known, told, memories, floor))


def _forgotten(target: Target, memories: tuple[Memory, Memory], floor: datetime) -> set[str]:
    """The apps of the target of which there may be something that is not remembered."""
    mine, theirs = memories
    ended = select(EVENTS.c.app).where(EVENTS.c.step.in_([step.value for step in LAST]), EVENTS.c.at < floor)
    apps = {row["app"] for row in target.rows(ended.distinct())}
    if any(is_outdated(repo, mine, theirs, floor) for repo in mine.scans):
        known = (row["app"] for row in target.rows(select(EVENTS.c.app).distinct()))
        apps |= {app for app in known if is_outdated(app, mine, theirs, floor)}
    return apps


def _woven_from(app: str, mine: list[Event], theirs: list[Event], memories: tuple[Memory, Memory], floor: datetime) -> list[Event]:
    my_memory, their_memory = memories
    kept = remembered(mine, theirs, floor, is_outdated=is_outdated(app, my_memory, their_memory, floor))
    told = remembered(theirs, mine, floor, is_outdated=is_outdated(app, their_memory, my_memory, floor))
    return woven(kept, told) if kept and told else kept or told


def woven(mine: Sequence[Event], theirs: Sequence[Event]) -> list[Event]:
    """The events of both, each in the order of recording, as one history."""
    placed: dict[tuple[datetime, Event, int], int] = {}
    for events in (mine, theirs):
        for recorded, position, event, occurrence in _positions(events):
            place = (recorded, event, occurrence)
            placed[place] = min(position, placed.get(place, position))
    return _merged_once([event for (_, event, _), _ in sorted(placed.items(), key=lambda one: (one[0][0], one[1], one[0]))])


def _merged_once(events: Sequence[Event]) -> list[Event]:
    """One merge that both saw counts once: by its pull requests, where either knew of one; else when it was seen first."""
    found: list[Event] = []
    for is_merge, some in groupby(events, key=lambda event: event[1] == Step.MERGED):
        alike = list(some)
        if is_merge and len(alike) > 1:
            by_url = {event[3]: event for event in sorted(alike, reverse=True)}
            alike = sorted(event for url, event in by_url.items() if url) or [min(alike)]
        found += alike
    return found


def _positions(events: Iterable[Event]) -> Iterator[tuple[datetime, int, Event, int]]:
    """Each event with the time before which it was not recorded, its position among those of that time, and its number among its equals."""
    latest: datetime | None = None
    position = 0
    alike: Counter[Event] = Counter()
    for event in events:
        if latest is None or event[0] > latest:
            latest, position = event[0], 0
            alike.clear()
        yield latest, position, event, alike[event]
        position += 1
        alike[event] += 1


def _write(target: Target, key: _Key, mine: Sequence[Event], both: Sequence[Event]) -> None:
    new = len(both) - len(mine)
    if both == mine:
        return
    is_longer = both[: len(mine)] == mine
    if not is_longer:
        app, dependency, old = key
        same = (EVENTS.c.app == app, EVENTS.c.dependency == dependency, EVENTS.c.old == old)
        target.connection.execute(delete(EVENTS).where(*same))
        target.changed[EVENTS.name] += len(mine)
    rows = [_row(key, event) for event in (both[len(mine) :] if is_longer else both)]
    if rows:
        target.connection.execute(EVENTS.insert(), rows)
    target.added[EVENTS.name] += max(new, 0)


def _by_key(rows: Iterable[Row]) -> dict[_Key, list[Event]]:
    found: dict[_Key, list[Event]] = defaultdict(list)
    for row in rows:
        found[row["app"], row["dependency"], row["old"]].append(Event(*(row[column] for column in Event._fields)))
    return found


def _row(key: _Key, event: Event) -> Row:
    app, dependency, old = key
    return {"app": app, "dependency": dependency, "old": old} | event._asdict()
