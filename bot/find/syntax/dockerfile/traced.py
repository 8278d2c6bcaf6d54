"""Text that knows where in the file each of its characters stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Go's unicode.IsSpace takes for white space; Python's differs in the control characters."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A text and, for each character, its offset in the file; None for one that stands in no file (the build's platform, say)."""

    text: str
    origins: tuple[int | None, ...]

    @classmethod
    def nowhere(cls, text: str) -> Self:
        return cls(text, (None,) * len(text))

    @classmethod
    def joined(cls, parts: Iterable["Traced"]) -> Self:
        kept = tuple(parts)
        return cls("".join(part.text for part in kept), tuple(origin for part in kept for origin in part.origins))

    def slice(self, start: int, end: int | None = None) -> "Traced":
        return Traced(self.text[start:end], self.origins[start:end])

    def stripped(self) -> "Traced":
        """Without white space at either end."""
        start = len(self.text) - len(self.text.lstrip(SPACE))
        return self.slice(start, max(start, len(self.text.rstrip(SPACE))))

    def cut(self, separator: str) -> tuple["Traced", "Traced | None"]:
        """What stands before the first separator, and what behind it; None where there is none."""
        at = self.text.find(separator)
        return (self, None) if at == -1 else (self.slice(0, at), self.slice(at + len(separator)))

    def runs(self) -> tuple[tuple[int, "Traced"], ...]:
        """The pieces that stand together in the file, in order, each with its index here; what stands in no file is in none."""
        found: list[tuple[int, Traced]] = []
        start = 0
        for index in range(1, len(self.text) + 1):
            if index == len(self.text) or not _follows(self.origins, index):
                if self.origins[start] is not None:
                    found.append((start, self.slice(start, index)))
                start = index
        return tuple(found)

    def __len__(self) -> int:
        return len(self.text)


def _follows(origins: Sequence[int | None], index: int) -> bool:
    before, here = origins[index - 1], origins[index]
    return (before is None and here is None) or (before is not None and here == before + 1)
