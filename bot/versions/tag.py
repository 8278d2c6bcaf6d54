"""The grammar of tags: prefix, version, then prerelease words, counters, variants and hashes in any order.

    jdk-        17.0.10        _7           -slim
    prefix      numbers        counter      variant

A run is a stretch of letters and digits; between runs stand `-`, `_`, `.` and `+`.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_CHARACTERS: Final = 256
"""A longer text is no version: the OCI distribution spec ends tags at 128, git tags are seldom longer."""
MAX_SEPARATORS: Final = 24
"""The longest tags in use have half as many; what has more was made to keep a reader busy."""
MIN_HASH_CHARACTERS: Final = 7
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
    rising_stamps: frozenset[str] = frozenset()
    """Lines with a time of building behind the version that rises with it: the version may move, too."""
    letters: frozenset[str] = frozenset()
    """Lines whose versions may have a letter behind them that counts patches (`1.0.2k`)."""
    prerelease_counters: frozenset[str] = frozenset()
    """Slots of a number behind a prerelease's own that counts on from it (`alpha8`, `alpha8.1`)."""


UNTAUGHT: Final = Lessons()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A number of the tail whose meaning only the other tags can tell."""

    name: str
    """The line up to it."""
    value: tuple[int, ...]
    has_word: bool


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
    slots: tuple[Slot, ...]
    hashes: tuple[tuple[str, int], ...]
    """Where a hash stands: the line up to it, and its characters."""
    stamp: tuple[int, int] | None = None
    """The day and time of building behind the version."""
    stamped_line: str = ""
    """The line as it were, did the version behind which the stamp stands move with it."""
    letter: int = 0
    """The letter glued to the version (`2.11a`); 0: none."""
    prerelease_counter: str = ""
    """The slot of a number behind a prerelease's own (`-alpha8.1`)."""
    family: str = ""
    """The line in the plainest form of the numbering; empty: the line has no other form."""


def is_hash(run: str) -> bool:
    """Whether a run reads as a commit hash or digest by itself: seven or more hexadecimal characters, digits and letters mixed."""
    return bool(_HEXADECIMAL.fullmatch(run)) and any(map(str.isdigit, run)) and any(map(str.isalpha, run))
