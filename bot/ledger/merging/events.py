"""What became of updates: the events of both histories, each once, in the order in which they were recorded.

The ledger does not keep when an event was recorded, only when it happened, and that may lie before the last merge (a release that was out
already when an app came back to the old value). But nothing is recorded before it happens, so that each event was recorded no earlier than
the latest time among those recorded before it: by that time the two are woven together. Of one time the rounds follow each other, and what
one round holds stands in an order that its events alone decide, so that what was woven is read as it was written, and a second merge finds
nothing. But for one case: a merge that two histories saw counts once, and a third one that knows of a round between the two sights, and
comes after them, finds one of the two no more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import delete, select

from bot.ledger.history import FIRST, LAST, begins_anew, split
from bot.ledger.merging.forgotten import Event, Memory, is_outdated, remembered, shared_floor
from bot.ledger.merging.source import Source
from bot.ledger.merging.target import Row, Target, in_batches
from bot.ledger.tables import EVENTS
from bot.model.exposure import Step

_Key = tuple[str, str, str]
"""App, dependency, old."""
_MOST_TURNS: Final = 20
"""Of weaving a history into itself: places only get earlier. Of 6000 made-up pairs of histories none needed more than three."""


class _Placed(NamedTuple):
    """An event with what its history tells of when it was recorded."""

    recorded: datetime
    """Not before it."""
    round_: int
    """How many rounds began at that time before it was recorded."""
    event: Event


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


def _woven_from(app: str, mine: list[Event], theirs: list[Event], memories: tuple[Memory, Memory], floor: datetime) -> Sequence[Event]:
    my_memory, their_memory = memories
    kept = remembered(mine, theirs, floor, is_outdated=is_outdated(app, my_memory, their_memory, floor))
    told = remembered(theirs, mine, floor, is_outdated=is_outdated(app, their_memory, my_memory, floor))
    return woven(kept, told) if kept and told else kept or told


def woven(mine: Sequence[Event], theirs: Sequence[Event]) -> Sequence[Event]:
    """The events of both, each in the order of recording, as one history; the same whichever is `mine`.

    A history that knows of all that the other one does stays as it was recorded.
    """
    both = _settled({*_placed(mine), *_placed(theirs)})
    whole = [events for events in (mine, theirs) if _settled(set(_placed(events))) == both]
    return min(whole, key=list, default=both)


def _settled(told: AbstractSet[_Placed]) -> list[Event]:
    """What becomes of events by their places, such that to weave them in again changes nothing."""
    found = _laid(told)
    for _ in range(_MOST_TURNS):
        again = _laid({*told, *_placed(found)})
        if again == found:
            break
        found = again
    return found


def _laid(told: Iterable[_Placed]) -> list[Event]:
    """The events in the order of their places; an equal one is in a round once."""
    rounds: list[dict[Event, None]] = []
    for placed in sorted(told, key=_order):
        if not rounds or begins_anew(rounds[-1], placed.event):
            rounds.append({})
        rounds[-1][placed.event] = None
    return _merged_once([event for one in rounds for event in one])


def _order(placed: _Placed) -> tuple[datetime, int, int, int, Event]:
    """What gave the time its name comes first, so that the others are read behind it; and what begins a round before all that ends one."""
    recorded, round_, event = placed
    is_last, is_of_time = event.step in LAST, event.at == recorded
    if is_of_time and not is_last and round_ == 0:
        turn = 0
    elif event.step in FIRST:
        turn = 1
    else:
        turn = 2 if is_of_time else 3
    return recorded, round_, turn, 0 if event.step in FIRST else 2 if is_last else 1, event


def _merged_once(events: Sequence[Event]) -> list[Event]:
    """One merge that both saw counts once: by its pull requests, where either knew of one; else when it was seen first."""
    found: list[Event] = []
    for is_merge, some in groupby(events, key=lambda event: event.step == Step.MERGED):
        alike = list(some)
        if is_merge and len(alike) > 1:
            by_url = {event.url: event for event in sorted(alike, reverse=True)}
            alike = sorted(event for url, event in by_url.items() if url) or [min(alike)]
        found += alike
    return found


def _placed(events: Iterable[Event]) -> Iterator[_Placed]:
    latest: datetime | None = None
    round_ = 0
    for one_round in split(events):
        if latest is not None:
            begun = _detected_behind(latest, one_round)
            latest, round_ = (latest, round_ + 1) if begun is None else (begun, 0)
        for event in one_round:
            if latest is None or event.at > latest:
                latest, round_ = event.at, 0
            yield _Placed(latest, round_, event)


def _detected_behind(latest: datetime, one_round: Iterable[Event]) -> datetime | None:
    """When the run was that began a round: it tells at once of a release that was out long before. None: the round does not tell."""
    first = next((event for event in one_round if event.at >= latest), None)
    return first.at if first is not None and first.at > latest and first.step in FIRST else None


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
