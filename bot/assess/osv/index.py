"""One ecosystem's advisories in a SQLite file of its own, found by the package's name."""

import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from bot.assess.osv.query import Record, base
from bot.model.failure import ToldError

_FORM: Final = 1
"""Of the tables: a file of another one is made anew."""
_TABLES: Final = """
CREATE TABLE about (told TEXT NOT NULL);
CREATE TABLE records (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE names (name TEXT NOT NULL, number INTEGER NOT NULL);
"""
_AT_ONCE: Final = 500


class IndexFileError(ToldError):
    """The file is missing, or can't be read or written; the message says which, and not where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where an index comes from."""

    ecosystem: str
    url: str
    """Of the archive."""
    as_of: datetime
    """When the archive was fetched, or was last seen to be the same still; aware, UTC."""
    records: int
    tag: str = ""
    """The archive's ETag, by which the server tells whether it has changed; empty: it has none."""


def build(path: Path, records: Iterable[Record], ecosystem: str) -> int:
    """Write a new index to a file, which must not be there; how many advisories it has.

    Raises IndexFileError; what `records` raises goes through.
    """
    count = 0
    with _writing(path) as connection:
        connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES}")
        connection.execute("BEGIN")
        for record in records:
            names = {name for package in _packages(record) if (name := _indexed(package, ecosystem))}
            if names:
                count += 1
                body = zlib.compress(json.dumps(record, separators=(",", ":")).encode(), 1)
                connection.execute("INSERT INTO records VALUES (?, ?)", (count, body))
                connection.executemany("INSERT INTO names VALUES (?, ?)", ((name, count) for name in names))
        connection.execute("CREATE INDEX by_name ON names (name, number)")
        connection.execute("COMMIT")
    return count


def finish(path: Path, about: About) -> None:
    """Say where an index comes from, and see that it is on the disk. Raises IndexFileError."""
    with _writing(path) as connection:
        connection.execute("BEGIN")
        connection.execute("DELETE FROM about")
        connection.execute("INSERT INTO about VALUES (?)", (json.dumps({**asdict(about), "as_of": about.as_of.isoformat()}),))
        connection.execute(f"PRAGMA user_version = {_FORM}")
        connection.execute("COMMIT")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def about(path: Path) -> About:
    """Where an index comes from. Raises IndexFileError."""
    with _reading(path) as connection:
        return _about(connection)


@contextmanager
def opened(path: Path) -> Iterator[tuple[About, Callable[[str], tuple[Record, ...]]]]:
    """Where an index comes from, and its advisories by the name of a package. Raises IndexFileError, within as well."""
    with _reading(path) as connection:
        told = _about(connection)
        known: dict[int, Record] = {}

        def named(name: str) -> tuple[Record, ...]:
            rows = connection.execute("SELECT number FROM names WHERE name = ? ORDER BY number", (_key(told.ecosystem, name),))
            numbers = [number for (number,) in rows]
            missing = [number for number in numbers if number not in known]
            for start in range(0, len(missing), _AT_ONCE):
                some = missing[start : start + _AT_ONCE]
                query = f"SELECT number, body FROM records WHERE number IN ({','.join('?' * len(some))})"  # noqa: S608 - marks alone
                known.update((number, json.loads(zlib.decompress(body))) for number, body in connection.execute(query, some))
            return tuple(known[number] for number in numbers)

        yield told, named


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that begins no transaction by itself."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise IndexFileError("can't be written") from error


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise IndexFileError("is not there")
    try:
        # Whoever was killed while writing has left a journal, which only a writer can put right.
        mode = "rw" if path.with_name(f"{path.name}-journal").exists() else "ro"
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)) as connection:
            (form,) = connection.execute("PRAGMA user_version").fetchone()
            if form != _FORM:
                raise IndexFileError("is of another version of the bot, or was not finished")
            yield connection
    except (sqlite3.Error, zlib.error, ValueError, TypeError, KeyError, RecursionError, OSError) as error:
        raise IndexFileError("can't be read") from error


def _about(connection: sqlite3.Connection) -> About:
    (text,) = connection.execute("SELECT told FROM about").fetchone()
    told: Mapping[str, Any] = json.loads(text)
    as_of = datetime.fromisoformat(told["as_of"])
    return About(**{**told, "as_of": as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)})


def _packages(record: Record) -> Iterator[Mapping[str, Any]]:
    affected = record.get("affected")
    for one in affected if isinstance(affected, list) else ():
        package = one.get("package") if isinstance(one, dict) else None
        if isinstance(package, dict):
            yield package


def _indexed(package: Mapping[str, Any], ecosystem: str) -> str:
    """The name by which a package is found; empty: it is none of this ecosystem."""
    name, written = package.get("name"), package.get("ecosystem")
    is_ours = isinstance(name, str) and isinstance(written, str) and base(written) == ecosystem
    return _key(ecosystem, str(name)) if is_ours else ""


def _key(ecosystem: str, name: str) -> str:
    """A package's name as its ecosystem compares it; what is no text for SQLite is no name of a package either."""
    plain = name.encode(errors="replace").decode()
    return canonicalize_name(plain) if ecosystem == "PyPI" else plain
