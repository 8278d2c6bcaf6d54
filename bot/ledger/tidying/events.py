"""Steps of updates: rounds that are long over, steps towards releases that were passed over, and what updates close that nobody needs.

What is read of a round stays the same to the day on which it goes: when each step was done first, what was asked for last, and every merge.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from sqlalchemy import Column, Connection, Table, and_, case, delete, func, or_, select, tuple_

from bot.clients.database import in_parts
from bot.ledger.history import LAST, split
from bot.ledger.last_times import ROUNDS_FROM
from bot.ledger.tables import EVENTS, REBUILD_STEPS, STEP_HOLES, STEP_SEVERITIES
from bot.ledger.tidying.work import BATCH, Work, batches_of
from bot.model.exposure import Step
from bot.model.keep import Keep

_APPS: Final = 50
"""Looked at in one transaction: each may have hundreds of events."""
_STEPS: Final = {step.value: step for step in Step}


class Recorded(NamedTuple):
    """An event without its key: most of those that are read stay, and of a large fleet they are millions."""

    id: int
    step: Step
    at: datetime
    new: str
    url: str
    stage: str = ""


def tidy_events(work: Work) -> None:
    for apps in batches_of(work, EVENTS.c.app, of=_APPS):
        with work.step() as connection:
            updates = list(_by_key(work, connection, apps))
            gone = frozenset(id_ for events in updates for id_ in outlived(events, work.keep, work.now))
            if any(one.step in LAST and one.id in gone for events in updates for one in events):
                work.remember(connection, ROUNDS_FROM, work.now - work.keep.updates)
            work.delete(connection, EVENTS.c.id, sorted(gone))
    _tidy_step_holes(work)
    work.sweep(REBUILD_STEPS.c.key, select(REBUILD_STEPS.c.key).where(REBUILD_STEPS.c.at < work.now - work.keep.updates))


def outlived(events: Sequence[Recorded], keep: Keep, now: datetime) -> frozenset[int]:
    """The ids of the events of one update that are kept no longer; they stand in the order in which they were recorded."""
    gone: set[int] = set()
    for one_round in split(events):
        ends = [one.at for one in one_round if one.step in LAST]
        if ends and max(ends) < now - keep.updates:
            gone.update(one.id for one in one_round)
        else:
            needed = _needed(one_round)
            gone.update(one.id for one in one_round if one.id not in needed and one.at < now - keep.passed_over)
    return frozenset(gone)


def _needed(one_round: Sequence[Recorded]) -> set[int]:
    """Of each step in each stage the first time, all of the last release that was asked for, the last pull request, and every end."""
    first: dict[tuple[Step, str], Recorded] = {}
    for one in one_round:
        step = (one.step, one.stage)
        if step not in first or one.at < first[step].at:
            first[step] = one
    last = next((one.new for one in reversed(one_round) if one.new), "")
    request = next((one.id for one in reversed(one_round) if one.url), None)
    kept = {one.id for one in one_round if one.step in LAST or one.new == last or one.id == request}
    return kept | {one.id for one in first.values()}


def _tidy_step_holes(work: Work) -> None:
    """What updates close of which no step is kept. Where one is, a look-up that fails needs what they were last known to close."""
    holes, bad = STEP_HOLES.c, STEP_SEVERITIES.c
    with work.step() as connection:
        needed = frozenset(map(tuple, connection.execute(select(EVENTS.c.dependency, EVENTS.c.old).distinct())))
    _tidy_unneeded(work, STEP_HOLES, (holes.dependency, holes.old, holes.new), holes.at, needed)
    _tidy_unneeded(work, STEP_SEVERITIES, (bad.dependency, bad.old, bad.severity), bad.since, needed)


def _tidy_unneeded(
    work: Work, table: Table, key: Sequence[Column[str]], at: Column[datetime], needed: Collection[tuple[object, ...]]
) -> None:
    """Rows of old whose dependency and old value, the first two of their key, are not needed."""
    last: tuple[str, ...] | None = None
    while True:
        with work.step() as connection:
            query = select(*key).where(at < work.now - work.keep.passed_over).order_by(*key).limit(BATCH)
            found = list(map(tuple, connection.execute(query if last is None else query.where(tuple_(*key) > tuple_(*last)))))
            if not found:
                return
            for part in in_parts([one for one in found if one[:2] not in needed]):
                work.deleted[table.name] += connection.execute(delete(table).where(tuple_(*key).in_(part))).rowcount
        last = found[-1]


def _by_key(work: Work, connection: Connection, apps: Sequence[str]) -> Iterator[list[Recorded]]:
    """The events of each update of which any may be kept no longer."""
    key = (EVENTS.c.app, EVENTS.c.dependency, EVENTS.c.old)
    is_end = EVENTS.c.step.in_([step.value for step in LAST])
    is_long_over = func.min(case((is_end, EVENTS.c.at))) < work.now - work.keep.updates
    # All of the same release are kept.
    is_passed_over = and_(func.min(EVENTS.c.at) < work.now - work.keep.passed_over, func.count(EVENTS.c.new.distinct()) > 1)
    query = select(*key).where(EVENTS.c.app.in_(apps)).group_by(*key).having(or_(is_long_over, is_passed_over))
    chosen = frozenset(map(tuple, connection.execute(query)))
    # By the apps alone: to look up each update by itself would go through all events of its app for each.
    some = sorted({app for app, *_ in chosen})
    columns = (*key, EVENTS.c.id, EVENTS.c.step, EVENTS.c.at, EVENTS.c.new, EVENTS.c.url, EVENTS.c.stage)
    events = connection.execute(select(*columns).where(EVENTS.c.app.in_(some)).order_by(*key, EVENTS.c.id))
    for update, rows in groupby(events, key=itemgetter(0, 1, 2)):
        if update in chosen:
            yield [Recorded(id_, _STEPS[step], at, new, url, stage) for *_, id_, step, at, new, url, stage in rows]
