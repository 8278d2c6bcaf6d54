"""Which distribution and release an image is: os-release(5), and the older files of images that have none."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.inspect.reader import Content, FileEntry, Found, Reader, UnreadableError, text_of
from bot.model.contents import OperatingSystem

_PATHS: Final = frozenset({"etc/os-release", "usr/lib/os-release"})
_LINE: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.ASCII)
_MAX_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class OsReleaseReader:
    name: str = "os-release"
    paths: frozenset[str] = _PATHS
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path in _PATHS

    def read(self, entry: FileEntry, content: Content) -> Found:
        del entry
        fields = _fields(text_of(content.whole(max_bytes=_MAX_BYTES)))
        if not fields.get("ID") and not fields.get("NAME"):
            raise UnreadableError("it names no operating system")
        until = _day(fields.get("SUPPORT_END", ""))
        return Found(
            system=OperatingSystem(
                id=fields.get("ID", "linux").lower(),
                version=fields.get("VERSION_ID", ""),
                name=fields.get("PRETTY_NAME") or " ".join(filter(None, (fields.get("NAME", ""), fields.get("VERSION", "")))),
                codename=fields.get("VERSION_CODENAME", ""),
                like=tuple(fields.get("ID_LIKE", "").lower().split()),
                end_of_life=until,
                end_of_life_source="its own os-release" if until else "",
            )
        )


def _fields(text: str) -> dict[str, str]:
    found = (_LINE.fullmatch(line.strip()) for line in text.split("\n"))
    return {match[1]: _unquoted(match[2]) for match in found if match}


def _unquoted(value: str) -> str:
    """The value of a shell assignment, of the kinds that os-release(5) allows: plain, in single or in double quotes with escapes."""
    value = value.strip()
    quote = value[:1]
    if quote not in {'"', "'"}:
        return value
    inner = value[1:-1] if value.endswith(quote) and len(value) > 1 else value[1:]
    return re.sub(r'\\([\\"$`])', r"\1", inner) if quote == '"' else inner


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


PLUGIN: Final[Reader] = OsReleaseReader()
