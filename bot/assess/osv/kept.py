"""What OSV's service told before, in a file that can be lost: lists of advisories for some hours, advisories until they change."""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

import structlog

from bot.assess.osv.query import Record
from bot.clients.private import private_file, private_folder

log = structlog.get_logger()

_LISTS_STAY: Final = timedelta(hours=4)
_RECORDS_STAY: Final = timedelta(days=90)
_MOST_BYTES: Final = 1 << 30
_MANY: Final = 500
"""Values in one IN list."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS lists (key TEXT PRIMARY KEY, at REAL NOT NULL, told TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, modified TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL);
"""


class Listed(NamedTuple):
    """An advisory as a list names it."""

    id: str
    modified: str
    """When it was last changed, as the service writes it: a name of its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """The advisories of one query."""

    told: tuple[Listed, ...]
    at: datetime
    """When it was asked for; aware, UTC."""


class Kept:
    """The memory in a file; None: nothing is remembered. Safe to use from several threads.

    Whatever is wrong with the file, it costs requests and never an answer.
    """

    def __init__(self, path: Path | None, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock: Final = Lock()
        self._connection = None if path is None else _opened(path, now())

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def lists(self, keys: Iterable[str]) -> dict[str, List]:
        """What is remembered of these keys and young enough to be believed; what a wrong clock wrote for a time to come is not."""
        now = self._now()
        since, until = (now - _LISTS_STAY).timestamp(), (now + _LISTS_STAY).timestamp()
        found = {}
        for key, at, told in self._rows("SELECT key, at, told FROM lists WHERE key IN (%s)", list(keys)):
            if since < at < until and (listed := _listed(told)) is not None:
                found[key] = List(told=listed, at=datetime.fromtimestamp(at, UTC))
        return found

    def put_lists(self, lists: Mapping[str, List]) -> None:
        rows = [(key, one.at.timestamp(), json.dumps(one.told)) for key, one in lists.items()]
        self._write("INSERT OR REPLACE INTO lists VALUES (?, ?, ?)", rows)

    def records(self, wanted: Iterable[Listed]) -> Iterator[tuple[Listed, Record]]:
        """The advisories that have not changed since they were remembered."""
        modified = dict(wanted)
        for id_, at_that_time, body in self._rows("SELECT id, modified, body FROM records WHERE id IN (%s)", list(modified)):
            if modified[id_] == at_that_time and (record := _record(body)) is not None:
                yield Listed(id_, at_that_time), record

    def put_records(self, records: Mapping[Listed, Record]) -> None:
        at = self._now().timestamp()
        rows = [(*listed, at, body) for listed, record in records.items() if (body := _packed(record)) is not None]
        self._write("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)

    def _rows(self, query: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(values), _MANY):
            some = values[start : start + _MANY]
            with self._working() as connection:
                if connection is None:
                    return []
                rows += connection.execute(query % ",".join("?" * len(some)), some).fetchall()
        return rows

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._working() as connection:
            if connection is not None and rows:
                with connection:
                    connection.executemany(statement, rows)

    @contextmanager
    def _working(self) -> Iterator[sqlite3.Connection | None]:
        """The connection, for one thread at a time; None once it has failed."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                log.warning("osv.memory_failed", error=str(error))
                self._connection = None


def _opened(path: Path, now: datetime) -> sqlite3.Connection | None:
    for is_second in (False, True):
        try:
            private_folder(path.parent)
            if path.exists() and (is_second or path.stat().st_size > _MOST_BYTES):
                log.info("osv.memory_begun_anew", path=str(path))
                path.unlink()
            private_file(path)
            connection = sqlite3.connect(path, check_same_thread=False)
            connection.executescript(_TABLES)
            with connection:
                connection.execute("DELETE FROM lists WHERE at < ?", ((now - _LISTS_STAY).timestamp(),))
                connection.execute("DELETE FROM records WHERE at < ?", ((now - _RECORDS_STAY).timestamp(),))
        except (sqlite3.OperationalError, OSError) as error:
            # Another process has it, or it can't be written: it is left alone.
            log.info("osv.memory_unusable", path=str(path), error=str(error))
            return None
        except sqlite3.DatabaseError as error:
            log.info("osv.memory_broken", path=str(path), error=str(error))
        else:
            return connection
    return None


def _listed(text: str) -> tuple[Listed, ...] | None:
    try:
        return tuple(Listed(str(id_), str(modified)) for id_, modified in json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None


def _packed(record: Record) -> bytes | None:
    try:
        return zlib.compress(json.dumps(record).encode(), 1)
    except RecursionError:
        return None


def _record(body: bytes) -> Record | None:
    try:
        record = json.loads(zlib.decompress(body))
    except (ValueError, TypeError, zlib.error, RecursionError):
        return None
    return record if isinstance(record, dict) else None
