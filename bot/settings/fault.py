"""What is wrong in a file that people write, and where."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError

# What difflib calls similar at less than this reads as a guess, not as help.
_SIMILAR: Final = 0.6
_BEGINNING: Final = 4
"""Letters with which a word is meant to go on, rather than to be another one."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One fault: where it stands, what it is, and the remedy in the same sentence."""

    file: str
    line: int
    """1-based; 0 for what has no lines."""
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


class FaultsError(ValueError):
    """Everything that is wrong in one file, in the order of its lines; the message is one fault a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: Final = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


class SettingsError(FaultsError, ToldError):
    """The configuration is not right; `faults` has all of it."""

    exit_code = ExitCode.USAGE


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the wrong one, whatever its capitals; None: nothing is like it."""
    by_lower = {word.lower(): word for word in sorted(known, reverse=True)}
    longer = [
        word for word in by_lower if word.startswith(f"{wrong.lower()}_") or (len(wrong) >= _BEGINNING and word.startswith(wrong.lower()))
    ]
    if longer:
        return by_lower[min(longer, key=lambda word: (len(word), word))]
    found = difflib.get_close_matches(wrong.lower(), by_lower, n=1, cutoff=_SIMILAR)
    return by_lower[found[0]] if found else None


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the nearest known word, else all known words, else nothing."""
    words = sorted(known)
    word = nearest(wrong, words)
    if word is not None:
        return f"; did you mean {word!r}?"
    return f"; known here: {', '.join(words)}" if words else ""
