"""The ledger that is merged into another: a copy of its file, brought up to date, so that the file itself is only read."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import URL, Connection, Select

from bot.clients.database import Database, DatabaseError
from bot.ledger.ledger import MIGRATIONS
from bot.ledger.merging.target import Row
from bot.ledger.soundness import check, damaged

_REMEDY: Final = "nothing of it was merged. Take an older copy, or leave it out"
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
        except OSError as error:
            raise DatabaseError(f"{file}: it can't be read ({error.strerror or error}); check that it is there and may be read") from error
        check(copy, called=file, remedy=_REMEDY, newer_remedy="merge with that version")
        with closing(_open(copy, file)) as database, database.reading() as connection:
            yield Source(connection, file)


def _open(copy: Path, file: Path) -> Database:
    try:
        return Database(URL.create("sqlite", database=str(copy)).render_as_string(), migrations=MIGRATIONS)
    except DatabaseError as error:
        raise _damaged(file, error.__cause__ or error) from error


def _damaged(file: Path, why: object) -> DatabaseError:
    return damaged(file, why, _REMEDY)
