"""The tables of contents that some layers carry, so that single files can be fetched: eStargz and zstd:chunked.

The forms: "eStargz: Standard-Compatible Extension to Container Image Layers for Lazy Pulling" (stargz-snapshotter, docs/estargz.md), and
zstd:chunked as containers/storage writes it (pkg/chunked). A table is foreign: what is odd in it makes the whole layer be read instead.
"""

import gzip
import io
import re
import sys
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from bot.clients.json_text import read_json
from bot.clients.oci.documents import Descriptor, is_content
from bot.inspect.layers.tar import Kind, TarEntry
from bot.inspect.reader import MEBIBYTE
from bot.model.image import Digest, InvalidReferenceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_TABLE_BYTES: Final = 8 * MEBIBYTE
"""Of a table, packed and unpacked."""
_MAX_VALUES: Final = 500_000
"""In a table: each takes some hundred bytes when it is read."""
MAX_CHUNK_BYTES: Final = 8 * MEBIBYTE
"""Of a chunk, packed and unpacked; eStargz makes them of 4 MiB, zstd:chunked of some 64 KiB."""
FOOTER_BYTES: Final = 51
"""Of eStargz."""
_STARGZ: Final = "containerd.io/snapshot/stargz/toc.digest"
_CHUNKED: Final = ("io.github.containers.zstd-chunked.", "io.containers.zstd-chunked.")
"""The second by older writers (skopeo 1.9)."""
_FOOTER: Final = re.compile(rb"\x1f\x8b\x08\x04.{6}\x1a\0SG\x16\0([0-9a-f]{16})STARGZ\x01\0\0\xff\xff\0{8}", re.DOTALL)
_PLACE: Final = re.compile(r"(\d{1,15}):(\d{1,9}):(\d{1,9}):1", re.ASCII)
_MAX_SIZE: Final = 1 << 50
_WINDOW_LOG: Final = 26
"""As for whole layers; of a piece, no more is taken than it has."""
_KINDS: Final = {"reg": Kind.FILE, "dir": Kind.FOLDER, "symlink": Kind.SYMLINK, "hardlink": Kind.HARD_LINK}


class TableError(Exception):
    """The layer can't be read by its table; the message says why."""


class Packing(Enum):
    GZIP = auto()
    ZSTD = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a manifest says of a layer's table: its digest, by which it is proved, and where it is."""

    packing: Packing
    digest: Digest
    """eStargz: of the table itself; zstd:chunked: of the table as it is packed."""
    start: int = 0
    size: int = 0
    """Of the packed table. Both are 0 for eStargz, whose footer tells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a file: where it lies packed, and what it unpacks to."""

    start: int
    end: int
    """Where the next thing begins at the latest."""
    passed: int
    """Unpacked bytes before it, which belong to other files."""
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    entry: TarEntry
    chunks: tuple[Chunk, ...] = ()


def claim_of(layer: Descriptor) -> Claim | None:
    """The table that a layer's descriptor names; None: none, or one without the digest that would prove it."""
    told = layer.annotations
    prefix = next((prefix for prefix in _CHUNKED if f"{prefix}manifest-position" in told), _CHUNKED[0])
    place, digest = told.get(f"{prefix}manifest-position"), told.get(f"{prefix}manifest-checksum")
    found = _PLACE.fullmatch(place or "")
    try:
        if found and digest:
            return Claim(packing=Packing.ZSTD, digest=Digest(digest), start=int(found[1]), size=int(found[2]))
        if not place and _STARGZ in told:
            return Claim(packing=Packing.GZIP, digest=Digest(told[_STARGZ]))
    except InvalidReferenceError:
        pass
    return None


def table_start(footer: bytes) -> int:
    """Where the table of an eStargz layer begins. Raises TableError."""
    found = _FOOTER.fullmatch(footer)
    if found is None:
        raise TableError("it does not end as eStargz does")
    return int(found[1], 16)


def read_table(packed: bytes, claim: Claim, *, end: int) -> tuple[TableEntry, ...]:
    """The entries of a table, in its order; `end` is where the files' data ends. Raises TableError, also for another digest."""
    data = _unpacked_table(packed, claim)
    if sum(map(data.count, (b",", b"{", b"["))) > _MAX_VALUES:
        raise TableError("its table is too large")
    try:
        told = read_json(data)
    except (ValueError, RecursionError) as error:
        raise TableError("its table is no valid JSON") from error
    entries = told.get("entries") if isinstance(told, dict) else None
    if not isinstance(entries, list) or told.get("version") != 1 or not all(isinstance(entry, dict) for entry in entries):
        raise TableError("its table is of an unknown form")
    return tuple(_entries(entries, end))


