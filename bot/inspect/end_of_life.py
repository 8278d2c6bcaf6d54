"""Until when a release of a distribution is cared for, by data that ships with the bot and carries its date."""

import json
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from bot.model.contents import OperatingSystem


def dated(system: OperatingSystem) -> OperatingSystem:
    """The system with the end of its life, where it is known; its own word stays."""
    if system.end_of_life is not None:
        return system
    known = _data()
    product = "centos-stream" if system.id == "centos" and "Stream" in system.name else system.id
    days = _cycle(known["releases"].get(product, {}), system.version)
    if not days:
        return system
    until, *extended = map(date.fromisoformat, days)
    return replace(
        system,
        end_of_life=until,
        extended_until=extended[0] if extended else None,
        end_of_life_source=f"{known['source']}, {known['as_of']}",
    )


def _cycle(cycles: dict[str, list[str]], version: str) -> list[str]:
    """The days of the cycle that a version belongs to: `3.19.1` to `3.19`, `9.4` to `9`."""
    while version:
        if version in cycles:
            return cycles[version]
        version = version.rpartition(".")[0]
    return []


@cache
def _data() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files("bot.inspect").joinpath("end_of_life.json").read_text(encoding="utf-8"))
    return told
