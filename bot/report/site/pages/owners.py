"""Whose apps they are, how they stand, and how long fixes take there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from bot.model.exposure import Exposure
from bot.report.app_state import AppState, state_of
from bot.report.board import Board
from bot.report.lived import Times, Took, by_owner, times
from bot.report.site.chart import Chart
from bot.report.site.pages import words
from bot.report.site.table import Cell, Column, Kind, Table, text

SINCE: Final = timedelta(days=90)
"""So far back are steps counted."""
_MOST_BARS: Final = 15
_TIMES: Final = tuple(
    Column(title=title, kind=Kind.NUMBER)
    for title in (
        *("Merges", "Merge p50", "Merge p90"),
        *("Rebuilds", "Rebuild p50", "Rebuild p90"),
        *("In production", "Production p50", "Production p90"),
    )
)


def owners_table(board: Board) -> Table:
    """Who has the most to do first."""
    apps: Counter[str] = Counter()
    exposed: Counter[str] = Counter()
    stale: Counter[str] = Counter()
    behind: dict[str, list[Exposure]] = {}
    for look in board.looks:
        owner, state = words.owner_cell(look.app.owners), state_of(board, look)
        apps[owner] += 1
        exposed[owner] += state.is_behind
        stale[owner] += state is AppState.STALE
        behind.setdefault(owner, []).extend(board.exposures_of.get(look.app.key, ()))
    rows: list[tuple[Cell, ...]] = [
        (
            words.owner_link(owner),
            apps[owner],
            exposed[owner],
            stale[owner],
            words.severity_of(behind[owner]) if behind[owner] else "",
        )
        for owner in sorted(apps, key=lambda owner: (-stale[owner], -exposed[owner], owner))
    ]
    columns = (
        Column(title="Owner"),
        Column(title="Apps", kind=Kind.NUMBER),
        Column(title="Exposed", kind=Kind.NUMBER),
        Column(title="Stale", kind=Kind.NUMBER),
        Column(title="Worst", kind=Kind.SEVERITY),
    )
    return Table(id="owners", name="How they stand", columns=columns, rows=rows, none="No app was found.")


def times_table(board: Board) -> Table:
    """In days from the detection of a fix, of the last 90 days; who merged the most first."""
    took = owner_times(board)
    ordered = sorted(took, key=lambda owner: (-_merges(took[owner]), owner))
    rows = [(words.owner_link(owner), *_cells(took[owner])) for owner in ordered]
    none = f"No step of the last {SINCE.days} days is known."
    return Table(id="times", name="How many days fixes take", columns=(Column(title="Owner"), *_TIMES), rows=rows, none=none)


def _merges(one: Times) -> int:
    return 0 if one.merge is None else one.merge.count


def owner_times(board: Board) -> Mapping[str, Times]:
    since = board.now - SINCE
    return {text(owner): times(lived, since=since) for owner, lived in by_owner(board.lived, board.looks).items()}


def fleet_times(board: Board) -> Table:
    """Of the whole fleet, a line for each step."""
    total = times((one for lived in by_owner(board.lived, board.looks).values() for one in lived), since=board.now - SINCE)
    columns = (
        Column(title="From the detection to"),
        Column(title="Fixes", kind=Kind.NUMBER),
        Column(title="p50 days", kind=Kind.NUMBER),
        Column(title="p90 days", kind=Kind.NUMBER),
    )
    steps = (("the merge", total.merge), ("the rebuilt image", total.rebuild), ("production", total.production))
    rows = [(name, *_took(took)) for name, took in steps]
    return Table(id="times", name="How long fixes take", columns=columns, rows=rows, none="")


def times_chart(board: Board) -> Chart:
    """Days to the merge, of the owners who merged the most."""
    took = [(owner, one.merge) for owner, one in owner_times(board).items() if one.merge is not None]
    took.sort(key=lambda one: (-one[1].count, one[0]))
    return Chart(
        kind="bar",
        name="Days from detection to merge, by owner" + (f" (the {_MOST_BARS} with the most merges)" if len(took) > _MOST_BARS else ""),
        of="Owner",
        labels=tuple(owner for owner, _ in took[:_MOST_BARS]),
        series={
            "p50 days": tuple(_days(one.half) for _, one in took[:_MOST_BARS]),
            "p90 days": tuple(_days(one.most) for _, one in took[:_MOST_BARS]),
        },
        none=f"No merge of the last {SINCE.days} days is known.",
    )


def _cells(one: Times) -> Iterable[Cell]:
    for took in (one.merge, one.rebuild, one.production):
        yield from _took(took)


def _took(took: Took | None) -> tuple[Cell, Cell, Cell]:
    """How many, and the days of half and of nine tenths of them."""
    return (0, None, None) if took is None else (took.count, _days(took.half), _days(took.most))


def _days(span: timedelta) -> int:
    return span.days
