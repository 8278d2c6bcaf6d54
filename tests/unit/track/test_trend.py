"""How many fixes were open and stale at the ends of the last weeks, by the ledger's events."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger.history import Event, UpdateKey
from bot.ledger.last_times import ROUNDS_FROM
from bot.ledger.ledger import Ledger
from bot.ledger.step_holes import StepKey
from bot.model.exposure import Closes, End, Exposure, Step
from bot.model.fleet import App
from bot.model.severity import Severity
from bot.settings.sections import Stale
from bot.track.over import cleared
from bot.track.trend import trend

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)  # a Monday
LAST_SUNDAY = datetime(2026, 11, 16, tzinfo=UTC)
SHOP = App(name="shop", repo="acme/shop")
JOBS = App(name="jobs", repo="acme/jobs")
PYTHON = "oci: docker.io/library/python"
STALE = Stale()
"""30 days for what nobody rated, of medium criticality; 7 for what is critical."""


@pytest.fixture
def ledger():
    opened = Ledger.open("sqlite://")
    yield opened
    opened.close()


def behind(ledger: Ledger, app: App, old: str, *, days: int) -> Exposure:
    """Detected so many days ago, and not taken."""
    at = NOW - days * DAY
    ledger.events.record_step(app.repo, PYTHON, old, Step.DETECTED, at, new="9")
    return Exposure(app=app, dependency=PYTHON, old=old, new="9", steps={Step.DETECTED: at}, waiting_for=Step.PROPOSED, due=at + 30 * DAY)


def took(ledger: Ledger, app: App, old: str, *, days: int, ago: int, new: str = "9") -> None:
    """Detected so many days ago, and merged so many days ago."""
    ledger.events.record_step(app.repo, PYTHON, old, Step.DETECTED, NOW - days * DAY, new=new)
    ledger.events.record_step(app.repo, PYTHON, old, Step.MERGED, NOW - ago * DAY, new=new)


def counts(ledger: Ledger, *exposures: Exposure, apps=(SHOP, JOBS)) -> list[tuple[str, int, int, int]]:
    points = trend(exposures, apps, ledger, stale=STALE, now=NOW).points
    return [(f"{point.at:%d.%m}", point.open, point.stale, point.stale_apps) for point in points]


def test_a_fleet_without_a_record_has_but_now(ledger):
    found = trend([], [SHOP], ledger, stale=STALE, now=NOW)

    assert [(point.at, point.open) for point in found.points] == [(NOW, 0)]
    assert (found.week_ago, found.begins_at) == (None, None)


def test_before_the_record_begins_there_is_no_point(ledger):
    one = behind(ledger, SHOP, "1", days=24)

    assert counts(ledger, one) == [("02.11", 1, 0, 0), ("09.11", 1, 0, 0), ("16.11", 1, 0, 0), ("23.11", 1, 0, 0)]


def test_twelve_points_at_most_and_none_twice_for_the_same_day(ledger):
    one = behind(ledger, SHOP, "1", days=300)

    found = counts(ledger, one)

    assert len(found) == 12
    assert found[0] == ("07.09", 1, 1, 1)
    assert [day for day, *_ in found[-2:]] == ["16.11", "23.11"], "the night before this Monday's report says what it says itself"


def test_what_was_taken_was_open_until_then(ledger):
    took(ledger, SHOP, "1", days=60, ago=10)
    one = behind(ledger, JOBS, "1", days=20)

    assert counts(ledger, one)[-5:] == [
        ("26.10", 1, 1, 1),
        ("02.11", 1, 1, 1),
        ("09.11", 2, 1, 1),
        ("16.11", 1, 0, 0),
        ("23.11", 1, 0, 0),
    ]


def test_what_it_closed_made_it_due_earlier(ledger):
    took(ledger, SHOP, "1", days=60, ago=10)
    step = StepKey(PYTHON, "1", "9")
    ledger.step_holes.record({step: Closes(severity=Severity.CRITICAL, said="closes 1 hole")}, NOW, seen={step: NOW - timedelta(days=60)})

    assert counts(ledger)[-5] == ("26.10", 1, 1, 1)


def test_what_closed_an_exploited_hole_was_due_within_its_hours(ledger):
    took(ledger, SHOP, "1", days=60, ago=10)
    closes = Closes(severity=Severity.LOW, said="closes 1 hole (1 low; 1 exploited in the wild)", exploited_since=NOW - 45 * DAY)
    ledger.step_holes.record({StepKey(PYTHON, "1", "9"): closes}, NOW)

    assert counts(ledger)[-5] == ("26.10", 1, 1, 1)


def test_each_round_counts_for_its_own_time(ledger):
    took(ledger, SHOP, "1", days=50, ago=45)
    one = behind(ledger, SHOP, "1", days=3)

    assert [open_ for _, open_, *_ in counts(ledger, one)] == [1, 0, 0, 0, 0, 0, 0, 1]


def test_what_ended_long_ago_or_goes_on_is_not_even_read(ledger):
    took(ledger, SHOP, "1", days=400, ago=390)
    took(ledger, SHOP, "3", days=40, ago=9)
    one = behind(ledger, SHOP, "2", days=3)

    found = ledger.events.rounds_since(NOW - 100 * DAY)

    assert list(found) == [UpdateKey(app="acme/shop", dependency=PYTHON, old="3")]
    assert counts(ledger, one)[-1] == ("23.11", 1, 0, 0)


def test_what_is_open_in_the_ledger_but_told_by_no_exposure_is_left_out_of_every_week(ledger):
    behind(ledger, SHOP, "1", days=60)
    one = behind(ledger, JOBS, "1", days=60)
    took(ledger, App(name="gone", repo="acme/gone"), "1", days=60, ago=20)

    assert {open_ for _, open_, *_ in counts(ledger, one)} == {1}


def test_a_fix_that_waits_for_its_deployment_is_not_over(ledger):
    took(ledger, SHOP, "1", days=60, ago=30)
    one = Exposure(
        app=SHOP,
        dependency=PYTHON,
        old="1",
        new="9",
        steps={Step.DETECTED: NOW - 60 * DAY, Step.MERGED: NOW - 30 * DAY},
        waiting_for=Step.DEPLOYED,
        due=NOW - 30 * DAY,
    )

    assert counts(ledger, one)[-2:] == [("16.11", 1, 1, 1), ("23.11", 1, 1, 1)]


def test_a_week_ago_is_a_week_ago(ledger):
    took(ledger, SHOP, "1", days=60, ago=6)
    one = behind(ledger, JOBS, "1", days=8)

    found = trend([one], [SHOP, JOBS], ledger, stale=STALE, now=NOW).week_ago

    assert found is not None
    assert (found.at, found.open, found.stale) == (NOW - 7 * DAY, 2, 1)


def test_where_steps_were_deleted_the_record_begins_later(ledger):
    one = behind(ledger, SHOP, "1", days=80)
    ledger.last_times.record([ROUNDS_FROM], LAST_SUNDAY)

    assert [day for day, *_ in counts(ledger, one)] == ["16.11", "23.11"]


def test_what_was_followed_behind_its_merge_was_open_until_its_end(ledger):
    took(ledger, SHOP, "1", days=300, ago=200)
    ended = Event(key=UpdateKey(app="acme/shop", dependency=PYTHON, old="1"), step=Step.ENDED, at=NOW - 10 * DAY, new="9", why=End.DEPLOYED)
    ledger.events.record([ended])

    assert [open_ for _, open_, *_ in counts(ledger)][-3:] == [1, 0, 0]


@pytest.mark.parametrize(
    ("why", "url", "end"),
    [
        pytest.param(None, "https://github.com/acme/shop/pull/1", End.MERGED, id="merged"),
        pytest.param(None, "", End.TAKEN, id="another way"),
        pytest.param(End.PIN_GONE, "", End.PIN_GONE, id="as recorded"),
    ],
)
def test_what_is_cleared_is_told_with_its_reason(ledger, why, url, end):
    key = UpdateKey(app="acme/shop", dependency=PYTHON, old="1")
    behind(ledger, SHOP, "1", days=30)
    ledger.events.record([Event(key=key, step=Step.MERGED, at=NOW - 3 * DAY, new="9", url=url)])
    if why:
        ledger.events.record([Event(key=key, step=Step.ENDED, at=NOW - 2 * DAY, new="9", why=why)])

    (one,) = cleared([], [SHOP], ledger, since=NOW - 7 * DAY)

    assert (one.app, one.old, one.new, one.end, one.pull_request_url) == (SHOP, "1", "9", end, url or None)
    assert one.at == NOW - (2 if why else 3) * DAY
    assert one.waited_since == NOW - 30 * DAY


def test_what_is_still_open_or_ended_earlier_is_not_cleared(ledger):
    took(ledger, SHOP, "1", days=60, ago=10)
    took(ledger, SHOP, "2", days=60, ago=3)
    still = Exposure(app=SHOP, dependency=PYTHON, old="2", new="9", steps={Step.DETECTED: NOW}, waiting_for=Step.DEPLOYED)

    assert cleared([still], [SHOP, JOBS], ledger, since=NOW - 7 * DAY) == []
