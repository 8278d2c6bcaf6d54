"""Canaries: who goes first, when an update goes on, and when it stops."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.checks import Checks
from bot.model.fleet import Criticality
from bot.propose.canary import Ask, Asked, Canary, Course, Fate, Wave, held_back
from bot.propose.marker import Target
from bot.propose.order import Key

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CANARY = Canary(from_apps=20, first=3, stop_at_percent=30, most=timedelta(days=7))
PYTHON = Target(dependency="oci: docker.io/library/python", value="3.12.6")
REDIS = Target(dependency="oci: docker.io/library/redis", value="7.2.5")
DAY = timedelta(days=1)


def asked(number: int, fate: Fate, checks: Checks | None = Checks.NONE, *, at: datetime = NOW - DAY) -> Asked:
    return Asked(app=Key(repo=f"acme/{number}", name=str(number)), place=f"acme/{number}#1", at=at, fate=fate, checks=checks)


def wave(*ones: Asked, apps: int = 60, canary: Canary = CANARY, since: datetime | None = None) -> Wave:
    return Wave(what="python 3.12.6", apps=apps, since=since, asked=ones, canary=canary)


OPEN, MERGED, DECLINED = Fate.OPEN, Fate.MERGED, Fate.DECLINED
GREEN, RED, PENDING, NONE = Checks.GREEN, Checks.RED, Checks.PENDING, Checks.NONE


@pytest.mark.parametrize(
    ("made", "course"),
    [
        pytest.param(wave(apps=19), Course.ALL, id="too few apps"),
        pytest.param(wave(), Course.FIRST, id="nobody got it"),
        pytest.param(wave(asked(1, OPEN, GREEN), asked(2, OPEN, GREEN), asked(3, OPEN, GREEN)), Course.FIRST, id="green and not merged"),
        pytest.param(wave(asked(1, MERGED, GREEN), asked(2, OPEN, GREEN), asked(3, OPEN)), Course.FIRST, id="one of three merged"),
        pytest.param(wave(asked(1, MERGED, GREEN), asked(2, MERGED, GREEN), asked(3, OPEN)), Course.ALL, id="half merged, rounded up"),
        pytest.param(wave(asked(1, MERGED, NONE), asked(2, MERGED, NONE)), Course.ALL, id="merged where there are no checks"),
        pytest.param(wave(asked(1, MERGED, GREEN), asked(2, MERGED, PENDING)), Course.FIRST, id="merged before its checks are done"),
        pytest.param(wave(asked(1, MERGED, GREEN), asked(2, MERGED, RED)), Course.STOPPED, id="merged although it is red"),
        pytest.param(wave(asked(1, MERGED, GREEN), asked(2, MERGED, GREEN), asked(3, OPEN, RED)), Course.STOPPED, id="one of three red"),
        pytest.param(wave(asked(1, OPEN), asked(2, OPEN), asked(3, DECLINED)), Course.STOPPED, id="one of three declined"),
        pytest.param(
            wave(asked(1, MERGED, GREEN), asked(2, MERGED, GREEN), asked(3, OPEN, None)), Course.FIRST, id="one of three can't be asked"
        ),
        pytest.param(wave(*(asked(n, MERGED, GREEN) for n in range(9)), asked(10, OPEN, None)), Course.ALL, id="one of ten can't be asked"),
        pytest.param(wave(*(asked(n, MERGED, GREEN) for n in range(9)), asked(10, OPEN, RED)), Course.ALL, id="one of ten red"),
        pytest.param(
            wave(*(asked(n, MERGED, GREEN) for n in range(7)), *(asked(n, OPEN, RED) for n in range(8, 11))),
            Course.STOPPED,
            id="three of ten red",
        ),
        pytest.param(wave(asked(1, OPEN, at=NOW - 6 * DAY)), Course.FIRST, id="six days without a merge"),
        pytest.param(wave(asked(1, OPEN, at=NOW - 7 * DAY), asked(2, OPEN)), Course.ALL, id="seven days without a merge"),
        pytest.param(wave(asked(1, OPEN, at=NOW - 9 * DAY), since=NOW - DAY), Course.FIRST, id="an old pull request, a new release"),
        pytest.param(wave(asked(1, OPEN, RED, at=NOW - 9 * DAY)), Course.STOPPED, id="seven days and red"),
        pytest.param(wave(asked(1, OPEN, None, at=NOW - 9 * DAY)), Course.FIRST, id="seven days and not known"),
    ],
)
def test_how_far_an_update_goes(made, course):
    assert made.verdict(NOW).course is course


def test_the_reasons_say_where_to_look_and_when_it_goes_on():
    stopped = wave(asked(1, MERGED, GREEN), asked(2, OPEN, RED), asked(3, DECLINED)).verdict(NOW)
    begun = wave().verdict(NOW)
    waiting = wave(asked(1, MERGED, GREEN), asked(2, OPEN, PENDING)).verdict(NOW)
    unclear = wave(asked(1, OPEN, None)).verdict(NOW)
    late = wave(asked(1, OPEN, at=NOW - 8 * DAY), asked(2, MERGED, GREEN)).verdict(NOW)

    assert stopped.why == (
        "stopped: python 3.12.6 is red or declined in 2 of 3 apps that got it: acme/2#1 (open, red), acme/3#1 (declined); look at them; "
        "goes on once less than 30% are (order.canary.stop_at_percent), and a newer release begins anew"
    )
    assert begun.why == (
        "python 3.12.6 goes to 3 of 60 apps first (order.canary); goes on once 2 are merged and no checks of those are red or pending, or "
        "7 days after they got it, unless it is stopped before"
    )
    assert waiting.why == (
        "python 3.12.6 goes to 3 of 60 apps first (order.canary): acme/1#1 (merged, green), acme/2#1 (open, pending); goes on once 2 are "
        "merged and no checks of those are red or pending, or on 2026-05-07, unless it is stopped before"
    )
    assert "the checks of acme/1#1 (open, checks not known) could not be asked, and count as red until they can" in unclear.why
    assert late.why == "python 3.12.6 goes on to all 60 apps after 7 days: of 2 that got it 1 open, 1 merged"


def test_of_many_that_are_red_some_are_named():
    why = wave(*(asked(number, OPEN, RED) for number in range(9))).verdict(NOW).why

    assert "acme/4#1 (open, red) and 4 more;" in why


def ask(
    name: str,
    *targets: Target,
    criticality: Criticality = Criticality.MEDIUM,
    owner: str = "@acme/web",
    is_production_only: bool = False,
    has_room: bool = True,
    apps: int = 1,
) -> Ask:
    return Ask(
        apps=apps,
        app=Key(repo=f"acme/{name}", name=name),
        targets=targets or (PYTHON,),
        criticality=criticality,
        is_production_only=is_production_only,
        owners=frozenset({owner}),
        has_room=has_room,
    )


def going(asks: list[Ask], waves: dict[Target, Wave] | None = None) -> str:
    reasons = held_back(asks, waves or {PYTHON: wave()}, now=NOW)
    return "".join(one.app.name for one, why in zip(asks, reasons, strict=True) if why is None)


LOW, HIGH = Criticality.LOW, Criticality.HIGH


@pytest.mark.parametrize(
    ("asks", "first"),
    [
        pytest.param([ask(name) for name in "edcba"], "cba", id="by name where nothing else tells"),
        pytest.param([ask("a", apps=9), *(ask(name) for name in "bcde")], "bcd", id="one for many apps last"),
        pytest.param([ask("a", apps=9), *(ask(name) for name in "bc")], "abc", id="and as a whole"),
        pytest.param(
            [ask(name, criticality=HIGH) for name in "abc"] + [ask(name, criticality=LOW) for name in "xy"], "axy", id="criticality"
        ),
        pytest.param(
            [ask(name, is_production_only=True, criticality=LOW) for name in "ab"] + [ask(name) for name in "xyz"], "xyz", id="production"
        ),
        pytest.param([ask(name) for name in "abcd"] + [ask("x", owner="@acme/ops"), ask("y", owner="@acme/data")], "axy", id="owners"),
        pytest.param([ask("a", has_room=False), ask("b"), ask("c"), ask("d")], "bcd", id="no room in the repo"),
        pytest.param([ask("a")], "a", id="fewer than go first"),
        pytest.param([ask("a", REDIS), ask("b", REDIS), ask("c", REDIS), ask("d", REDIS), ask("e")], "abcde", id="others wait for nothing"),
    ],
)
def test_who_goes_first(asks, first):
    assert going(asks) == first


def test_owners_of_those_that_got_it_count():
    got = replace(asked(1, OPEN), owners=frozenset({"@acme/web"}))

    assert going([ask("a"), ask("b"), ask("x", owner="@acme/ops")], {PYTHON: wave(got)}) == "ax"


def test_one_that_asks_for_several_takes_a_place_of_each():
    both = {PYTHON: wave(), REDIS: wave(asked(1, OPEN), asked(2, OPEN))}

    assert going([ask("a", PYTHON, REDIS), ask("b", PYTHON, REDIS), ask("c"), ask("d"), ask("e")], both) == "acd"
    assert going([ask("a", PYTHON, REDIS), ask("b")], {PYTHON: wave(), REDIS: wave(asked(1, OPEN, RED))}) == "b"


def test_the_reason_to_stop_is_the_one_that_is_told():
    waves = {PYTHON: wave(*(asked(number, OPEN) for number in range(3))), REDIS: wave(asked(1, OPEN, RED))}

    (why,) = held_back([ask("a", PYTHON, REDIS)], waves, now=NOW)

    assert why is not None
    assert why.startswith("stopped")


def test_a_shard_has_its_part_and_a_canary_of_its_own():
    assert CANARY.of_shard(1) == CANARY
    assert CANARY.of_shard(4) == replace(CANARY, from_apps=5, first=1)
    assert CANARY.of_shard(40) == replace(CANARY, from_apps=1, first=1)


CANARIES = st.builds(
    Canary, from_apps=st.integers(1, 30), first=st.integers(1, 9), stop_at_percent=st.integers(1, 100), most=st.just(timedelta(days=7))
)


@given(
    apps=st.integers(1, 40),
    canary=CANARIES,
    fates=st.lists(st.tuples(st.sampled_from(Fate), st.sampled_from([*Checks, None])), max_size=200),
    days=st.lists(st.integers(0, 5), max_size=12),
)
def test_law_it_never_opens_more_than_the_first_before_its_condition_holds(apps, canary, fates, days):
    first, from_apps, stop = canary.first, canary.from_apps, canary.stop_at_percent
    now, got, left, story = NOW, [], [ask(f"{number:02}") for number in range(apps)], iter(fates)
    for passed in days:
        now += passed * DAY
        got = [replace(one, fate=fate, checks=checks) for one, (fate, checks) in zip(got, story, strict=False)] or got
        made = wave(*got, apps=apps, canary=canary)
        waits = held_back(left, {PYTHON: made}, now=now)
        out = [one for one, why in zip(left, waits, strict=True) if why is None]
        bad = sum(one.is_bad for one in got)
        is_bad = bad > 0 and 100 * bad >= stop * len(got)
        good = sum(one.is_good for one in got)
        is_over = bool(got) and now >= min(one.at for one in got) + canary.most
        if apps >= from_apps and is_bad:
            assert not out
        elif apps >= from_apps and good < ceil(min(first, apps) / 2) and not is_over:
            assert len(got) + len(out) <= max(first, len(got))
        assert waits == held_back(left, {PYTHON: made}, now=now)
        left = [one for one in left if one not in out]
        got = [*got, *(Asked(app=one.app, place=f"{one.app.repo}#1", at=now, fate=OPEN, checks=PENDING) for one in out)]


@given(apps=st.integers(1, 60), canary=CANARIES)
def test_law_where_all_merge_all_get_it_in_two_rounds(apps, canary):
    left, got = [ask(f"{number:02}") for number in range(apps)], []
    for _ in range(2):
        waits = held_back(left, {PYTHON: wave(*got, apps=apps, canary=canary)}, now=NOW)
        out = [one for one, why in zip(left, waits, strict=True) if why is None]
        left = [one for one in left if one not in out]
        got += [Asked(app=one.app, place="", at=NOW, fate=MERGED, checks=GREEN) for one in out]

    assert not left
