"""Of language runtimes and databases the line is the cycle: its newest first, and a step to another one by itself."""

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decide.context import PinContext
from bot.decide.cycles import numbering_of
from bot.decide.decider import Decider
from bot.model.dependency import LONG_AGO, Dependency, Release
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
from bot.model.rules import Rule
from bot.model.update import Hold, NotAllowed, Propose, UpdateKind, UpToDate
from bot.versions import SCHEMES

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERY = frozenset(UpdateKind) - {UpdateKind.PIN}
SMALL = frozenset({UpdateKind.MINOR, UpdateKind.PATCH, UpdateKind.DIGEST})


def pin(name, value, *, datasource="oci", role=Role.IMAGE, scheme="docker"):
    return Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=Dependency(datasource=datasource, name=name),
        name=name,
        scheme=scheme,
        value=value,
        role=role,
        sites=(),
        line=1,
        column=1,
    )


def decide(the_pin, values, *rules):
    """`values`: texts, or (text, days since it was first seen)."""
    releases = []
    for entry in values:
        value, days = entry if isinstance(entry, tuple) else (entry, None)
        first_seen = LONG_AGO if days is None else NOW - timedelta(days=days)
        releases.append(Release(dependency=the_pin.dependency, value=value, first_seen=first_seen))
    listing = Listing(dependency=the_pin.dependency, releases=tuple(releases))
    return Decider(rules).decide(the_pin, listing, PinContext(repo="", app=""), lambda release: release, NOW)


def outcome(decision):
    verdict = decision.verdict
    if isinstance(verdict, Propose | Hold):
        return verdict.update.release.value, verdict.update.kind
    return type(verdict)


PYTHON = "docker.io/library/python"


@pytest.mark.parametrize(
    ("name", "current", "values", "by_default", "at_most"),
    [
        pytest.param(PYTHON, "3.12.4", "3.12.13 3.13.1", ("3.12.13", "patch"), ("3.12.13", "patch"), id="never hidden"),
        pytest.param(PYTHON, "3.12.13", "3.13.1 3.14.0", NotAllowed, ("3.14.0", "cycle"), id="the newest of the cycle is in use"),
        pytest.param(PYTHON, "3.12-slim", "3.13-slim", NotAllowed, ("3.13-slim", "cycle"), id="a tag of a cycle"),
        pytest.param(PYTHON, "3", "4", NotAllowed, ("4", "major"), id="a tag that tells no cycle"),
        pytest.param(PYTHON, "3.12.13", "4.0.0", NotAllowed, ("4.0.0", "major"), id="another first number"),
        pytest.param("ghcr.io/acme/base/python", "3.12-r7", "3.12-r8 3.13-r1", ("3.12-r8", "patch"), ("3.12-r8", "patch"), id="own base"),
        pytest.param("docker.io/library/golang", "1.25.1-alpine", "1.26.0-alpine", NotAllowed, ("1.26.0-alpine", "cycle"), id="go"),
        pytest.param("docker.io/library/node", "22.1.0", "22.9.0 24.1.0", ("22.9.0", "minor"), ("22.9.0", "minor"), id="node"),
        pytest.param("docker.io/library/node", "22.9.0", "24.1.0", NotAllowed, ("24.1.0", "major"), id="node's next"),
        pytest.param("docker.io/library/postgres", "16.2", "16.9 17.1", ("16.9", "minor"), ("16.9", "minor"), id="postgres"),
        pytest.param("docker.io/bitnami/postgresql", "9.5.1", "9.6.3", NotAllowed, ("9.6.3", "cycle"), id="postgres of old"),
        pytest.param("docker.io/library/redis", "7.2.4", "7.2.5 7.4.1", ("7.2.5", "patch"), ("7.2.5", "patch"), id="redis"),
        pytest.param("docker.io/library/mysql", "8.0.36", "8.4.0", NotAllowed, ("8.4.0", "cycle"), id="mysql"),
        pytest.param("docker.io/library/nginx", "1.27.1", "1.27.4 1.28.0", ("1.28.0", "minor"), ("1.28.0", "minor"), id="not in the list"),
        pytest.param("ghcr.io/acme/redis-exporter", "1.2.0", "1.3.0", ("1.3.0", "minor"), ("1.3.0", "minor"), id="named after one"),
    ],
)
def test_the_newest_of_the_cycle_in_use_comes_first(name, current, values, by_default, at_most):
    there = [current, *values.split()]

    assert outcome(decide(pin(name, current), there)) == by_default
    assert outcome(decide(pin(name, current), there, Rule(allow=EVERY))) == at_most


