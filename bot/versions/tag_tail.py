"""Reads what stands behind the version of a tag, run by run."""

import re
from dataclasses import dataclass, field
from typing import Final

from bot.versions.tag import Lessons, Slot, Tag, is_hash
from bot.versions.tag_head import Head, is_rebuild, is_stamp
from bot.versions.words import CHANNELS, COUNTERS, FINAL, GLUED_PRERELEASES, NUMBERED_PRERELEASES, PART, PRERELEASES, RUNTIMES

_JENKINS_HASH: Final = re.compile(r"\.v[0-9a-f_]{12,20}(?![A-Za-z0-9])", re.ASCII)
"""The commit in Jenkins's versions of incremental releases (JEP-229): `3206.vb_15dcf73f6a_9`."""
_RUN: Final = re.compile(r"(?P<separator>[^A-Za-z0-9]*)(?P<run>[A-Za-z0-9]+)", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)
_UP_TO_LAST_RUN: Final = re.compile(r".*[A-Za-z0-9]", re.ASCII)
_WORD_AND_NUMBER: Final = re.compile(r"(?P<word>[A-Za-z0-9]*[A-Za-z])(?P<number>\d+)", re.ASCII)
_MIN_TIME_DIGITS: Final = 8
"""So long a number is a date, or seconds since 1970: no variant is named so."""
_STAMP: Final = re.compile(r"(?<![A-Za-z0-9])(\d{8})[._-](\d{4}(?:\d{2})?)(?![A-Za-z0-9])", re.ASCII)
_LETTER: Final = "{letter}"
_DIGITS: Final = "0123456789"


def read_tail(text: str, head: Head, lessons: Lessons) -> Tag:
    """The whole tag, where its version is known."""
    return _Tail(head, lessons).read(text)


def _stamp_in(tail: str) -> tuple[int, int] | None:
    """The day and time of building in a tail: `-20230912.113936`."""
    found = next((match for match in _STAMP.finditer(tail) if is_stamp(match[1], match[2])), None)
    return None if found is None else (int(found[1]), int(found[2]))


@dataclass(slots=True)
class _Tail:
    """What has been read so far."""

    head: Head
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
    variant: str = ""
    """That name, lower-case."""
    in_counter: bool = False
    letter: int = 0
    prerelease_counter: str = ""
    """The slot of a number behind a prerelease's own (`-alpha8.1`)."""

    def read(self, text: str) -> Tag:
        self.line = self.head.prefix + self.head.shape
        self.words.update(word.lower() for word in _WORD.findall(self.head.prefix))
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
        self.line += _UP_TO_LAST_RUN.sub("", text[end:])
        stamp = None if self.head.is_date or self.prerelease else _stamp_in(text[self.head.end :])
        return Tag(
            line=self.line if stamp is None or self.line in self.lessons.rising_stamps else self._fixed_line(text),
            numbers=self.head.numbers,
            is_date=self.head.is_date,
            prerelease=(*self.prerelease, FINAL),
            counters=tuple(self.counters),
            words=frozenset(self.words),
            slots=tuple(self.slots),
            hashes=tuple(self.hashes),
            stamp=stamp,
            stamped_line=self.line if stamp else "",
            letter=self.letter,
            prerelease_counter=self.prerelease_counter,
            family="" if stamp else self._family(),
        )

    def _fixed_line(self, text: str) -> str:
        """The line where the version stays: it is built again and again, and each version is a line of its own."""
        before = text[: self.head.end]
        numbers = before[len(before.rstrip(f"{_DIGITS}.")) :].lstrip(".")
        return self.head.prefix + numbers + self.line.removeprefix(self.head.prefix + self.head.shape)

    def _family(self) -> str:
        """The line as it were in the plainest form of its numbering: without letters, with plain numbers for years."""
        line = self.line
        if self.prerelease_counter:
            line = line.replace(f"{self.prerelease_counter}{{N}}", self.prerelease_counter.rstrip("."), 1)
        return line.replace(_LETTER, "", 1).replace("{year.", "{X.", 1)

    def _glued(self, glued: str) -> None:
        word, number = glued.rstrip(_DIGITS).lower(), glued[len(glued.rstrip(_DIGITS)) :]
        if word in GLUED_PRERELEASES and (number or len(word) > 1):
            self.prerelease += [GLUED_PRERELEASES[word], int(number or 0)]
            self.in_counter = False
        elif number or len(word) > 1:
            self.line += f"{word}{{N}}"
            self.counters.append((int(number or 0),))
        else:
            self.letter = ord(word)
            if self.line not in self.lessons.letters:
                self.line += _LETTER

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
        elif self.head.is_date and self.line == self.head.prefix + self.head.shape and separator == "." and is_rebuild(run):
            self.counters.append((int(run),))
        elif self.prerelease and not self.counters and self.line == self.head.prefix + self.head.shape and separator == ".":
            self._prerelease_counter(int(run))
        elif self.in_counter and separator == ".":
            self.counters[-1] += (int(run),)
        else:
            self._slot(separator, run, has_word=self.in_variant)

    def _prerelease_counter(self, number: int) -> None:
        self.prerelease_counter = f"{self.line}."
        if self.prerelease_counter in self.lessons.prerelease_counters:
            self.prerelease += [PART, number]
        else:
            self._count(".", number)

    def _slot(self, separator: str, run: str, *, has_word: bool) -> None:
        name = self.line + separator
        if not has_word or self.variant not in RUNTIMES:
            self.slots.append(Slot(name=name, value=(int(run),), has_word=has_word))
        is_time = len(run) >= _MIN_TIME_DIGITS
        counts = (is_time or name in self.lessons.counters) if has_word else name not in self.lessons.axes
        if counts:
            self._count(separator, int(run))
        else:
            self.line += separator + run
            self.variant, self.in_variant = (self.variant if has_word else ""), True

    def _count(self, separator: str, number: int) -> None:
        self.line += separator + "{N}"
        self.counters.append((number,))
        self.in_counter, self.in_variant = True, False

    def _word_and_number(self, separator: str, word: str, number: str) -> None:
        lower = word.lower()
        if lower in NUMBERED_PRERELEASES:
            self.prerelease += [NUMBERED_PRERELEASES[lower], int(number)]
            self.in_variant = self.in_counter = False
        elif lower in COUNTERS or lower in CHANNELS:
            self.line += separator + word
            self.words.add(lower)
            self._count("", int(number))
        else:
            self.line += separator + word
            self.in_variant, self.in_counter = True, False
            self.variant = lower
            self.words.update((lower, lower + number))
            self._slot("", number, has_word=True)

    def _variant(self, separator: str, run: str) -> None:
        self._close()
        self.line += separator + run
        self.variant = run.lower()
        self.words.add(self.variant)
        self.in_variant, self.in_counter = True, False
