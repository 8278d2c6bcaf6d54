"""How long fixes took: counted from the detection, of what came so far."""

from datetime import timedelta

import pytest

from bot.model.fleet import App
from bot.report.lived import NOBODY, Lived, Took, by_owner, times
from bot.report.look import Look
from tests.boards import NOW

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "half", "most"),
    [
        pytest.param([5], 5, 5, id="one"),
        pytest.param([1, 9], 1, 9, id="two"),
        pytest.param(list(range(1, 11)), 5, 9, id="ten"),
        pytest.param([*[1] * 90, *[50] * 10], 1, 1, id="nine of ten"),
        pytest.param([*[1] * 89, *[50] * 11], 1, 50, id="less than nine of ten"),
    ],
)
def test_half_and_nine_of_ten_took_no_longer(days, half, most):
    assert Took.of(day * DAY for day in days) == Took(count=len(days), half=half * DAY, most=most * DAY)


def test_nothing_that_came_so_far_is_no_time_of_zero():
    assert Took.of([]) is None
    assert times([Lived(app="acme/shop", began_at=NOW - 9 * DAY)], since=NOW - 90 * DAY).merge is None


def test_each_step_is_counted_where_it_was_taken_in_time():
    old = Lived(app="acme/shop", began_at=NOW - 200 * DAY, merged_at=NOW - 100 * DAY, rebuilt_at=NOW - 50 * DAY)
    found = times([old], since=NOW - 90 * DAY)

    assert found.merge is None
    assert found.rebuild == Took(count=1, half=150 * DAY, most=150 * DAY)
    assert found.production is None


def test_a_merge_before_the_detection_took_no_time():
    assert times([Lived(app="a", began_at=NOW, merged_at=NOW - DAY)], since=NOW - 9 * DAY).merge == Took(
        count=1, half=0 * DAY, most=0 * DAY
    )


def test_fixes_are_told_by_the_first_owner_of_today():
    looks = [Look(app=App(name="shop", repo="acme/shop", owners=("@a", "@b"))), Look(app=App(name="lone", repo="acme/lone"))]
    lived = [Lived(app=app, began_at=NOW) for app in ("acme/shop", "acme/lone", "acme/gone")]

    assert by_owner(lived, looks) == {"@a": [lived[0]], NOBODY: [lived[1]]}
