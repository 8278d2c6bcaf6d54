"""Java archives: the `pom.properties` that Maven puts into each, else the manifest; and the archives within (Spring Boot, WAR)."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.inspect.reader import MEBIBYTE, Content, FileEntry, Found, Reader, UnreadableError, text_of
from bot.model.contents import Package

_ARCHIVES: Final = (".jar", ".war", ".ear")
_MAX_BYTES: Final = 48 * MEBIBYTE
_MAX_INNER_BYTES: Final = 24 * MEBIBYTE
_MAX_ALL_BYTES: Final = 256 * MEBIBYTE
_MAX_DIRECTORY_BYTES: Final = 6 * MEBIBYTE
"""Of the list of entries, each of which takes ten times as much when it is read: 60,000 classes."""
_MAX_TEXT: Final = 1 << 18
_MAX_DEPTH: Final = 3
_END: Final = b"PK\x05\x06"
_MANIFEST: Final = "META-INF/MANIFEST.MF"
_FILE_NAME: Final = re.compile(r"(.+?)-(\d[\w.+-]*)")
_VERSIONED: Final = re.compile(r"\d[\w.+-]*")


@dataclass(slots=True)
class _Budget:
    left: int = _MAX_ALL_BYTES
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JavaReader:
    name: str = "java"
    paths: frozenset[str] = frozenset()
    precedence: int = 0

    def wants(self, entry: FileEntry) -> bool:
        return entry.path.lower().endswith(_ARCHIVES)

    def read(self, entry: FileEntry, content: Content) -> Found:
        budget = _Budget()
        packages = tuple(_packages(content.whole(max_bytes=_MAX_BYTES), entry.path, budget, depth=1))
        return Found(packages=tuple(dict.fromkeys(packages)), problems=tuple(budget.problems))


def _packages(data: bytes, path: str, budget: _Budget, *, depth: int) -> Iterator[Package]:
    """Those of an archive and of the archives in it. Raises UnreadableError."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _own(archive, path)
            for info in archive.infolist():
                if info.filename.lower().endswith(_ARCHIVES) and not info.is_dir():
                    yield from _inner(archive, info, f"{path}!/{info.filename}", budget, depth)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, OSError) as error:
        raise UnreadableError(f"it is a broken archive ({error})") from error


def _inner(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, budget: _Budget, depth: int) -> Iterator[Package]:
    budget.left -= info.file_size
    problem = ""
    if info.file_size > _MAX_INNER_BYTES or budget.left < 0 or depth >= _MAX_DEPTH:
        problem = "it is too large, or too deep within others"
    else:
        try:
            yield from _packages(_taken(archive, info, _MAX_INNER_BYTES), path, budget, depth=depth + 1)
        except UnreadableError as error:
            problem = str(error)
    if problem:
        budget.problems.append(f"not read: {path.partition('!/')[2][:200]}: {problem}")


def _own(archive: zipfile.ZipFile, path: str) -> list[Package]:
    found = []
    for info in archive.infolist():
        if info.filename.startswith("META-INF/maven/") and info.filename.endswith("/pom.properties"):
            told = _pairs(text_of(_taken(archive, info, _MAX_TEXT)), "=")
            if told.get("artifactId") and told.get("version"):
                found.append(
                    Package(type="maven", namespace=told.get("groupId", ""), name=told["artifactId"], version=told["version"], path=path)
                )
    if not found:
        return _by_manifest(archive, path)
    # Others shaded into it may be the only ones with a pom.properties; its own name then stands in that of the file.
    named = _FILE_NAME.fullmatch(_stem(path))
    shaded = named is not None and not any(named[1].startswith(package.name) for package in found)
    return [*(_by_manifest(archive, path) if shaded else ()), *found]


def _by_manifest(archive: zipfile.ZipFile, path: str) -> list[Package]:
    """By the manifest and the name of the file; where neither tells a version, nothing is claimed."""
    if _MANIFEST not in archive.namelist():
        return []
    text = text_of(_taken(archive, archive.getinfo(_MANIFEST), _MAX_TEXT)).replace("\r\n", "\n").replace("\n ", "")
    told = _pairs(text.partition("\n\n")[0], ":")
    stem = _stem(path)
    named = _FILE_NAME.fullmatch(stem)
    version = (named[2] if named else "") or told.get("Implementation-Version", "") or told.get("Bundle-Version", "")
    if not _VERSIONED.fullmatch(version):
        return []
    group = told.get("Implementation-Vendor-Id", "")
    return [Package(type="maven", namespace=group, name=named[1] if named else stem, version=version, path=path)]


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _taken(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of an entry, whatever its own list says of their number."""
    with archive.open(info) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise UnreadableError(f"{info.filename[:100]} has more than {most} bytes")
    return data


def _pairs(text: str, sign: str) -> dict[str, str]:
    lines = (line.partition(sign) for line in text.splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, found, value in lines if found}


def _check_directory(data: bytes) -> None:
    """Raises UnreadableError where the list of entries would fill the memory when it is read."""
    place = data.rfind(_END, max(0, len(data) - 66_000))
    size = struct.unpack_from("<I", data, place + 12)[0] if 0 <= place <= len(data) - 16 else 0
    if place < 0:
        raise UnreadableError("it is no archive")
    if size > _MAX_DIRECTORY_BYTES:
        raise UnreadableError("it has too many entries")


PLUGIN: Final[Reader] = JavaReader()
