"""Node packages that are installed: the package.json directly in a package's folder below `node_modules`."""

import re
from dataclasses import dataclass
from typing import Final

from bot.clients.json_text import read_json
from bot.inspect.reader import MEBIBYTE, Content, FileEntry, Found, Reader, UnreadableError
from bot.model.contents import Package

_PATH: Final = re.compile(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/@.][^/]*/package\.json")
_NAME: Final = re.compile(r"(?:(@[^/\s@]+)/)?([^/\s@]+)")
_MAX_BYTES: Final = 4 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class NodeReader:
    name: str = "node"
    paths: frozenset[str] = frozenset()
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path.endswith("/package.json") and _PATH.fullmatch(entry.path) is not None

    def read(self, entry: FileEntry, content: Content) -> Found:
        try:
            told = read_json(content.whole(max_bytes=_MAX_BYTES))
        except (ValueError, RecursionError) as error:
            raise UnreadableError("it is no valid JSON") from error
        name, version = (told.get("name"), told.get("version")) if isinstance(told, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(version, str):
            return Found()  # of a folder that is no package of its own: nothing can be said to be installed
        named = _NAME.fullmatch(name)
        if named is None:
            raise UnreadableError("its name is none of a package")
        return Found(packages=(Package(type="npm", namespace=named[1] or "", name=named[2], version=version, path=entry.path),))


PLUGIN: Final[Reader] = NodeReader()
