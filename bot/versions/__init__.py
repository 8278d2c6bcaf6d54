"""text -> Version: one file per scheme, pure."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

from bot.versions.scheme import VersionScheme

_MODULES: Final = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
SCHEMES: Final[Mapping[str, VersionScheme]] = MappingProxyType(
    {module.PLUGIN.name: module.PLUGIN for module in _MODULES if hasattr(module, "PLUGIN")}
)
"""Every scheme by its name, as pins name it: each module of this package that has a `PLUGIN`."""
