"""The calendar of ends: until when the operating systems of the images in use are cared for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from bot.model.base_state import BaseState
from bot.report.board import Board
from bot.report.site.pages import words
from bot.report.site.pages.bases import base_page
from bot.report.site.table import Cell, Column, Kind, Linked, Table, day, text

_MONTHS: Final = 24
_SOON_DAYS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One square of the calendar."""

    name: str
    """`2026-11`; `before` for all that is past."""
    images: int
    apps: int
    systems: Sequence[str]
    mood: str
    """A class of the style sheet: `past`, `soon`, `later`, empty where nothing ends."""


def calendar(board: Board) -> Sequence[Month]:
    """What is past its end already, then the months from this one on, two years of them, then what ends later."""
    today = board.now.date()
    first = date(today.year, today.month, 1)
    months = [_after(first, count) for count in range(_MONTHS + 1)]
    ends = [(end, state) for state in board.bases if (end := _end(state)) is not None]
    past = [state for end, state in ends if end < today]
    found = [_month("past its end", past, "past")] if past else []
    for start, stop in pairwise(months):
        due = [(end, state) for end, state in ends if max(start, today) <= end < stop]
        is_soon = any((end - today).days <= _SOON_DAYS for end, _ in due)
        found.append(_month(f"{start:%Y-%m}", [state for _, state in due], "" if not due else "soon" if is_soon else "later"))
    later = [state for end, state in ends if end >= months[-1]]
    return [*found, _month("later", later, "later")] if later else found


def unknown_ends(board: Board) -> int:
    """Images in use of which nobody tells an end, or that were not opened."""
    return sum(_end(state) is None for state in board.bases)


def ends_table(board: Board) -> Table:
    """The earliest end first; what is not known stands at the end."""
    columns = (
        Column(title="Image"),
        Column(title="At"),
        Column(title="Operating system", is_filter=True),
        Column(title="Ends", kind=Kind.DAY),
        Column(title="Days left", kind=Kind.NUMBER),
        Column(title="Paid or partial care until", kind=Kind.DAY),
        Column(title="Apps", kind=Kind.NUMBER),
        Column(title="Whose word"),
    )
    today = board.now.date()
    ordered = sorted(board.bases, key=lambda one: (_end(one) or date.max, -len(one.apps), one.dependency, one.value))
    pages = {reach.dependency for reach in board.reaches}
    rows = [_row(state, today, pages) for state in ordered]
    return Table(id="ends", name="Images in use", columns=columns, rows=rows, none="No image was opened, so no end is known.")


def _row(state: BaseState, today: date, pages: Collection[str]) -> tuple[Cell, ...]:
    system = state.system
    name = text(words.name_of(state.dependency))
    image = Linked(name, base_page(state.dependency) if state.dependency in pages else None)
    if state.problem or system is None:
        why = text(state.problem) if state.problem else "it names no operating system"
        return (image, text(state.value), "not opened" if state.problem else "none is named", None, None, "", len(state.apps), why)
    return (
        image,
        text(state.value),
        text(system.name or f"{system.id} {system.version}".strip()),
        day(system.end_of_life),
        state.days_left(today),
        day(system.extended_until) or "",
        len(state.apps),
        text(system.end_of_life_source),
    )


def _end(state: BaseState) -> date | None:
    return state.system.end_of_life if state.system is not None and not state.problem else None


def _after(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _month(name: str, states: Sequence[BaseState], mood: str) -> Month:
    systems = dict.fromkeys(text(state.system.name or state.system.id) for state in states if state.system is not None)
    apps = {app for state in states for app in state.apps}
    return Month(name=name, images=len(states), apps=len(apps), systems=tuple(systems), mood=mood)
