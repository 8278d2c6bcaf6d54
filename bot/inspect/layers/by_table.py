"""A layer read by its table of contents: only the table and the files that some reader wants are fetched.

How far this is proved: the manifest names the digest of the table, the table that of each piece of a file; both are checked. What is *not*
proved is that the layer's archive holds no more than its table says, for the archive is not read, nor its diff_id: a runtime that goes by
the table (the stargz snapshotter, podman) sees what is seen here, one that unpacks the archive may see other files, where its publisher
made them so. Such a record is therefore never kept as that of the diff_id, and contents say which layers were read this way.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.clients.oci.documents import Descriptor
from bot.inspect.layers.record import LayerRecord
from bot.inspect.layers.table import (
    FOOTER_BYTES,
    MAX_CHUNK_BYTES,
    MAX_TABLE_BYTES,
    Chunk,
    Claim,
    Packing,
    TableEntry,
    TableError,
    read_table,
    table_start,
    unpack,
)
from bot.inspect.layers.tar import TarEntry
from bot.inspect.layers.unpacked import LayerLimits
from bot.inspect.layers.walk import walk_entries
from bot.inspect.reader import MEBIBYTE, Reader

Part = Callable[[int, int], bytes | None]
"""So many bytes of the layer from a place on; None: they can't be had alone."""

_MAX_FILES: Final = 64
"""Looked into; where more are wanted, one request for the whole layer is less work for everybody."""
_MAX_REQUESTS: Final = 200
_FIRST_RUN: Final = MEBIBYTE // 16
_LONGEST_RUN: Final = 4 * MEBIBYTE
"""Of a file's pieces that are fetched at once: ever more, for most files are left after their first bytes."""
_ENOUGH: Final = 4096
"""Bytes that a read gives at least, where there are so many."""


def read_by_table(
    layer: Descriptor,
    claim: Claim,
    part: Part,
    readers: Sequence[Reader],
    limits: LayerLimits,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> LayerRecord:
    """What the layer tells, by the files that its table lists. Raises TableError where the whole is to be read, LayerError as `walk`."""
    fetched = _Fetched(part, layer.size, limits, monotonic)
    table = _table(layer, claim, fetched)
    wanted = _Wanted(table)
    walk_entries(wanted, readers, limits)
    if len(wanted.files) > _MAX_FILES or any(chunk.end - chunk.start > MAX_CHUNK_BYTES for chunk in wanted.firsts):
        raise TableError(f"{len(wanted.files)} files of it are wanted, or large pieces")
    return replace(walk_entries(_Files(table, claim.packing, fetched), readers, limits), is_by_table=True)


def _table(layer: Descriptor, claim: Claim, fetched: "_Fetched") -> tuple[TableEntry, ...]:
    start, size = claim.start, claim.size
    if claim.packing is Packing.GZIP:
        start = table_start(fetched.part(layer.size - FOOTER_BYTES, FOOTER_BYTES))
        size = layer.size - FOOTER_BYTES - start
    if not 0 < size <= MAX_TABLE_BYTES or start + size > layer.size:
        raise TableError("its table is too large, or not in it")
    return read_table(fetched.part(start, size), claim, end=start)


class _Fetched:
    """What is fetched of a layer, counted: beyond half of it, or beyond so many requests, the whole is cheaper."""

    def __init__(self, part: Part, layer_size: int, limits: LayerLimits, monotonic: Callable[[], float]) -> None:
        self._part = part
        self._monotonic = monotonic
        self._deadline = monotonic() + limits.longest.total_seconds()
        self._bytes_left = layer_size // 2
        self._requests_left = _MAX_REQUESTS

    def part(self, start: int, size: int) -> bytes:
        self._bytes_left -= size
        self._requests_left -= 1
        if start < 0 or self._bytes_left < 0 or self._requests_left < 0:
            raise TableError("too much of it is wanted")
        if self._monotonic() > self._deadline:
            raise TableError("its parts take too long")
        data = self._part(start, size)
        if data is None or len(data) != size:
            raise TableError("its registry gives no parts of it")
        return data


class _Wanted:
    """Which files would be looked into, without looking: every read finds nothing."""

    def __init__(self, table: Sequence[TableEntry]) -> None:
        self._table = table
        self._at: TableEntry | None = None
        self.files: dict[str, None] = {}
        self.firsts: list[Chunk] = []

    def entries(self) -> Iterator[TarEntry]:
        for one in self._table:
            self._at = one
            yield one.entry

    def read(self, size: int) -> bytes:
        del size
        if self._at is not None and self._at.chunks and self._at.entry.path not in self.files:
            self.files[self._at.entry.path] = None
            self.firsts.append(self._at.chunks[0])
        return b""


class _Files:
    """The entries of a table as those of an archive: a file's pieces are fetched when they are read, and proved by their digests."""

    def __init__(self, table: Sequence[TableEntry], packing: Packing, fetched: _Fetched) -> None:
        self._table = table
        self._packing = packing
        self._fetched = fetched
        self._chunks: tuple[Chunk, ...] = ()
        self._next = 0
        self._packed, self._packed_start = b"", 0
        self._run = _FIRST_RUN
        self._buffer = b""

    def entries(self) -> Iterator[TarEntry]:
        for one in self._table:
            self._chunks, self._next, self._buffer, self._run = one.chunks, 0, b"", _FIRST_RUN
            yield one.entry

    def read(self, size: int) -> bytes:
        """At most so many of the next bytes of the entry that was given last; empty at its end."""
        while len(self._buffer) < min(size, _ENOUGH) and self._next < len(self._chunks):
            self._buffer += self._unpacked(self._chunks[self._next])
            self._next += 1
        piece, self._buffer = self._buffer[:size], self._buffer[size:]
        return piece

    def _unpacked(self, chunk: Chunk) -> bytes:
        if not chunk.digest or chunk.passed + chunk.size > MAX_CHUNK_BYTES or not 0 < chunk.end - chunk.start <= MAX_CHUNK_BYTES:
            raise TableError("a piece of it is too large, or without a digest")
        packed = self._packed_piece(chunk)
        data = unpack(self._packing, packed, chunk.passed + chunk.size)[chunk.passed :]
        if chunk.digest != f"sha256:{hashlib.sha256(data).hexdigest()}":
            raise TableError("a piece of it has another digest than its table says")
        return data

    def _packed_piece(self, chunk: Chunk) -> bytes:
        start, end = chunk.start - self._packed_start, chunk.end - self._packed_start
        if start < 0 or end > len(self._packed):
            stop = chunk.end
            for following in self._chunks[self._next + 1 :]:
                if following.start != stop or following.end - chunk.start > self._run:
                    break
                stop = following.end
            self._run = min(self._run * 4, _LONGEST_RUN)
            self._packed, self._packed_start = self._fetched.part(chunk.start, stop - chunk.start), chunk.start
            start, end = 0, chunk.end - chunk.start
        return self._packed[start:end]
