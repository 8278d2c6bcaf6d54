"""A layer's record as bytes to keep, and back."""

import hashlib
import json
import zlib
from dataclasses import astuple, fields
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from bot.inspect.layers.record import FileRecord, LayerRecord, Shape
from bot.inspect.reader import Found
from bot.model.contents import KnownBy, OperatingSystem, Package


@cache
def reading_form() -> str:
    """What the form and meaning of a kept record depend on: the code that read it. Records of other code are read anew."""
    rooms = [files("bot.inspect.readers"), files("bot.inspect.layers"), files("bot.inspect")]
    sources: list[Traversable] = [file for room in rooms for file in room.iterdir() if file.name.endswith(".py")]
    digest = hashlib.sha256()
    for source in sorted(sources, key=lambda file: (file.name, str(file))):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def packed(record: LayerRecord) -> bytes:
    """The record, small: most files tell nothing and are but a path."""
    told = {
        "files": [file.path if file.found == Found() else [file.path, *_found(file.found)] for file in record.files],
        "removed": record.removed,
        "emptied": record.emptied,
        "shapes": [astuple(shape) for shape in record.shapes],
        "problems": record.problems,
        "entries": record.entries,
        "unpacked_bytes": record.unpacked_bytes,
        "is_by_table": record.is_by_table,
    }
    return zlib.compress(json.dumps(told, separators=(",", ":")).encode())


def unpacked(data: bytes) -> LayerRecord:
    """The record that `packed` made these bytes of."""
    told = json.loads(zlib.decompress(data))
    return LayerRecord(
        files=tuple(
            FileRecord(path=file, found=Found()) if isinstance(file, str) else FileRecord(path=file[0], found=_read_found(*file[1:]))
            for file in told["files"]
        ),
        removed=tuple(told["removed"]),
        emptied=tuple(told["emptied"]),
        shapes=tuple(Shape(path=path, link=link, is_folder=is_folder) for path, link, is_folder in told["shapes"]),
        problems=tuple(told["problems"]),
        entries=told["entries"],
        unpacked_bytes=told["unpacked_bytes"],
        is_by_table=told["is_by_table"],
    )


def _found(found: Found) -> tuple[list[Any], Any, tuple[str, ...]]:
    system = found.system
    told = None if system is None else {**_values(system), "end_of_life": system.end_of_life and system.end_of_life.isoformat()}
    return [list(_values(package).values()) for package in found.packages], told, found.problems


def _read_found(packages: list[list[Any]], system: dict[str, Any] | None, problems: list[str]) -> Found:
    return Found(
        packages=tuple(map(_read_package, packages)),
        system=_read_system(system) if system else None,
        problems=tuple(problems),
    )


def _read_package(values: list[Any]) -> Package:
    told = dict(zip((field.name for field in fields(Package)), values, strict=True))
    return Package(**{**told, "known_by": KnownBy(told["known_by"])})


def _read_system(told: dict[str, Any]) -> OperatingSystem:
    until = told["end_of_life"]
    return OperatingSystem(**{**told, "like": tuple(told["like"]), "end_of_life": date.fromisoformat(until) if until else None})


def _values(value: Package | OperatingSystem) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
