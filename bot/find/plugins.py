"""Every finder of the house: each module directly in this package that has a `PLUGIN`. An `OPTIONAL` is off until it is asked for."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Final, cast

import bot.find
from bot.find.finder import Finder

_USERS: Final = frozenset({"proof", "scan"})
"""The modules that need the finders themselves."""


def precedence(finder: Finder) -> int:
    """How a finder ranks where two read the same text: 0 unless it says otherwise; a fallback is below, an explicit mark above."""
    return cast("int", getattr(finder, "precedence", 0))


def _load() -> tuple[Finder, ...]:
    names = (module.name for module in iter_modules(bot.find.__path__) if not module.ispkg and module.name not in _USERS)
    modules = (import_module(f"bot.find.{name}") for name in names)
    finders = [cast("Finder", module.PLUGIN) for module in modules if hasattr(module, "PLUGIN")]
    return _ranked(finders)


def _ranked(finders: Iterable[Finder]) -> tuple[Finder, ...]:
    return tuple(sorted(finders, key=lambda finder: (-precedence(finder), finder.name)))


FINDERS: Final[tuple[Finder, ...]] = _load()
"""Those that are always on; highest precedence first, then by name."""


def with_optional(*optional: Finder) -> tuple[Finder, ...]:
    """The finders that are always on and these, in their order."""
    return _ranked((*FINDERS, *optional))
