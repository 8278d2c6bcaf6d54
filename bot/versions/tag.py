"""The grammar of tags: prefix, version, then prerelease words, counters, variants and hashes in any order.

    jdk-        17.0.10        _7           -slim
    prefix      numbers        counter      variant

A run is a stretch of letters and digits; between runs stand `-`, `_`, `.` and `+`.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bot.versions.codenames import is_ubuntu_release
from bot.versions.words import (
    CHANNELS,
    COUNTERS,
    FINAL,
    GLUED_PRERELEASES,
    HASH_WORDS,
    PRERELEASES,
    RUNTIMES,
    SINGLE_RUN_PREFIXES,
    SYSTEMS,
    UNORDERED,
)

MAX_CHARACTERS: Final = 256
"""A longer text is no version: the OCI distribution spec ends tags at 128, git tags are seldom longer."""

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
MIN_HASH_CHARACTERS: Final = 7
_FULL: Final = 2
"""The dots of a version that names its patch level."""
_DASHED_DATE: Final = re.compile(
    r"(?<![A-Za-z0-9])((?:19|20)\d\d)([-_])(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:T([01]\d|2[0-3])[-_]?([0-5]\d)[-_]?([0-6]\d)(?:\.\d{1,9})?Z?)?(?![A-Za-z0-9])",
    re.ASCII,
)
_COMPACT_TIME: Final = re.compile(r"(?<![A-Za-z0-9])((?:19|20)\d{6})T(\d{4,6})Z?(?![A-Za-z0-9])", re.ASCII)
_NUMBERS: Final = re.compile(
    r"(?<![A-Za-z0-9.])(?P<v>[vV]?)(?P<numbers>\d+(?:\.\d+)*)(?P<glued>[A-Za-z][A-Za-z0-9]*)?(?![A-Za-z0-9])", re.ASCII
)
_GLUED: Final = re.compile(r"(?P<word>[A-Za-z]+)(?P<number>\d*)", re.ASCII)
_SINGLE_RUN: Final = re.compile(r"(?<![A-Za-z0-9.])(?P<word>[A-Za-z]+)(?P<numbers>\d+(?:\.\d+)*)(?P<glued>u\d+)?(?![A-Za-z0-9])", re.ASCII)
_JENKINS_HASH: Final = re.compile(r"\.v[0-9a-f_]{12,20}(?![A-Za-z0-9])", re.ASCII)
"""The commit in Jenkins's versions of incremental releases (JEP-229): `3206.vb_15dcf73f6a_9`."""
_RUN: Final = re.compile(r"(?P<separator>[^A-Za-z0-9]*)(?P<run>[A-Za-z0-9]+)", re.ASCII)
_WORD_AND_NUMBER: Final = re.compile(r"(?P<word>[A-Za-z0-9]*[A-Za-z])(?P<number>\d+)", re.ASCII)
_DIGITS: Final = "0123456789"
_HEXADECIMAL: Final = re.compile(r"g?[0-9a-f]{7,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What the tags of one repository taught about its template."""

    counters: frozenset[str] = frozenset()
    """Slots behind an unknown word whose number counts."""
    axes: frozenset[str] = frozenset()
    """Slots of a bare number that names a variant."""
    hashes: frozenset[tuple[str, int]] = frozenset()
    """Slots where hashes of so many characters stand; also those made of digits alone."""
    calendar_digits: frozenset[int] = frozenset()
    """A lone number of so many digits is a year or a month, no counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag taken apart."""

    line: str
    numbers: tuple[int, ...]
    is_date: bool
    prerelease: tuple[int, ...]
    """Rank and number of each prerelease word, then FINAL: compares as the versions do."""
    counters: tuple[tuple[int, ...], ...]
    words: frozenset[str]
    slots: tuple["Slot", ...]
    hashes: tuple[tuple[str, int], ...]
    """Where a hash stands: the line up to it, and its characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A number of the tail whose meaning only the other tags can tell."""

    name: str
    """The line up to it."""
    value: tuple[int, ...]
    has_word: bool


def is_hash(run: str) -> bool:
    """Whether a run reads as a commit hash or digest by itself: seven or more hexadecimal characters, digits and letters mixed."""
    return bool(_HEXADECIMAL.fullmatch(run)) and any(map(str.isdigit, run)) and any(map(str.isalpha, run))


def read(text: str, lessons: Lessons = Lessons()) -> Tag | None:
    """The parts of a tag; None where no version stands in it."""
    if len(text) > MAX_CHARACTERS or not text.isascii():
        return None
    head = _head(text, lessons)
    return None if head is None else _Tail(head, lessons).read(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    prefix: str
    shape: str
    numbers: tuple[int, ...]
    is_date: bool
    glued: str
    end: int


def _head(text: str, lessons: Lessons) -> _Head | None:
    """Where the version stands: a dotted number with a `v`, else a date written out, else the first number that begins a run."""
    plain = [match for match in _NUMBERS.finditer(text) if _is_version(match, lessons)]
    if plain and _last_word(text[: plain[0].start()]) in UNORDERED:
        return None
    marked = next((match for match in plain if match["v"] and "." in match["numbers"]), None)
    dated = next((match for pattern in (_DASHED_DATE, _COMPACT_TIME) if (match := pattern.search(text))), None)
    if marked is None and dated is not None and (not plain or dated.start() <= plain[0].start()):
        numbers = tuple(int(group) for group in dated.groups() if group is not None and group.isdigit())
        return _Head(
            prefix=text[: dated.start()], shape=f"{{date{len(numbers)}}}", numbers=numbers, is_date=True, glued="", end=dated.end()
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
    return _Head(prefix=text[:start], shape=shape, numbers=numbers, is_date=is_date, glued=glued, end=match.end("numbers"))


def _own_number(text: str, plain: list[re.Match[str]]) -> re.Match[str] | None:
    """The first number that is the image's own version: behind the word of a system or runtime stands that one's number."""
    if not plain or _last_word(text[: plain[0].start()]) not in RUNTIMES:
        return plain[0] if plain else None
    word, dots = _last_word(text[: plain[0].start()]), plain[0]["numbers"].count(".")
    own = next((match for match in plain[1:] if "." in match["numbers"] and _last_word(text[: match.start()]) not in RUNTIMES), None)
    is_too_short = dots < (1 if word in SYSTEMS else _FULL)
    return own or (None if is_too_short or is_ubuntu_release(plain[0]["numbers"]) else plain[0])


def _last_word(prefix: str) -> str:
    """The last run of a prefix, lower-case: the word that the number behind it belongs to."""
    return re.split(r"[^A-Za-z0-9]", prefix.rstrip("-_.+"))[-1].lower()


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
    return "{" + ".".join(marks) + "}", marks[0] == "date"


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


@dataclass(slots=True)
class _Tail:
    """Reads what stands behind the version, run by run."""

    head: _Head
    lessons: Lessons
    line: str = ""
    prerelease: list[int] = field(default_factory=list)
    counters: list[tuple[int, ...]] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    slots: list[Slot] = field(default_factory=list)
    hashes: list[tuple[str, int]] = field(default_factory=list)
    open_word: str = ""
    """The prerelease or counter word before, that may take the next number."""
    in_variant: bool = False
    """Whether the word before is a variant's name, whose numbers belong to it."""
    in_counter: bool = False

    def read(self, text: str) -> Tag:
        self.line = self.head.prefix + self.head.shape
        self.words.update(word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", self.head.prefix))
        end = self.head.end
        if self.head.glued:
            self._glued(self.head.glued)
            end += len(self.head.glued)
        commit = _JENKINS_HASH.match(text, end)
        if commit is not None:
            self.line += ".v{hash}"
            end = commit.end()
        for match in _RUN.finditer(text, end):
            self._run(match["separator"], match["run"])
        self._close()
        self.line += re.sub(r".*[A-Za-z0-9]", "", text[end:])
        return Tag(
            line=self.line,
            numbers=self.head.numbers,
            is_date=self.head.is_date,
            prerelease=(*self.prerelease, FINAL),
            counters=tuple(self.counters),
            words=frozenset(self.words),
            slots=tuple(self.slots),
            hashes=tuple(self.hashes),
        )

    def _glued(self, glued: str) -> None:
        word, number = glued.rstrip(_DIGITS).lower(), glued[len(glued.rstrip(_DIGITS)) :]
        if word in GLUED_PRERELEASES and (number or len(word) > 1):
            self.prerelease += [GLUED_PRERELEASES[word], int(number or 0)]
            self.in_counter = False
        elif number or len(word) > 1:
            self.line += f"{word}{{N}}"
            self.counters.append((int(number or 0),))
        else:
            self.line += "{letter}"
            self.counters.append((ord(word),))

    def _run(self, separator: str, run: str) -> None:
        lower = run.lower()
        if is_hash(run) or (self.line + separator, len(run)) in self.lessons.hashes:
            self._close()
            self.hashes.append((self.line + separator, len(run)))
            self.line += separator + "{hash}"
            self.in_variant = self.in_counter = False
        elif run.isdigit():
            self._number(separator, run)
        elif len(lower) > 1 and (lower in PRERELEASES or lower in COUNTERS or lower in CHANNELS):
            self._close()
            self._open(separator, run)
        elif (parts := _WORD_AND_NUMBER.fullmatch(run)) is not None:
            self._close()
            self._word_and_number(separator, parts["word"], parts["number"])
        else:
            self._variant(separator, run)

    def _open(self, separator: str, word: str) -> None:
        self.in_variant = self.in_counter = False
        self.open_word = word.lower()
        if self.open_word not in PRERELEASES:
            self.line += separator + word
            self.words.add(self.open_word)

    def _close(self) -> None:
        """A prerelease or counter word that no number follows."""
        if self.open_word in PRERELEASES:
            self.prerelease += [PRERELEASES[self.open_word], 0]
        self.open_word = ""

    def _number(self, separator: str, run: str) -> None:
        if self.open_word in PRERELEASES:
            self.prerelease += [PRERELEASES[self.open_word], int(run)]
            self.open_word = ""
        elif self.open_word:
            self._count(separator, int(run))
            self.open_word = ""
        elif self.in_counter and separator == ".":
            self.counters[-1] += (int(run),)
        elif self.in_variant:
            self._slot(separator, run, has_word=True)
        else:
            self._slot(separator, run, has_word=False)

    def _slot(self, separator: str, run: str, *, has_word: bool) -> None:
        name = self.line + separator
        self.slots.append(Slot(name=name, value=(int(run),), has_word=has_word))
        counts = name in self.lessons.counters if has_word else name not in self.lessons.axes
        if counts:
            self._count(separator, int(run))
        else:
            self.line += separator + run
            self.in_variant = True

    def _count(self, separator: str, number: int) -> None:
        self.line += separator + "{N}"
        self.counters.append((number,))
        self.in_counter, self.in_variant = True, False

    def _word_and_number(self, separator: str, word: str, number: str) -> None:
        lower = word.lower()
        if lower in PRERELEASES:
            self.prerelease += [PRERELEASES[lower], int(number)]
            self.in_variant = self.in_counter = False
        elif lower in COUNTERS or lower in CHANNELS:
            self.line += separator + word
            self.words.add(lower)
            self._count("", int(number))
        else:
            self.line += separator + word
            self.in_variant, self.in_counter = True, False
            self.words.update((lower, lower + number))
            self._slot("", number, has_word=True)

    def _variant(self, separator: str, run: str) -> None:
        self._close()
        self.line += separator + run
        self.words.add(run.lower())
        self.in_variant, self.in_counter = True, False
