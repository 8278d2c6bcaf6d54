"""The hunks of one file's unified diff, cut into numbered lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_HUNK: Final = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", re.ASCII)


class LineKind(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    HUNK = "hunk"
    NOTE = "note"
    """What git says of the line before: no newline at the end of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    kind: LineKind
    text: str
    """Without the sign in front."""
    old_number: int | None = None
    new_number: int | None = None


def numbered(hunks: str) -> Iterator[DiffLine]:
    """The lines of a file's hunks as git writes them, each with its place in the old and the new file."""
    old = new = 0
    # Not splitlines(): a carriage return or a form feed belongs to its line.
    for line in hunks.removesuffix("\n").split("\n") if hunks else ():
        sign, text = line[:1], line[1:]
        if hunk := _HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
            yield DiffLine(kind=LineKind.HUNK, text=line)
        elif sign == "+":
            yield DiffLine(kind=LineKind.ADDED, text=text, new_number=new)
            new += 1
        elif sign == "-":
            yield DiffLine(kind=LineKind.REMOVED, text=text, old_number=old)
            old += 1
        elif sign == "\\":
            yield DiffLine(kind=LineKind.NOTE, text=text.strip())
        else:
            yield DiffLine(kind=LineKind.SAME, text=text, old_number=old, new_number=new)
            old, new = old + 1, new + 1
