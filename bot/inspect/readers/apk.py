"""Alpine's package database (apk-installed(5)): `lib/apk/db/installed`, since apk 3 and in Wolfi `usr/lib/apk/db/installed`.

No kept Python library reads it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.inspect.reader import MAX_RECORDS, MAX_TEXT_BYTES, Content, FileEntry, Found, Reader, UnreadableError, text_of
from bot.model.contents import Package

_PATHS: Final = frozenset({"lib/apk/db/installed", "usr/lib/apk/db/installed", "var/lib/apk/db/installed"})
_PACKAGE_FIELDS: Final = frozenset("PVAo")
"""Name, version, architecture, origin. The others are about files, in which the same letters may come again."""
_BLANK: Final = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class ApkReader:
    name: str = "apk"
    paths: frozenset[str] = _PATHS
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path in _PATHS

    def read(self, entry: FileEntry, content: Content) -> Found:
        text = text_of(content.whole(max_bytes=MAX_TEXT_BYTES))
        packages, problems = [], []
        for number, fields in enumerate(_records(text)):
            if number >= MAX_RECORDS:
                raise UnreadableError(f"it has more than {MAX_RECORDS} records")
            name, version = fields.get("P", ""), fields.get("V", "")
            if not name or not version:
                problems.append(f"a record without {'V (version)' if name else 'P (name)'}: {(name or version)!r:.100}")
                continue
            packages.append(
                Package(
                    type="apk",
                    name=name,
                    version=version,
                    architecture=fields.get("A", ""),
                    source_name=fields.get("o") or name,
                    source_version=version,
                    path=entry.path,
                )
            )
        if text.strip() and not packages and not problems:
            raise UnreadableError("it holds no record of a package")
        return Found(packages=tuple(packages), problems=tuple(problems))


def _records(text: str) -> Iterator[Mapping[str, str]]:
    for record in _BLANK.split(text.replace("\r\n", "\n")):
        fields: dict[str, str] = {}
        for line in record.split("\n"):
            if line[1:2] == ":" and line[0] in _PACKAGE_FIELDS:
                fields.setdefault(line[0], line[2:].strip())
        if fields:
            yield fields


PLUGIN: Final[Reader] = ApkReader()
