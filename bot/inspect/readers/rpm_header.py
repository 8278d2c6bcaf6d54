"""An rpm header (rpm's "Package format", header structure), as databases keep it: without its magic."""

import struct
from collections.abc import Iterable
from typing import Final

from bot.inspect.reader import UnreadableError, text_of
from bot.model.contents import Package

_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE, _MODULE = 1000, 1001, 1002, 1003, 1022, 1044, 5096
_WANTED: Final = frozenset({_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE, _MODULE})
_TEXT_TYPES: Final = frozenset({6, 8, 9})
"""A string, an array of them, a translated one."""
_NUMBER: Final = 4
_NONE: Final = "(none)"


def package_of(header: bytes, path: str) -> Package:
    """The package that a header describes. Raises UnreadableError."""
    fields = _fields(header)
    name, version, release = (str(fields.get(tag, "")) for tag in (_NAME, _VERSION, _RELEASE))
    epoch = fields.get(_EPOCH, 0)
    if not name or not version:
        raise UnreadableError("a header without name or version")
    return package(
        name=name,
        version=f"{version}-{release}" if release else version,
        epoch=epoch if isinstance(epoch, int) else 0,
        architecture=str(fields.get(_ARCH, "")),
        source=str(fields.get(_SOURCE, "")),
        module=str(fields.get(_MODULE, "")),
        path=path,
    )


def package(*, name: str, version: str, epoch: int, architecture: str, source: str, module: str = "", path: str) -> Package:
    """`version` is with its release, `source` the file name of the source package, which tells no epoch."""
    prefix = f"{epoch}:" if epoch else ""
    stem = source.removesuffix(".rpm").removesuffix(".src").removesuffix(".nosrc")
    source_name, *source_version = stem.rsplit("-", 2) if stem.count("-") > 1 else ("",)
    return Package(
        type="rpm",
        name=name,
        version=prefix + version,
        architecture="" if architecture == _NONE else architecture,
        source_name=source_name,
        source_version=prefix + "-".join(source_version) if source_name else "",
        module="" if module == _NONE else module,
        path=path,
    )


def packages_of(headers: Iterable[bytes], path: str) -> tuple[tuple[Package, ...], tuple[str, ...]]:
    """The packages of some headers, and what is wrong with the others."""
    packages, problems = [], []
    for header in headers:
        try:
            packages.append(package_of(header, path))
        except UnreadableError as error:
            problems.append(str(error))
    return tuple(packages), tuple(problems)


def _fields(header: bytes) -> dict[int, str | int]:
    try:
        count, size = struct.unpack_from(">II", header)
        start = 8 + 16 * count
        if start + size > len(header):
            raise UnreadableError("a header that is cut short")
        store = header[start : start + size]
        index = struct.iter_unpack(">IIII", header[8:start])
        found = {tag: _value(store, kind, offset) for tag, kind, offset, _ in index if tag in _WANTED}
    except struct.error as error:
        raise UnreadableError("a header that is none") from error
    return {tag: value for tag, value in found.items() if value is not None}


def _value(store: bytes, kind: int, offset: int) -> str | int | None:
    if kind in _TEXT_TYPES:
        end = store.find(b"\0", offset)
        return text_of(store[offset:end]) if 0 <= offset < end else None
    return struct.unpack_from(">I", store, offset)[0] if kind == _NUMBER else None