@pytest.mark.parametrize(
    ("allow", "expected"),
    [({"cycle"}, ("3.13.1", "cycle")), ({"major"}, ("3.13.1", "cycle")), ({"minor", "patch"}, NotAllowed)],
    ids=["cycle", "major", "neither"],
)
def test_what_lets_a_step_to_another_cycle_out(allow, expected):
    rule = Rule(allow=frozenset(map(UpdateKind, allow)))

    assert outcome(decide(pin(PYTHON, "3.12.13"), ["3.12.13", "3.13.1"], rule)) == expected


@pytest.mark.parametrize(
    ("values", "rule", "expected"),
    [
        pytest.param([("3.12.5", 1), "3.13.1"], {}, ("3.12.5", "patch"), id="what waits for a while comes first all the same"),
        pytest.param(["3.12.5", "3.13.1"], {"versions": ">=3.13"}, ("3.13.1", "cycle"), id="what a rule refuses bars nothing"),
        pytest.param(["3.12.5-rc1", "3.13.1"], {}, ("3.13.1", "cycle"), id="nor does a prerelease"),
        pytest.param(["3.12.4", ("3.13.1", 1), "3.13.0"], {}, ("3.13.0", "cycle"), id="a young step never hides a ripe one"),
    ],
)
def test_what_comes_before_a_step(values, rule, expected):
    rule = Rule(allow=EVERY, cooldown=timedelta(days=3), **rule)

    assert outcome(decide(pin(PYTHON, "3.12.4"), ["3.12.4", *values], rule)) == expected


def test_every_value_is_told_newest_first_with_what_comes_before_it():
    decision = decide(pin(PYTHON, "3.12.4"), ["3.12.5", "3.13.1", "4.0.0", "3.12.4"], Rule(allow=SMALL | {UpdateKind.CYCLE}))

    assert [(candidate.value, candidate.verdict) for candidate in decision.candidates] == [
        ("4.0.0", "not allowed"),
        ("3.13.1", "newer"),
        ("3.12.5", "chosen"),
        ("3.12.4", "current"),
    ]
    assert decision.candidates[1].reason == "newer than 3.12.4, in another cycle; first comes 3.12.5"


def test_a_refused_step_is_called_so():
    verdict = decide(pin(PYTHON, "3.12.13"), ["3.12.13", "3.13.0", "3.13.1"]).verdict

    assert isinstance(verdict, NotAllowed)
    assert (verdict.update.release.value, verdict.refused) == ("3.13.1", ("3.13.1", "3.13.0"))
    assert verdict.reason == "a step to another cycle; allowed: digest, minor, patch"


@pytest.mark.parametrize(
    ("datasource", "name", "role", "has_cycles"),
    [
        ("oci", "docker.io/library/python", Role.IMAGE, True),
        ("oci", "registry.example.com:5000/mirror/library/python", Role.FINAL_BASE, True),
        ("oci", "registry-1.docker.io/bitnamicharts/postgresql", Role.CHART, False),
        ("helm", "https://charts.example.org#postgresql", Role.CHART, False),
        ("endoflife-date", "python", Role.TOOL, True),
        ("github-releases", "nodejs/node", Role.TOOL, True),
        ("github-tags", "actions/setup-python", Role.ACTION, False),
        ("git-tags", "https://github.com/python/cpython.git", Role.GIT, True),
        ("deps-dev", "pypi/redis", Role.TOOL, False),
    ],
)
def test_what_has_cycles(datasource, name, role, has_cycles):
    assert (numbering_of(pin(name, "1.2.3", datasource=datasource, role=role)) is not None) is has_cycles


VERSIONS = st.tuples(st.integers(3, 4), st.integers(10, 13), st.integers(0, 12)).map(lambda numbers: ".".join(map(str, numbers)))


@given(current=VERSIONS, values=st.sets(VERSIONS, max_size=12), suffix=st.sampled_from(["", "-slim", "-alpine3.22"]))
def test_whatever_is_published_the_cycle_comes_first(current, values, suffix):
    there = [value + suffix for value in {current, *values}]
    key = SCHEMES["docker"].taught(there).parse
    cycle = current.rpartition(".")[0]
    newer = sorted((key(value) for value in there if key(value).is_newer_than(key(current + suffix))), key=lambda version: version.numbers)
    in_cycle = [version.raw for version in newer if version.raw.startswith(f"{cycle}.")]

    by_default = outcome(decide(pin(PYTHON, current + suffix), there))
    at_most = outcome(decide(pin(PYTHON, current + suffix), there, Rule(allow=EVERY)))

    assert by_default == ((in_cycle[-1], UpdateKind.PATCH) if in_cycle else NotAllowed if newer else UpToDate)
    assert at_most[:1] == ((in_cycle or [newer[-1].raw])[-1],) if newer else at_most is UpToDate
