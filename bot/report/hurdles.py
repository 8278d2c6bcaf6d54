"""What keeps a pull request from its merge, as a cell of Markdown."""

from typing import Final

from bot.model.hurdle import MOST_NAMED, Hurdle, HurdleKind, about, and_more
from bot.report.markdown import code, link, number_of, plain

_MOST_CHARACTERS: Final = 60
"""Of a check's name: several have room in one cell."""
_SAID: Final = {
    HurdleKind.DRAFT: "is a draft",
    HurdleKind.CHANGES_WANTED: "changes are asked for",
    HurdleKind.CHECKS_RED: "its checks fail",
    HurdleKind.CHECKS_NOT_BEGUN: "required checks never began",
    HurdleKind.CHECKS_PENDING: "its checks are not done",
    HurdleKind.NO_REVIEWER: "nobody is asked to review it",
    HurdleKind.UNKNOWN_OWNER: "a code owner is not known",
    HurdleKind.NOT_APPROVED: "waits for the approval that a rule wants",
    HurdleKind.NOT_MERGED: "is approved, and nobody merged it",
}


def hurdle_cell(one: Hurdle) -> str:
    """`its checks fail: [build](…) (required), [lint](…) (timed out) and 2 more`. Names of others stay text, and mention nobody."""
    if one.checks:
        named = [f"{link(_short(check.name), check.url)}{plain(about(check)) and f' {plain(about(check))}'}" for check in one.named]
        more = one.more
    else:
        named, more = list(map(code, one.who[:MOST_NAMED])), and_more(len(one.who) - MOST_NAMED)
    unlisted = f"; {number_of(one.unlisted, 'check')} not looked at" if one.unlisted else ""
    return f"{_SAID[one.kind]}{': ' if named else ''}{', '.join(named)}{f' {more}' if more else ''}{unlisted}"


def _short(name: str) -> str:
    return name if len(name) <= _MOST_CHARACTERS else f"{name[: _MOST_CHARACTERS - 1]}…"
