"""Until when distributions are cared for: fresher than what ships with the bot where it can be had, and never less."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.clients.short_memory import ShortMemory
from bot.inspect.end_of_life import dated
from bot.model.contents import OperatingSystem
from bot.model.listing import DatasourceError
from bot.pipeline.fresh_ends import FreshEnds

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DEBIAN = OperatingSystem(id="debian", version="12")
SHIPPED = dated(DEBIAN)


class Asked:
    def __init__(self, answer):
        self.answer, self.products = answer, []

    def __call__(self, product):
        self.products.append(product)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def memory(tmp_path):
    return ShortMemory(tmp_path / "memory.json")


def system(asked, memory, days=0):
    now = NOW + timedelta(days=days)
    return dated(DEBIAN, FreshEnds(asked, memory=memory, now=lambda: now).of)


def test_what_is_told_today_counts(memory):
    found = system(Asked({"12": (date(2030, 1, 1), date(2032, 1, 1))}), memory)

    assert (found.end_of_life, found.extended_until) == (date(2030, 1, 1), date(2032, 1, 1))
    assert found.end_of_life_source == "endoflife.date, 2026-12-01"


@pytest.mark.parametrize(("days", "count"), [pytest.param(6.9, 1, id="within a week"), pytest.param(7, 2, id="after a week")])
def test_a_distribution_is_asked_for_once_a_week(memory, days, count):
    asked = Asked({"12": (date(2030, 1, 1),)})

    first, later = system(asked, memory), system(asked, memory, days)

    assert asked.products == ["debian"] * count
    assert first.end_of_life == later.end_of_life


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(DatasourceError("502"), id="it does not answer"),
        pytest.param({}, id="it tells nothing"),
        pytest.param({"13": (date(2030, 1, 1),)}, id="it does not know the release"),
    ],
)
def test_what_ships_stands_in(memory, answer):
    assert system(Asked(answer), memory) == SHIPPED


def test_a_failure_is_asked_again_the_next_day(memory):
    asked = Asked(DatasourceError("502"))

    for days in (0, 0.9, 1):
        system(asked, memory, days)

    assert len(asked.products) == 2


@pytest.mark.parametrize("kept", ["[]", "{}", '{"cycles": {"12": ["x"]}, "as_of": "2026-12-01"}', '{"cycles": 1}', "no json"])
def test_a_memory_that_is_broken_is_none(memory, kept):
    memory.put("end of life debian", kept, until=NOW + timedelta(days=1))

    assert system(Asked({}), memory) == SHIPPED
