"""Finds the version in a tag: behind which prefix it stands, and which numbers it has."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.versions.codenames import is_ubuntu_release
from bot.versions.tag import MIN_HASH_CHARACTERS, Lessons, is_hash
from bot.versions.words import COUNTERS, GLUED_PRERELEASES, HASH_WORDS, RUNTIMES, SINGLE_RUN_PREFIXES, SYSTEMS, UNORDERED

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_FULL: Final = 2
"""The dots of a version that names its patch level."""
_DATE_AND_COUNTER: Final = 2
_MAX_REBUILD_DIGITS: Final = 3
_DAY_DIGITS: Final = 8
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?", re.ASCII)
_DASHED_DATE: Final = re.compile(
    r"(?<![A-Za-z0-9])((?:19|20)\d\d)([-_])(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:T([01]\d|2[0-3])[-_]?([0-5]\d)[-_]?([0-6]\d)(?:\.\d{1,9})?Z?)?(?![A-Za-z0-9])",
    re.ASCII,
)
_COMPACT_TIME: Final = re.compile(r"(?<![A-Za-z0-9])((?:19|20)\d{6})T(\d{4,6})Z?(?![A-Za-z0-9])", re.ASCII)
_NUMBERS: Final = re.compile(
    r"(?<![A-Za-z0-9.])(?P<v>[vV]?)(?P<numbers>\d+(?:\.\d+)*)(?P<glued>[A-Za-z][A-Za-z0-9]*)?(?![A-Za-z0-9])", re.ASCII
)
_RUN: Final = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_SEPARATORS: Final = re.compile(r"[^a-z0-9]+", re.ASCII)
_GLUED: Final = re.compile(r"(?P<word>[A-Za-z]+)(?P<number>\d*)", re.ASCII)
_SINGLE_RUN: Final = re.compile(r"(?<![A-Za-z0-9.])(?P<word>[A-Za-z]+)(?P<numbers>\d+(?:\.\d+)*)(?P<glued>u\d+)?(?![A-Za-z0-9])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the version stands in a tag, and what it is."""

    prefix: str
    shape: str
    numbers: tuple[int, ...]
    is_date: bool
    glued: str
    end: int


def find_head(text: str, lessons: Lessons) -> Head | None:
    """Where the version stands: a dotted number with a `v`, else a date written out, else the first number that begins a run."""
    plain = [match for match in _NUMBERS.finditer(text) if _is_version(match, lessons)]
    if plain and not UNORDERED.isdisjoint(_words(text[: plain[0].start()])):
        return None
    marked = next((match for match in plain if match["v"] and "." in match["numbers"]), None)
    dated = next((match for pattern in (_DASHED_DATE, _COMPACT_TIME) if (match := pattern.search(text))), None)
    if marked is None and dated is not None and (not plain or dated.start() <= plain[0].start()):
        numbers = tuple(int(group) for group in dated.groups() if group is not None and group.isdigit())
        return Head(
            prefix=_masked(text[: dated.start()]), shape=f"{{date{len(numbers)}}}", numbers=numbers, is_date=True, glued="", end=dated.end()
        )
    match = marked or _own_number(text, plain)
    if match is None and not plain:
        match = next((run for run in _SINGLE_RUN.finditer(text) if _is_single_run(run)), None)
    if match is None:
        return None
    numbers = tuple(map(int, match["numbers"].split(".")))
    shape, is_date = _shape(match["numbers"].split("."), lessons)
    glued = match.groupdict().get("glued") or ""
    start = match.start("numbers")
    return Head(prefix=_masked(text[:start]), shape=shape, numbers=numbers, is_date=is_date, glued=glued, end=match.end("numbers"))


def _masked(prefix: str) -> str:
    """The prefix without the commits in it: `main-{hash}-1741850109`."""
    return _RUN.sub(lambda run: "{hash}" if is_hash(run[0]) else run[0], prefix)


