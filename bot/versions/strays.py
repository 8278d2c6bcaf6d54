"""Values that sort above all others only because an older numbering was larger."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from bot.versions.scheme import Version

_MIN_GAP: Final = 9
_MIN_RATIO: Final = 2.5
_MIN_PRECISION: Final = 2
"""A lone number is a counter: its gaps mean nothing."""


def first_stray_number(current: Version, on_line: Iterable[Version]) -> int | None:
    """The first number from which on versions look like another numbering: far above the others, and with no more versions.

    Known steps of one numbering are smaller: 5 to 8 (MySQL), 2 to 5 (Elasticsearch), 5 to 10 (MariaDB), 11 to 17 (Java).
    """
    numbers = [version.numbers[0] for version in on_line if len(version.numbers) >= _MIN_PRECISION]
    if len(current.numbers) < _MIN_PRECISION:
        return None
    for low, high in pairwise(sorted({*numbers, current.numbers[0]})):
        if high > current.numbers[0] and high - low >= _MIN_GAP and high >= low * _MIN_RATIO:
            below = sum(number <= low for number in numbers)
            return high if below >= len(numbers) - below else None
    return None
