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

from bot.ledger.merging.source import Source
from bot.ledger.merging.target import Row, Target, in_batches
from bot.ledger.tables import EVENTS
from bot.model.exposure import Step

_Event = tuple[datetime, str, str, str]
"""When, step, new, URL."""
_Key = tuple[str, str, str]
"""App, dependency, old."""


def merge_events(source: Source, target: Target) -> None:
    apps = (row["app"] for row in source.rows(select(EVENTS.c.app).distinct().order_by(EVENTS.c.app)))
    for part in in_batches(apps):
        query = select(EVENTS).where(EVENTS.c.app.in_(part)).order_by(EVENTS.c.id)
        mine = _by_key(target.rows(query))
        for key, theirs in _by_key(source.rows(query)).items():
            _write(target, key, mine.get(key, []), theirs)


def woven(mine: Sequence[_Event], theirs: Sequence[_Event]) -> list[_Event]:
    """The events of both, each in the order of recording, as one history."""
    placed: dict[tuple[datetime, _Event, int], int] = {}
    for events in (mine, theirs):
        for recorded, position, event, occurrence in _positions(events):
            place = (recorded, event, occurrence)
            placed[place] = min(position, placed.get(place, position))
    return _merged_once([event for (_, event, _), _ in sorted(placed.items(), key=lambda one: (one[0][0], one[1], one[0]))])


def _merged_once(events: Sequence[_Event]) -> list[_Event]:
    """One merge that both saw counts once: by its pull requests, where either knew of one; else when it was seen first."""
    found: list[_Event] = []
    for is_merge, some in groupby(events, key=lambda event: event[1] == Step.MERGED):
        alike = list(some)
        if is_merge and len(alike) > 1:
            by_url = {event[3]: event for event in sorted(alike, reverse=True)}
            alike = sorted(event for url, event in by_url.items() if url) or [min(alike)]
        found += alike
    return found


def _positions(events: Iterable[_Event]) -> Iterator[tuple[datetime, int, _Event, int]]:
    """Each event with the time before which it was not recorded, its position among those of that time, and its number among its equals."""
    latest: datetime | None = None
    position = 0
    alike: Counter[_Event] = Counter()
    for event in events:
        if latest is None or event[0] > latest:
            latest, position = event[0], 0
            alike.clear()
        yield latest, position, event, alike[event]
        position += 1
        alike[event] += 1


def _write(target: Target, key: _Key, mine: Sequence[_Event], theirs: Sequence[_Event]) -> None:
    both = woven(mine, theirs)
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
    target.connection.execute(EVENTS.insert(), rows)
    target.added[EVENTS.name] += max(new, 0)


def _by_key(rows: Iterable[Row]) -> dict[_Key, list[_Event]]:
    found: dict[_Key, list[_Event]] = defaultdict(list)
    for row in rows:
        found[row["app"], row["dependency"], row["old"]].append((row["at"], row["step"], row["new"], row["url"]))
    return found


def _row(key: _Key, event: _Event) -> Row:
    app, dependency, old = key
    at, step, new, url = event
    return {"app": app, "dependency": dependency, "old": old, "at": at, "step": step, "new": new, "url": url}
