"""A stage gets the newest value that the stage before it has held for long enough."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.decide.decider import Decider
from bot.decide.evidence import NoEvidence
from bot.decide.stage_before import Span, StageBefore
from bot.model.dependency import HELM, Dependency
from bot.model.rules import RangeMove, Rule
from bot.model.severity import Severity
from bot.model.update import Hold, Propose, UpdateKind
from tests.image_steps import hole, step
from tests.unit.decide.deciding import CONTEXT, NOW, Registry, digest, listing, outcome, pin

TWO_WEEKS = Rule(soak=timedelta(days=14))
VALUES = ("3.12.4", "3.12.5", "3.12.6", "3.12.7", "3.12.8")


def held(*spans):
    """What qa held: (value, days ago from, days ago to or None), with a digest behind them where it matters."""
    return StageBefore(name="qa", own="production", spans=tuple(_span(*span) for span in spans))


def _span(value, start, end=None, number=None):
    since = None if start is None else NOW - timedelta(days=start)
    until = None if end is None else NOW - timedelta(days=end)
    return Span(value=value, digest="" if number is None else str(digest(number)), since=since, until=until)


def decide(the_pin, there, before, rule=TWO_WEEKS, *, registry=None, seen=(), evidence=None):
    decider = Decider([rule], evidence=evidence)
    context = replace(CONTEXT, stage="production", before=before)
    describe = (registry or Registry()).describe
    return decider.decide(the_pin, there, context, describe, NOW, digests_seen=lambda release: [replace(release, **one) for one in seen])


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(None, "3.12.8", id="no stage before"),
        pytest.param(held(("3.12.7", 14)), "3.12.7", id="soaked to the day"),
        pytest.param(held(("3.12.7", 13.9)), None, id="not yet"),
        pytest.param(held(("3.12.6", 22, 2), ("3.12.7", 2)), "3.12.6", id="the one before that"),
        pytest.param(held(("3.12.5", 16, 9), ("3.12.6", 9, 2), ("3.12.7", 2)), "3.12.5", id="every week another"),
        pytest.param(held(("3.12.6", 40, 2), ("3.12.5", 2)), None, id="taken back"),
        pytest.param(held(("3.12.5", 70, 40), ("3.12.6", 40, 2), ("3.12.5", 2)), "3.12.5", id="taken back to what soaked before"),
        pytest.param(held(("3.12.6", 60, 20), ("3.12.5", 20, 19), ("3.12.6", 19)), "3.12.6", id="taken back, and there again for long"),
        pytest.param(held(("3.12.6", 60, 20), ("3.12.5", 20, 3), ("3.12.6", 3)), "3.12.5", id="taken back, and there again lately"),
        pytest.param(held(("3.12.6", 60, 20), ("3.12.5", 20, 19), ("3.12.7", 19, 1), ("3.12.8", 1)), "3.12.7", id="again, and past it"),
        pytest.param(held(("3.12.6", 20, 9), ("3.12.6", 9)), "3.12.6", id="its file moved"),
        pytest.param(held(("3.12.6", 20, 12), ("3.12.7", 12, 8), ("3.12.6", 8)), "3.12.6", id="only what came after is taken back"),
        pytest.param(held(("3.12.6", 40, 20), ("3.12.7", 20, 9), ("3.12.4", 9, 1), ("3.12.8", 1)), None, id="fell behind, is past it"),
        pytest.param(held(("3.12.6", 40, 20), ("3.12.7", 18)), "3.12.7", id="a gap in what is known"),
        pytest.param(held(("3.12.6", 40, 20), ("3.12.7", 9)), None, id="a gap in what is known, and young since"),
        pytest.param(held(("3.12.7", 30), ("3.12.5", 30)), "3.12.7", id="two places, one behind"),
        pytest.param(held(("3.12.7", 30, 3), ("3.12.5", 30)), "3.12.5", id="the place that had it is gone"),
        pytest.param(held(("3.12.4", 300)), None, id="it moves last"),
        pytest.param(held(("3.12.7-alpine", 300)), None, id="another line"),
        pytest.param(held(("3.12.7", None)), None, id="since when is not known"),
        pytest.param(held(("latest", 300)), None, id="no version"),
    ],
)
def test_the_newest_value_that_soaked_goes_out(before, expected):
    decision = decide(pin("3.12.4"), listing(*VALUES), before)

    assert outcome(decision) == ((expected, UpdateKind.PATCH) if expected else Hold)


@pytest.mark.parametrize(
    ("before", "reason", "days_left"),
    [
        pytest.param(
            held(("3.12.7", 2)), "production gets 3.12.7 once qa has held it for 14 days (since 2026-11-21)", 12, id="held since a while"
        ),
        pytest.param(held(("3.12.4", 90)), "production gets 3.12.8 once qa has held it for 14 days; qa is on 3.12.4", None, id="not there"),
        pytest.param(
            held(("3.12.8", 9, 2), ("3.12.4", 2)),
            "production gets 3.12.8 once qa has held it for 14 days; qa fell back behind it and is on 3.12.4",
            None,
            id="taken back",
        ),
        pytest.param(
            held(("3.12.8", None)),
            "production gets 3.12.8 once qa has held it for 14 days; since when it has is not known here",
            None,
            id="not known since when",
        ),
    ],
)
def test_a_hold_says_what_the_stage_before_has(before, reason, days_left):
    verdict = decide(pin("3.12.4"), listing("3.12.4", "3.12.7", "3.12.8"), before).verdict

    assert (verdict.policy, verdict.reason) == ("soak", reason)
    assert verdict.until == (None if days_left is None else NOW + timedelta(days=days_left))


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(held(("3.12", 20, None, 3)), 3, id="the present one"),
        pytest.param(held(("3.12", 20, 2, 2), ("3.12", 2, None, 3)), 2, id="the one before that"),
        pytest.param(held(("3.12", 2, None, 3)), None, id="too young"),
        pytest.param(held(("3.12", 60, 40, 1), ("3.12", 40, 3, 2), ("3.12", 3, None, 1)), None, id="taken back"),
        pytest.param(held(("3.12", 60, 40, 1), ("3.12", 40, 20, 2), ("3.12", 20, None, 1), ("3.12", 2, None, 3)), None, id="and others"),
        pytest.param(held(("3.12", 90)), 2, id="the tag alone: the digest since it stood there"),
        pytest.param(held(("", 20, None, 2)), 2, id="the digest alone"),
    ],
)
def test_of_one_tag_the_newest_digest_that_soaked_goes_out(before, expected):
    seen = [{"digest": digest(number), "first_seen": NOW - timedelta(days=days)} for number, days in ((3, 5), (2, 41), (1, 100))]
    registry = Registry({"3.12": digest(3)})
    registry.describe = lambda release: replace(release, digest=release.digest or digest(3), first_seen=NOW - timedelta(days=5))
    decision = decide(pin("3.12", digest=digest(1)), listing("3.12"), before, registry=registry, seen=seen)

    assert isinstance(decision.verdict, Hold if expected is None else Propose)
    if expected is not None:
        assert decision.verdict.update.release.digest == digest(expected)


def test_a_version_goes_out_at_the_digest_that_soaked():
    before = held(("3.12.7", 20, 2, 1), ("3.12.7", 2, None, 2))
    registry = Registry()
    registry.describe = lambda release: replace(release, digest=release.digest or digest(2))
    seen = [{"digest": digest(number), "first_seen": NOW - timedelta(days=days)} for number, days in ((2, 3), (1, 30))]
    decision = decide(pin("3.12.4", digest=digest(9)), listing("3.12.4", "3.12.7"), before, registry=registry, seen=seen)

    assert (decision.verdict.update.release.value, decision.verdict.update.release.digest) == ("3.12.7", digest(1))


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        pytest.param(("^14.0.1", 20), "^14.0.1", id="it lets it in for long"),
        pytest.param(("^14.0.1", 3), Hold, id="it lets it in lately"),
        pytest.param(("^13.0.0", 90), Hold, id="it does not"),
        pytest.param(("14.0.1", 20), "^14.0.1", id="a version"),
    ],
)
def test_a_range_waits_for_what_lets_the_version_in(theirs, expected):
    chart = Dependency(datasource=HELM, name="https://charts.example#redis")
    the_pin = pin("^13.0.0", dependency=chart, scheme="semver")
    rule = replace(TWO_WEEKS, ranges=RangeMove.REPLACE, allow=frozenset({UpdateKind.MAJOR}))
    decision = decide(the_pin, listing("13.0.0", "14.0.1", dependency=chart), held(theirs), rule)

    verdict = decision.verdict
    assert (verdict.update.release.value if isinstance(verdict, Propose) else type(verdict)) == expected


class Knows(NoEvidence):
    def __init__(self, *holes):
        self._step = step(closed=holes)

    def step(self, update):  # noqa: ARG002
        return self._step


CRITICAL, LOW = hole("CVE-2026-1", severity=Severity.CRITICAL), hole("CVE-2026-2", severity=Severity.LOW)


@pytest.mark.parametrize(
    ("before", "holes", "expected"),
    [
        pytest.param(held(("3.12.8", 1)), (CRITICAL,), "3.12.8", id="critical, and qa has it"),
        pytest.param(held(("3.12.7", 1)), (CRITICAL,), "3.12.7", id="critical, and qa has another fix"),
        pytest.param(held(("3.12.8", 3, 2), ("3.12.4", 2)), (CRITICAL,), None, id="critical, and taken back"),
        pytest.param(held(("3.12.4", 90)), (CRITICAL,), None, id="critical, and qa has not got it"),
        pytest.param(held(("3.12.8", 1)), (LOW,), None, id="not bad enough"),
        pytest.param(held(("3.12.8", 1)), (), None, id="no hole"),
    ],
)
def test_what_is_urgent_waits_for_the_stage_before_and_no_longer(before, holes, expected):
    rule = replace(TWO_WEEKS, urgent_from=Severity.HIGH)
    decision = decide(pin("3.12.4"), listing(*VALUES), before, rule, evidence=Knows(*holes))

    assert outcome(decision) == ((expected, UpdateKind.PATCH) if expected else Hold)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(held(("3.12.7", 0)), "3.12.7", id="it has it since today"),
        pytest.param(held(("3.12.7", None)), "3.12.7", id="it has it, nobody knows since when"),
        pytest.param(held(("3.12.4", 9)), None, id="it has not"),
    ],
)
def test_a_soak_of_no_days_waits_until_the_stage_before_has_it(before, expected):
    decision = decide(pin("3.12.4"), listing(*VALUES), before, Rule(soak=timedelta()))

    assert outcome(decision) == ((expected, UpdateKind.PATCH) if expected else Hold)


def test_only_what_has_a_soak_is_asked_for_itself():
    the_pin = pin("3.12.4")
    contexts = [replace(CONTEXT, before=before) for before in (None, held(("3.12.7", 2)), held(("3.12.7", 9)))]

    assert len({Decider([Rule()]).question(the_pin, context) for context in contexts}) == 1
    assert len({Decider([TWO_WEEKS]).question(the_pin, context) for context in contexts}) == 3


def test_a_hold_of_a_digest_names_the_digests():
    registry = Registry({"3.12": digest(3)})
    decision = decide(pin("3.12", digest=digest(1)), listing("3.12"), held(("3.12", 90, None, 2)), registry=registry)

    new, there = str(digest(3))[7:19], str(digest(2))[7:19]
    assert decision.verdict.reason == f"production gets 3.12@{new} once qa has held it for 14 days; qa is on 3.12@{there}"
