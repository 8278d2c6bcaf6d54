"""A purpose tag's pin gets what the tag that it follows has held, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.decide.decider import Decider
from bot.decide.stage_before import Span
from bot.model.dependency import HELM, Dependency
from bot.model.rules import Promotion, Rule
from bot.model.update import Hold, NotAllowed, Propose, Unknown, UpdateKind, UpToDate
from tests.unit.decide.deciding import CONTEXT, NOW, Registry, digest, listing, pin

WEEK = Rule(promote=(Promotion(tag="prod", follows="qa", after=timedelta(days=7)),))


def held(*spans):
    """What qa held: (number of the digest, days ago from, days ago to or None)."""
    return [
        Span(
            value="",
            digest=str(digest(number)),
            since=NOW - timedelta(days=start),
            until=None if end is None else NOW - timedelta(days=end),
        )
        for number, start, end in spans
    ]


class ByDigest(Registry):
    """Has every digest that was ever there."""

    def describe(self, release):
        return release if release.digest is not None else super().describe(release)


def decide(*spans, rule=WEEK, the_pin=None, prod=2, is_urgent=False, **standing):
    """The pin has digest 1; the registry's `prod` and `qa` stand at these numbers."""
    there = held(*spans)
    now = [("qa", span.digest) for span in there if span.until is None]
    seen = sorted(there, key=lambda span: span.since, reverse=True)

    def digests_seen(release):
        return [replace(release, digest=span.digest, first_seen=span.since) for span in seen if release.value == "qa"]

    return Decider([rule]).decide(
        the_pin or pin("prod", digest=digest(1)),
        listing("prod", "qa", "1.2.0"),
        replace(CONTEXT, is_urgent=is_urgent),
        ByDigest({"prod": digest(prod), **dict(now), **standing}).describe,
        NOW,
        digests_seen=digests_seen,
        history=lambda release: there if release.value == "qa" else [],
    )


PROMOTED = {
    "held for long enough": ([(1, 90, 8), (3, 8, None)], 3),
    "held to the day": ([(1, 90, 7), (3, 7, None)], 3),
    "not for long enough": ([(1, 90, 6), (3, 6, None)], Hold),
    "the newest that was, of a tag that moves daily": ([(1, 90, 9), (3, 9, 3), (4, 3, 1), (5, 1, None)], 3),
    "what it fell back from does not come": ([(1, 90, 20), (3, 20, 2), (1, 2, None)], UpToDate),
    "nor once it has moved on": ([(1, 90, 20), (3, 20, 10), (1, 10, 2), (4, 2, None)], Hold),
    "it has what qa has": ([(1, 90, None)], UpToDate),
    "nobody answers": ([], Unknown),
}


@pytest.mark.parametrize(("spans", "expected"), PROMOTED.values(), ids=PROMOTED.keys())
def test_what_prod_gets(spans, expected):
    verdict = decide(*spans).verdict

    if isinstance(expected, int):
        assert isinstance(verdict, Propose)
        assert (verdict.update.release.value, verdict.update.release.digest) == ("prod", str(digest(expected)))
        assert (verdict.update.kind, verdict.update.promoted_from) == (UpdateKind.DIGEST, "qa")
    else:
        assert isinstance(verdict, expected)


def test_a_wait_says_for_what_and_until_when():
    verdict = decide((1, 90, 6), (3, 6, None)).verdict

    assert verdict.reason == ":prod gets prod@000000000000 once :qa has held it for 7 days (since 2026-11-17)"
    assert (verdict.policy, verdict.until) == ("soak", NOW + timedelta(days=1))


def test_where_the_registry_has_prod_counts_no_more():
    assert isinstance(decide((1, 90, None), prod=9).verdict, UpToDate)


OTHERS = {
    "another tag follows itself": (pin("dev", digest=digest(1)), {"dev": digest(7)}, digest(7)),
    "a version follows itself": (pin("1.2.0", digest=digest(1)), {"1.2.0": digest(8)}, digest(8)),
}


@pytest.mark.parametrize(("the_pin", "standing", "expected"), OTHERS.values(), ids=OTHERS.keys())
def test_other_tags_follow_themselves(the_pin, standing, expected):
    verdict = decide((3, 90, None), the_pin=the_pin, **standing).verdict

    assert (verdict.update.release.digest, verdict.update.promoted_from) == (expected, "")


def test_a_chart_is_no_image():
    chart = pin("prod", dependency=Dependency(datasource=HELM, name="https://x#y"), scheme="semver")

    assert not isinstance(decide((3, 90, None), the_pin=chart).verdict, Propose)


def test_what_a_rule_forbids_is_forbidden():
    rule = replace(WEEK, allow=frozenset({UpdateKind.PATCH}))

    assert isinstance(decide((1, 90, 8), (3, 8, None), rule=rule).verdict, NotAllowed)


def test_an_order_hurries_what_qa_has_and_nothing_that_it_has_not():
    assert decide((1, 90, 6), (3, 6, None), is_urgent=True).verdict.update.release.digest == str(digest(3))


def test_the_last_of_two_for_a_tag_counts():
    rule = replace(WEEK, promote=(*WEEK.promote, Promotion(tag="prod", follows="qa", after=timedelta(days=30))))

    assert isinstance(decide((1, 90, 8), (3, 8, None), rule=rule).verdict, Hold)
