"""Whether a file is a ledger that this program may work on."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bot.clients.database import DatabaseError, newest_revision
from bot.ledger.ledger import MIGRATIONS

_HEADER: Final = b"SQLite format 3\0"


def check(file: Path, *, called: Path, remedy: str, newer_remedy: str) -> None:
    """Raise DatabaseError where a SQLite file is no ledger, damaged (with `remedy`) or of a newer version; it is `called` so.

    Reads all of the file once.
    """
    try:
        with file.open("rb") as opened:
            if opened.read(len(_HEADER)) != _HEADER:
                raise DatabaseError(f"{called}: it is no SQLite database; name the file of a ledger")
        with closing(sqlite3.connect(file)) as database:
            _check(database, called, remedy, newer_remedy)
    except OSError as error:
        raise DatabaseError(f"{called}: it can't be read ({error.strerror or error}); check that it is there and may be read") from error
    except sqlite3.Error as error:
        raise damaged(called, error, remedy) from error


def damaged(called: Path, why: object, remedy: str) -> DatabaseError:
    said = str(why).partition("\n")[0]
    return DatabaseError(f"{called}: the ledger is damaged ({said}); {remedy}")


def _check(database: sqlite3.Connection, called: Path, remedy: str, newer_remedy: str) -> None:
    def one(question: str, is_good: Callable[[Any], bool]) -> None:
        answer: Iterable[Any] = database.execute(question).fetchone() or (None,)
        first = next(iter(answer))
        if not is_good(first):
            raise damaged(called, first, remedy)

    one("PRAGMA quick_check(1)", lambda found: found == "ok")
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"alembic_version", "dependencies", "sightings"} <= tables:
        raise DatabaseError(f"{called}: it is a database, but no ledger; name the file of a ledger")
    revisions = [str(revision) for (revision,) in database.execute("SELECT version_num FROM alembic_version")]
    newest = newest_revision(MIGRATIONS)
    if any(revision > newest for revision in revisions):
        raise DatabaseError(
            f"{called}: it was written by a newer version of this program ({max(revisions)} after {newest}); {newer_remedy}"
        )
    one("PRAGMA foreign_key_check", lambda found: found is None)
