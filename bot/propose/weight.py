"""How much speaks for a proposal, as far as that is known: what a no to one says of the next. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from bot.model.comparison import ImageStep
from bot.model.severity import Severity

_NOTHING: Final = "none"
_EXPLOITED: Final = "exploited"
_ORDER: Final = (_NOTHING, *(severity.value for severity in Severity), _EXPLOITED)
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_SAME: Final = 2
"""Numbers of a value that make its line of releases: 3.12 of 3.12.5-slim."""
_MAX_CHARACTERS: Final = 200


def weight_of(steps: Iterable[ImageStep | None]) -> str:
    """Of the worst hole that the steps close; empty where that is not certain for each of them: unknown is not little."""
    worst = 0
    for step in steps:
        holes = None if step is None else step.holes
        if holes is None or not holes.is_known or holes.has_failed or holes.has_unchecked_changes or holes.unclear:
            return ""
        if any(hole.exploited_since is not None for one in holes.closed for hole in one):
            worst = len(_ORDER) - 1
        elif holes.closed:
            worst = max(worst, _ORDER.index(holes.severity.value))
    return _ORDER[worst]


def is_heavier(now: str, then: str) -> bool | None:
    """Whether more speaks for one than for the other; None: that is not known."""
    if now not in _ORDER or then not in _ORDER:
        return None
    return _ORDER.index(now) > _ORDER.index(then)


def is_same_line(one: str, other: str) -> bool:
    """Whether two values differ in nothing before their third number, and in no word."""
    return _line(one) == _line(other)


def _line(value: str) -> tuple[list[str], str]:
    text = value[:_MAX_CHARACTERS]
    return _NUMBER.findall(text)[:_SAME], _NUMBER.sub("", text)
