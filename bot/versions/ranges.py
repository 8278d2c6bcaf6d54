"""Version ranges as rules and charts write them: `<4`, `3.x`, `^1.2`, `~> 2.1`, `>=1.2, <2 || 3.*`."""

import re
from dataclasses import dataclass
from typing import Any, Final, Self

from univers.version_constraint import InvalidConstraintsError
from univers.version_range import InvalidVersionRange, NpmVersionRange
from univers.versions import InvalidVersion, SemverVersion

from bot.versions.scheme import Version

_MAX_CHARACTERS: Final = 200
_PART: Final = r"(?:\d{1,18}|[xX*])"
_COMPARATOR: Final = re.compile(
    rf"(?P<operator>~>|[<>]=?|[=^~])?\s*v?(?P<numbers>{_PART}(?:\.{_PART}){{0,2}})(?P<label>[-+][0-9A-Za-z.+-]*)?(?=[\s<>=^~]|$)", re.ASCII
)
_HYPHEN: Final = re.compile(rf"\s*({_PART}(?:\.{_PART}){{0,2}})\s+-\s+({_PART}(?:\.{_PART}){{0,2}})\s*", re.ASCII)
_WHOLE: Final = re.compile(r"\d+\.\d+\.\d+", re.ASCII)
_PARTS: Final = 3
_HIGHEST: Final = SemverVersion(f"{10**18}.0.0")
"""Above every number that a range may have."""


class InvalidRangeError(ValueError):
    """The text is no range; the message says so."""


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A set of versions, told by their first three numbers; prerelease words do not count."""

    text: str
    _range: Any
    """`univers` has no types."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Comparators joined by blanks or commas, alternatives by `||`, as npm, Helm and Cargo write them. Raises InvalidRangeError."""
        if not text.strip() or len(text) > _MAX_CHARACTERS:
            raise InvalidRangeError(f"not a version range: {text[:_MAX_CHARACTERS]!r}")
        native = "||".join(_alternative(part) for part in text.split("||"))
        try:
            made = cls(text, NpmVersionRange.from_native(native))  # type: ignore[no-untyped-call]
            # The library finds some faults, such as one bound given twice, only when it is asked.
            _ = _HIGHEST in made._range
        except (InvalidVersion, InvalidVersionRange, InvalidConstraintsError, ValueError) as error:
            raise InvalidRangeError(f"not a version range: {text!r} ({error})") from error
        return made

    def contains(self, version: Version) -> bool:
        """Whether the version's numbers lie in the range; missing ones count as 0."""
        numbers = (*version.numbers, 0, 0, 0)[:_PARTS]
        return SemverVersion(".".join(map(str, numbers))) in self._range


def _alternative(text: str) -> str:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen is not None:
        return f"{_lowest(hyphen[1])} - {hyphen[2]}"
    text = text.replace(",", " ").strip()
    if not text:
        raise InvalidRangeError("not a version range: an alternative is empty")
    parts: list[str] = []
    position = 0
    while position < len(text):
        match = _COMPARATOR.match(text, position)
        if match is None or (match["label"] and not _WHOLE.fullmatch(match["numbers"])):
            raise InvalidRangeError(f"not a version range: {text!r}")
        parts.append(_comparator(match["operator"] or "", match["numbers"].replace("*", "x").replace("X", "x"), match["label"] or ""))
        position = match.end()
        while text[position : position + 1].isspace():
            position += 1
    return " ".join(parts)


def _comparator(operator: str, numbers: str, label: str) -> str:
    """One comparator in npm's words, with all three numbers."""
    given = [part for part in numbers.split(".") if part != "x"]
    if not given:
        return ">=0.0.0"
    full = _lowest(numbers) + label.partition("+")[0]
    if operator == "~>":
        upper = [*map(int, given[: max(len(given) - 1, 1)])]
        upper[-1] += 1
        return f">={full} <{_lowest('.'.join(map(str, upper)))}"
    if operator in {"", "="}:
        return full if len(given) == _PARTS else ".".join([*given, "x"])
    if operator == "^" and len(given) < _PARTS:
        return f">={full} <{_lowest(str(int(given[0]) + 1))}" if given[0] != "0" or len(given) == 1 else f"~{full}"
    if operator in {">", "<="} and len(given) < _PARTS:
        upper = [*map(int, given)]
        upper[-1] += 1
        return f"{'>=' if operator == '>' else '<'}{_lowest('.'.join(map(str, upper)))}"
    return f"{operator}{full}"


def _lowest(numbers: str) -> str:
    given = [part for part in numbers.split(".") if part not in {"x", "X", "*"}]
    return ".".join([*given, "0", "0", "0"][:_PARTS])
