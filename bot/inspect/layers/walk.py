"""One pass through a layer's archive: the wanted files are read as they come by, everything else is passed over."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final, Protocol

import structlog

from bot.inspect.layers.record import FileRecord, LayerRecord, Shape
from bot.inspect.layers.tar import Kind, TarEntry, TarReader, inside
from bot.inspect.layers.unpacked import LayerError, LayerLimits, Unpacked
from bot.inspect.reader import Content, FileEntry, Found, Reader, UnreadableError

log = structlog.get_logger()

_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_AUFS: Final = ".wh..wh."
"""Of aufs' own housekeeping (`.wh..wh.plnk`): nothing is taken away by it."""
_MAX_PATH: Final = 4096
_EXECUTABLE: Final = 0o111
_MAX_PROBLEMS: Final = 100
_READER_FAULTS: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError, struct.error)
"""What a file of an unforeseen form may make of a reader: the file is not read, the others are."""


class Archive(Protocol):
    """Entries in their order; `read` gives the next bytes of the one that was given last."""

    def entries(self) -> Iterator[TarEntry]: ...

    def read(self, size: int) -> bytes: ...


def walk(data: Unpacked, readers: Sequence[Reader], limits: LayerLimits) -> LayerRecord:
    """What a layer's archive tells, by the OCI image specification ("Image Layer Filesystem Changeset").

    The archive is read to its end. Raises LayerError, and whatever the source of the bytes raises.
    """
    record = walk_entries(TarReader(data), readers, limits)
    data.drain()
    return replace(record, unpacked_bytes=data.unpacked_bytes)


def walk_entries(archive: Archive, readers: Sequence[Reader], limits: LayerLimits) -> LayerRecord:
    """What the entries of an archive tell. Raises LayerError, and what reading them raises."""
    layer = _Walk(readers, limits)
    entries = size = 0
    for entry in archive.entries():
        entries += 1
        size += entry.size
        if entries > limits.max_entries:
            raise LayerError(f"it has more than {limits.max_entries} entries")
        layer.take(entry, archive)
    return layer.record(entries, size)


class _Walk:
    def __init__(self, readers: Sequence[Reader], limits: LayerLimits) -> None:
        self._readers = readers
        self._limits = limits
        self._fixed = _ways({path for reader in readers for path in reader.paths})
        self._files: dict[str, FileRecord] = {}
        self._removed: dict[str, None] = {}
        self._emptied: dict[str, None] = {}
        self._shapes: dict[str, Shape] = {}
        self._packages = 0
        self._problems: dict[str, None] = {}

    def take(self, entry: TarEntry, archive: Archive) -> None:
        path = inside(entry.path)
        if path is None or len(path) > _MAX_PATH:
            self._problem(f"a path that leads out of the image or is too long: {entry.path[:100]!r}")
            return
        folder, _, name = path.rpartition("/")
        if name.startswith(_WHITEOUT):
            self._take_away(folder, name)
            return
        if path in self._fixed:
            link = entry.link[:_MAX_PATH] if entry.kind is Kind.SYMLINK else None
            self._shapes[path] = Shape(path=path, link=link, is_folder=entry.kind is Kind.FOLDER)
        if entry.kind is Kind.FOLDER:
            return
        file = FileEntry(path=path, size=entry.size, is_executable=bool(entry.mode & _EXECUTABLE))
        readers = [reader for reader in self._readers if reader.wants(file)]
        if readers:
            self._keep(path, self._found(entry, file, readers[0], archive))

    def record(self, entries: int, unpacked_bytes: int) -> LayerRecord:
        return LayerRecord(
            files=tuple(self._files.values()),
            removed=tuple(self._removed),
            emptied=tuple(self._emptied),
            shapes=tuple(self._shapes.values()),
            problems=tuple(self._problems),
            entries=entries,
            unpacked_bytes=unpacked_bytes,
        )

    def _take_away(self, folder: str, name: str) -> None:
        if name == _OPAQUE:
            self._emptied[folder] = None
        elif not name.startswith(_AUFS):
            self._removed[f"{folder}/{name.removeprefix(_WHITEOUT)}".removeprefix("/")] = None
        if len(self._removed) + len(self._emptied) > self._limits.max_removals:
            raise LayerError(f"it takes away more than {self._limits.max_removals} paths")

    def _found(self, entry: TarEntry, file: FileEntry, reader: Reader, archive: Archive) -> Found:
        match entry.kind:
            case Kind.FILE:
                return _read(reader, file, Content(size=entry.size, read=archive.read))
            case Kind.HARD_LINK:
                target = self._files.get(inside(entry.link) or "")
                if target is not None:
                    return replace(target.found, packages=tuple(replace(package, path=file.path) for package in target.found.packages))
                return _unless_optional(file, f"not read: it is a hard link to {entry.link[:200]!r}, which was passed over")
            case Kind.SPARSE:
                return _unless_optional(file, "not read: it is a sparse file")
            case _:  # links are followed where all layers are known; devices hold nothing
                return Found()

    def _keep(self, path: str, found: Found) -> None:
        before = self._files.get(path)
        self._packages += len(found.packages) - (len(before.found.packages) if before else 0)
        self._files[path] = FileRecord(path=path, found=found)
        if len(self._files) > self._limits.max_wanted_files:
            raise LayerError(f"it has more than {self._limits.max_wanted_files} files that list packages")
        if self._packages > self._limits.max_packages:
            raise LayerError(f"it has more than {self._limits.max_packages} packages")

    def _problem(self, text: str) -> None:
        if len(self._problems) < _MAX_PROBLEMS:
            self._problems[text] = None


def _read(reader: Reader, file: FileEntry, content: Content) -> Found:
    try:
        return reader.read(file, content)
    except UnreadableError as error:
        return Found(problems=(f"not read: {error}",))
    except _READER_FAULTS:
        log.exception("inspect.reader_failed", reader=reader.name, path=file.path)
        return Found(problems=("not read: it is not made as the bot knows such files",))


def _unless_optional(file: FileEntry, problem: str) -> Found:
    """The problem; none for programs, of which only few tell anything."""
    return Found() if file.is_executable else Found(problems=(problem,))


def _ways(paths: Iterable[str]) -> frozenset[str]:
    """The paths and all that lead to them."""
    return frozenset(str(way) for path in paths for way in (PurePosixPath(path), *PurePosixPath(path).parents)) - {"."}
