"""The weekly issue's pages: its body, and comments for what the body has no room for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.report.markdown import folded, link, number_of, table

MAX_CHARACTERS: Final = 60_000
"""Of a body or comment; GitHub refuses more than 65,536."""
MORE_BEGINS: Final = "<!-- rebuild-bot:weekly-issue:more:"
"""The markers of comments that go on where the body ends."""
_RESERVE: Final = 4_000
"""Characters kept for headings, notes, links to the weeks before and the foot."""
_NOTES: Final = 300
_HEADING: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment below the issue as it should be, found again by its marker."""

    marker: str
    body: str
    """With the marker."""


def more_marker(number: int) -> str:
    """That of the comment which goes on where the body ends, or the comment before it; from 1."""
    return f"{MORE_BEGINS}{number} -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Rows that are not among the first ones, of one owner."""

    summary: str
    """HTML."""
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(slots=True, kw_only=True)
class Pages:
    """The body as it grows, what is left of its length, and the comments behind it."""

    top_rows: int
    max_comments: int
    dashboard_url: str | None
    parts: list[str] = field(default_factory=list)
    left: int = MAX_CHARACTERS - _RESERVE
    comments: list[Comment] = field(default_factory=list)

    def add(self, part: str) -> None:
        if part:
            self.parts.append(part)
            self.left -= len(part) + 1

    def fold(self, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table, or as much of it as there is room for, to be opened at a click; nothing where there are no rows. `title` is HTML."""
        if rows:
            self.add(folded(title, "\n".join(filter(None, self._shown(head, rows)))))

    def rests(self, rests: Sequence[Rest]) -> None:
        """What is not among the first rows, folded, owner by owner: here while there is room, then in comments; what is left is counted."""
        waiting = [rest for rest in rests if rest.rows]
        if not waiting:
            return
        self.add("## All others, by owner\n")
        here, waiting = _page(waiting, self.left)
        for part in here:
            self.add(part)
        while waiting and len(self.comments) < self.max_comments:
            marker = more_marker(len(self.comments) + 1)
            there, waiting = _page(waiting, MAX_CHARACTERS - _NOTES)
            self.comments.append(Comment(marker=marker, body="\n".join([marker, "The weekly issue goes on.\n", *there])))
        if self.comments:
            self.add(f"*It goes on in {number_of(len(self.comments), 'comment')} below.*\n")
        if waiting:
            count = sum(len(rest.rows) for rest in waiting)
            self.add(f"*{number_of(count, 'more row')} of {number_of(len(waiting), 'owner')} not shown; all are in {self._elsewhere()}.*\n")

    def _shown(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
        shown = _fitting(head, rows[: self.top_rows], self.left - _NOTES)
        hidden = len(rows) - len(shown)
        note = f"*{number_of(hidden, 'more row')} not shown; all are in {self._elsewhere()}.*\n" if hidden else ""
        return [table(head, shown) if shown else "", note]

    def _elsewhere(self) -> str:
        return link("the dashboard", self.dashboard_url) if self.dashboard_url else "what `rebuild-bot report --format table` prints"


def _page(rests: Sequence[Rest], room: int) -> tuple[list[str], list[Rest]]:
    """As much as there is room for, and what is left."""
    parts: list[str] = []
    for number, rest in enumerate(rests):
        shown = _fitting(rest.head, rest.rows, room - _HEADING)
        if shown:
            part = folded(rest.summary, table(rest.head, shown))
            parts.append(part)
            room -= len(part) + 1
        if len(shown) < len(rest.rows):
            return parts, [replace(rest, rows=rest.rows[len(shown) :]), *rests[number + 1 :]]
    return parts, []


def _fitting(head: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[Sequence[str]]:
    """The first rows, as many as there is room for."""
    shown, size = [], len(table(head, ()))
    for row in rows:
        size += len(f"| {' | '.join(row)} |\n")
        if size > room:
            break
        shown.append(row)
    return shown
