"""What time and calendars hold back: cooldowns, windows, freezes, opt-outs."""

from datetime import date, timedelta

import pytest

from bot.model.dependency import Release
from bot.model.listing import Listing
from bot.model.pin import OptOut
from bot.model.rules import Freeze, Rule, Window
from bot.model.update import Hold, NotAllowed, UpdateKind
from tests.unit.decide.deciding import ALL, LONG_AGO, NGINX, NOW, Registry, decide, digest, listing, outcome, pin, verdicts


def test_a_young_release_never_starves_a_ripe_one():
    decision = decide(pin(), listing(("1.5.0", 1), ("1.4.0", 2.9), ("1.3.0", 3)), Rule(cooldown=timedelta(days=3)))

    assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    assert verdicts(decision) == {"1.5.0": "held", "1.4.0": "held", "1.3.0": "chosen"}


def test_cooldown_holds_until_the_first_ripens():
    decision = decide(pin(), listing(("1.5.0", 1), ("1.4.0", 2)), Rule(cooldown=timedelta(days=3)))

    assert isinstance(decision.verdict, Hold)
    assert decision.verdict.update.release.value == "1.4.0"
    assert decision.verdict.until == NOW + timedelta(days=1)


def test_a_release_never_seen_before_is_young_whatever_its_publisher_says():
    release = Release(dependency=NGINX, value="1.3.0", published_at=LONG_AGO)

    decision = decide(pin(), Listing(dependency=NGINX, releases=(release,)), Rule(cooldown=timedelta(days=3)))

    assert isinstance(decision.verdict, Hold)
    assert decision.verdict.until == NOW + timedelta(days=3)


def test_a_digest_waits_from_when_it_was_seen_itself():
    rule, registry = Rule(digest_cooldown=timedelta(days=2)), Registry({"1.2.0": digest(2)})

    unseen = decide(pin(digest=digest(1)), listing(("1.2.0", digest(1))), rule, registry=registry)
    known = decide(pin(digest=digest(1)), listing(("1.2.0", digest(2))), rule, registry=registry)

    assert (unseen.verdict.policy, unseen.verdict.until) == ("cooldown", NOW + timedelta(days=2))
    assert outcome(known) == ("1.2.0", UpdateKind.DIGEST)


@pytest.mark.parametrize(
    ("cooldown", "words"), [(timedelta(days=1), "1 day"), (timedelta(days=2.5), "2.5 days"), (timedelta(hours=12), "12 hours")]
)
def test_a_hold_says_since_when_and_how_long(cooldown, words):
    decision = decide(pin(), listing(("1.3.0", 0)), Rule(cooldown=cooldown))

    assert decision.verdict.reason == f"first seen 2026-11-23 12:00 UTC; releases wait {words}"


def test_a_run_over_a_fleet_tells_of_a_hundred_values_at_the_most():
    assert len(decide(pin(), listing(*(f"1.{minor}.0" for minor in range(3, 300)))).candidates) == 100


@pytest.mark.parametrize(
    ("window", "until"),
    [
        pytest.param(Window(), None, id="always"),
        pytest.param(Window(days=frozenset({0}), from_hour=12, to_hour=13), None, id="open-from-this-hour"),
        pytest.param(Window(days=frozenset({0}), from_hour=11, to_hour=12), NOW + timedelta(days=6, hours=23), id="closed-at-this-hour"),
        pytest.param(Window(days=frozenset({1}), from_hour=9), NOW + timedelta(hours=21), id="tomorrow"),
        pytest.param(Window(from_hour=13, time_zone="Europe/Berlin"), None, id="one-hour-ahead"),
        pytest.param(Window(from_hour=18, time_zone="Asia/Kolkata"), NOW + timedelta(minutes=30), id="half-an-hour-zone"),
    ],
)
def test_windows(window, until):
    decision = decide(pin(), listing("1.3.0"), Rule(windows=(window,)))

    if until is None:
        assert outcome(decision) == ("1.3.0", UpdateKind.MINOR)
    else:
        assert (decision.verdict.policy, decision.verdict.until) == ("window", until)


def test_freeze_holds_and_says_why():
    freeze = Freeze(starts=NOW, ends=NOW + timedelta(days=2), reason="year's end")

    during = decide(pin(), listing("1.3.0"), Rule(freezes=(freeze,)))
    after = decide(pin(), listing("1.3.0"), Rule(freezes=(freeze,)), now=freeze.ends)

    assert (during.verdict.reason, during.verdict.until) == ("frozen: year's end", freeze.ends)
    assert outcome(after) == ("1.3.0", UpdateKind.MINOR)


@pytest.mark.parametrize(
    ("opt_out", "is_held"),
    [
        pytest.param(OptOut(reason="until the API moves"), True, id="for-good"),
        pytest.param(OptOut(until=date(2026, 11, 23)), True, id="last-day"),
        pytest.param(OptOut(until=date(2026, 11, 22)), False, id="over"),
    ],
)
def test_opt_out(opt_out, is_held):
    decision = decide(pin(opt_out=opt_out), listing("1.3.0"))

    assert isinstance(decision.verdict, NotAllowed) is is_held


def test_of_several_holds_the_one_that_ends_first_is_told():
    rule = Rule(cooldown=timedelta(days=3), allow=ALL - {UpdateKind.PIN})

    decision = decide(pin(), listing(("2.0.0", 0), ("1.3.0", 2)), rule)

    assert decision.verdict.update.release.value == "1.3.0"
