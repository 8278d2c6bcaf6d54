"""Schemes whose reading and ordering a library does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.versions.scheme import Version, VersionScheme
from bot.versions.tag import MAX_CHARACTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryScheme:
    """A scheme that reads each value by itself: other values teach it nothing."""

    name: str
    reader: Callable[[str], Version | None]

    def parse(self, value: str) -> Version | None:
        return self.reader(value) if 0 < len(value) <= MAX_CHARACTERS else None

    def refusal(self, value: str) -> str:  # noqa: ARG002  the seam's signature
        return f"no {self.name} version"

    def taught(self, values: Iterable[str]) -> VersionScheme:  # noqa: ARG002  the seam's signature
        return self


def numbers_of(text: str) -> tuple[int, ...]:
    """The dotted numbers that a version begins with, behind an epoch and a `v`: what major, minor and patch are read from."""
    numbers: list[int] = []
    for part in text.rpartition(":")[2].lstrip("vV").split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if digits:
            numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
