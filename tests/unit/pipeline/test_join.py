"""Shards joined: nothing is counted twice, nothing is lost, and what is missing is said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.base_state import BaseState
from bot.model.failure import Failure
from bot.model.run import Interruption, Stage
from bot.model.shard import Plan
from bot.pipeline.join import join
from bot.report.not_done import not_done
from tests.unit.report.sample import NOW
from tests.unit.report.test_summary import RUN

PLAN = Plan(id="abc", shards=(("acme/a", "acme/b"), ("acme/c",)))
FIRST, SECOND = PLAN.all_shards
DOWN = Failure(where="oci: docker.io/library/python", what="the registry is down")
UNKNOWN = BaseState(dependency="oci: docker.io/library/python", value="3.12", apps=("search",), problem="it was not opened", is_later=True)
KNOWN = BaseState(dependency="oci: docker.io/library/python", value="3.12", apps=("jobs", "search"), said="none known", built_at=NOW)


def joined(first=RUN, second=RUN):
    return join(PLAN, {SECOND: second, FIRST: first}, now=NOW)


def test_counts_are_those_of_all_shards():
    both = joined()

    assert (both.repos, both.pins, len(both.apps), len(both.sent)) == (2 * RUN.repos, 2 * RUN.pins, 2 * len(RUN.apps), 2 * len(RUN.sent))
    assert len(both.waiting) == 2 * len(RUN.waiting)


def test_it_began_when_the_first_shard_did():
    assert joined(second=replace(RUN, started_at=NOW - timedelta(hours=1))).started_at == NOW - timedelta(hours=1)


def test_a_registry_that_was_down_for_each_shard_is_told_once():
    run = replace(RUN, failures=(DOWN,))

    assert joined(run, run).failures == (DOWN,)


def test_what_a_limit_left_is_no_failure_of_the_joined_run_either():
    left = Failure(where="acme/a", what="the budget is used up", resumes_at=NOW)

    both = joined(second=replace(RUN, not_reached=(left,)))
    assert (both.not_reached, both.failures) == ((left,), RUN.failures)


def test_a_shard_that_left_nothing_is_a_failure_with_its_repos():
    summary = join(PLAN, {SECOND: RUN}, now=NOW)

    (failure, *_) = summary.failures
    assert str(failure) == "shard 1/2: it left no result, so that nothing is known of its 2 repos. Look at its job, then run it again."
    assert any(one.what == "shard 1/2" for one in not_done(summary))


def test_a_rule_is_idle_where_it_is_so_in_each_shard():
    run = replace(RUN, idle_rules=("a", "b"))

    assert joined(run, replace(RUN, idle_rules=("b", "c"))).idle_rules == ("b",)
    assert join(PLAN, {FIRST: run}, now=NOW).idle_rules == ()


@pytest.mark.parametrize("order", [(UNKNOWN, KNOWN), (KNOWN, UNKNOWN)])
def test_an_image_is_told_once_by_the_shard_that_knows_it(order):
    first, second = (replace(RUN, bases=(state,)) for state in order)

    (state,) = joined(first, second).bases
    assert (state.said, state.problem, state.apps) == ("none known", "", ("jobs", "search"))


def test_shards_that_all_are_missing_are_no_clean_run():
    summary = join(Plan(id="a", shards=(("acme/a",),)), {}, now=NOW)

    assert [failure.where for failure in summary.failures] == ["shard 1/1"]
    assert summary.repos == 0


def test_what_interrupted_shards_left_is_left_by_the_run():
    first = replace(RUN, interruption=Interruption(stage=Stage.PROPOSE, unsent=("acme/a",)))
    second = replace(RUN, interruption=Interruption(stage=Stage.FIND, unread=("acme/c",)))

    assert joined(first, second).interruption == Interruption(stage=Stage.FIND, unread=("acme/c",), unsent=("acme/a",))
    assert joined(first, RUN).interruption == first.interruption
    assert joined().interruption is None
