"""The ledger is rid of what it keeps no longer, and its file of the room that this leaves."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bot.clients.database import Database
from bot.ledger.contents import LOCK
from bot.ledger.last_times import RUN, TIDIED
from bot.ledger.ledger import Ledger
from bot.ledger.tables import METADATA
from bot.ledger.tidying.contents import tidy_contents
from bot.ledger.tidying.events import tidy_events
from bot.ledger.tidying.sightings import tidy_sightings
from bot.ledger.tidying.uses import tidy_uses
from bot.ledger.tidying.work import Work
from bot.model.keep import Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCount:
    """What was deleted of one table, and what it holds afterwards."""

    table: str
    deleted: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What a tidying came to."""

    tables: tuple[TableCount, ...]
    size_before_bytes: int
    size_bytes: int

    @property
    def deleted(self) -> int:
        return sum(one.deleted for one in self.tables)


def tidy(ledger: Ledger, keep: Keep, now: datetime) -> Tidied:
    """Delete what is kept no longer, in small transactions, and give back the room. Safe to stop at any point, and to do again.

    Whoever calls it has the turn (`Ledger.turn`); looks into images and merges may go on meanwhile. Raises DatabaseError: what was deleted
    until then stays so, and the rest is for the next time.
    """
    database = ledger.database
    before = database.size_bytes()
    work = _work(database, keep, _as_of(ledger, now), lambda: _alone(database))
    _all(work)
    database.give_back_room(deleted=work.deleted.total())
    ledger.last_times.record([TIDIED], now)
    with database.reading() as connection:
        return _told(connection, work, before, database.size_bytes())


def rehearse(ledger: Ledger, keep: Keep, now: datetime) -> Tidied:
    """What `tidy` would delete, by doing so in one transaction that is taken back; the size stays. Raises DatabaseError."""
    database = ledger.database
    size = database.size_bytes()
    with _alone(database) as connection:
        work = _work(database, keep, _as_of(ledger, now), lambda: _same(connection))
        _all(work)
        told = _told(connection, work, size, size)
        connection.rollback()
    return told


def is_due(ledger: Ledger, every: timedelta, now: datetime) -> bool:
    """Whether the last tidying is so long ago. One that is to come, by a clock that was wrong, does not count."""
    last = ledger.last_times.of([TIDIED]).get(TIDIED)
    return last is None or not timedelta() <= now - last < every


def _as_of(ledger: Ledger, now: datetime) -> datetime:
    """Today, as far as a run over the whole fleet bears it out: a clock that is ahead makes nothing old that no run saw grow old."""
    last = ledger.last_times.of([RUN]).get(RUN)
    # To a second, as the ledger keeps times.
    return (now if last is None else min(now, last)).replace(microsecond=0)


def _all(work: Work) -> None:
    tidy_uses(work)
    tidy_events(work)
    tidy_sightings(work)
    # Last, for it asks what is in use and seen.
    tidy_contents(work)


def _work(database: Database, keep: Keep, now: datetime, step: Callable[[], AbstractContextManager[Connection]]) -> Work:
    return Work(database=database, keep=keep, now=now, step=step)


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction in which nobody writes what is inside images: packages that are looked up must not vanish before they are used."""
    with database.writing() as connection:
        database.alone(connection, LOCK)
        yield connection


@contextmanager
def _same(connection: Connection) -> Iterator[Connection]:
    yield connection


def _told(connection: Connection, work: Work, before: int, after: int) -> Tidied:
    counts: Mapping[str, int] = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in METADATA.sorted_tables
    }
    tables = tuple(TableCount(table=name, deleted=work.deleted[name], left=count) for name, count in counts.items())
    return Tidied(tables=tables, size_before_bytes=before, size_bytes=after)
