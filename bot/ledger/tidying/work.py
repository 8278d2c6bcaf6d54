"""One tidying at work: many small transactions, so that others get their turn and whoever is killed has done a part of it well."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, delete, select, update

from bot.clients.database import Database, in_parts
from bot.ledger.tables import LAST_TIMES
from bot.model.keep import Keep

BATCH: Final = 2000
"""Rows looked at in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is kept as of when, the next transaction, and how many rows were deleted so far, by table."""

    database: Database
    keep: Keep
    now: datetime
    step: Callable[[], AbstractContextManager[Connection]]
    deleted: Counter[str] = field(default_factory=Counter)

    def delete(self, connection: Connection, column: Column[Any], values: Sequence[Any]) -> None:
        """Delete the rows of the column's table that have one of the values in it."""
        for part in in_parts(values):
            self.deleted[column.table.name] += connection.execute(delete(column.table).where(column.in_(part))).rowcount

    def remember(self, connection: Connection, what: str, at: datetime) -> None:
        """That of what was before a time not all is known; first in a transaction, as whoever merges comes to it first."""
        self.database.insert_new(connection, LAST_TIMES, [{"what": what, "at": at}])
        connection.execute(update(LAST_TIMES).where(LAST_TIMES.c.what == what, LAST_TIMES.c.at < at).values(at=at))

    def sweep(self, column: Column[Any], chosen: Select[Any], *, before: Callable[[Connection, Sequence[Any]], None] | None = None) -> None:
        """Delete the rows whose ids (of `column`) the query chooses, a batch in each transaction; `before` comes first in each."""
        last: Any = None
        while True:
            with self.step() as connection:
                query = chosen if last is None else chosen.where(column > last)
                ids = list(connection.execute(query.order_by(column).limit(BATCH)).scalars())
                if not ids:
                    return
                if before is not None:
                    before(connection, ids)
                self.delete(connection, column, ids)
            last = ids[-1]


def batches_of(work: Work, column: Column[Any], *, of: int) -> Iterator[Sequence[Any]]:
    """The distinct values of a column in ascending order, at most so many at a time."""
    last: Any = None
    while True:
        query = select(column).distinct().order_by(column).limit(of)
        with work.step() as connection:
            found = list(connection.execute(query if last is None else query.where(column > last)).scalars())
        if not found:
            return
        yield found
        last = found[-1]
