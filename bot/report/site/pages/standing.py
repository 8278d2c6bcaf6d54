"""Which bases the fleet stands on, what the catalogue says of them, and which few would do."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.report.board import Board
from bot.report.fleet_bases import (
    BASE_COLUMNS,
    LAG_COLUMNS,
    OWNER_COLUMNS,
    PICK_COLUMNS,
    SWAP_COLUMNS,
    base_rows,
    lag_rows,
    owner_rows,
    pick_rows,
    summary,
    swap_rows,
)
from bot.report.site.table import Cell, Column, Kind, Table, text

_NUMBERS: Final = frozenset({"apps", "in_git", "in_images", "as_it_is", "place"})
_FILTERS: Final = frozenset({"standing", "family", "owner", "why"})


def tables(board: Board) -> Iterator[Table]:
    """Those that there are; a fleet of which no run recorded its bases has the first one, without a row."""
    fleet = board.fleet_bases
    none = "No base in use is known: a run records them."
    yield _table("standing", "Bases in use", BASE_COLUMNS, [] if fleet is None else base_rows(fleet), none)
    if fleet is None:
        return
    yield _table("cover", "Few bases for most apps", PICK_COLUMNS, pick_rows(fleet), "No base is known to cover more than itself.")
    yield _table("moves", "What the moves would bring", SWAP_COLUMNS, swap_rows(fleet), "No base may take the place of another.")
    if fleet.lags:
        yield _table("lags", "What teams may use, and what is out", LAG_COLUMNS, lag_rows(fleet), "")
    if fleet.has_catalogue:
        yield _table("leaving", "Apps on bases that are to be left", OWNER_COLUMNS, owner_rows(fleet), "None.")


def lead(board: Board) -> str:
    """In one sentence."""
    return "" if board.fleet_bases is None else text(summary(board.fleet_bases))


def _table(id_: str, name: str, columns: Mapping[str, Sequence[str]], rows: Sequence[Mapping[str, object]], none: str) -> Table:
    return Table(
        id=id_,
        name=name,
        columns=tuple(
            Column(title=heading or "Place", kind=Kind.NUMBER if keys[0] in _NUMBERS else Kind.TEXT, is_filter=keys[0] in _FILTERS)
            for heading, keys in columns.items()
        ),
        rows=[tuple(_cell(row[keys[0]]) for keys in columns.values()) for row in rows],
        none=none,
    )


def _cell(value: object) -> Cell:
    return value if isinstance(value, int) else text(str(value))
