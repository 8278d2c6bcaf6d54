"""The files that settings name, or all of a folder: read within bounds, with links kept inside the folder."""

import gzip
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bot.clients.json_fields import UnreadableError

MAX_FILES: Final = 20_000
_MAX_DEPTH: Final = 8
_GZIP: Final = b"\x1f\x8b"


def content(path: Path, *, max_bytes: int) -> bytes:
    """A file's bytes, unpacked where they are gzip. Raises UnreadableError."""
    try:
        if path.exists() and not path.is_file():
            raise UnreadableError("it is no file; name a file, or a folder of them")  # a pipe would be waited for
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise UnreadableError(f"{error.strerror or 'it can not be opened'}; check the path and its rights") from error
    return unpacked(data, max_bytes=max_bytes)


def unpacked(data: bytes, *, max_bytes: int) -> bytes:
    """Bytes, out of their gzip where they are in one. Raises UnreadableError."""
    if data.startswith(_GZIP):
        data = _unpacked(data, max_bytes)
    if len(data) > max_bytes:
        raise UnreadableError(f"it has more than {max_bytes >> 20} MiB")
    return data


def files_below(folder: Path, *, endings: Sequence[str]) -> Iterator[Path]:
    """The files of these endings below a folder by name, without hidden ones and without links out of it."""
    base, root = len(folder.parts), folder.resolve()
    for current, folders, names in os.walk(folder):
        here = Path(current)
        deep = len(here.parts) - base >= _MAX_DEPTH
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = here / name
            if not name.startswith(".") and name.lower().endswith(tuple(endings)) and _is_within(path, root):
                yield path


def _unpacked(data: bytes, max_bytes: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError("its gzip is broken; fetch it again") from error


def _is_within(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link that leads to itself: reading it says so
        return True
