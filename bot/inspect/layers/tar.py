"""A tar archive read in order, within bounds: ustar, with the long names of pax and GNU (POSIX.1-2017 pax; tar(5)).

Python's `tarfile` believes the sizes in extended headers and holds every member, which a hostile archive turns into all of the memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from bot.inspect.layers.unpacked import LayerError, Unpacked

_BLOCK: Final = 512
_MAX_EXTENDED_BYTES: Final = 1 << 20
"""Of a header that goes before another; the limit of Go's reader too, by which Docker and containerd unpack."""
_MAX_DIGITS: Final = 18
_NUL: Final = b"\0" * _BLOCK


class Kind(Enum):
    FILE = auto()
    SPARSE = auto()
    FOLDER = auto()
    SYMLINK = auto()
    HARD_LINK = auto()
    OTHER = auto()


_KINDS: Final = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"1": Kind.HARD_LINK,
    b"2": Kind.SYMLINK,
    b"5": Kind.FOLDER,
    b"S": Kind.SPARSE,
}
_USED: Final = frozenset({"path", "linkpath", "size", "GNU.sparse.name"})
"""Of pax records; the others are not kept, for there is no end to how many may stand before an entry."""
_SPARSE: Final = "GNU.sparse."
_WITHOUT_DATA: Final = frozenset(b"123456")


@dataclass(frozen=True, slots=True, kw_only=True)
class TarEntry:
    path: str
    """As written; see `inside`."""
    kind: Kind
    size: int
    """Of the data in the archive."""
    mode: int
    link: str = ""


class TarReader:
    """The entries of an archive, one after the other. Raises LayerError for what is no tar archive, or is one cut short."""

    def __init__(self, data: Unpacked) -> None:
        self._data = data
        self._left = 0
        """Of the data of the entry that was given last."""
        self._padding = 0

    def entries(self) -> Iterator[TarEntry]:
        extended: dict[str, str] = {}
        while (header := self._header()) is not None:
            kind, size = header[156:157], _number(header[124:136])
            if kind in {b"x", b"X"}:
                extended |= _pax(self._extended(size))
            elif kind == b"L":
                extended["path"] = _text(self._extended(size))
            elif kind == b"K":
                extended["linkpath"] = _text(self._extended(size))
            elif kind == b"g":
                self._begin(size)
            else:
                entry = _entry(header, extended, kind, size)
                if kind == b"S":
                    self._pass_sparse_map(header)
                self._begin(entry.size)
                extended = {}
                yield entry

    def read(self, size: int) -> bytes:
        """The next bytes of the entry that was given last."""
        wanted = min(size, self._left)
        piece = self._data.read(wanted)
        if len(piece) < wanted:
            raise LayerError("its archive ends in the middle of a file")
        self._left -= wanted
        return piece

    def _begin(self, size: int) -> None:
        if size < 0:
            raise LayerError("its archive has a size that is no number")
        self._left, self._padding = size, -size % _BLOCK

    def _header(self) -> bytes | None:
        """The next header. None: the archive has ended, which two empty blocks say, or nothing more."""
        rest = self._left + self._padding
        if rest and self._data.skip(rest) < rest - self._padding:
            raise LayerError("its archive ends in the middle of a file")
        self._begin(0)
        header = self._data.read(_BLOCK)
        if not header or header == _NUL:
            return None
        if len(header) < _BLOCK or not _is_header(header):
            raise LayerError("it is no tar archive, or a broken one")
        return header

    def _extended(self, size: int) -> bytes:
        if size > _MAX_EXTENDED_BYTES:
            raise LayerError(f"its archive has a name of {size} bytes")
        self._begin(size)
        return self.read(size)

    def _pass_sparse_map(self, header: bytes) -> None:
        block, flag = header, 482
        while block[flag : flag + 1] not in {b"\0", b""}:
            block, flag = self._data.read(_BLOCK), 504


def inside(path: str) -> str | None:
    """The path relative to the root, without `.`, `..` and double slashes. None: it leads out of the root."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _entry(header: bytes, extended: dict[str, str], kind: bytes, size: int) -> TarEntry:
    name = extended.get("path") or _ustar_name(header)
    told = extended.get("size", "")
    if told:
        size = int(told) if told.isascii() and told.isdigit() and len(told) <= _MAX_DIGITS else -1
    known = _KINDS.get(kind, Kind.OTHER)
    if known is Kind.FILE and name.endswith("/"):
        known = Kind.FOLDER
    if known is Kind.FILE and any(key.startswith(_SPARSE) for key in extended):
        name, known = extended.get("GNU.sparse.name", name), Kind.SPARSE
    return TarEntry(
        path=name,
        kind=known,
        size=0 if kind[0] in _WITHOUT_DATA else size,
        mode=max(_number(header[100:108]), 0),
        link=extended.get("linkpath") or _text(header[157:257]),
    )


def _ustar_name(header: bytes) -> str:
    name, prefix = _text(header[:100]), header[345:500] if header[257:263] == b"ustar\0" else b""
    return f"{_text(prefix)}/{name}" if prefix.strip(b"\0") else name


def _is_header(header: bytes) -> bool:
    """Whether the checksum is right; some old programs summed signed bytes."""
    told = _number(header[148:156])
    plain = header[:148] + b"        " + header[156:]
    return told in {sum(plain), sum(plain) - 256 * sum(byte > 127 for byte in plain)}  # noqa: PLR2004 the largest signed byte


def _number(field: bytes) -> int:
    """Octal digits, or GNU's binary; -1 for what is neither."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b"\0 ")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        return -1


def _pax(data: bytes) -> dict[str, str]:
    """The records of a pax header that are of use: `length key=value` and a line end, the length being that of the whole record."""
    found = {}
    position = 0
    while position < len(data) and data[position] != 0:
        space = data.find(b" ", position, position + 20)
        length = data[position:space] if space > 0 else b""
        end = position + int(length) if length.isdigit() else 0
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not equals or end > len(data) or end <= space:
            raise LayerError("its archive has a broken pax header")
        name = _text(key)
        if name in _USED:
            found[name] = _text(value)
        elif name.startswith(_SPARSE):
            found[_SPARSE] = ""
        position = end
    return found


def _text(data: bytes) -> str:
    """A name up to the first NUL; bytes that are not UTF-8 stay apart from one another."""
    return data.partition(b"\0")[0].decode("utf-8", errors="backslashreplace")
