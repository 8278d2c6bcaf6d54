"""Real package databases and layers of the shared material, and what a reader makes of bytes."""

from io import BytesIO
from pathlib import Path

import pytest

from bot.inspect.reader import Content, FileEntry, Found, Reader

MATERIAL = Path(__file__).parents[2] / "shared" / "images"
needs_material = pytest.mark.skipif(not MATERIAL.is_dir(), reason="the real package databases (shared/images) are not on this machine")


def read(reader: Reader, data: bytes, path: str, *, is_executable: bool = False) -> Found:
    """What a reader makes of a file of these bytes, which it must want."""
    entry = FileEntry(path=path, size=len(data), is_executable=is_executable)
    assert reader.wants(entry), f"{reader.name} does not want {path}"
    return reader.read(entry, Content(size=len(data), read=BytesIO(data).read))
