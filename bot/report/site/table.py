"""Tables of any length: the first rows as HTML, all of them as data that the page's own script searches, sorts and pages through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.model.severity import Severity
from bot.report.printable import printable

FEW_ROWS = 12
"""Rows that are seen at once."""
FIRST_ROWS = 50
"""In the HTML itself, so that they are there before any script runs, and where none does."""
_MOST_CHARACTERS = 400
"""Of one cell."""


class Kind(StrEnum):
    """How a column is shown and sorted."""

    TEXT = "text"
    NUMBER = "number"
    DAYS = "days"
    """A number of days."""
    DAY = "day"
    """A date in UTC."""
    SEVERITY = "severity"
    STEP = "step"
    """From an old value to a new one."""
    STATE = "state"
    """A word that has a colour: `stale`, `exposed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    title: str
    kind: Kind = Kind.TEXT
    is_filter: bool = False
    """Few different words: people may choose one."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A cell that leads somewhere."""

    text: str
    href: str | None
    """A page of the site, or an address; None: nowhere."""


Cell = str | int | None | Linked
"""None: not known. An empty text: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Text of others in its cells is text, whatever it looks like."""

    id: str
    """Unlike all others of the page."""
    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    none: str
    """What is said where there is no row."""
    all_in: str = ""
    """The file that has all rows, for who reads without scripts; empty: there is none."""

    @property
    def is_long(self) -> bool:
        """Whether people want to search and sort it; what they see at once stays as it is."""
        return len(self.rows) > FEW_ROWS

    @property
    def first(self) -> Sequence[Sequence[Cell]]:
        return self.rows[:FIRST_ROWS]

    @property
    def data(self) -> dict[str, object]:
        """For the script of the page."""
        return {
            "columns": [{"title": one.title, "kind": one.kind.value, "filter": one.is_filter} for one in self.columns],
            "rows": [[[cell.text, cell.href] if isinstance(cell, Linked) else cell for cell in row] for row in self.rows],
        }


def text(value: str) -> str:
    """Foreign text on one line, without signs that nobody sees or that turn the line around, cut where it is very long."""
    shown = printable(value)
    return shown if len(shown) <= _MOST_CHARACTERS else shown[: _MOST_CHARACTERS - 1] + "…"


def day(moment: datetime | date | None) -> str | None:
    """`2026-11-23`; None: not known."""
    return None if moment is None else f"{moment:%Y-%m-%d}"


def worst(severities: Sequence[Severity]) -> Severity:
    """The worst that is known; unknown where none is."""
    return max(severities, key=lambda one: one.rank, default=Severity.UNKNOWN)
