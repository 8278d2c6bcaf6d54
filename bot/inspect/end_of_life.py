"""Until when a release of a distribution is cared for, by data that ships with the bot and carries its date, or by fresher data."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from bot.model.contents import OperatingSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The last days of a distribution's releases."""

    cycles: Mapping[str, Sequence[date]]
    """By the name of the release: the last day of usual updates, then that of extended ones where there are such."""
    source: str
    """Whose word it is, with its date."""


EndsOf = Callable[[str], Ends | None]
"""By the distribution's name at endoflife.date; None: nothing is known of it."""


def shipped(product: str) -> Ends | None:
    """What the data tells that ships with the bot."""
    known = _data()
    cycles = known["releases"].get(product)
    if cycles is None:
        return None
    days = {name: tuple(map(date.fromisoformat, told)) for name, told in cycles.items()}
    return Ends(cycles=days, source=f"{known['source']}, {known['as_of']}")


def dated(system: OperatingSystem, ends_of: EndsOf = shipped) -> OperatingSystem:
    """The system with the end of its life, where it is known; its own word stays."""
    if system.end_of_life is not None:
        return system
    product = product_of(system)
    for ends in filter(None, (ends_of(product), shipped(product))):
        if days := _cycle(ends.cycles, system.version):
            until, *extended = days
            return replace(system, end_of_life=until, extended_until=extended[0] if extended else None, end_of_life_source=ends.source)
    return system


def product_of(system: OperatingSystem) -> str:
    """Its name at endoflife.date."""
    return "centos-stream" if system.id == "centos" and "Stream" in system.name else system.id


def _cycle(cycles: Mapping[str, Sequence[date]], version: str) -> Sequence[date]:
    """The days of the cycle that a version belongs to: `3.19.1` to `3.19`, `9.4` to `9`."""
    while version:
        if version in cycles:
            return cycles[version]
        version = version.rpartition(".")[0]
    return ()


@cache
def _data() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files("bot.inspect").joinpath("end_of_life.json").read_text(encoding="utf-8"))
    return told
