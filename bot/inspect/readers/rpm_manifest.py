"""The text that Azure Linux' distroless images have in the place of an rpm database: the answer of `rpm -qa`, fields between tabs."""

from dataclasses import dataclass
from typing import Final

from bot.inspect.reader import MAX_TEXT_BYTES, Content, FileEntry, Found, Reader, UnreadableError, text_of
from bot.inspect.readers.rpm_header import package

_PATH: Final = "var/lib/rpmmanifest/container-manifest-2"
_FIELDS: Final = 10
"""Name, version and release, when installed, when built, vendor, epoch as text, size, architecture, epoch as number, source package."""


@dataclass(frozen=True, slots=True)
class RpmManifestReader:
    name: str = "rpm manifest"
    paths: frozenset[str] = frozenset({_PATH})
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path == _PATH

    def read(self, entry: FileEntry, content: Content) -> Found:
        packages, problems = [], []
        for line in text_of(content.whole(max_bytes=MAX_TEXT_BYTES)).splitlines():
            fields = line.strip().split("\t")
            if len(fields) < _FIELDS:
                problems += [f"a line of another form: {line[:100]!r}"] if line.strip() else []
                continue
            name, version, _, _, _, _, _, architecture, epoch, source = fields[:_FIELDS]
            number = int(epoch) if epoch.isascii() and epoch.isdigit() else 0
            packages.append(package(name=name, version=version, epoch=number, architecture=architecture, source=source, path=entry.path))
        if problems and not packages:
            raise UnreadableError("it holds no line of the known form")
        return Found(packages=tuple(packages), problems=tuple(problems))


PLUGIN: Final[Reader] = RpmManifestReader()
