"""The advisories in an archive of one ecosystem: a zip of JSON files, bounded in every way. Names in it are never used as paths."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bot.assess.osv.query import Record
from bot.clients.trouble import unreadable_json
from bot.model.failure import ToldError

_MOST_DIRECTORY_BYTES: Final = 192 << 20
"""The list of what is in the archive: some 2 million records."""
_MOST_RECORD_BYTES: Final = 64 << 20
_MOST_TIMES: Final = 100
"""How many times as large as the archive its content may be."""
_SLACK_BYTES: Final = 64 << 20
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError, struct.error)


class ArchiveError(ToldError):
    """The archive is not what it should be; the message says what is wrong."""


class _Bounded(io.FileIO):
    """A file of which no more is read at once than the list of an archive may be long: zipfile reads that in one piece."""

    def read(self, size: int | None = -1, /) -> Any:  # noqa: ANN401 - as the class above has it
        if size is not None and size > _MOST_DIRECTORY_BYTES:
            raise ArchiveError(f"its list is longer than {_MOST_DIRECTORY_BYTES >> 20} MiB, which is not read")
        return super().read(size)


def records(path: Path) -> Iterator[tuple[Record, int]]:
    """Each advisory of an archive, and how many there are in all.

    Raises ArchiveError where even one can't be read: without it, a package would pass for one that nothing is known of.
    """
    try:
        with _Bounded(str(path), "rb") as file, zipfile.ZipFile(file) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            left = _MOST_TIMES * path.stat().st_size + _SLACK_BYTES
            for info in files:
                body = _read(archive, info, left)
                left -= len(body)
                yield _record(body, info.filename), len(files)
    except _BROKEN as error:
        raise ArchiveError("no zip archive, or a broken one") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    """The bytes of one file, of which at most `left` are wanted."""
    if info.compress_type not in _METHODS:
        raise ArchiveError(f"{_shown(info.filename)} is packed in an unusual way")
    most = min(_MOST_RECORD_BYTES, left)
    with archive.open(info) as file:
        body = file.read(most + 1)
    if len(body) > most:
        what = f"{_shown(info.filename)} is" if most == _MOST_RECORD_BYTES else "its content is"
        raise ArchiveError(f"{what} larger than {most:,} bytes, which is not read")
    return body


def _record(body: bytes, name: str) -> Record:
    try:
        record = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{_shown(name)}: {unreadable_json(error)}") from error
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise ArchiveError(f"{_shown(name)} is no advisory")
    return record


def _shown(name: str) -> str:
    return repr(name[:100])
