"""The seam of the version schemes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

_PADDING: Final = re.compile(r"(?<!\d)0+(?=\d)")


class Comparable(Protocol):
    """What a version is ordered by."""

    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401  each scheme compares its own keys only


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published value as its scheme reads it."""

    raw: str
    key: Comparable
    """What it is ordered by; only keys of one line compare. Equal keys: the texts give no order."""
    line: str
    """What must not change: prefix, precision and variant, as `v{X.Y.Z}-alpine`."""
    family: str = ""
    """What the line shares with others of the same numbering in another form (`2.11a` and `2.12`); empty: there are none."""
    numbers: tuple[int, ...] = ()
    """What major, minor and patch are read from; empty for a date."""
    is_prerelease: bool = False
    is_stream: bool = False
    """Whether it is a prerelease of a stream that goes on from version to version (`-beta`, `-nightly.3`), not the first of one final."""

    def is_newer_than(self, other: Self) -> bool:
        """Whether this is a later version on the same line. Antisymmetric and transitive."""
        return self.line == other.line and bool(other.key < self.key)

    def may_be_newer_than(self, other: Self) -> bool:
        """Whether this is a later version by its numbers, on a line that differs by its form alone: nobody can tell from the text."""
        is_other_form = bool(self.family) and self.family == other.family and self.line != other.line
        if not is_other_form or (self.is_prerelease and not other.is_prerelease):
            return False
        return self.numbers > other.numbers or (self.numbers == other.numbers and other.is_prerelease and not self.is_prerelease)

    def is_same_as(self, other: Self) -> bool:
        """Whether both texts are the same but for a leading `v` and zeros that pad numbers."""
        return _PADDING.sub("", self.raw).lstrip("vV") == _PADDING.sub("", other.raw).lstrip("vV")


class VersionScheme(Protocol):
    """How a kind of value is read and ordered. Pure."""

    @property
    def name(self) -> str:
        """As pins name it."""
        ...

    def parse(self, value: str) -> Version | None:
        """The version that the text is; None: it is none in this scheme."""
        ...

    def refusal(self, value: str) -> str:
        """Why `parse` gives None for this text, in a few words."""
        ...

    def taught(self, values: Iterable[str]) -> "VersionScheme":
        """The same scheme, having learned from all values of one dependency how that one writes its versions."""
        ...
