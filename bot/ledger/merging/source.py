"""The ledger that is merged into another: a copy of its file, brought up to date, so that the file itself is only read."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import URL, Connection, Select

from bot.clients.database import Database, DatabaseError, newest_revision
from bot.ledger.ledger import MIGRATIONS
from bot.ledger.merging.target import Row

_HEADER: Final = b"SQLite format 3\0"
_ROWS: Final = 1000
"""Held in memory of an answer."""


class Source:
    """The rows of a ledger in a file. Raises DatabaseError where one of them can't be read."""

    def __init__(self, connection: Connection, file: Path) -> None:
        self._connection: Final = connection
        self._file: Final = file

    def rows(self, query: Select[Any]) -> Iterator[Row]:
        """The answer, a part at a time."""
        try:
            for row in self._connection.execute(query, execution_options={"yield_per": _ROWS}).mappings():
                yield dict(row)
        except (ValueError, TypeError, OverflowError, OSError) as error:
            # A value of another kind than its column's: text for a time, or JSON that is none.
            raise _damaged(self._file, error) from error


@contextmanager
def opened_copy(file: Path) -> Iterator[Source]:
    """The ledger in a file. Raises DatabaseError: it is not there, no ledger, damaged, or newer than this program."""
    with TemporaryDirectory(prefix="rebuild-bot-ledger-") as folder:
        copy = Path(folder) / "ledger.sqlite3"
        try:
            shutil.copyfile(file, copy)
            log = file.with_name(f"{file.name}-wal")
            if log.exists():
                shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))
            _check(copy, file)
        except OSError as error:
            raise DatabaseError(f"{file}: it can't be read ({error.strerror or error}); check that it is there and may be read") from error
        except sqlite3.Error as error:
            raise _damaged(file, error) from error
        with closing(_open(copy, file)) as database, database.reading() as connection:
            yield Source(connection, file)


def _check(copy: Path, file: Path) -> None:
    with copy.open("rb") as opened:
        if opened.read(len(_HEADER)) != _HEADER:
            raise DatabaseError(f"{file}: it is no SQLite database; name the file of a ledger")
    with closing(sqlite3.connect(copy)) as database:
        _one(database, "PRAGMA quick_check(1)", lambda found: found == "ok", file)
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "dependencies", "sightings"} <= tables:
            raise DatabaseError(f"{file}: it is a database, but no ledger; name the file of a ledger")
        revisions = [str(revision) for (revision,) in database.execute("SELECT version_num FROM alembic_version")]
        newest = newest_revision(MIGRATIONS)
        if any(revision > newest for revision in revisions):
            remedy = "merge with that version"
            raise DatabaseError(f"{file}: it was written by a newer version of this program ({max(revisions)} after {newest}); {remedy}")
        _one(database, "PRAGMA foreign_key_check", lambda found: found is None, file)


def _one(database: sqlite3.Connection, question: str, is_good: Callable[[Any], bool], file: Path) -> None:
    answer: Iterable[Any] = database.execute(question).fetchone() or (None,)
    first = next(iter(answer))
    if not is_good(first):
        raise _damaged(file, first)


def _open(copy: Path, file: Path) -> Database:
    try:
        return Database(URL.create("sqlite", database=str(copy)).render_as_string(), migrations=MIGRATIONS)
    except DatabaseError as error:
        raise _damaged(file, error.__cause__ or error) from error


def _damaged(file: Path, why: object) -> DatabaseError:
    said = str(why).partition("\n")[0]
    return DatabaseError(f"{file}: the ledger is damaged ({said}); nothing of it was merged. Take an older copy, or leave it out")
