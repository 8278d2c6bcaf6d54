"""Offsets to lines and columns."""

from bisect import bisect_right
from typing import Final


class Lines:
    """Where each line of a text begins. A line ends with LF or CR LF; a lone CR ends none."""

    def __init__(self, text: str) -> None:
        starts = [0]
        position = text.find("\n")
        while position != -1:
            starts.append(position + 1)
            position = text.find("\n", position + 1)
        self._starts: Final = starts

    def line(self, offset: int) -> int:
        """1-based line of an offset."""
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        """1-based column of an offset, in characters."""
        return offset - self._starts[self.line(offset) - 1] + 1

    def start(self, line: int) -> int:
        """The offset at which a 1-based line begins."""
        return self._starts[line - 1]

    def __len__(self) -> int:
        return len(self._starts)
