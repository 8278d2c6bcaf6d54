"""Which values may be chosen, by kind, range and maturity."""

from dataclasses import replace
from datetime import date

import pytest

from bot.model.dependency import Dependency
from bot.model.rules import Ignored, Rule
from bot.model.update import ChartBump, NotAllowed, UpdateKind, UpToDate
from tests.unit.decide.deciding import ALL, Registry, decide, digest, listing, outcome, pin, verdicts


@pytest.mark.parametrize(
    ("allow", "expected"),
    [
        ({UpdateKind.PATCH}, ("1.2.9", UpdateKind.PATCH)),
        ({UpdateKind.PATCH, UpdateKind.MINOR}, ("1.3.0", UpdateKind.MINOR)),
        ({UpdateKind.MAJOR}, ("2.0.0", UpdateKind.MAJOR)),
        ({UpdateKind.DIGEST}, NotAllowed),
        (set(), NotAllowed),
    ],
)
def test_allowed_kinds(allow, expected):
    decision = decide(pin(), listing("1.2.0", "1.2.9", "1.3.0", "2.0.0"), Rule(allow=frozenset(allow)))

    assert outcome(decision) == expected


def test_the_default_leaves_majors_and_prereleases_out():
    decision = decide(pin(), listing("1.2.0", "1.3.0", "1.4.0-rc1", "2.0.0"))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert verdicts(decision) == {"2.0.0": "not allowed", "1.4.0-rc1": "prerelease", "1.3.0": "chosen", "1.2.0": "current"}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        pytest.param({"1.4.0"}, ("1.3.0", UpdateKind.MINOR), id="the newest"),
        pytest.param({"1.2.0", "1.4.0"}, ("1.4.0", UpdateKind.MINOR), id="the one in use, too"),
        pytest.param(set(), ("1.4.0", UpdateKind.MINOR), id="none"),
    ],
)
def test_a_release_that_its_publisher_marks_is_a_prerelease(marked, expected):
    there = listing("1.2.0", "1.3.0", "1.4.0")
    there = replace(there, releases=tuple(replace(release, is_prerelease=release.value in marked) for release in there.releases))

    assert outcome(decide(pin(), there)) == expected
    assert outcome(decide(pin(), there, Rule(prereleases=True))) == ("1.4.0", UpdateKind.MINOR)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([], ChartBump.NONE, id="off by default"),
        pytest.param([Rule(bump_chart=ChartBump.MINOR), Rule()], ChartBump.MINOR, id="asked for"),
        pytest.param([Rule(bump_chart=ChartBump.MINOR), Rule(bump_chart=ChartBump.NONE)], ChartBump.NONE, id="taken back"),
    ],
)
def test_whether_the_chart_around_a_pin_is_raised(rules, expected):
    assert decide(pin(), listing("1.2.0", "1.3.0"), *rules).verdict.update.bump_chart is expected


def test_never_back():
    decision = decide(pin("1.5.0"), listing("1.3.0", "1.4.0", "1.5.0"), Rule(allow=ALL - {UpdateKind.PIN}))

    assert outcome(decision) is UpToDate


def test_all_that_is_newer_and_refused_is_told():
    decision = decide(pin(), listing("1.2.0", "1.2.1", "2.0.0", "2.1.0-rc1"), Rule(versions="<1.2.1"))

    verdict = decision.verdict
    assert (verdict.policy, verdict.update.release.value, verdict.reason) == (
        "not allowed",
        "2.0.0",
        "a major update; allowed: digest, minor, patch",
    )
    assert verdict.refused == ("2.1.0-rc1", "2.0.0", "1.2.1")


