"""What a hole that is closed, or a system past its end, does to a decision; what is not known holds nothing back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from bot.decide.cooldown import Cooldown
from bot.decide.evidence import NoEvidence
from bot.decide.rules import merged
from bot.decide.worth import WorthIt
from bot.model.dependency import OCI, Dependency, Release
from bot.model.pin import Pin, Role
from bot.model.rules import Worth
from bot.model.severity import Severity
from bot.model.update import Update, UpdateKind
from tests.image_steps import hole, image, step

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NGINX = Dependency(datasource=OCI, name="docker.io/library/nginx")
PIN = Pin(
    file=PurePosixPath("Dockerfile"),
    finder="dockerfile",
    dependency=NGINX,
    name="nginx",
    scheme="docker",
    value="1.27.0",
    role=Role.IMAGE,
    sites=(),
    line=1,
    column=1,
)


class Knows(NoEvidence):
    def __init__(self, step):
        self.known = step

    def step(self, update):  # noqa: ARG002
        return self.known


def update(*, kind: UpdateKind = UpdateKind.PATCH, days: float = 0) -> Update:
    release = Release(dependency=NGINX, value="1.27.1", first_seen=NOW - timedelta(days=days))
    return Update(pin=PIN, release=release, kind=kind)


def cooldown(known, *, urgent_from: Severity, urgent_days: float = 0, kind: UpdateKind = UpdateKind.PATCH, days: float = 0):
    policy = Cooldown(
        cooldown=timedelta(days=3),
        digest_cooldown=timedelta(days=3),
        evidence=Knows(known),
        urgent_from=urgent_from,
        urgent_cooldown=timedelta(days=urgent_days),
    )
    return policy.objection(update(kind=kind, days=days), NOW)


CRITICAL = step(closed=[hole("CVE-1", Severity.LOW), hole("CVE-2", Severity.CRITICAL)])


@pytest.mark.parametrize(
    ("known", "asked", "is_held"),
    [
        pytest.param(CRITICAL, {"urgent_from": Severity.CRITICAL}, False, id="a critical one"),
        pytest.param(CRITICAL, {"urgent_from": Severity.HIGH}, False, id="worse than asked for"),
        pytest.param(CRITICAL, {"urgent_from": Severity.CRITICAL, "kind": UpdateKind.DIGEST}, False, id="a digest too"),
        pytest.param(CRITICAL, {"urgent_from": Severity.UNKNOWN}, True, id="never"),
        pytest.param(CRITICAL, {"urgent_from": Severity.CRITICAL, "urgent_days": 1}, True, id="a shorter wait, not over"),
        pytest.param(CRITICAL, {"urgent_from": Severity.CRITICAL, "urgent_days": 1, "days": 1}, False, id="a shorter wait, over"),
        pytest.param(CRITICAL, {"urgent_from": Severity.CRITICAL, "urgent_days": 9, "days": 3}, False, id="never a longer wait"),
        pytest.param(step(closed=[hole("CVE-1")]), {"urgent_from": Severity.CRITICAL}, True, id="not bad enough"),
        pytest.param(step(closed=[hole("CVE-1", Severity.UNKNOWN)]), {"urgent_from": Severity.LOW}, True, id="of unknown severity"),
        pytest.param(step(left=[hole("CVE-1", Severity.CRITICAL)]), {"urgent_from": Severity.LOW}, True, id="left, not closed"),
        pytest.param(step(unclear=[hole("CVE-1", Severity.CRITICAL)]), {"urgent_from": Severity.LOW}, True, id="not clear"),
        pytest.param(None, {"urgent_from": Severity.LOW}, True, id="the images could not be opened"),
        pytest.param(
            step(closed=[hole("CVE-1", Severity.CRITICAL)], brought=[hole("CVE-2", Severity.CRITICAL)]),
            {"urgent_from": Severity.CRITICAL},
            True,
            id="it brings one as bad",
        ),
    ],
)
def test_a_release_that_closes_a_bad_hole_waits_less(known, asked, is_held):
    assert (cooldown(known, **asked) is not None) is is_held


def test_a_shorter_wait_is_what_is_told():
    hold = cooldown(CRITICAL, urgent_from=Severity.CRITICAL, urgent_days=1)

    assert hold is not None
    assert (hold.until, hold.reason.rpartition("; ")[2]) == (NOW + timedelta(days=1), "releases wait 1 day")


def test_the_images_of_a_ripe_release_are_not_opened():
    class Fails(NoEvidence):
        def step(self, update):  # noqa: ARG002
            raise AssertionError

    policy = Cooldown(cooldown=timedelta(days=3), digest_cooldown=timedelta(), evidence=Fails(), urgent_from=Severity.LOW)

    assert policy.objection(update(days=3), NOW) is None


def test_nothing_is_waived_where_no_rule_says_so():
    assert merged([], PIN, None).urgent_from is None


def with_holes(**more):
    found = step()
    return replace(found, holes=replace(found.holes, **more))


FIXES, EOL, OLD = Worth(fixes=True), Worth(end_of_life=True), Worth(older_than=timedelta(days=90))
ENDED, CARED_FOR = image(end_of_life=date(2026, 11, 22)), image(end_of_life=date(2026, 11, 23))
FRESH, AGED = image(built=NOW - timedelta(days=90)), image(built=NOW - timedelta(days=91))


@pytest.mark.parametrize(
    ("only_if", "known", "is_held"),
    [
        pytest.param(None, step(), False, id="no gate"),
        pytest.param(FIXES, step(closed=[hole("CVE-1", Severity.LOW)]), False, id="it closes one"),
        pytest.param(FIXES, step(), True, id="it closes none"),
        pytest.param(FIXES, step(left=[hole("CVE-1")]), True, id="what it leaves does not count"),
        pytest.param(FIXES, step(unclear=[hole("CVE-1")]), False, id="it may close one"),
        pytest.param(FIXES, step(data=[]), False, id="nothing could be checked"),
        pytest.param(FIXES, None, False, id="nothing could be opened"),
        pytest.param(FIXES, with_holes(has_failed=True), False, id="something failed"),
        pytest.param(FIXES, with_holes(has_unchecked_changes=True), False, id="what changes was not checked"),
        pytest.param(EOL, step(old=ENDED, new=CARED_FOR), False, id="it leaves a system past its end"),
        pytest.param(EOL, step(old=ENDED, new=ENDED), True, id="it stays on a system past its end"),
        pytest.param(EOL, step(old=CARED_FOR, new=CARED_FOR), True, id="on its last day it is cared for"),
        pytest.param(OLD, step(old=AGED), False, id="older than 90 days"),
        pytest.param(OLD, step(old=FRESH), True, id="90 days old"),
        pytest.param(OLD, step(old=image()), False, id="of unknown age"),
        pytest.param(Worth(fixes=True, end_of_life=True, older_than=timedelta(days=90)), step(old=AGED), False, id="any of them is enough"),
    ],
)
def test_only_what_is_worth_it_goes_out(only_if, known, is_held):
    hold = WorthIt(only_if=only_if, evidence=Knows(known)).objection(update(), NOW)

    assert (hold is not None) is is_held
    assert hold is None or hold.reason
