"""How results are written: tables for people, JSON and Markdown for machines and reviews."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, assert_never

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.report.json_text import json_text
from bot.report.printable import printable

Row = Mapping[str, object]

_GAP: Final = "   "
"""Between columns, as wide as Rich's."""

_STYLES: Final = {
    "major": "red",
    "minor": "yellow",
    "patch": "green",
    "digest": "cyan",
    "pin": "cyan",
    "held": "magenta",
    "not allowed": "magenta",
    "undecidable": "dim",
    "frozen": "red",
    "up to date": "dim green",
    "unknown": "red",
    "ok": "green",
    "wrong": "bold red",
    "not known": "yellow",
}

_SEVERITIES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "green", "unknown": "dim"}
"""Of the column `severity`; one that nobody told is no alarm, and no all-clear."""
_WHOLE: Final = frozenset({"id", "name", "severity"})
"""What people copy, or look for: where a table is too wide, the other columns give way first."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


def write_rows(console: Console, format_: Format, rows: Iterable[Row], *, columns: Mapping[str, Sequence[str]]) -> None:
    """Write rows in a format.

    `columns` maps a heading to the keys that fill it, for the two formats that people read: a column that no row fills is left
    out, and without a row nothing is written. JSON has every key of a row.
    """
    match format_:
        case Format.JSON:
            console.file.write(json_text(list(rows)) + "\n")
        case Format.JSONL:
            for row in rows:
                console.file.write(json_text(row, indent=None) + "\n")
        case Format.MARKDOWN:
            known = list(rows)
            if not known:
                return
            console.file.write("\n".join(_markdown(known, _filled(known, columns))) + "\n")
        case Format.TABLE:
            known = list(rows)
            if not known:
                return
            _write_table(console, known, _filled(known, columns))
        case _:
            assert_never(format_)


def _filled(rows: Sequence[Row], columns: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    return {heading: keys for heading, keys in columns.items() if any(_cell(row, keys) for row in rows)}


def _markdown(rows: Iterable[Row], columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield "| " + " | ".join(_cell(row, keys).replace("|", r"\|").replace("\n", " ") for keys in columns.values()) + " |"


def _write_table(console: Console, rows: Sequence[Row], columns: Mapping[str, Sequence[str]]) -> None:
    if not console.is_terminal:
        console.file.write("".join(f"{line}\n" for line in _plain_table(rows, columns)))
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    whole = _widths_of_whole(console, rows, columns)
    for heading in columns:
        table.add_column(heading, overflow="fold", width=whole.get(heading))
    for row in rows:
        table.add_row(*(_styled(_cell(row, keys), keys) for keys in columns.values()))
    console.print(table)


def _widths_of_whole(console: Console, rows: Sequence[Row], columns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Of a table that is too wide: the widths at which no word is cut of what shall stay whole; empty where that leaves too little."""
    cells = {heading: [heading, *(_cell(row, keys) for row in rows)] for heading, keys in columns.items()}
    if sum(max(map(cell_len, held)) for held in cells.values()) + len(_GAP) * (len(columns) - 1) <= console.width:
        return {}
    words = {heading: [word for cell in cells[heading] for word in cell.split()] for heading, keys in columns.items() if _WHOLE & {*keys}}
    widths = {heading: max(map(cell_len, held)) for heading, held in words.items() if held}
    return widths if 2 * sum(widths.values()) <= console.width else {}


def _plain_table(rows: Sequence[Row], columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """For a pipe: a row is a line, however long, for grep and cut come after. Rich would take a second for some thousand rows."""
    lines = [list(columns), *([_cell(row, keys) for keys in columns.values()] for row in rows)]
    widths = [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]
    shown = (_GAP.join(cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)) for line in lines)
    yield next(shown)
    yield "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    yield from shown


def _styled(text: str, keys: Sequence[str]) -> Text:
    style = _SEVERITIES.get(text.partition(",")[0], "") if "severity" in keys else _STYLES.get(text, "")
    return Text(text, style=style)


def _cell(row: Row, keys: Sequence[str]) -> str:
    """The values of the keys; `file` and `line` become `file:line`."""
    texts = [printable(str(row[key])) for key in keys if row.get(key) is not None]
    return ":".join(texts) if "line" in keys else " ".join(texts)
