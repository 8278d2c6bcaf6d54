"""The seam of the room: a kind of file that tells what is in an image."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from bot.model.contents import OperatingSystem, Package

MEBIBYTE: Final = 1 << 20
MAX_TEXT_BYTES: Final = 32 * MEBIBYTE
"""Of a package database that is text: a hundred times what a large image has."""
MAX_RECORDS: Final = 25_000
"""In one: ten times what a large image has, and some 4 KiB each till they are shown."""


class UnreadableError(Exception):
    """A file can't be read, or not wholly; the message says why, to stand behind "not read: "."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A regular file as the layer's archive announces it."""

    path: str
    """Relative to the root, without `.` and `..`."""
    size: int
    is_executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one file tells."""

    packages: tuple[Package, ...] = ()
    system: OperatingSystem | None = None
    problems: tuple[str, ...] = ()
    """What in it could not be read, though the rest could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The bytes of a file, to be read once and in order."""

    size: int
    read: Callable[[int], bytes]
    """At most so many of the next bytes; empty at the end."""

    def whole(self, *, max_bytes: int) -> bytes:
        """All of it. Raises UnreadableError where it is larger."""
        if self.size > max_bytes:
            raise UnreadableError(f"it has {self.size} bytes, and at most {max_bytes} are read")
        buffer = io.BytesIO()  # which gives its bytes away without a copy
        while piece := self.read(MEBIBYTE):
            buffer.write(piece)
        return buffer.getvalue()


class Reader(Protocol):
    """One way of knowing. Pure: it gets bytes and asks nobody."""

    @property
    def name(self) -> str: ...

    @property
    def paths(self) -> frozenset[str]:
        """The places where it looks for files with a fixed name, or below a fixed folder: links that lead there are followed."""
        ...

    @property
    def precedence(self) -> int:
        """How it ranks where several want a file: 0; below, where it wants any file of a kind."""
        ...

    def wants(self, entry: FileEntry) -> bool: ...

    def read(self, entry: FileEntry, content: Content) -> Found:
        """What the file tells. Raises UnreadableError."""
        ...


def text_of(data: bytes) -> str:
    """The text; what is not UTF-8 becomes a replacement character, for one bad name must not hide the others."""
    return data.decode("utf-8", errors="replace")
