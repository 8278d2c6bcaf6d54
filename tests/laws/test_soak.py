"""A stage is never ahead of the one before it, and no rhythm of releases starves it: it gets the newest that has soaked."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.decide.stage_before import Span, StageBefore
from bot.model.dependency import LONG_AGO, OCI, Dependency, Release
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
from bot.model.rules import Rule
from bot.model.update import Propose

START = datetime(2026, 3, 1, tzinfo=UTC)
PYTHON = Dependency(datasource=OCI, name="docker.io/library/python")
NEWEST = 9
LISTED = Listing(
    dependency=PYTHON, releases=tuple(Release(dependency=PYTHON, value=f"3.12.{n}", first_seen=LONG_AGO) for n in range(NEWEST + 1))
)
LOOKS = st.lists(st.tuples(st.integers(1, 200), st.integers(0, NEWEST), st.integers(0, NEWEST)), min_size=1, max_size=12)
"""Hours since the look before, and what stands in the two places of the stage before, forwards and backwards."""


def look(patch: int, before: StageBefore, rule: Rule, now: datetime) -> int:
    """What the stage has once its pull request is merged."""
    pin = Pin(
        file=PurePosixPath("prod/app.yaml"),
        finder="kubernetes",
        dependency=PYTHON,
        name="python",
        scheme="docker",
        value=f"3.12.{patch}",
        role=Role.IMAGE,
        sites=(),
        line=1,
        column=1,
    )
    context = PinContext(repo="", app="shop", stage="production", before=before)
    verdict = Decider([rule]).decide(pin, LISTED, context, lambda release: release, now).verdict
    return int(verdict.update.release.value.rpartition(".")[2]) if isinstance(verdict, Propose) else patch


def spans(looks: list[tuple[int, int, int]], hours: list[int]) -> tuple[Span, ...]:
    """What the ledger would have of them."""
    found: list[Span] = []
    for column in (1, 2):
        began = 0
        for number in range(1, len(looks) + 1):
            if number == len(looks) or looks[number][column] != looks[began][column]:
                since, until = (START + timedelta(hours=hours[at]) if at < len(looks) else None for at in (began, number))
                found.append(Span(value=f"3.12.{looks[began][column]}", since=since, until=until))
                began = number
    return tuple(found)


def ripe(looks: list[tuple[int, int, int]], hours: list[int], soak: int) -> int:
    """The newest that came so long ago that the stage has had it since then, or something newer; -1: there is none."""
    found, lowest = -1, NEWEST
    for (_, one, other), hour in reversed(list(zip(looks, hours, strict=True))):
        lowest = min(lowest, max(one, other))
        if hours[-1] - hour >= soak:
            found = max(found, *(value for value in (one, other, -1) if value <= lowest))
    return found


@settings(deadline=None, max_examples=200)
@given(looks=LOOKS, soak=st.integers(0, 400))
def test_a_stage_gets_the_newest_that_soaked_in_the_one_before_in_every_rhythm(looks: list[tuple[int, int, int]], soak: int) -> None:
    has = 0
    for number in range(1, len(looks) + 1):
        seen, hours = looks[:number], list(accumulate(hour for hour, *_ in looks[:number]))
        before = StageBefore(name="qa", own="production", spans=spans(seen, hours))
        gets = look(has, before, Rule(soak=timedelta(hours=soak)), START + timedelta(hours=hours[-1]))

        assert gets == max(has, ripe(seen, hours, soak))
        assert gets == has or gets <= max(seen[-1][1:])
        has = gets
