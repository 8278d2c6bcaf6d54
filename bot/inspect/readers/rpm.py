"""The databases of rpm: sqlite (Fedora, RHEL 9, Azure Linux) and ndb (SUSE). Berkeley DB (RHEL 8 and older) is a known gap, and said.

No Python library reads them from bytes: `rpm` is a shim for the system's module, `rpmfile` reads package files, and what wraps Go's reader
wants a path and brings a second runtime.
"""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import Final

from bot.inspect.reader import MEBIBYTE, Content, FileEntry, Found, Reader, UnreadableError
from bot.inspect.readers.rpm_header import packages_of

_FOLDERS: Final = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
_SQLITE, _LOG, _NDB, _BERKELEY = "rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages"
_PATHS: Final = frozenset(f"{folder}/{name}" for folder in _FOLDERS for name in (_SQLITE, _LOG, _NDB, _BERKELEY))
_MAX_BYTES: Final = 48 * MEBIBYTE
"""Of a database: it and its copy in SQLite are held at once."""
_MAX_STEPS: Final = 20_000_000
"""Of SQLite's machine: a hundred times what reading the largest takes."""
_SLOT: Final = struct.Struct("<4sIII")
_SQLITE_HEAD: Final = 20
_PAGE: Final = 4096
_BLOCK: Final = 16


@dataclass(frozen=True, slots=True)
class RpmReader:
    name: str = "rpm"
    paths: frozenset[str] = _PATHS
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path in _PATHS

    def read(self, entry: FileEntry, content: Content) -> Found:
        match entry.path.rpartition("/")[2]:
            case name if name == _LOG:
                problem = "its changes are not read: the database was not closed, so its last ones may be missing"
                return Found(problems=(problem,) if entry.size else ())
            case name if name == _BERKELEY:
                raise UnreadableError("a Berkeley DB database, of which the form is not known here (RHEL 8 and older)")
            case name:
                headers = _sqlite(content) if name == _SQLITE else _ndb(content.whole(max_bytes=_MAX_BYTES))
                packages, problems = packages_of(headers, entry.path)
                return Found(packages=packages, problems=problems)


def _sqlite(content: Content) -> Iterator[bytes]:
    """The headers in `Packages`. The file is foreign: nothing in its schema may run without end."""
    head = content.read(_SQLITE_HEAD)
    if not head.startswith(b"SQLite format 3\0"):
        raise UnreadableError("it is no SQLite database")
    # A database in WAL mode can't be opened from memory; without a log the other mode reads the same (SQLite's file format, 1.3).
    plain = chain([head[:18] + b"\1\1"], iter(lambda: content.read(MEBIBYTE), b""))
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.deserialize(Content(size=content.size, read=lambda _: next(plain, b"")).whole(max_bytes=_MAX_BYTES))
            connection.set_progress_handler(lambda: True, _MAX_STEPS)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            for (blob,) in connection.execute("SELECT blob FROM Packages"):
                yield blob if isinstance(blob, bytes) else b""
        except (sqlite3.Error, UnicodeDecodeError) as error:  # its complaints quote a foreign schema, which may be no text
            raise UnreadableError(f"SQLite can't read it ({error})") from error


def _ndb(data: bytes) -> Iterator[bytes]:
    """The headers of rpm's own store (rpm's lib/backend/ndb/rpmpkg.c): pages of slots, each naming a blob."""
    if data[:4] != b"RpmP":
        raise UnreadableError("it is no ndb database")
    (pages,) = struct.unpack_from("<I", data, 12)
    slots = data[2 * _SLOT.size : pages * _PAGE]
    for magic, number, block, _ in _SLOT.iter_unpack(slots[: len(slots) // _SLOT.size * _SLOT.size]):
        if magic != b"Slot":
            raise UnreadableError("its table of packages is broken")
        if number == 0:
            continue
        start = block * _BLOCK
        head = data[start : start + _SLOT.size]
        blob, same_number, _, length = _SLOT.unpack(head) if len(head) == _SLOT.size else (b"", 0, 0, 0)
        is_right = blob == b"BlbS" and same_number == number
        yield data[start + _SLOT.size : start + _SLOT.size + length] if is_right else b""


PLUGIN: Final[Reader] = RpmReader()
