"""The rows of the weekly issue on apps whose bases are to be left, as the catalogue of bases has it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from bot.model.base_lag import BaseLag
from bot.model.fleet_bases import FleetBases
from bot.report.fleet_bases import LAG_COLUMNS, OWNER_COLUMNS, lag_rows, owner_rows
from bot.report.markdown import code, number_of, plain

HEAD: Final = tuple(OWNER_COLUMNS)
LAG_HEAD: Final = tuple(LAG_COLUMNS)


def title(fleet: FleetBases) -> str:
    """`On bases that are to be left: 12 apps; 4 bases would cover 190 of 212 apps`."""
    leaving = {app for base in fleet.bases if base.is_unapproved for app in base.apps}
    said = f"On bases that are to be left: {number_of(len(leaving), 'app')}"
    if not fleet.picks:
        return said
    return f"{said}; {number_of(len(fleet.picks), 'base')} would cover {fleet.picks[-1].covered} of {number_of(len(fleet.apps), 'app')}"


def rows(fleet: FleetBases) -> list[tuple[str, ...]]:
    """By owner; none where nothing is to be left, or no catalogue says what is."""
    found = []
    for row in owner_rows(fleet):
        owner, *others = (str(row[keys[0]]) for keys in OWNER_COLUMNS.values())
        found.append((owner if owner == "nobody" else code(owner), *map(plain, others)))
    return found


def behind(fleet: FleetBases) -> list[tuple[str, ...]]:
    """The internal bases that lack what is out upstream; of what is not known only the dashboard and the command tell."""
    return [tuple(plain(str(row[keys[0]])) for keys in LAG_COLUMNS.values()) for row in lag_rows(replace(fleet, lags=_lagging(fleet)))]


def behind_title(fleet: FleetBases) -> str:
    """`Behind what is out upstream: 3 bases that teams may use`."""
    return f"Behind what is out upstream: {number_of(len(_lagging(fleet)), 'base')} that teams may use"


def _lagging(fleet: FleetBases) -> tuple[BaseLag, ...]:
    return tuple(lag for lag in fleet.lags if lag.is_behind)


def of_owner(fleet: FleetBases | None, is_mine: Callable[[str], bool]) -> FleetBases | None:
    """What concerns the apps of one owner, of which `is_mine` tells by the names of owners."""
    if fleet is None:
        return None
    mine = {app: tuple(filter(is_mine, owners)) for app, owners in fleet.owners.items() if any(map(is_mine, owners))}

    def ours(apps: Iterable[str]) -> tuple[str, ...]:
        return tuple(app for app in apps if app in mine)

    bases = [replace(base, in_git=ours(base.in_git), apps_of_images=ours(base.apps_of_images)) for base in fleet.bases]
    return replace(fleet, bases=tuple(bases), picks=(), lags=(), owners=mine)
