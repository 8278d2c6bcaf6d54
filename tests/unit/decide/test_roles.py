"""Actions, charts and tools: commits, ranges, patterns, schemes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.dependency import Dependency
from bot.model.pin import Role
from bot.model.rules import RangeMove, Rule
from bot.model.update import Frozen, Hold, NotAllowed, Undecidable, UpdateKind, UpToDate
from tests.unit.decide.deciding import ALL, CONTEXT, Registry, decide, listing, outcome, pin

CHECKOUT = Dependency(datasource="github-tags", name="actions/checkout")
REDIS = Dependency(datasource="helm", name="https://charts.example.org/stable#redis")
COMMITS = ["1" * 40, "2" * 40, "3" * 40]


def test_an_action_moves_with_its_commit():
    action = pin("v4.1.0", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[0])
    tags = listing(("v4.1.0", COMMITS[0]), ("v4.2.0", COMMITS[1]), "v4", dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4.2.0": COMMITS[1]}))

    assert (outcome(decision), decision.verdict.update.release.digest) == (("v4.2.0", UpdateKind.MINOR), COMMITS[1])


def test_a_commit_without_a_version_is_read_by_its_tag():
    tags = listing(("v4.1.0", COMMITS[0]), ("v4.2.0", COMMITS[1]), "v4", dependency=CHECKOUT)
    registry = Registry({"v4.2.0": COMMITS[1]})
    bare = {"dependency": CHECKOUT, "scheme": "loose", "role": Role.GIT}

    tagged = decide(pin(None, digest=COMMITS[0], **bare), tags, registry=registry)
    between = decide(pin(None, digest=COMMITS[2], **bare), tags, registry=registry)

    assert (outcome(tagged), tagged.verdict.update.release.digest) == (("v4.2.0", UpdateKind.DIGEST), COMMITS[1])
    assert between.verdict.reason == "pinned by commit alone, and no published tag stands at that commit"


def test_the_comment_beside_a_commit_is_not_believed():
    action = pin("v4.1.0", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[1])
    tags = listing(("v4.1.0", COMMITS[0]), ("v4.2.0", COMMITS[1]), dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4.1.0": COMMITS[0]}))

    assert outcome(decision) is UpToDate
    assert decision.candidates[0].verdict == "mismatch"


def test_a_moved_release_tag_is_told_and_not_followed():
    action = pin("v4.1.0", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[2])
    tags = listing(("v4.1.0", COMMITS[0]), dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4.1.0": COMMITS[0]}))

    assert outcome(decision) is UpToDate
    assert decision.candidates[0].verdict == "moved"


def test_a_floating_action_tag_is_refreshed():
    action = pin("v4", dependency=CHECKOUT, scheme="semver", role=Role.ACTION, digest=COMMITS[0])
    tags = listing(("v4", COMMITS[1]), ("v4.2.0", COMMITS[1]), dependency=CHECKOUT)

    decision = decide(action, tags, registry=Registry({"v4": COMMITS[1]}))

    assert (outcome(decision), decision.verdict.update.release.digest) == (("v4", UpdateKind.DIGEST), COMMITS[1])


@pytest.mark.parametrize(
    ("value", "expected", "reason"),
    [
        ("^1.2", NotAllowed, "the range ^1.2 shuts out the newest version, 2.1.0; ranges: keep leaves it to its owners"),
        ("1.x", NotAllowed, "the range 1.x shuts out the newest version, 2.1.0; ranges: keep leaves it to its owners"),
        ("1.2", NotAllowed, "the range 1.2 shuts out the newest version, 2.1.0; ranges: keep leaves it to its owners"),
        (">=1", UpToDate, None),
        ("2.x.x", UpToDate, None),
        (">=5", Undecidable, "the range >=5 lets in nothing that is published; the newest version is 2.1.0"),
        ("1.2.3", NotAllowed, "a major update; allowed: digest, minor, patch"),
    ],
)
def test_ranges_of_charts_are_kept(value, expected, reason):
    chart = pin(value, dependency=REDIS, scheme="semver", role=Role.CHART)

    decision = decide(chart, listing("1.2.3", "2.1.0", "3.0.0-rc.1", dependency=REDIS))

    assert outcome(decision) is expected
    assert reason is None or decision.verdict.reason == reason


WIDEN, REPLACE = Rule(ranges=RangeMove.WIDEN), Rule(ranges=RangeMove.REPLACE)
CHARTS = ["1.2.3", "1.9.0", "2.1.0", "3.0.0-rc.1"]


def move_range(value, values, *rules, asked=()):
    context = replace(CONTEXT, asked=frozenset(asked))
    return decide(
        pin(value, dependency=REDIS, scheme="semver", role=Role.CHART), listing(*values, dependency=REDIS), *rules, context=context
    )


@pytest.mark.parametrize(
    ("value", "rule", "expected"),
    [
        pytest.param("^1.2.0", WIDEN, "^1.2.0 || ^2.1.0", id="one more alternative"),
        pytest.param("^1.2.0", REPLACE, "^2.1.0", id="in its own style"),
        pytest.param("1.x.x", REPLACE, "2.x.x", id="as precise as it was"),
        pytest.param(">=1.2 <2", WIDEN, ">=1.2 <3", id="an upper bound"),
    ],
)
def test_a_rule_moves_ranges(value, rule, expected):
    decision = move_range(value, CHARTS, rule, Rule(allow=ALL))

    assert outcome(decision) == (expected, UpdateKind.MAJOR)
    assert decision.verdict.update.range_step == ("1.9.0", "2.1.0")


@pytest.mark.parametrize(
    ("value", "values", "rules", "expected"),
    [
        pytest.param("^1.2.0", CHARTS, [], NotAllowed, id="a major step where none is allowed"),
        pytest.param("~1.2.0", CHARTS, [], ("~1.9.0", UpdateKind.MINOR), id="a smaller step, which is"),
        pytest.param("^1.2.0", [*CHARTS, "2.2.0"], [Rule(allow=ALL, versions="<2.2")], ("^2.1.0", UpdateKind.MAJOR), id="versions"),
        pytest.param(
            "^1.2.0", [*CHARTS, ("2.2.0", 1)], [Rule(allow=ALL, cooldown=timedelta(days=3))], ("^2.1.0", UpdateKind.MAJOR), id="wait"
        ),
        pytest.param("^1.2.0", ["1.2.3", ("2.2.0", 1)], [Rule(allow=ALL, cooldown=timedelta(days=3))], Hold, id="all wait"),
        pytest.param(">=5", CHARTS, [Rule(allow=ALL)], Undecidable, id="never down"),
        pytest.param(">1.0 <2", CHARTS, [Rule(allow=ALL)], (">1.0 <3", UpdateKind.MAJOR), id="what has no version of its own stays"),
        pytest.param("=1.2.3", CHARTS, [Rule(allow=ALL)], ("=2.1.0", UpdateKind.MAJOR), id="one version, written as a range"),
    ],
)
def test_a_range_moves_as_far_as_the_rules_let_it(value, values, rules, expected):
    assert outcome(move_range(value, values, REPLACE, *rules)) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], ("^2.1.0", UpdateKind.MAJOR)),
        (["^2.0.0"], ("^2.1.0", UpdateKind.MAJOR)),
        (["^1.2.0"], ("^2.1.0", UpdateKind.MAJOR)),
        (["^3.1.0"], Frozen),
    ],
)
def test_a_range_goes_not_below_what_an_open_pull_request_asks_for(asked, expected):
    assert outcome(move_range("^1.2.0", CHARTS, REPLACE, Rule(allow=ALL), asked=asked)) == expected


def test_a_range_that_is_kept_refuses_what_it_would_become():
    assert move_range("^1.2.0", CHARTS).verdict.refused == ("2.1.0", "^1.2.0 || ^2.1.0", "^2.1.0")


@pytest.mark.parametrize(
    ("scheme", "role", "expected"),
    [
        pytest.param("semver", Role.CHART, ("1.2.1+up2.0", UpdateKind.PATCH), id="a chart's version"),
        pytest.param("docker", Role.CHART, Undecidable, id="a chart's tag"),
        pytest.param("semver", Role.TOOL, Undecidable, id="no chart"),
    ],
)
def test_a_plus_in_the_version_of_a_chart_is_an_underscore_in_its_tag(scheme, role, expected):
    chart = Dependency(datasource="oci", name="ghcr.io/acme/charts/shop")
    there = listing("1.2.0_up1.9", "1.2.1_up2.0", dependency=chart)

    decision = decide(pin("1.2.0+up1.9", dependency=chart, scheme=scheme, role=role), there)

    assert outcome(decision) == expected


def test_extract_version():
    tool = pin("1.2.0", dependency=CHECKOUT, scheme="semver", role=Role.TOOL, extract_version=r"^release-(?<version>\d.+)$")

    decision = decide(tool, listing("release-1.2.0", "release-1.3.0", "v9.9.9", "release-", "release-9\ud800", dependency=CHECKOUT))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)


@pytest.mark.parametrize("pattern", ["(", "v(.*)", "(?=x)(?P<version>.)", "(?P<version>" + "a" * 600 + ")", "\ud800"])
def test_a_bad_pattern_is_told(pattern):
    tool = pin("1.2.0", dependency=CHECKOUT, scheme="semver", role=Role.TOOL, extract_version=pattern)

    decision = decide(tool, listing("1.3.0", dependency=CHECKOUT))

    assert isinstance(decision.verdict, Undecidable)
    assert "extractVersion" in decision.verdict.reason


def test_a_hostile_pattern_takes_no_time():
    tool = pin("1.2.0", dependency=CHECKOUT, scheme="semver", role=Role.TOOL, extract_version=r"^(?P<version>(a+)+)$")

    assert outcome(decide(tool, listing("a" * 200 + "!", dependency=CHECKOUT))) is UpToDate


def test_an_unknown_scheme_is_told():
    decision = decide(pin(scheme="roman"), listing("1.3.0"))

    assert "no version scheme is called 'roman'" in decision.verdict.reason
