"""Ranges in their own style, one version further."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.versions import SCHEMES
from bot.versions.range_moves import replaced, widened
from bot.versions.ranges import InvalidRangeError, VersionRange

SEMVER = SCHEMES["semver"]


@pytest.mark.parametrize(
    ("text", "as_replaced", "as_widened"),
    [
        ("12.x.x", "14.x.x", "12.x.x || 14.x.x"),
        ("12.x", "14.x", "12.x || 14.x"),
        ("12.*", "14.*", "12.* || 14.*"),
        ("v12.X", "v14.X", "v12.X || v14.X"),
        ("12", "14", "12 || 14"),
        ("12.5", "14.2", "12.5 || 14.2"),
        ("^12.5.1", "^14.2.1", "^12.5.1 || ^14.2.1"),
        ("^12", "^14", "^12 || ^14"),
        ("~12.5.1", "~14.2.1", "~12.5.1 || ~14.2.1"),
        ("~> 12.5", "~> 14.2", "~> 12.5 || ~> 14.2"),
        ("=12.5.1", "=14.2.1", "=12.5.1 || =14.2.1"),
        (">=12.0.0 <13.0.0", ">=14.2.1 <15.0.0", ">=12.0.0 <15.0.0"),
        (">= 12.5, < 13", ">= 14.2, < 15", ">= 12.5, < 15"),
        (">=12.5.0 <12.6.0", ">=14.2.1 <14.3.0", ">=12.5.0 <14.3.0"),
        (">12.0 <13", ">12.0 <15", ">12.0 <15"),
        (">=12 <=12.9", ">=14 <=14.2", ">=12 <=14.2"),
        ("<13", "<15", "<15"),
        ("12.0 - 12.9", "12.0 - 14.2", "12.0 - 14.2"),
        ("11.x || 12.x", "11.x || 14.x", "11.x || 12.x || 14.x"),
        ("^12.0.0-0", "^14.2.1", "^12.0.0-0 || ^14.2.1"),
        ("no range", None, None),
        (">14.2.1", None, None),
    ],
)
def test_in_its_own_style(text: str, as_replaced: str | None, as_widened: str | None) -> None:
    version = SEMVER.parse("14.2.1")
    assert version is not None

    assert (replaced(text, version), widened(text, version)) == (as_replaced, as_widened)


OPERATORS = st.sampled_from(["", "=", "^", "~", "~>", ">", ">=", "<", "<="])
NUMBERS = st.tuples(st.lists(st.integers(0, 20).map(str), min_size=1, max_size=3), st.integers(0, 2)).map(
    lambda drawn: ".".join([*drawn[0], *["x"] * min(drawn[1], 3 - len(drawn[0]))])
)
COMPARATORS = st.tuples(OPERATORS, st.sampled_from(["", " ", "v"]), NUMBERS).map("".join)
ALTERNATIVES = st.lists(COMPARATORS, min_size=1, max_size=2).map(" ".join) | st.tuples(NUMBERS, NUMBERS).map(" - ".join)
RANGES = st.lists(ALTERNATIVES, min_size=1, max_size=3).map(" || ".join)
VERSIONS = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20)).map(lambda numbers: ".".join(map(str, numbers)))


@given(text=RANGES, target=VERSIONS, others=st.lists(VERSIONS, max_size=8))
def test_a_moved_range_lets_the_version_in_and_a_wider_one_all_that_it_did(text: str, target: str, others: list[str]) -> None:
    version = SEMVER.parse(target)
    assert version is not None
    try:
        written = VersionRange.parse(text)
    except InvalidRangeError:
        assert (replaced(text, version), widened(text, version)) == (None, None)
        return
    below = [known for known in map(SEMVER.parse, others) if known is not None and not known.is_newer_than(version)]
    assume(not written.contains(version))

    for moved in (replaced(text, version), widened(text, version)):
        assert moved is None or VersionRange.parse(moved).contains(version)
    wider = widened(text, version)
    assert wider is None or all(VersionRange.parse(wider).contains(known) for known in below if written.contains(known))
