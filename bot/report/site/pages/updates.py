"""Every update that an app has not taken, one line each."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.model.exposure import Exposure
from bot.report.began import began_at
from bot.report.board import Board
from bot.report.site.links import app_page, web
from bot.report.site.pages import words
from bot.report.site.table import Cell, Column, Kind, Linked, Table, day, text
from bot.report.weekly_rows import worst_first

_COLUMNS: Final = (
    Column(title="App"),
    Column(title="Owner", is_filter=True),
    Column(title="Of"),
    Column(title="From → to", kind=Kind.STEP),
    Column(title="Severity", kind=Kind.SEVERITY, is_filter=True),
    Column(title="Days over", kind=Kind.NUMBER),
    Column(title="Waits for", is_filter=True),
    Column(title="Why, and what would help"),
    Column(title="Pull request"),
    Column(title="Since", kind=Kind.DAY),
    Column(title="Due", kind=Kind.DAY),
    Column(title="Exploited", is_filter=True),
)


def updates_table(board: Board) -> Table:
    """The worst first."""
    ordered = sorted(board.exposures, key=worst_first(board.now))
    return Table(
        id="updates",
        name="Updates not taken",
        columns=_COLUMNS,
        rows=[_row(board, one) for one in ordered],
        none="No app is known to be behind.",
        all_in="data/exposures.csv",
    )


def accepted_table(board: Board) -> Table:
    """Every entry of the configuration by which a risk is taken or a fix put off, what ended last at the end."""
    columns = (
        Column(title="Of"),
        Column(title="Until", kind=Kind.DAY),
        Column(title="State", kind=Kind.STATE),
        Column(title="By"),
        Column(title="Why"),
        Column(title="Updates put off", kind=Kind.NUMBER),
    )
    counts = Counter(one.accepted for one in board.exposures if one.is_accepted(board.now))
    ordered = sorted(board.accepted, key=lambda one: (one.is_over(board.now), one.until, one.what))
    rows: list[Sequence[Cell]] = [
        (
            text(one.what),
            day(one.until),
            "ran out" if one.is_over(board.now) else "accepted",
            text(one.by),
            text(one.reason),
            counts[one],
        )
        for one in ordered
    ]
    return Table(id="accepted", name="Accepted until a day", columns=columns, rows=rows, none="No risk is accepted, and no fix put off.")


def _row(board: Board, one: Exposure) -> Sequence[Cell]:
    return (
        Linked(text(one.app.name), app_page(one.app.key)),
        words.owner_cell(one.app.owners),
        text(words.name_of(one.dependency)),
        words.step_to(one.old, one.new),
        words.severity_of([one]),
        words.days_over(one, board.now),
        words.WAITING_FOR[one.waiting_for],
        words.stuck(one, board.now),
        _request(one),
        day(began_at(one)),
        day(one.due),
        "yes" if one.is_exploited else "not known to be",
    )


def _request(one: Exposure) -> Cell:
    if one.pull_request_url is None:
        return "none"
    number = one.pull_request_number or one.pull_request_url.rstrip("/").rpartition("/")[2]
    return Linked(text(f"#{number}"), web(one.pull_request_url))
