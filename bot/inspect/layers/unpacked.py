"""A layer's bytes, unpacked as they come: gzip, zstd or plain; hashed, counted and bounded."""

import gzip
import hashlib
import io
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Final

from bot.inspect.reader import MEBIBYTE

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BLOCK: Final = MEBIBYTE // 4
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = frozenset(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60))
"""Frames that zstd:chunked puts around its own (RFC 8878 section 3.1.2)."""
_WINDOW_LOG: Final = 26
"""64 MiB: above what builders write, below what would fill the memory."""


class LayerError(Exception):
    """A layer can't be read, or not wholly; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLimits:
    """What one layer may cost. Beyond, it is not read, which is said."""

    max_unpacked_bytes: int = 32 * 1024 * MEBIBYTE
    max_ratio: int = 150
    """Unpacked to packed bytes; a layer that grows more is made to fill machines."""
    ratio_from_bytes: int = 1024 * MEBIBYTE
    """Below, the ratio is not looked at: small files of zeros are honest."""
    max_entries: int = 1_500_000
    max_wanted_files: int = 100_000
    max_packages: int = 50_000
    max_removals: int = 300_000
    """Whiteouts."""
    longest: timedelta = timedelta(minutes=15)
    by_table_from_bytes: int = 16 * MEBIBYTE
    """Packed: layers of this size on are read by their table of contents, where they have one; smaller ones cost less whole."""


class Unpacked:
    """The layer's archive, to be read in order. Raises LayerError for broken data and for what goes beyond the limits.

    What the source itself raises goes through.
    """

    def __init__(self, source: io.RawIOBase, *, limits: LayerLimits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._packed = _Counted(source)
        self._limits = limits
        self._monotonic = monotonic
        self._deadline = monotonic() + limits.longest.total_seconds()
        self._hash = hashlib.sha256()
        self._stream: IO[bytes] | None = None
        self._buffer = b""
        self._position = 0
        self.unpacked_bytes = 0

    @property
    def packed_bytes(self) -> int:
        """What was taken from the source so far."""
        return self._packed.count

    @property
    def diff_id(self) -> str:
        """The digest of what was read; of the whole layer once `drain` was called."""
        return f"sha256:{self._hash.hexdigest()}"

    def read(self, size: int) -> bytes:
        """So many bytes; fewer only at the end."""
        end = self._position + size
        if end <= len(self._buffer):
            piece = self._buffer[self._position : end]
            self._position = end
            return piece
        pieces = [self._buffer[self._position :]]
        missing = size - len(pieces[0])
        while missing > 0 and self._fill():
            pieces.append(self._buffer[:missing])
            self._position = len(pieces[-1])
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def skip(self, size: int) -> int:
        """Pass over so many bytes; how many there were."""
        left = size - (len(self._buffer) - self._position)
        if left <= 0:
            self._position += size
            return size
        while left > 0 and self._fill():
            self._position = min(left, len(self._buffer))
            left -= self._position
        return size - max(left, 0)

    def drain(self) -> None:
        """Read to the end, so that the digests are those of all the bytes."""
        while self._fill():
            pass
        while self._packed.read(_BLOCK):
            pass

    def _fill(self) -> bool:
        """Take the next block. False: there is none."""
        try:
            stream = self._stream = self._stream or _unpacking(self._packed)
            self._buffer = stream.read(_BLOCK)
        except (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError) as error:
            raise LayerError(f"its compression is broken ({error})") from error
        self._position = 0
        self._hash.update(self._buffer)
        self.unpacked_bytes += len(self._buffer)
        self._check()
        return bool(self._buffer)

    def _check(self) -> None:
        limits = self._limits
        if self.unpacked_bytes > limits.max_unpacked_bytes:
            raise LayerError(f"it unpacks to more than {limits.max_unpacked_bytes} bytes")
        if self.unpacked_bytes > limits.ratio_from_bytes and self.unpacked_bytes > limits.max_ratio * self.packed_bytes:
            raise LayerError(f"it unpacks to more than {limits.max_ratio} times its size")
        if self._monotonic() > self._deadline:
            raise LayerError(f"it takes longer than {limits.longest.total_seconds():.0f} s to read")


class _Counted(io.RawIOBase):
    """The source, counted, and with its first bytes to look at."""

    def __init__(self, source: io.RawIOBase) -> None:
        self._source = source
        self._ahead = b""
        self.count = 0

    def readable(self) -> bool:
        return True

    def peek(self, size: int) -> bytes:
        while len(self._ahead) < size and (piece := self._take(size - len(self._ahead))):
            self._ahead += piece
        return self._ahead

    def read(self, size: int = -1) -> bytes:
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return self._take(size)

    def _take(self, size: int) -> bytes:
        piece = self._source.read(size) or b""
        self.count += len(piece)
        return piece


def _unpacking(packed: _Counted) -> IO[bytes]:
    """By the first bytes and not by the media type, which many registries and builders get wrong."""
    head = packed.peek(len(_ZSTD))
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=packed, mode="rb")  # type: ignore[return-value] # it has all that is used of it
    if head == _ZSTD or head in _SKIPPABLE:
        return zstd.ZstdFile(packed, "rb", options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})  # type: ignore[return-value]
    return packed  # type: ignore[return-value]
