"""The ledger that another one is merged into: rows are read, judged and written a part at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Connection, Select, Table, bindparam, select, tuple_, update

from bot.clients.database import Database

Row = Mapping[str, Any]
Rule = Callable[[Row, Row], Row]
"""Of the row that is there and the other history's row of the same key: what becomes of it."""

_T = TypeVar("_T")
_PART: Final = 500
"""Rows looked at together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The one transaction, and what was written in it."""

    database: Database
    connection: Connection
    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def merge(self, table: Table, rows: Iterable[Row], rule: Rule) -> None:
        """Add the rows whose primary key is new; of the others the rule says what they become."""
        key = tuple(table.primary_key.columns)
        for part in in_batches(rows):
            known = self.known(table, key, part)
            self.add(table, [row for row in part if _key(key, row) not in known])
            judged = [(mine, rule(mine, row)) for row in part if (mine := known.get(_key(key, row))) is not None]
            self.change(table, [row for mine, row in judged if row != mine])

    def known(self, table: Table, key: Sequence[Column[Any]], rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
        """The rows of the same keys that are there, by key."""
        wanted = [_key(key, row) for row in rows]
        matches = key[0].in_([one for (one,) in wanted]) if len(key) == 1 else tuple_(*key).in_(wanted)
        return {_key(key, row): row for row in self.rows(select(table).where(matches))}

    def rows(self, query: Select[Any]) -> Iterator[Row]:
        return (dict(row) for row in self.connection.execute(query).mappings())

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        self.database.insert_new(self.connection, table, rows)
        self.added[table.name] += len(rows)

    def change(self, table: Table, rows: Sequence[Row]) -> None:
        """Write rows in the place of those of the same primary key."""
        if not rows:
            return
        names = [column.name for column in table.primary_key.columns]
        others = [column.name for column in table.columns if column.name not in names]
        statement = update(table).values({name: bindparam(f"new_{name}") for name in others})
        for name in names:
            statement = statement.where(table.c[name] == bindparam(f"key_{name}"))
        named = [{f"key_{name}": row[name] for name in names} | {f"new_{name}": row[name] for name in others} for row in rows]
        self.connection.execute(statement, named)
        self.changed[table.name] += len(rows)


def _key(columns: Iterable[Column[Any]], row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in columns)


def in_batches(rows: Iterable[_T]) -> Iterator[Sequence[_T]]:
    """The rows in runs that are looked at together."""
    rest = iter(rows)
    while part := tuple(islice(rest, _PART)):
        yield part


def without_id(row: Row) -> Row:
    """The row as it is inserted: its id is another in every ledger."""
    return {name: value for name, value in row.items() if name != "id"}
