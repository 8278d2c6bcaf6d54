"""A chart's package, read within bounds: the few files that tell what it installs by default."""

import io
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Final

from bot.inspect.layers.tar import Kind, TarReader, inside
from bot.inspect.layers.unpacked import LayerError, LayerLimits, Unpacked
from bot.inspect.reader import MEBIBYTE

MAX_PACKAGE_BYTES: Final = 16 * MEBIBYTE
"""Packed. Helm stores releases of at most 1 MiB; packages with many subcharts are a few."""
_LIMITS: Final = LayerLimits(max_unpacked_bytes=128 * MEBIBYTE, longest=timedelta(seconds=30))
_MAX_ENTRIES: Final = 20_000
_MAX_FILE_BYTES: Final = 2 * MEBIBYTE
_MAX_KEPT_BYTES: Final = 8 * MEBIBYTE
_NAMES: Final = frozenset({"Chart.yaml", "values.yaml", "requirements.yaml"})
_IN_TEMPLATES: Final = frozenset({".yaml", ".tpl"})


class PackageError(Exception):
    """The package is none, or not read for its size; the message says why."""


def read_package(data: bytes) -> dict[PurePosixPath, str]:
    """Chart.yaml, values.yaml, requirements.yaml and the templates of the chart itself, relative to it; subcharts are left out.

    Raises PackageError.
    """
    reader = TarReader(Unpacked(io.BytesIO(data), limits=_LIMITS))  # type: ignore[arg-type] # it has all that is used of it
    found: dict[PurePosixPath, str] = {}
    kept = 0
    try:
        for number, entry in enumerate(reader.entries()):
            if number >= _MAX_ENTRIES:
                raise PackageError(f"it has more than {_MAX_ENTRIES:,} files")
            path = _wanted(entry.path) if entry.kind is Kind.FILE else None
            if path is None:
                continue
            kept += entry.size
            if entry.size > _MAX_FILE_BYTES or kept > _MAX_KEPT_BYTES:
                raise PackageError(f"its {path} is too large")
            found[path] = reader.read(entry.size).decode("utf-8", errors="replace")
    except LayerError as error:
        raise PackageError(str(error)) from error
    return found


def _wanted(path: str) -> PurePosixPath | None:
    """The path below the chart's folder, where it is one to read."""
    plain = inside(path)
    parts = PurePosixPath(plain or "").parts[1:]
    is_own = len(parts) == 1 and parts[0] in _NAMES
    is_template = len(parts) == 2 and parts[0] == "templates" and PurePosixPath(parts[1]).suffix in _IN_TEMPLATES  # noqa: PLR2004 folder, file
    return PurePosixPath(*parts) if is_own or is_template else None
