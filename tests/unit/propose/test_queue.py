"""Limits are counted along, and what they refuse is told with its turn."""

import pytest

from bot.model.fleet import Criticality
from bot.model.severity import Severity
from bot.model.shard import Shard
from bot.model.turn import Urgency, WaitsFor
from bot.propose.queue import Budget, Limits

LIMITS = Limits(per_run=3, per_hour=10, open_per_repo=2, open_per_owner=4)


def budget(limits: Limits = LIMITS, *, left_this_hour: int = 10, **open_by_repo: int) -> Budget:
    return Budget(
        limits=limits, left_this_hour=left_this_hour, open_by_repo={f"acme/{name}": number for name, number in open_by_repo.items()}
    )


def fill(one: Budget, *repos: str) -> list[WaitsFor | None]:
    said = []
    for repo in repos:
        said.append(one.refusal(repo))
        if said[-1] is None:
            one.opened(repo)
    return said


def test_each_limit_refuses_once_it_is_reached():
    assert fill(budget(a=1), "acme/a", "acme/a", "acme/b", "acme/b", "acme/c") == [None, WaitsFor.REPO, None, None, WaitsFor.OWNER]
    assert fill(budget(), *[f"acme/{name}" for name in "abcd"]) == [None, None, None, WaitsFor.RUN]
    assert fill(budget(left_this_hour=1), "acme/a", "acme/b") == [None, WaitsFor.HOUR]


def test_what_is_open_in_repos_of_one_owner_does_not_count_for_another():
    one = budget(a=2, b=2)

    assert one.refusal("Acme/c") is WaitsFor.OWNER
    assert one.refusal("other/c") is None


@pytest.mark.parametrize(
    ("refusal", "place", "said"),
    [
        (WaitsFor.RUN, 3, "3 go out in a run (limits.pull_requests_per_run); its turn is in about 1 run"),
        (WaitsFor.RUN, 4, "3 go out in a run (limits.pull_requests_per_run); its turn is in about 2 runs"),
        (WaitsFor.HOUR, 1, "10 go out in an hour (limits.pull_requests_per_hour); its turn is in about 1 run"),
        (WaitsFor.REPO, None, "2 are open in the repo (limits.open_pull_requests_per_repo): once one is merged or closed"),
        (WaitsFor.OWNER, None, "4 are open in repos of its owner (limits.open_pull_requests_per_owner): once one is merged or closed"),
    ],
)
def test_a_refusal_names_its_setting_and_the_turn(refusal, place, said):
    assert budget().words(refusal, place, "acme/shop") == said


ORDERED = [
    Urgency(is_exploited=True, severity=Severity.LOW, criticality=Criticality.LOW),
    Urgency(severity=Severity.CRITICAL),
    Urgency(severity=Severity.HIGH, criticality=Criticality.HIGH),
    Urgency(severity=Severity.HIGH, criticality=Criticality.LOW),
    Urgency(severity=Severity.UNKNOWN),
    Urgency(severity=Severity.LOW),
    Urgency(severity=None, criticality=Criticality.HIGH),
]


def test_what_nobody_knows_goes_before_what_is_known_to_be_harmless():
    turned = ORDERED[::-1]

    assert sorted(turned, key=lambda one: one.order) == ORDERED


@pytest.mark.parametrize("of", [1, 2, 3, 7, 256])
@pytest.mark.parametrize("limit", [1, 5, 20, 300])
def test_the_shares_of_all_shards_are_the_limit_and_nobody_is_left_without_for_good(of, limit):
    shards = [Shard(number=number, of=of) for number in range(1, of + 1)]
    turns = [[shard.share(limit, turn=turn) for shard in shards] for turn in range(of)]

    assert {sum(shares) for shares in turns} == {limit}
    assert all(any(shares[number] for shares in turns) for number in range(of))
