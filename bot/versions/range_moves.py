"""A range that lets one more version in, written in the style that it has: `12.x.x` -> `14.x.x`, `>=1.2 <2` -> `>=1.2 <15`."""

import re
from typing import Final

from bot.versions.ranges import InvalidRangeError, VersionRange
from bot.versions.scheme import Version

_PART: Final = r"(?:\d{1,18}|[xX*])"
_COMPARATOR: Final = re.compile(
    rf"(?P<operator>~>|[<>]=?|[=^~])?(?P<space>\s*v?)(?P<numbers>{_PART}(?:\.{_PART}){{0,2}})(?P<label>[-+][0-9A-Za-z.+-]*)?", re.ASCII
)
_HYPHEN: Final = re.compile(rf"(?P<low>\s*{_PART}(?:\.{_PART}){{0,2}}\s+-\s+)(?P<high>{_PART}(?:\.{_PART}){{0,2}})(?P<end>\s*)", re.ASCII)
_WILD: Final = frozenset("xX*")


def replaced(text: str, version: Version) -> str | None:
    """The range with its last alternative at the version, each comparator as precise as it was; None: this style can't say so."""
    head, bars, last = text.rpartition("||")
    return _proved(f"{head}{bars}{_moved(last, version, lower=True)}", version) if _is_range(text) else None


def widened(text: str, version: Version) -> str | None:
    """The range with all that it lets in and the version besides: the upper bound raised, else one more alternative; None: it can't be."""
    if not _is_range(text):
        return None
    head, bars, last = text.rpartition("||")
    if _HYPHEN.fullmatch(last) or any(match["operator"] in {"<", "<="} for match in _COMPARATOR.finditer(last)):
        return _proved(f"{head}{bars}{_moved(last, version, lower=False)}", version)
    more = _moved(last, version, lower=True).strip()
    return _proved(f"{text.rstrip()} || {more}{text[len(text.rstrip()) :]}", version)


def _is_range(text: str) -> bool:
    try:
        VersionRange.parse(text)
    except InvalidRangeError:
        return False
    return True


def _proved(text: str, version: Version) -> str | None:
    """The new range, if it is one and lets the version in."""
    return text if _is_range(text) and VersionRange.parse(text).contains(version) else None


def _moved(alternative: str, version: Version, *, lower: bool) -> str:
    """One alternative at the version: upper bounds behind it and, with `lower`, all else on it. What can't be moved stays as it is."""
    hyphen = _HYPHEN.fullmatch(alternative)
    if hyphen is not None:
        return f"{hyphen['low']}{_as_precise(hyphen['high'], version.numbers)}{hyphen['end']}"

    def moved(match: re.Match[str]) -> str:
        operator, numbers = match["operator"] or "", match["numbers"]
        if operator == "<":
            new = _above(numbers, version.numbers)
        elif operator == "<=" or (lower and operator != ">"):
            new = _as_precise(numbers, version.numbers)
        else:
            return match[0]
        return f"{operator}{match['space']}{new}"

    return _COMPARATOR.sub(moved, alternative)


def _as_precise(old: str, numbers: tuple[int, ...]) -> str:
    """The numbers as precise as the old ones: `12.x.x` -> `14.x.x`, `1.2` -> `2.1`."""
    parts = old.split(".")
    new = (*numbers, 0, 0, 0)
    return ".".join(part if part in _WILD else str(number) for part, number in zip(parts, new, strict=False))


def _above(old: str, numbers: tuple[int, ...]) -> str:
    """The next number above, at the place where the old bound has its last one that is not 0: `2.0.0` -> `15.0.0`, `1.5` -> `14.2`."""
    parts = old.split(".")
    significant = max((place for place, part in enumerate(parts) if part not in _WILD and int(part)), default=0)
    new = (*numbers, 0, 0, 0)
    return ".".join(
        part if part in _WILD else str(number) if place < significant else str(number + 1) if place == significant else "0"
        for place, (part, number) in enumerate(zip(parts, new, strict=False))
    )