def unpack(packing: Packing, packed: bytes, size: int) -> bytes:
    """The first bytes that a piece of a layer unpacks to, so many of them. Raises TableError."""
    try:
        with _opened(packing, packed) as stream:
            data = stream.read(size)
    except (EOFError, OSError, zlib.error, zstd.ZstdError) as error:
        raise TableError(f"its compression is broken ({error})") from error
    if len(data) < size:
        raise TableError("a piece of it is shorter than its table says")
    return data


def _opened(packing: Packing, packed: bytes) -> gzip.GzipFile | zstd.ZstdFile:
    if packing is Packing.GZIP:
        return gzip.GzipFile(fileobj=io.BytesIO(packed))
    return zstd.ZstdFile(io.BytesIO(packed), "rb", options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})


def _unpacked_table(packed: bytes, claim: Claim) -> bytes:
    if claim.packing is Packing.ZSTD and not is_content(packed, claim.digest):
        raise TableError("its table is not the one that its manifest names")
    try:
        with _opened(claim.packing, packed) as stream:
            data = stream.read(MAX_TABLE_BYTES + 1)
    except (EOFError, OSError, zlib.error, zstd.ZstdError) as error:
        raise TableError(f"the compression of its table is broken ({error})") from error
    if len(data) > MAX_TABLE_BYTES:
        raise TableError("its table is too large")
    return data if claim.packing is Packing.ZSTD else _in_tar(data, claim.digest)


def _in_tar(data: bytes, digest: Digest) -> bytes:
    """The table of eStargz stands in the archive, as its last file."""
    name, size = data[:100].rstrip(b"\0"), data[124:135]
    if name != b"stargz.index.json" or not re.fullmatch(rb"[0-7]{11}", size):
        raise TableError("its table is not where its end says")
    table = data[512 : 512 + int(size, 8)]
    if not is_content(table, digest):
        raise TableError("its table is not the one that its manifest names")
    return table


def _entries(told: Sequence[Mapping[str, Any]], end: int) -> Iterator[TableEntry]:
    starts = sorted({_number(entry, "offset") for entry in told if entry.get("type") in {"reg", "chunk"}} - {0})
    position = 0
    while position < len(told):
        first = told[position]
        more = position + 1
        while more < len(told) and told[more].get("type") == "chunk" and told[more].get("name") == first.get("name"):
            more += 1
        pieces, position = told[position:more], more
        kind = _KINDS.get(_text(first, "type"), Kind.OTHER)
        size = _number(first, "size") if kind is Kind.FILE else 0
        if first.get("type") == "chunk":
            raise TableError("its table has a piece of no file")
        entry = TarEntry(path=_text(first, "name"), kind=kind, size=size, mode=_number(first, "mode"), link=_text(first, "linkName"))
        yield TableEntry(entry=entry, chunks=tuple(_chunks(pieces, size, starts, end)) if size else ())


def _chunks(pieces: Sequence[Mapping[str, Any]], size: int, starts: Sequence[int], end: int) -> Iterator[Chunk]:
    """The pieces of a file, which must make it up without a gap."""
    done = 0
    for piece in pieces:
        start = _number(piece, "offset")
        length = _number(piece, "chunkSize") or size - done
        if _number(piece, "chunkOffset") != done or not 0 < length <= size - done or start >= end:
            raise TableError("the pieces of a file in its table do not fit together")
        digest = _text(piece, "chunkDigest") or (_text(piece, "digest") if len(pieces) == 1 else "")
        following = bisect_right(starts, start)
        stop = min(starts[following] if following < len(starts) else end, end)
        yield Chunk(start=start, end=stop, passed=_number(piece, "innerOffset"), size=length, digest=digest)
        done += length
    if done != size:
        raise TableError("the pieces of a file in its table do not fit together")


def _number(entry: Mapping[str, Any], key: str) -> int:
    value = entry.get(key, 0)
    if not isinstance(value, int) or not 0 <= value < _MAX_SIZE:
        raise TableError(f"its table has a `{key}` that is none")
    return value


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise TableError(f"its table has a `{key}` that is no text")
    return value
