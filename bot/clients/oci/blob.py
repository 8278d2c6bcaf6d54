"""A blob as it streams by: proved by its digest at its end."""

import hashlib
import io
from collections.abc import Iterator

from bot.clients.oci.documents import Descriptor
from bot.clients.oci.session import RegistryError


class BlobStream(io.RawIOBase):
    """The bytes of a blob, to be read once and in order; the read that finds the end raises RegistryError where they are other ones."""

    def __init__(self, pieces: Iterator[bytes], descriptor: Descriptor, where: str) -> None:
        self._pieces = pieces
        self._descriptor = descriptor
        self._where = where
        algorithm, _, self._expected = descriptor.digest.partition(":")
        self._hash = hashlib.new(algorithm)
        self._buffer = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many of the next bytes; empty at the end."""
        if not self._buffer:
            piece = next(self._pieces, b"")
            self._hash.update(piece)
            self._buffer = memoryview(piece)
            if not piece and self._hash.hexdigest() != self._expected:
                digest = self._descriptor.digest
                raise RegistryError(f"{self._where}: the bytes are not those of {digest} and are not used. Report it to the registry.")
        end = len(self._buffer) if size < 0 else size
        piece, self._buffer = bytes(self._buffer[:end]), self._buffer[end:]
        return piece
