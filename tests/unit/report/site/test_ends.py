"""The calendar of ends."""

from dataclasses import replace
from datetime import date

import pytest

from bot.model.base_state import BaseState
from bot.model.contents import OperatingSystem
from bot.report.board import Board
from bot.report.site.pages.ends import calendar, ends_table, unknown_ends
from tests.boards import NOW

DEBIAN = OperatingSystem(id="debian", version="12", name="Debian 12")


def state(end, **changes):
    return replace(
        BaseState(dependency="oci: a/b", value="1", apps=("shop", "jobs"), system=replace(DEBIAN, end_of_life=end)),
        **changes,
    )


@pytest.mark.parametrize(
    ("end", "month", "mood"),
    [
        pytest.param(date(2026, 11, 22), "past its end", "past", id="yesterday"),
        pytest.param(date(2026, 11, 23), "2026-11", "soon", id="today is its last day"),
        pytest.param(date(2026, 12, 1), "2026-12", "soon", id="within 90 days"),
        pytest.param(date(2027, 12, 31), "2027-12", "later", id="in a year"),
        pytest.param(date(2028, 10, 31), "2028-10", "later", id="in the last month shown"),
        pytest.param(date(2028, 11, 1), "later", "later", id="after all months"),
    ],
)
def test_an_end_stands_in_its_month(end, month, mood):
    months = {one.name: one for one in calendar(Board(now=NOW, bases=(state(end),)))}

    assert (months[month].mood, months[month].images, months[month].apps) == (mood, 1, 2)
    assert sum(one.images for one in months.values()) == 1


@pytest.mark.parametrize(
    "unknown",
    [
        pytest.param(state(None), id="nobody tells"),
        pytest.param(state(None, system=None), id="no system"),
        pytest.param(state(date(2027, 1, 1), problem="gone"), id="not opened"),
    ],
)
def test_what_is_not_known_is_counted_and_stands_last(unknown):
    board = Board(now=NOW, bases=(unknown, state(date(2027, 1, 1))))

    assert unknown_ends(board) == 1
    assert [row[3] for row in ends_table(board).rows] == ["2027-01-01", None]
