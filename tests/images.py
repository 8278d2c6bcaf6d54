"""Real package databases and layers of the shared material, and what a reader makes of bytes."""

import tarfile
from io import BytesIO, RawIOBase
from pathlib import Path

import pytest

from bot.inspect.layers.record import LayerRecord
from bot.inspect.layers.unpacked import LayerLimits, Unpacked
from bot.inspect.layers.walk import walk
from bot.inspect.reader import Content, FileEntry, Found, Reader
from bot.inspect.readers import READERS

MATERIAL = Path(__file__).parents[2] / "shared" / "images"
needs_material = pytest.mark.skipif(not MATERIAL.is_dir(), reason="the real package databases (shared/images) are not on this machine")


def read(reader: Reader, data: bytes, path: str, *, is_executable: bool = False) -> Found:
    """What a reader makes of a file of these bytes, which it must want."""
    entry = FileEntry(path=path, size=len(data), is_executable=is_executable)
    assert reader.wants(entry), f"{reader.name} does not want {path}"
    return reader.read(entry, Content(size=len(data), read=BytesIO(data).read))


def archive(*members: tuple[str, bytes | None] | tarfile.TarInfo, format_: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of files (path and content; executable below a `bin`), folders (None for content) and members made by hand."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format_) as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
                continue
            path, content = member
            info = tarfile.TarInfo(path)
            info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            info.size = len(content or b"")
            info.mode = 0o755 if "/bin/" in path else 0o644
            tar.addfile(info, BytesIO(content or b""))
    return buffer.getvalue()


def link(path: str, target: str, *, is_hard: bool = False) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.type = tarfile.LNKTYPE if is_hard else tarfile.SYMTYPE
    info.linkname = target
    return info


class Bytes(RawIOBase):
    """A source of bytes as a registry's answer is one: once, in order, in pieces of its own size."""

    def __init__(self, data: bytes, piece: int = 50_000) -> None:
        self._data = BytesIO(data)
        self._piece = piece

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(self._piece if size < 0 else min(size, self._piece))


def walked(data: bytes, limits: LayerLimits | None = None) -> LayerRecord:
    """What a layer of these bytes tells."""
    limits = limits or LayerLimits()
    return walk(Unpacked(Bytes(data), limits=limits), READERS, limits)
