"""Every way of knowing by a file in a layer: each module of this package that has a `PLUGIN`."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final, cast

from bot.inspect.reader import Reader


def _load() -> tuple[Reader, ...]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    readers = [cast("Reader", module.PLUGIN) for module in modules if hasattr(module, "PLUGIN")]
    return tuple(sorted(readers, key=lambda reader: (-reader.precedence, reader.name)))


READERS: Final[tuple[Reader, ...]] = _load()
"""Highest precedence first, then by name: a file that several want is read by the first."""
