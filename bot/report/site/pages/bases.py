"""What the fleet stands on: the blast radius of each base and chart, and its sprawl."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from bot.model.fleet import Criticality, Phase
from bot.report.app_state import state_of
from bot.report.board import Board
from bot.report.look import Look
from bot.report.markdown import number_of
from bot.report.reach import Reach
from bot.report.site.bar import Bar
from bot.report.site.links import file_name
from bot.report.site.pages import words
from bot.report.site.table import Cell, Column, Kind, Linked, Table, text

_KINDS: Final = {"oci": "image", "helm": "chart", "github-tags": "action or tag", "github-releases": "release"}
_MOST_VERSIONS: Final = 12
"""Shown as bars; the table has all."""


def base_page(dependency: str) -> str:
    return f"bases/{file_name(dependency)}"


def bases_table(reaches: Sequence[Reach]) -> Table:
    """Those of the most apps first."""
    columns = (
        Column(title="What"),
        Column(title="Kind", is_filter=True),
        Column(title="Apps", kind=Kind.NUMBER),
        Column(title="Of these in BAU", kind=Kind.NUMBER),
        Column(title="Of high criticality", kind=Kind.NUMBER),
        Column(title="Through other images", kind=Kind.NUMBER),
        Column(title="Versions in use", kind=Kind.NUMBER),
        Column(title="Most on"),
    )
    rows: list[tuple[Cell, ...]] = []
    for reach in reaches:
        most = next(iter(reach.values))
        rows.append(
            (
                Linked(text(words.name_of(reach.dependency)), base_page(reach.dependency)),
                _KINDS.get(reach.dependency.partition(":")[0], text(reach.dependency.partition(":")[0])),
                len(reach.looks),
                _in_bau(reach),
                sum(look.app.criticality is Criticality.HIGH for look in reach.looks),
                len(reach.through),
                len(reach.values),
                text(most) or "no value written",
            )
        )
    return Table(
        id="bases", name="Bases, charts and all else that is pinned", columns=columns, rows=rows, none="Nothing is pinned anywhere."
    )


def base_values(board: Board, reach: Reach) -> dict[str, Any]:
    """For the page of one dependency."""
    total = len(reach.looks) - len(reach.through)
    bars = [
        Bar(name=text(value) or "no value written", count=len(looks), of=total)
        for value, looks in list(reach.values.items())[:_MOST_VERSIONS]
    ]
    return {
        "verdict": _verdict(board, reach),
        "bars": bars,
        "more": len(reach.values) - len(bars),
        "tables": [_versions(reach), _apps(board, reach)],
    }


def _verdict(board: Board, reach: Reach) -> str:
    """In one sentence: `212 apps stand on it, 31 in BAU, …`."""
    states = Counter(state_of(board, look) for look in reach.looks)
    behind = sum(count for state, count in states.items() if state.is_behind)
    count = len(reach.looks)
    high = sum(look.app.criticality is Criticality.HIGH for look in reach.looks)
    through = f" {len(reach.through)} of them only through images of the fleet that are built on it." if reach.through else ""
    return (
        f"{number_of(count, 'app')} {'stands' if count == 1 else 'stand'} on it, {_in_bau(reach)} in BAU, {high} of high criticality, "
        f"at {number_of(len(reach.values), 'version')}; {behind} of them {'has' if behind == 1 else 'have'} not taken all updates.{through}"
    )


def _in_bau(reach: Reach) -> int:
    return sum(look.app.phase is Phase.BAU for look in reach.looks)


def _versions(reach: Reach) -> Table:
    columns = (Column(title="Version"), Column(title="Apps", kind=Kind.NUMBER), Column(title="Of these in BAU", kind=Kind.NUMBER))
    rows: list[tuple[Cell, ...]] = [
        (text(value) or "no value written", len(looks), sum(look.app.phase is Phase.BAU for look in looks))
        for value, looks in reach.values.items()
    ]
    return Table(id="versions", name="Versions in use", columns=columns, rows=rows, none="")


def _apps(board: Board, reach: Reach) -> Table:
    columns = (
        Column(title="App"),
        Column(title="Owner", is_filter=True),
        Column(title="Version", is_filter=True),
        Column(title="State", kind=Kind.STATE, is_filter=True),
        Column(title="Phase", is_filter=True),
        Column(title="Criticality", is_filter=True),
    )
    values: dict[str, list[str]] = {}
    for value, looks in reach.values.items():
        for look in looks:
            values.setdefault(look.app.key, []).append(value)
    rows = [
        (
            words.app_cell(look),
            words.owner_cell(look.app.owners),
            _version(look, values, reach),
            state_of(board, look).value,
            look.app.phase.value,
            look.app.criticality.value,
        )
        for look in reach.looks
    ]
    return Table(id="apps", name="Apps", columns=columns, rows=rows, none="")


def _version(look: Look, values: dict[str, list[str]], reach: Reach) -> str:
    own = values.get(look.app.key)
    if own is None:
        return text(f"through {words.name_of(reach.through[look.app.key])}")
    return text(", ".join(value or "no value written" for value in own))
