"""Products and their cycles by endoflife.date (API version 1): the newest version of each cycle, and when its life ends."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from bot.clients.http import HttpClient
from bot.model.dependency import ENDOFLIFE, Dependency, Release
from bot.model.listing import DatasourceError
from bot.watch.web import JsonSource, text, time

_PRODUCT: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}", re.ASCII)


class EndOfLife:
    """The releases of a product: of each cycle its newest version, with the end of the cycle's life as deprecation."""

    name: Final = ENDOFLIFE

    def __init__(self, http: HttpClient, *, base_url: str = "https://endoflife.date") -> None:
        self._source = JsonSource(http=http, base_url=base_url)

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        return tuple(_release(dependency, cycle) for cycle in self._cycles(dependency))

    def ends(self, product: str) -> dict[str, tuple[date, ...]]:
        """The last days of each release of a product: of its usual updates, then of the extended ones. Raises DatasourceError."""
        found: dict[str, tuple[date, ...]] = {}
        for cycle in self._cycles(Dependency(datasource=ENDOFLIFE, name=product)):
            days = [moment.date() for moment in (time(cycle, "eolFrom"), time(cycle, "eoesFrom")) if moment is not None]
            if time(cycle, "eolFrom") is not None:
                found[text(cycle, "name") or ""] = tuple(days)
        return found

    def _cycles(self, dependency: Dependency) -> list[dict[str, Any]]:
        if not _PRODUCT.fullmatch(dependency.name):
            raise DatasourceError(f"{dependency}: no name of a product. Take one of https://endoflife.date/docs/api/v1/.")
        result = self._source.get("api", "v1", "products", dependency.name).get("result")
        cycles = result.get("releases") if isinstance(result, dict) else None
        if not isinstance(cycles, list):
            raise DatasourceError(f"{dependency}: endoflife.date told no cycles. Report it to endoflife.date.")
        return [cycle for cycle in cycles if isinstance(cycle, dict) and text(cycle, "name")]

    def describe(self, release: Release) -> Release:
        """The release as it is: the list tells all that is known."""
        return release


def _release(dependency: Dependency, cycle: dict[str, Any]) -> Release:
    latest = cycle.get("latest")
    latest = latest if isinstance(latest, dict) else {}
    name = text(cycle, "name") or ""
    return Release(
        dependency=dependency,
        value=text(latest, "name") or name,
        published_at=time(latest, "date") or time(cycle, "releaseDate"),
        deprecation=_end(name, cycle),
    )


def _end(name: str, cycle: dict[str, Any]) -> str | None:
    ends = time(cycle, "eolFrom")
    if cycle.get("isEol") is True:
        return f"{name} reached its end of life" + (f" on {ends:%Y-%m-%d}" if ends else "")
    return f"{name} reaches its end of life on {ends:%Y-%m-%d}" if ends else None
