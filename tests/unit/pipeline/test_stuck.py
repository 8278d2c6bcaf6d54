"""What the checks and reviews of open pull requests add to what is told of a fix."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from bot.model.checks import Checks
from bot.model.exposure import Exposure, Step
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.readiness import Readiness
from bot.pipeline.stuck import with_hurdles

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def pull(number: int, state: PullRequestState = PullRequestState.OPEN) -> PullRequest:
    return PullRequest(
        repo="acme/shop",
        number=number,
        url=f"https://github.example/acme/shop/pull/{number}",
        state=state,
        branch=f"rebuild-bot/{number}",
        base="main",
        title="",
        body="",
        head="",
        labels=frozenset(),
        created_at=NOW,
        updated_at=NOW,
    )


def exposure(number: int, *, blocked_by: str = "", waiting_for: Step = Step.MERGED) -> Exposure:
    return Exposure(
        app=App(name="shop", repo="acme/shop"),
        dependency="oci: docker.io/library/python",
        old="3.12",
        new="3.13",
        steps={},
        waiting_for=waiting_for,
        pull_request_url=pull(number).url,
        blocked_by=blocked_by,
    )


class Forge:
    def __init__(self, answer: Mapping[int, Readiness | Failure]) -> None:
        self.answer, self.asked = answer, list[list[int]]()

    def readiness(self, pulls: Sequence[PullRequest]) -> Mapping[str, Readiness | Failure]:
        self.asked.append([one.number for one in pulls])
        return {one.url: self.answer[one.number] for one in pulls if one.number in self.answer}


def of(checks: Checks) -> Readiness:
    return Readiness(checks=checks, asked=("@ana",))


def told(forge: Forge, *exposures: Exposure, pulls: Sequence[PullRequest]) -> tuple[list[str], list[Failure]]:
    parts: Any = SimpleNamespace(forge=forge)
    found, failures = with_hurdles(parts, exposures, pulls)
    assert [replace(one, hurdles=(), unblock="") for one in found] == list(exposures)
    return [one.stuck_because for one in found], failures


def test_only_those_are_asked_that_wait_for_a_merge_and_that_nobody_refused():
    forge = Forge({1: of(Checks.RED), 2: of(Checks.PENDING), 3: of(Checks.GREEN), 4: of(Checks.NONE), 8: of(Checks.RED)})
    exposures = [exposure(number) for number in (1, 2, 3, 4, 9)]
    others = [exposure(5, blocked_by="conflict"), exposure(6, waiting_for=Step.REBUILT), exposure(7)]
    edited = exposure(8, blocked_by="edited by human")
    pulls = [*map(pull, range(1, 7)), pull(7, PullRequestState.CLOSED), pull(8)]

    said, failures = told(forge, *exposures, *others, edited, pulls=pulls)

    assert said == ["checks red", "checks not done", "", "", "", "conflict", "", "", "edited by human; checks red"]
    assert (forge.asked, failures) == ([[1, 2, 3, 4, 8]], [])


def test_what_would_unblock_it_is_told_once_for_all_of_its_hurdles():
    forge = Forge({1: Readiness(checks=Checks.RED, is_draft=True, approvals=1)})
    parts: Any = SimpleNamespace(forge=forge)

    ((one,), _) = with_hurdles(parts, [exposure(1)], [pull(1)])

    assert (one.stuck_because, one.unblock) == ("draft; checks red", "mark it as ready for review; see why its checks fail")


def test_what_can_not_be_asked_is_a_failure_and_no_verdict():
    failure = Failure(where="acme/shop#1", what="502")

    assert told(Forge({1: failure, 2: failure}), exposure(1), exposure(2), pulls=[pull(1), pull(2)]) == (["", ""], [failure])


def test_nobody_is_asked_where_nothing_waits():
    forge = Forge({})

    assert told(forge, exposure(1, blocked_by="declined"), pulls=[pull(1)]) == (["declined"], [])
    assert forge.asked == []
