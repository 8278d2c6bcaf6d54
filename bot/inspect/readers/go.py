"""Go programs carry the list of modules that they were built from (Go's debug/buildinfo); it is found while the program streams by.

What reads it in Python (`pygorpmrustinfo`) wants a path and brings Go's runtime along.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.inspect.reader import MEBIBYTE, Content, FileEntry, Found, Reader, UnreadableError, text_of
from bot.model.contents import Package

_ELF: Final = b"\x7fELF"
_MAGIC: Final = b"\xff Go buildinf:"
_ALIGNMENT: Final = 16
_HEADER: Final = 32
_INLINE: Final = 2
"""The flag of the form since Go 1.18, in which the texts follow the header."""
_SENTINEL: Final = 16
"""Bytes before and behind the list of modules."""
_SMALLEST: Final = 100_000
_LARGE: Final = MEBIBYTE
_PIECE: Final = MEBIBYTE // 4
_MAX_LIST: Final = 4 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class GoReader:
    name: str = "go"
    paths: frozenset[str] = frozenset()
    precedence: int = -10

    def wants(self, entry: FileEntry) -> bool:
        """Every program, and whatever is large: one that tells nothing hides an older one at its path that did."""
        return entry.is_executable or entry.size > _LARGE

    def read(self, entry: FileEntry, content: Content) -> Found:
        if entry.size < _SMALLEST:
            return Found()
        window, offset = content.read(_PIECE), 0
        if not window.startswith(_ELF):
            return Found()
        while True:
            place = window.find(_MAGIC)
            if place < 0:
                piece = content.read(_PIECE)
                if not piece:
                    return Found()
                kept = len(_MAGIC) - 1
                offset += max(len(window) - kept, 0)
                window = window[-kept:] + piece
                continue
            if (offset + place) % _ALIGNMENT == 0:
                window, offset = window[place:], offset + place
                window += _more(content, _HEADER + _MAX_LIST - len(window)) if len(window) < _HEADER + _MAX_LIST else b""
                told = _told(window)
                if told is not None:
                    return Found(packages=tuple(_packages(*told, entry.path)))
                place = 0
            offset += place + 1
            window = window[place + 1 :]


def _more(content: Content, size: int) -> bytes:
    pieces = []
    while size > 0 and (piece := content.read(min(size, _PIECE))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _told(data: bytes) -> tuple[str, str] | None:
    """The version of Go and the list of modules; None where the magic bytes stand for something else (a program that looks for them)."""
    if len(data) < _HEADER:
        return None
    if not data[15] & _INLINE:
        if data[14] in {4, 8} and data[15] in {0, 1}:
            raise UnreadableError("Go's build information in its form before Go 1.18, which is not read")
        return None
    version, rest = _text(data, _HEADER)
    modules, _ = _text(data, rest)
    if version is None or not version.startswith((b"go", b"devel")):
        return None
    modules = modules or b""
    return text_of(version), text_of(modules[_SENTINEL:-_SENTINEL])


def _text(data: bytes, start: int) -> tuple[bytes | None, int]:
    """A text with its length before it as a varint, and where it ends."""
    length = shift = 0
    for place in range(start, min(start + 5, len(data))):
        length |= (data[place] & 0x7F) << shift
        shift += 7
        if data[place] < 0x80:  # noqa: PLR2004 the last byte of a varint
            end = place + 1 + length
            return (data[place + 1 : end], end) if end <= len(data) else (None, start)
    return None, start


def _packages(version: str, modules: str, path: str) -> Iterator[Package]:
    """The standard library by the version of Go, the program's own module and those it needs, replaced ones as what replaces them."""
    yield _package("stdlib", version.removeprefix("go").partition(" ")[0], path)
    found: list[tuple[str, str]] = []
    for line in modules.split("\n"):
        kind, *fields = line.split("\t")
        if kind in {"mod", "dep"} and len(fields) > 1:
            found.append((fields[0], fields[1]))
        elif kind == "=>" and len(fields) > 1 and found:
            found[-1] = (fields[0], fields[1])
    for name, told in dict.fromkeys(found):
        yield _package(name, told, path)


def _package(name: str, version: str, path: str) -> Package:
    namespace, _, last = name.rpartition("/")
    return Package(type="golang", namespace=namespace, name=last, version=version, path=path)


PLUGIN: Final[Reader] = GoReader()
