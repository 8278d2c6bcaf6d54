"""Python distributions that are installed: `METADATA` of a dist-info folder, `PKG-INFO` of an egg-info (core metadata specification)."""

import re
from dataclasses import dataclass
from typing import Final

from packaging.metadata import parse_email

from bot.inspect.reader import MEBIBYTE, Content, FileEntry, Found, Reader, UnreadableError
from bot.model.contents import Package

_PATH: Final = re.compile(r"(?:.*/)?[^/]+(?:\.dist-info/METADATA|\.egg-info/PKG-INFO|\.egg-info|\.egg/EGG-INFO/PKG-INFO)")
_MAX_BYTES: Final = 4 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class PythonReader:
    name: str = "python"
    paths: frozenset[str] = frozenset()
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path.endswith(("METADATA", "PKG-INFO", ".egg-info")) and _PATH.fullmatch(entry.path) is not None

    def read(self, entry: FileEntry, content: Content) -> Found:
        # The description after the headers is of no interest, and may be long.
        head, _, _ = content.whole(max_bytes=_MAX_BYTES).replace(b"\r\n", b"\n").partition(b"\n\n")
        told, _ = parse_email(head)
        name, version = told.get("name"), told.get("version")
        if not name or not version:
            raise UnreadableError("it tells no name and version")
        return Found(packages=(Package(type="pypi", name=name, version=version, path=entry.path),))


PLUGIN: Final[Reader] = PythonReader()
