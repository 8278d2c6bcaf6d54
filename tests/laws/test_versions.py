"""Laws of order, for every scheme: made-up values, and those of steps that real repos took."""

import gzip
import json
import random
from collections import defaultdict
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.versions import SCHEMES
from bot.versions.docker import TagScheme
from bot.versions.ranking import Relation, rank
from bot.versions.tag import MAX_CHARACTERS

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine breaks no law."""
STEPS = Path(__file__).parents[3] / "shared" / "replay" / "version-steps.jsonl.gz"
_PIECES = [
    "1",
    "2",
    "10",
    "0",
    "07",
    "2024",
    "20240131",
    "abc1234",
    "1234567",
    "rc",
    "rc1",
    "beta",
    "a",
    "b2",
    "-",
    ".",
    "_",
    "+",
    "v",
    "r9",
    "ls12",
]
_WORDS = [
    "alpine",
    "alpine3.19",
    "debian-12",
    "jdk21",
    "slim",
    "k3s1",
    "build.7",
    "nightly",
    "sha",
    "RELEASE.",
    "T07-53-03Z",
    "1.2.3",
    "1.2",
    "latest",
]
VALUES = st.one_of(
    st.lists(st.sampled_from(_PIECES + _WORDS), min_size=1, max_size=7).map("".join),
    st.from_regex(r"v?[0-9]{1,3}(\.[0-9]{1,2}){0,3}(-(rc|alpha|r|ls|build\.|)[0-9]{1,2})?(-alpine|-slim)?", fullmatch=True),
    st.text(max_size=40),
)


_ALIKE = st.from_regex(
    r"(v?[12]\.[0-9](\.[0-3])?|20(24|25)(0[1-9])?|[1-9]|main|go1\.2[0-9]\.[0-3])[a-f]?"
    r"(-(alpine3\.1[0-9]|build[0-9]|jdk[0-9]{2}|[0-9]{1,2}|rc[0-9](\.[0-9])?|[0-9a-f]{7}|[0-9]{8}|202401[12][0-9][.]1[0-9]0000|slim)){0,2}",
    fullmatch=True,
)
"""Values that teach something together."""


@settings(PATIENT, max_examples=400)
@given(values=st.lists(st.one_of(_ALIKE, VALUES), min_size=3, max_size=40))
def test_what_is_kept_of_the_first_reading_is_what_the_lessons_give(values):
    taught = SCHEMES["docker"].taught(values)
    assert isinstance(taught, TagScheme)

    assert list(map(taught.parse, values)) == list(map(TagScheme(name="docker", lessons=taught.lessons).parse, values))


@settings(PATIENT)
@given(values=st.lists(st.one_of(_ALIKE, VALUES), min_size=3, max_size=40, unique=True), shuffle=st.randoms())
def test_lessons_do_not_depend_on_the_order(values, shuffle):
    mixed = list(values)
    shuffle.shuffle(mixed)

    assert SCHEMES["docker"].taught(mixed) == SCHEMES["docker"].taught(values)


@pytest.mark.parametrize("name", sorted(SCHEMES))
@PATIENT
@given(values=st.lists(VALUES, min_size=3, max_size=6))
def test_newer_is_a_strict_order(name, values):
    scheme = SCHEMES[name].taught(values)
    versions = [version for version in map(scheme.parse, values) if version is not None]

    _assert_strict_order(versions)


def _assert_strict_order(versions):
    for version in versions:
        assert not version.is_newer_than(version)
    for one, other in permutations(versions, 2):
        assert not (one.is_newer_than(other) and other.is_newer_than(one))
    for one, two, three in permutations(versions, 3):
        if one.is_newer_than(two) and two.is_newer_than(three):
            assert one.is_newer_than(three), f"{one.raw} > {two.raw} > {three.raw}"


@pytest.mark.parametrize("name", sorted(SCHEMES))
@PATIENT
@given(value=st.text(max_size=300), others=st.lists(st.text(max_size=30), max_size=3))
def test_any_text_is_read_or_refused(name, value, others):
    scheme = SCHEMES[name].taught([value, *others])

    version = scheme.parse(value)

    assert (version is None and scheme.refusal(value)) or version.raw == value
    assert version is None or len(value) <= MAX_CHARACTERS


@PATIENT
@given(values=st.lists(VALUES, min_size=1, max_size=8, unique=True), seed=st.randoms())
def test_the_order_of_the_listing_changes_nothing(values, seed):
    shuffled = seed.sample(values, len(values))
    scheme = SCHEMES["docker"]

    def found(listing):
        ranking = rank(scheme.taught(listing), values[0], listing)
        return [entry for entry in ranking.entries if entry.relation in {Relation.NEWER, Relation.OLDER}]

    assert found(values) == found(shuffled)


@PATIENT
@given(values=st.lists(VALUES, min_size=1, max_size=8, unique=True))
def test_what_is_ranked_newer_is_newer(values):
    scheme = SCHEMES["docker"].taught(values)
    ranking = rank(scheme, values[0], values)

    assert sorted(entry.value for entry in ranking.entries) == sorted(values)
    for entry in ranking.entries:
        if entry.relation is Relation.NEWER:
            assert scheme.parse(entry.value).is_newer_than(scheme.parse(values[0]))


@pytest.mark.skipif(not STEPS.exists(), reason=f"no {STEPS.name} beside the repo")
def test_real_values_are_in_a_strict_order():
    values = defaultdict(set)
    for line in gzip.decompress(STEPS.read_bytes()).decode().splitlines():
        step = json.loads(line)
        values[step["dep"]] |= {step["from"], step["to"]}
    draw = random.Random(20261123)
    for listed in values.values():
        sample = draw.sample(sorted(listed), min(len(listed), 12))
        for scheme in (SCHEMES["docker"].taught(listed), SCHEMES["semver"]):
            _assert_strict_order([version for version in map(scheme.parse, sample) if version is not None])
