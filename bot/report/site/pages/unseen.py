"""What could not be looked at, and what nobody answers for."""

from typing import Final

from bot.report.board import Board
from bot.report.site.pages import words
from bot.report.site.table import Cell, Column, Kind, Table, day, text

_COLUMNS: Final = (
    Column(title="What"),
    Column(title="Kind", is_filter=True),
    Column(title="Why"),
    Column(title="What would help"),
    Column(title="Last done well", kind=Kind.DAY),
)
_FAILED: Final = "failed"
_LATER: Final = "not reached"
_EMPTY: Final = "empty repo"
_IMAGE: Final = "image not opened"
_PARTLY: Final = "image not wholly checked"
_PIN: Final = "pins"
_OWNER: Final = "no owner"


def unseen_table(board: Board) -> Table:
    """A line for each gap, with its remedy where one is known."""
    return Table(
        id="unseen",
        name="Not looked at",
        columns=_COLUMNS,
        rows=[*_failures(board), *_images(board), *_pins(board), *_empty(board)],
        none="All that was to be looked at was looked at.",
    )


def orphans_table(board: Board) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (words.app_cell(look), text(look.app.repo), look.app.phase.value, len(board.exposures_of.get(look.app.key, ())))
        for look in board.looks
        if not look.app.owners
    ]
    columns = (Column(title="App"), Column(title="Repo"), Column(title="Phase", is_filter=True), Column(title="Behind", kind=Kind.NUMBER))
    return Table(id="orphans", name="Apps without an owner", columns=columns, rows=rows, none="Every app has an owner.")


def _failures(board: Board) -> list[tuple[Cell, ...]]:
    return [
        (
            text(one.where),
            _FAILED if one.resumes_at is None else _LATER,
            text(one.what),
            text(one.remedy) if one.resumes_at is None else f"nothing: it is tried again from {day(one.resumes_at)}",
            day(one.last_good),
        )
        for one in board.failures
    ]


def _images(board: Board) -> list[tuple[Cell, ...]]:
    return [
        (
            text(words.name_of(state.dependency) + (f":{state.value}" if state.value else " (no tag)")),
            _LATER if state.is_later else _IMAGE if state.problem else _PARTLY,
            text(state.problem or state.unknown),
            "nothing: it is opened in one of the next runs" if state.is_later else "",
            None,
        )
        for state in board.bases
        if state.problem or state.unknown
    ]


def _pins(board: Board) -> list[tuple[Cell, ...]]:
    found: list[tuple[Cell, ...]] = []
    for look in board.looks:
        counts = (
            (look.unread, "could not be looked up"),
            (look.undecided, "have no certain place in the order of what is published"),
            (look.skips, "can't be read or edited safely"),
        )
        said = ", ".join(f"{count} {what}" for count, what in counts if count)
        if said:
            found.append((words.app_cell(look), _PIN, f"of its pins {said}", "`rebuild-bot check` in a clone of it names each", ""))
    return found


def _empty(board: Board) -> list[tuple[Cell, ...]]:
    return [(text(repo), _EMPTY, "it has no commit yet", "nothing", "") for repo in board.empty_repos]
