"""Schemes whose reading and ordering a library does."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from univers.versions import InvalidVersion
from univers.versions import Version as UniversVersion

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


def univers_scheme(
    *,
    name: str,
    version: type[UniversVersion],
    shape: re.Pattern[str],
    prerelease: re.Pattern[str],
    variant: re.Pattern[str] | None = None,
) -> LibraryScheme:
    """A scheme whose order `univers` knows. `shape` says which texts are versions at all: the library takes nearly any.

    What `variant` finds in a text belongs to the line: versions with another variant are another thing.
    """

    def read(value: str) -> Version | None:
        if shape.fullmatch(value) is None:
            return None
        try:
            key = version(value)
        except (InvalidVersion, ValueError):
            return None
        found = None if variant is None else variant.search(value)
        return Version(
            raw=value,
            key=key,
            line="" if found is None else found[0],
            numbers=numbers_of(value),
            is_prerelease=prerelease.search(value) is not None,
        )

    return LibraryScheme(name=name, reader=read)


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
