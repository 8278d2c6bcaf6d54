"""What a long list costs: counts, for seconds depend on the machine."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.decide import cycles, values
from bot.decide.candidates import pin_of
from bot.decide.decider import Decider, PinContext
from bot.model.dependency import Dependency, Release
from bot.model.listing import Listing
from bot.model.rules import Rule
from bot.model.update import Hold, Propose, UpdateKind
from bot.versions import docker

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
MANY = 400


@pytest.fixture
def calls(monkeypatch):
    """How often each function was called."""
    counts = Counter()

    def count(owner, name):
        function = getattr(owner, name)

        def counting(*arguments, **named):
            counts[name] += 1
            return function(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    count(docker, "read")
    count(cycles.Numbering, "is_step")
    count(values, "holding")
    count(values, "_try")
    return counts


def decide(tags, *, in_use, rule, seen=timedelta(days=400)):
    listing = Listing(
        dependency=PYTHON, releases=tuple(Release(dependency=PYTHON, value=tag, first_seen=NOW - seen) for tag in [in_use, *tags])
    )
    describe = lambda release: replace(release, digest=f"sha256:{'a' * 64}")  # noqa: E731 - every value has it
    return Decider([rule]).decide(pin_of(PYTHON, in_use), listing, PinContext(repo="", app="", stage=""), describe, NOW)


def test_a_tag_is_read_once_where_no_lesson_changes_it(calls):
    decision = decide([f"3.12.{number}" for number in range(1, MANY)], in_use="3.12.0", rule=Rule(allow=frozenset({UpdateKind.PATCH})))

    assert isinstance(decision.verdict, Propose)
    assert calls["read"] <= MANY + 1


def test_what_is_older_than_the_chosen_value_is_not_judged_beyond_what_is_told(calls):
    decision = decide([f"3.12.{number}" for number in range(1, MANY)], in_use="3.12.0", rule=Rule(allow=frozenset({UpdateKind.PATCH})))

    assert len(decision.candidates) == 100
    assert calls["_try"] == 100


def test_steps_to_another_cycle_ask_once_what_comes_first(calls):
    tags = [*(f"3.12.{number}" for number in range(1, MANY)), *(f"3.13.{number}" for number in range(MANY))]
    rule = Rule(allow=frozenset({UpdateKind.PATCH, UpdateKind.CYCLE}), cooldown=timedelta(days=3))

    decision = decide(tags, in_use="3.12.0", rule=rule, seen=timedelta(days=1))

    assert isinstance(decision.verdict, Hold)
    assert calls["is_step"] <= 4 * len(tags)
    assert calls["holding"] == 1
