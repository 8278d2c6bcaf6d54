"""Ruby gems that are installed: the specification that RubyGems writes for each. It is a program, and never run."""

import re
from dataclasses import dataclass
from typing import Final

from bot.inspect.reader import MEBIBYTE, Content, FileEntry, Found, Reader, UnreadableError, text_of
from bot.model.contents import Package

_PATH: Final = re.compile(r"(?:.*/)?specifications/(?:default/)?[^/]+\.gemspec")
_STUB: Final = re.compile(r"^# stub: (\S{1,200}) (\S{1,200}) (\S{1,200}) ", re.MULTILINE)
"""What RubyGems itself reads instead of running the file: name, version, platform."""
_NAME: Final = re.compile(r"""^\s*s\.name\s*=\s*["']([^"'\s]{1,200})["']""", re.MULTILINE)
_VERSION: Final = re.compile(r"""^\s*s\.version\s*=\s*(?:Gem::Version\.new\()?["']([^"'\s]{1,200})["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RubyReader:
    name: str = "ruby"
    paths: frozenset[str] = frozenset()
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path.endswith(".gemspec") and _PATH.fullmatch(entry.path) is not None

    def read(self, entry: FileEntry, content: Content) -> Found:
        text = text_of(content.whole(max_bytes=MEBIBYTE))
        stub, name, version = _STUB.search(text), _NAME.search(text), _VERSION.search(text)
        if stub:
            return Found(packages=(Package(type="gem", name=stub[1], version=stub[2], path=entry.path),))
        if name and version:
            return Found(packages=(Package(type="gem", name=name[1], version=version[1], path=entry.path),))
        raise UnreadableError("it tells no name and version in the form that RubyGems writes")


PLUGIN: Final[Reader] = RubyReader()