def test_a_digest_that_no_rule_lets_move_is_no_all_clear():
    registry = Registry({"1.2.0": digest(2)})
    rule = Rule(allow=frozenset({UpdateKind.MINOR}))

    behind = decide(pin(digest=digest(1)), listing("1.2.0"), rule, registry=registry)
    fresh = decide(pin(digest=digest(2)), listing("1.2.0"), rule, registry=registry)

    assert (outcome(behind), behind.verdict.reason) == (NotAllowed, "a digest update; allowed: minor")
    assert outcome(fresh) is UpToDate


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(Rule(versions="<1.4"), "1.3.0", id="range"),
        pytest.param(Rule(versions="1.3.x"), "1.3.0", id="x-range"),
        pytest.param(Rule(ignore=(Ignored(versions=">=1.4"),)), "1.3.0", id="ignored-range"),
        pytest.param(Rule(ignore=(Ignored(versions="1.4.*"),)), "1.3.0", id="ignored-pattern"),
        pytest.param(Rule(ignore=(Ignored(versions="1.4.0", until=date(2026, 11, 23)),)), "1.3.0", id="ignored-on-its-last-day"),
        pytest.param(Rule(ignore=(Ignored(versions="1.4.0", until=date(2026, 11, 22)),)), "1.4.0", id="ignored-until-yesterday"),
    ],
)
def test_ranges(rule, expected):
    decision = decide(pin(), listing("1.2.0", "1.3.0", "1.4.0"), rule)

    assert outcome(decision) == (expected, UpdateKind.MINOR)


@pytest.mark.parametrize(
    ("current", "values", "expected"),
    [
        pytest.param("3.13.0rc2", ["3.13.0rc3", "3.14.0a1"], "3.13.0rc3", id="next-of-the-same-version"),
        pytest.param("3.13.0rc2", ["3.13.0rc3", "3.13.0", "3.14.0a1"], "3.13.0", id="its-final"),
        pytest.param("2023.10.1-beta", ["2024.8.0-beta"], "2024.8.0-beta", id="nothing-else-was-ever-published"),
        pytest.param("2023.10.1-beta", ["2024.8.0-beta", "2023.9.0-slim"], "2024.8.0-beta", id="finals-of-another-line"),
        pytest.param("1.2.0-nightly.1", ["1.2.0-nightly.2", "1.3.0"], "1.2.0-nightly.2", id="stays-on-its-channel"),
    ],
)
def test_from_a_prerelease(current, values, expected):
    decision = decide(pin(current), listing(current, *values), Rule(allow=ALL - {UpdateKind.PIN}))

    assert decision.verdict.update.release.value == expected


def test_a_stream_that_has_finals_is_left_for_none_but_them():
    decision = decide(pin("2023.10.1-beta"), listing("2023.10.1-beta", "2024.8.0-beta", "2023.9.0"), Rule(allow=ALL - {UpdateKind.PIN}))

    assert outcome(decision) is NotAllowed


def test_prereleases_where_the_rule_asks_for_them():
    decision = decide(pin(), listing("1.3.0-rc1"), Rule(prereleases=True))

    assert outcome(decision) == ("1.3.0-rc1", UpdateKind.MINOR)


def test_nothing_above_what_latest_points_to():
    tags = listing(("latest", digest(3)), ("1.3.0", digest(3)), ("1.9.0", digest(9)))

    decision = decide(pin(), tags)

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert verdicts(decision)["1.9.0"] == "above latest"


def test_latest_does_not_bind_a_pin_above_it():
    tags = listing(("latest", digest(3)), ("1.3.0", digest(3)), ("1.9.0", digest(9)))

    assert outcome(decide(pin("1.4.0"), tags)) == ("1.9.0", UpdateKind.MINOR)


def test_ubuntu_stays_on_long_term_releases():
    ubuntu = Dependency(datasource="oci", name="docker.io/library/ubuntu")

    decision = decide(
        pin("22.04", dependency=ubuntu), listing("23.10", "24.04", "24.10", dependency=ubuntu), Rule(allow=ALL - {UpdateKind.PIN})
    )

    assert outcome(decision) == ("24.04", UpdateKind.MAJOR)
