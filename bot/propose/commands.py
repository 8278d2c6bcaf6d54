"""A comment below a pull request -> what it tells the bot to do. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.clients.html import without_comments

WORD: Final = "/rebuild-bot"
_MAX_LINES: Final = 200
_MAX_CHARACTERS: Final = 10_000
_LONGEST: Final = timedelta(days=366)
_FENCE: Final = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")
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


def read(body: str, written_at: datetime) -> Command | Unknown | None:
    """The first line that begins with the bot's word, read; None: nothing is said to the bot.

    Quotes, code and HTML comments are not read: others may have written them, or nobody sees them. Days are counted from the comment.
    """
    said = next(_said(body), None)
    if said is None:
        return None
    if not said.isascii():
        return Unknown(why="there are signs in it that belong to no command")
    words = " ".join(said.lower().split())
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
    fence = ""
    for line in without_comments(body[:_MAX_CHARACTERS]).splitlines()[:_MAX_LINES]:
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark["fence"].startswith(fence) else fence
        elif mark:
            fence = mark["fence"]
        elif addressed := _ADDRESSED.fullmatch(line):
            yield addressed["rest"].strip()
