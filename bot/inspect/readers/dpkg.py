"""Debian's package database: `var/lib/dpkg/status`, and `status.d/` of distroless images (deb822(5), dpkg-query(1)).

`debian-inspector` reads the format too, from text and ten times slower; python-debian is under the GPL.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bot.inspect.reader import MAX_RECORDS, MAX_TEXT_BYTES, Content, FileEntry, Found, Reader, UnreadableError, text_of
from bot.model.contents import Package

_STATUS: Final = frozenset({"var/lib/dpkg/status", "usr/lib/opkg/status"})
_FOLDER: Final = "var/lib/dpkg/status.d"
_ABSENT: Final = frozenset({"not-installed", "config-files"})
"""States in which none of the package's programs are there; half-installed and unpacked ones have left files."""
_SOURCE: Final = re.compile(r"(\S+)(?:\s+\(([^()\s]+)\))?", re.ASCII)
_BLANK: Final = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")


@dataclass(frozen=True, slots=True)
class DpkgReader:
    name: str = "dpkg"
    paths: frozenset[str] = _STATUS | {_FOLDER}
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        folder, _, name = entry.path.rpartition("/")
        return entry.path in _STATUS or (folder == _FOLDER and not name.endswith((".md5sums", ".preinst", ".postinst", ".list")))

    def read(self, entry: FileEntry, content: Content) -> Found:
        text = text_of(content.whole(max_bytes=MAX_TEXT_BYTES))
        records = list(islice(_records(text), MAX_RECORDS + 1))
        if len(records) > MAX_RECORDS:
            raise UnreadableError(f"it has more than {MAX_RECORDS} records")
        if text.strip() and not records:
            raise UnreadableError("it holds no record of a package")
        packages, problems = [], []
        for fields in records:
            if _is_absent(fields):
                continue
            package = _package(fields, entry.path)
            if package is None:
                problems.append(f"a record without {'Version' if fields.get('Package') else 'Package'}: {_shown(fields)}")
            else:
                packages.append(package)
        return Found(packages=tuple(packages), problems=tuple(problems))


def _records(text: str) -> Iterator[Mapping[str, str]]:
    """The fields of each paragraph, without the lines that continue one; a paragraph without any field is passed over."""
    for stanza in _BLANK.split(text.replace("\r\n", "\n")):
        fields: dict[str, str] = {}
        for line in stanza.split("\n"):
            name, colon, value = line.partition(":")
            if colon and name and name[0] not in " \t#":
                fields.setdefault(name, value.strip())
        if fields:
            yield fields


def _is_absent(fields: Mapping[str, str]) -> bool:
    """Whether dpkg itself would say that it is not there; distroless records have no state and are."""
    state = fields.get("Status", "").split()
    return bool(state) and state[-1] in _ABSENT


def _package(fields: Mapping[str, str], path: str) -> Package | None:
    name, version = fields.get("Package", ""), fields.get("Version", "")
    if not name or not version:
        return None
    source = _SOURCE.match(fields.get("Source", ""))
    return Package(
        type="deb",
        name=name,
        version=version,
        architecture=fields.get("Architecture", ""),
        source_name=source[1] if source else name,
        source_version=(source[2] if source else None) or version,
        path=path,
    )


def _shown(fields: Mapping[str, str]) -> str:
    return repr(fields.get("Package") or fields.get("Version") or next(iter(fields)))[:100]


PLUGIN: Final[Reader] = DpkgReader()