def _own_number(text: str, plain: list[re.Match[str]]) -> re.Match[str] | None:
    """The first number that is the image's own version: behind the word of a system or runtime stands that one's number."""
    if not plain or plain[0]["v"] or _last_word(text[: plain[0].start()]) not in RUNTIMES:
        return plain[0] if plain else None
    word, dots = _last_word(text[: plain[0].start()]), plain[0]["numbers"].count(".")
    own = next((match for match in plain[1:] if "." in match["numbers"] and _last_word(text[: match.start()]) not in RUNTIMES), None)
    is_too_short = dots < (1 if word in SYSTEMS else _FULL)
    return own or (None if is_too_short or is_ubuntu_release(plain[0]["numbers"]) else plain[0])


def _words(prefix: str) -> list[str]:
    return _SEPARATORS.split(prefix.lower().rstrip("-_.+"))


def _last_word(prefix: str) -> str:
    """The last run of a prefix, lower-case: the word that the number behind it belongs to."""
    return _words(prefix)[-1]


def _is_single_run(match: re.Match[str]) -> bool:
    """Whether a word and a number in one run are a whole version: `b4567`, `go1.22.1`, `jdk8u402`, but not `alpine3.19`."""
    word = match["word"].lower()
    return word in SINGLE_RUN_PREFIXES or match["numbers"].count(".") >= _FULL or bool(match["glued"])


def _is_version(match: re.Match[str], lessons: Lessons) -> bool:
    numbers, glued = match["numbers"], match["glued"]
    run = numbers + (glued or "")
    if "." not in numbers and (is_hash(run) or _is_hash_place(match.string[: match.start("numbers")], run, lessons)):
        return False
    if not glued or (parts := _GLUED.fullmatch(glued)) is None:
        return not glued
    word = parts["word"].lower()
    return word in GLUED_PRERELEASES or word in COUNTERS or (len(word) == 1 and not parts["number"] and len(run) < MIN_HASH_CHARACTERS)


def _is_hash_place(prefix: str, run: str, lessons: Lessons) -> bool:
    """Whether digits alone are a hash, because of the word before or of what stands there in other tags."""
    word = prefix.rstrip("-_.").lower()
    return len(run) >= MIN_HASH_CHARACTERS and ((prefix, len(run)) in lessons.hashes or word.endswith(HASH_WORDS))


def _shape(numbers: list[str], lessons: Lessons) -> tuple[str, bool]:
    """The part of the line that the numbers make, and whether they are one date. Numberings by date never mix with others."""
    if len(numbers) == 1:
        only = numbers[0]
        is_date = _is_date(only) or (len(only) in lessons.calendar_digits and is_calendar(only))
        return (f"{{date of {len(only)} digits}}", True) if is_date else ("{X}", False)
    letters = "XYZ" + "N" * len(numbers)
    marks = [
        "year" if index == 0 and is_calendar(number) else "date" if _is_date(number) else letters[index]
        for index, number in enumerate(numbers)
    ]
    if marks[0] == "date" and len(numbers) == _DATE_AND_COUNTER and is_rebuild(numbers[1]):
        return f"{{date of {len(numbers[0])} digits}}", True
    return "{" + ".".join(marks) + "}", marks[0] == "date"


def is_rebuild(number: str) -> bool:
    """Whether a number behind a date counts that day's builds (`20190912.1`): so short, it is no time."""
    return len(number) <= _MAX_REBUILD_DIGITS


def is_stamp(day: str, time: str) -> bool:
    """Whether two numbers are a day and a time: 20230912 and 113936."""
    return len(day) == _DAY_DIGITS and _is_date(day) and bool(_TIME.fullmatch(time))


def is_calendar(number: str) -> bool:
    """Whether a number may be a year (2024) or a month (202404)."""
    year, month = number[:4], number[4:]
    return len(number) in {4, 6} and _FIRST_YEAR <= int(year) <= _LAST_YEAR and (not month or 1 <= int(month) <= 12)  # noqa: PLR2004


def _is_date(number: str) -> bool:
    """Whether a number is a day, or a day and a time: 20240131, 202401311530, 20240131153000."""
    if len(number) not in {8, 10, 12, 14} or not _FIRST_YEAR <= int(number[:4]) <= _LAST_YEAR:
        return False
    try:
        date(int(number[:4]), int(number[4:6]), int(number[6:8]))
    except ValueError:
        return False
    return True
