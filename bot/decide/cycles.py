"""Language runtimes and databases: their line is the cycle (Python 3.12, PostgreSQL 16), in which patches are all that is safe."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, Final

from bot.model.dependency import ENDOFLIFE, GIT_TAGS, GITHUB_RELEASES, GITHUB_TAGS, GOLANG, OCI
from bot.model.pin import Pin, Role
from bot.versions.scheme import Version

_REPOS: Final = frozenset({GITHUB_RELEASES, GITHUB_TAGS})
_NO_CYCLE: Final[tuple[int, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """How a product names its cycles: by the first `numbers` numbers of a version."""

    numbers: int
    two_before: int = 0
    """Versions below this one name their cycle by two numbers (PostgreSQL 9.6)."""

    def cycle_of(self, version: Version | None) -> tuple[int, ...]:
        """The numbers of a version's cycle; empty where the version does not tell it (`3`, of which 3.12 and 3.13 are cycles)."""
        if version is None or not version.numbers:
            return _NO_CYCLE
        wanted = max(self.numbers, 2) if version.numbers[0] < self.two_before else self.numbers
        return version.numbers[:wanted] if len(version.numbers) >= wanted else _NO_CYCLE

    def is_step(self, current: Version | None, new: Version | None) -> bool:
        """Whether two versions are known to be of different cycles."""
        old, later = self.cycle_of(current), self.cycle_of(new)
        return bool(old and later) and old != later


def numbering_of(pin: Pin) -> Numbering | None:
    """How the product behind a pin names its cycles; None: it is not in the list, or is a chart, whose versions are its own.

    An image goes by the last part of its name, whoever publishes it: `postgresql` of anybody is PostgreSQL.
    """
    dependency = pin.dependency
    match dependency.datasource:
        case _ if pin.role is Role.CHART:
            return None
        case name if name == OCI:
            return _list().get(PurePosixPath(dependency.name).name)
        case name if name == ENDOFLIFE or name in _REPOS:
            return _list().get(dependency.name.lower())
        case name if name == GOLANG:
            return _list().get("golang")
        case name if name == GIT_TAGS:
            return _list().get("/".join(dependency.name.lower().removesuffix(".git").split("/")[-2:]))
        case _:
            return None


@cache
def _list() -> Mapping[str, Numbering]:
    products: list[dict[str, Any]] = json.loads(files("bot.decide").joinpath("cycles.json").read_text(encoding="utf-8"))
    return {
        name: Numbering(numbers=product["numbers"], two_before=product.get("two_before", 0))
        for product in products
        for name in product["names"]
    }
