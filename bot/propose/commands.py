"""A comment below a pull request -> what it tells the bot to do. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.clients.html import without_comments

WORD: Final = "/rebuild-bot"
_MAX_LINES: Final = 200
_MAX_CHARACTERS: Final = 10_000
_LONGEST: Final = timedelta(days=366)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""What Markdown takes for one; other signs that Python splits lines at are shown within a line."""
_BLANK: Final = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""What looks like a blank, and keyboards and word processors put in its place."""
_FENCE: Final = re.compile(r" {0,3}(?P<fence>`{3,}(?=[^`]*+$)|~{3,}).*+")
_HTML: Final = re.compile(r" {0,3}<(?P<tag>pre|code|blockquote|textarea)(?=[\s>]|$)", re.IGNORECASE)
_ADDRESSED: Final = re.compile(r" {0,3}/rebuild-bot(?=\s|$)(?P<rest>.{0,200})", re.IGNORECASE | re.ASCII)
_IGNORE: Final = re.compile(r"ignore(?: this)?(?: until (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_SNOOZE: Final = re.compile(r"snooze(?: for)? (?P<number>[0-9]{1,4}) ?(?P<unit>d|w|days?|weeks?)")


class Verb(StrEnum):
    REBASE = "rebase"
    RECREATE = "recreate"
    SPLIT = "split"
    IGNORE = "ignore"
    SNOOZE = "snooze"
    URGENT = "urgent"
    EXPLAIN = "explain"


_BARE: Final = frozenset(Verb) - {Verb.IGNORE, Verb.SNOOZE}
"""Those that stand alone on their line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    verb: Verb
    until: date | None = None
    """The last day, in UTC, on which it holds; None: until somebody takes it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Words to the bot that it does not know, or does not take."""

    why: str
    """In words for who wrote them; nothing of theirs is in it."""
    is_help: bool = False
    """Whether they only ask what there is."""


def read(body: str, written_at: datetime) -> Command | Unknown | None:
    """The first line that begins with the bot's word, read; None: nothing is said to the bot.

    Quotes, code and HTML comments are not read: others may have written them, or nobody sees them. Days are counted from the comment.
    """
    said = next(_said(body), None)
    if said is None:
        return None
    if not said.isascii():
        return Unknown(why="there are signs in it that belong to no command")
    return _read(" ".join(said.lower().split()), written_at)


def _read(words: str, written_at: datetime) -> Command | Unknown:
    if words in {"", "help"}:
        return Unknown(why="there is no command in it", is_help=True)
    if words in _BARE:
        return Command(verb=Verb(words))
    if (ignored := _IGNORE.fullmatch(words)) is not None:
        return _ignored(ignored["day"], written_at.date())
    if (snoozed := _SNOOZE.fullmatch(words)) is not None:
        return _lasting(Verb.SNOOZE, timedelta(days=int(snoozed["number"]) * (7 if snoozed["unit"][0] == "w" else 1)), written_at.date())
    return Unknown(why="there is no such command")


def _ignored(day: str | None, today: date) -> Command | Unknown:
    if day is None:
        return Command(verb=Verb.IGNORE)
    try:
        return _lasting(Verb.IGNORE, date.fromisoformat(day) - today, today)
    except ValueError:
        return Unknown(why="the calendar has no such day")


def _lasting(verb: Verb, time: timedelta, today: date) -> Command | Unknown:
    if not timedelta() < time <= _LONGEST:
        return Unknown(why=f"a time must end after the day of the comment and within {_LONGEST.days} days")
    return Command(verb=verb, until=today + time)


def _said(body: str) -> Iterator[str]:
    """What follows the bot's word, line by line, where a person says it for themselves."""
    lines = _LINE_END.split(body[:_MAX_CHARACTERS])[:_MAX_LINES]
    for line in without_comments("\n".join(_outside_of_code(lines))).split("\n"):
        if addressed := _ADDRESSED.fullmatch(_BLANK.sub(" ", line)):
            yield addressed["rest"].strip()


def _outside_of_code(lines: Iterable[str]) -> Iterator[str]:
    """The lines but those of fences and of HTML for code and quotes (CommonMark 0.31, sections 4.5 and 4.6); a hidden line opens none."""
    closing: re.Pattern[str] | None = None
    is_hidden = False
    for line in lines:
        if closing is not None:
            closing = None if closing.search(line) else closing
            continue
        opened = None if is_hidden else _FENCE.fullmatch(line) or _HTML.match(line)
        if opened is None:
            yield line
            is_hidden = line.rfind("<!--") > line.rfind("-->") or (is_hidden and "-->" not in line)
        else:
            end = _end_of(opened)
            is_closed = opened.re is _HTML and end.search(line, opened.end()) is not None
            closing = None if is_closed else end


def _end_of(opened: re.Match[str]) -> re.Pattern[str]:
    if opened.re is _HTML:
        return re.compile(f"</{opened['tag']}>", re.IGNORECASE)
    fence = opened["fence"]
    return re.compile(rf"^ {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*$")
