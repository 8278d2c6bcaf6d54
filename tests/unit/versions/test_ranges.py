"""Version ranges."""

import pytest

from bot.versions import SCHEMES
from bot.versions.ranges import InvalidRangeError, VersionRange


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("<4", ["3.99.1", "0"], ["4", "4.0.1"]),
        ("<=4", ["4.2"], ["5"]),
        (">4", ["5"], ["4.9.9"]),
        (">=2.0", ["2", "3.1-alpine"], ["1.9"]),
        ("3.x", ["3", "3.12-slim"], ["4", "2.9"]),
        ("3.12.*", ["3.12.9"], ["3.13.0"]),
        ("21", ["21.0.3_9-jre", "21"], ["22"]),
        ("=1.6.1", ["1.6.1"], ["1.6.2"]),
        ("^1.2", ["1.2.0", "1.99"], ["1.1", "2.0"]),
        ("^1.2.3", ["1.3.0"], ["1.2.2", "2.0.0"]),
        ("^0.48.4", ["0.48.9"], ["0.49.0"]),
        ("^0.2", ["0.2.9"], ["0.3.0"]),
        ("^0", ["0.9"], ["1.0"]),
        ("~1.2", ["1.2.9"], ["1.3.0"]),
        ("~> 1.2", ["1.9"], ["2.0", "1.1"]),
        ("~> 1.2.3", ["1.2.9"], ["1.3.0"]),
        (">=1.2, <2", ["1.2", "1.9"], ["2.0", "1.1"]),
        (">= 1.2 <2 || >=3.5", ["1.9", "3.5"], ["2.5", "3.4"]),
        ("1.2 - 2.0", ["1.2.0", "2.0.0"], ["1.1.9", "2.1.1"]),
        ("*", ["0", "99"], []),
        ("v1.2.x", ["1.2.9"], ["1.3"]),
    ],
)
def test_contains(text, inside, outside):
    wanted = VersionRange.parse(text)

    assert all(wanted.contains(SCHEMES["docker"].parse(value)) for value in inside)
    assert not any(wanted.contains(SCHEMES["docker"].parse(value)) for value in outside)


@pytest.mark.parametrize(
    "text", ["", " ", "latest", "*-alpine", ">", "1.2.3.4", "<4 or so", "12x", "3.12-slim", "3.12.x-slim", "1" * 201, "||"]
)
def test_no_range(text):
    with pytest.raises(InvalidRangeError, match="not a version range"):
        VersionRange.parse(text)
