"""What was learned about each repo, in one file that can be lost: each entry is good for as long as its mark says the same."""

import hashlib
import json
import sqlite3
import zlib
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

import structlog

from bot.clients.private import private_file, private_folder

log = structlog.get_logger()

_FORM: Final = 1
"""Of the table below; a file of another one begins anew."""
_MAX_FILE_BYTES: Final = 2 << 30
_MAX_ENTRY_BYTES: Final = 64 << 20
_TABLE: Final = "CREATE TABLE IF NOT EXISTS entry (kind TEXT, name TEXT, mark TEXT, data BLOB, PRIMARY KEY (kind, name)) WITHOUT ROWID"


class Shelf:
    """JSON values by kind and name, each under the mark that it was put there with. Safe to use from several threads and processes.

    Whatever is wrong with the file, or with an entry, it is as if it were not there: nothing fails, and the log says so.
    """

    def __init__(self, path: Path, *, max_file_bytes: int = _MAX_FILE_BYTES) -> None:
        """A file that is larger when it is opened is begun anew."""
        self._path: Final = path
        self._lock: Final = Lock()
        self._file = _open(path, max_file_bytes)

    def get(self, kind: str, name: str, *, mark: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """What was put there under just this mark; None: nothing that can be believed."""
        found = self._do("SELECT data FROM entry WHERE kind = ? AND name = ? AND mark = ?", kind, name, mark)
        if not found:
            return None
        try:
            return _unpacked(found[0][0], kind, name, mark)
        except (ValueError, TypeError, zlib.error, RecursionError) as error:
            log.warning("shelf.entry_damaged", path=str(self._path), kind=kind, name=name, error=str(error))
            return None

    def put(self, kind: str, name: str, value: Any, *, mark: str) -> None:  # noqa: ANN401
        """Keep a value in the place of the one that was there."""
        text = json.dumps(value, separators=(",", ":")).encode()
        if len(text) > _MAX_ENTRY_BYTES:
            self.forget(kind, name)
            return
        data = _seal(text, kind, name, mark) + zlib.compress(text)
        self._do("INSERT OR REPLACE INTO entry (kind, name, mark, data) VALUES (?, ?, ?, ?)", kind, name, mark, data)

    def forget(self, kind: str, name: str) -> None:
        """After this no process finds the entry, even if this one is killed now."""
        self._do("DELETE FROM entry WHERE kind = ? AND name = ?", kind, name)

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _do(self, statement: str, *values: str | bytes) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._file is None:
                return []
            try:
                return self._file.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                # What can't be forgotten must not be found by the next: the whole file goes.
                log.warning("shelf.failed", path=str(self._path), error=str(error))
                self._file.close()
                self._file = None
                with suppress(OSError):
                    _remove(self._path)
                return []


def _seal(text: bytes, *about: str) -> bytes:
    return hashlib.sha256("\0".join(about).encode() + b"\0" + text).digest()


def _unpacked(data: bytes, *about: str) -> Any:  # noqa: ANN401
    reader = zlib.decompressobj()
    text = reader.decompress(data[32:], _MAX_ENTRY_BYTES)
    if data[:32] != _seal(text, *about):
        raise ValueError("its seal does not fit")
    return json.loads(text)


def _open(path: Path, max_file_bytes: int) -> sqlite3.Connection | None:
    try:
        private_folder(path.parent)
        if path.exists() and (path.stat().st_size > max_file_bytes or not _is_sound(path)):
            log.warning("shelf.begun_anew", path=str(path))
            _remove(path)
        private_file(path)
        file = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            # Survives a killed process; a lost machine may lose the last entries, which are only made anew.
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")
            file.execute(_TABLE)
            file.execute(f"PRAGMA user_version = {_FORM}")
        except sqlite3.Error:
            file.close()
            raise
    except (OSError, sqlite3.Error) as error:
        log.warning("shelf.unusable", path=str(path), error=str(error))
        return None
    return file


def _is_sound(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=10)) as file:
            form = file.execute("PRAGMA user_version").fetchone()[0]
            columns = [row[1] for row in file.execute("PRAGMA table_info(entry)")]
    except sqlite3.Error:
        return False
    return (form, columns) in ((0, []), (_FORM, ["kind", "name", "mark", "data"]))


def _remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink(missing_ok=True)
