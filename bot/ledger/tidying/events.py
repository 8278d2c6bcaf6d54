"""Steps of updates: rounds that are long over, steps towards releases that were passed over, and what updates close that nobody needs.

What is read of a round stays the same to the day on which it goes: when each step was done first, what was asked for last, and every merge.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, tuple_

from bot.clients.database import in_parts
from bot.ledger.events import event_of
from bot.ledger.history import Event, UpdateKey, begins_anew
from bot.ledger.tables import EVENTS, STEP_HOLES
from bot.ledger.tidying.work import BATCH, Work, batches_of
from bot.model.exposure import Step
from bot.model.keep import Keep


class Recorded(NamedTuple):
    id: int
    event: Event


def tidy_events(work: Work) -> None:
    needed: set[tuple[str, str]] = set()
    for apps in batches_of(work, EVENTS.c.app):
        with work.step() as connection:
            for key, events in _by_key(connection, apps).items():
                gone = outlived(events, work.keep, work.now)
                work.delete(connection, EVENTS.c.id, sorted(gone))
                if any(one.id not in gone for one in events):
                    needed.add((key.dependency, key.old))
    _tidy_step_holes(work, needed)


def outlived(events: Sequence[Recorded], keep: Keep, now: datetime) -> frozenset[int]:
    """The ids of the events of one update that are kept no longer; they stand in the order in which they were recorded."""
    gone: set[int] = set()
    for one_round in _rounds(events):
        merges = [one.event.at for one in one_round if one.event.step is Step.MERGED]
        if merges and max(merges) < now - keep.updates:
            gone.update(one.id for one in one_round)
        else:
            needed = _needed(one_round)
            gone.update(one.id for one in one_round if one.id not in needed and one.event.at < now - keep.passed_over)
    return frozenset(gone)


def _rounds(events: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    current: list[Recorded] = []
    for one in events:
        if begins_anew([each.event for each in current], one.event):
            yield current
            current = []
        current.append(one)
    if current:
        yield current


def _needed(one_round: Sequence[Recorded]) -> set[int]:
    """Of each step the first time, all of the last release that was asked for, the last pull request, and every merge."""
    first: dict[Step, Recorded] = {}
    for one in one_round:
        if one.event.step not in first or one.event.at < first[one.event.step].event.at:
            first[one.event.step] = one
    last = next((one.event.new for one in reversed(one_round) if one.event.new), "")
    request = next((one.id for one in reversed(one_round) if one.event.url), None)
    kept = {one.id for one in one_round if one.event.step is Step.MERGED or one.event.new == last or one.id == request}
    return kept | {one.id for one in first.values()}


def _tidy_step_holes(work: Work, needed: Iterable[tuple[str, str]]) -> None:
    """`needed` are the updates (dependency, old) of which a step is kept: a look-up that fails needs what they were last known to close."""
    wanted = frozenset(needed)
    key = (STEP_HOLES.c.dependency, STEP_HOLES.c.old, STEP_HOLES.c.new)
    last: tuple[str, str, str] | None = None
    while True:
        with work.step() as connection:
            query = select(*key).where(STEP_HOLES.c.at < work.now - work.keep.passed_over).order_by(*key).limit(BATCH)
            found = list(map(tuple, connection.execute(query if last is None else query.where(tuple_(*key) > tuple_(*last)))))
            if not found:
                return
            for part in in_parts([one for one in found if one[:2] not in wanted]):
                work.deleted[STEP_HOLES.name] += connection.execute(delete(STEP_HOLES).where(tuple_(*key).in_(part))).rowcount
        last = found[-1]


def _by_key(connection: Connection, apps: Sequence[str]) -> Mapping[UpdateKey, list[Recorded]]:
    found: dict[UpdateKey, list[Recorded]] = defaultdict(list)
    for part in in_parts(apps):
        for row in connection.execute(select(EVENTS).where(EVENTS.c.app.in_(part)).order_by(EVENTS.c.id)):
            event = event_of(row)
            found[event.key].append(Recorded(row.id, event))
    return found
