"""Every app of the fleet, one line each."""

from collections.abc import Sequence
from typing import Final

from bot.report.app_state import state_of
from bot.report.began import began_at
from bot.report.board import Board
from bot.report.look import Look
from bot.report.site.pages import words
from bot.report.site.table import Cell, Column, Kind, Table, day
from bot.report.weekly_rows import worst_first

_COLUMNS: Final = (
    Column(title="App"),
    Column(title="Owner", is_filter=True),
    Column(title="State", kind=Kind.STATE, is_filter=True),
    Column(title="Severity", kind=Kind.SEVERITY, is_filter=True),
    Column(title="Behind", kind=Kind.NUMBER),
    Column(title="Since", kind=Kind.DAY),
    Column(title="Days over", kind=Kind.NUMBER),
    Column(title="Phase", is_filter=True),
    Column(title="Criticality", is_filter=True),
)


def apps_table(board: Board) -> Table:
    """All apps, those that need somebody first."""
    keyed = sorted(((_key(board, look), look) for look in board.looks), key=lambda one: one[0])
    return Table(
        id="apps",
        name="Apps",
        columns=_COLUMNS,
        rows=[_row(board, look) for _, look in keyed],
        none="No app was found.",
        all_in="data/apps.csv",
    )


def _key(board: Board, look: Look) -> tuple[object, ...]:
    exposures = board.exposures_of.get(look.app.key, ())
    first = min(map(worst_first(board.now), exposures), default=())
    return (state_of(board, look).rank, first, look.app.name, look.app.key)


def _row(board: Board, look: Look) -> Sequence[Cell]:
    exposures = board.exposures_of.get(look.app.key, ())
    over = [cell for one in exposures if isinstance(cell := words.days_over(one, board.now), int)]
    began = [moment for one in exposures if (moment := began_at(one))]
    return (
        words.app_cell(look),
        words.owner_cell(look.app.owners),
        state_of(board, look).value,
        words.severity_of(exposures) if exposures else "",
        len(exposures),
        day(min(began)) if began else None if exposures else "",
        max(over, default=""),
        look.app.phase.value,
        look.app.criticality.value,
    )
