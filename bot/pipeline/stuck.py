"""Report: what keeps open pull requests from going in, as their checks tell it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.model.checks import Checks
from bot.model.exposure import Exposure, Step
from bot.model.failure import Failure
from bot.model.pull_request import PullRequest, PullRequestState
from bot.pipeline.fleet_parts import FleetParts

_SAID: Final = {Checks.RED: "checks red", Checks.PENDING: "checks not done"}


def with_checks(
    parts: FleetParts, exposures: Sequence[Exposure], pull_requests: Iterable[PullRequest]
) -> tuple[tuple[Exposure, ...], list[Failure]]:
    """The exposures, those that wait for a merge and for nothing else that is known with what their checks say; and what failed.

    A request for each hundred pull requests. Green checks and none say nothing: then it waits for people.
    """
    known = {pull.url: pull for pull in pull_requests if pull.state is PullRequestState.OPEN}
    wanted = {one.pull_request_url for one in exposures if _waits_for_merge(one) and one.pull_request_url in known}
    answers = parts.forge.checks([known[url] for url in sorted(filter(None, wanted))]) if wanted else {}
    failures = [answer for answer in answers.values() if isinstance(answer, Failure)]
    said = {url: _SAID[answer] for url, answer in answers.items() if isinstance(answer, Checks) and answer in _SAID}
    told = tuple(
        replace(one, blocked_by=said[one.pull_request_url]) if _waits_for_merge(one) and one.pull_request_url in said else one
        for one in exposures
    )
    return told, failures[:1]


def _waits_for_merge(one: Exposure) -> bool:
    return one.waiting_for is Step.MERGED and not one.blocked_by and one.pull_request_url is not None
