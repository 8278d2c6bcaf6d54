"""Report: what keeps open pull requests from going in, as their checks, their reviews and the rules of their base tell it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.model.exposure import Exposure, Step
from bot.model.failure import Failure
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.readiness import Readiness
from bot.pipeline.fleet_parts import FleetParts
from bot.track.hurdles import hurdles

_ASKED: Final = frozenset({"", "edited by human"})
"""What blocks those that are asked about. A conflict is made anew, and what people refused or put off waits for no check."""


def with_hurdles(
    parts: FleetParts, exposures: Sequence[Exposure], pull_requests: Iterable[PullRequest]
) -> tuple[tuple[Exposure, ...], list[Failure]]:
    """The exposures, those that wait for the merge of an open pull request with what keeps it from that; and what failed.

    A request for each 25 pull requests.
    """
    known = {pull.url: pull for pull in pull_requests if pull.state is PullRequestState.OPEN}
    wanted = {one.pull_request_url for one in exposures if _waits_for_merge(one) and one.pull_request_url in known}
    answers = parts.forge.readiness([known[url] for url in sorted(filter(None, wanted))]) if wanted else {}
    failures = [answer for answer in answers.values() if isinstance(answer, Failure)]
    found = {url: answer for url, answer in answers.items() if isinstance(answer, Readiness)}
    return tuple(_told(one, found.get(one.pull_request_url or "")) for one in exposures), failures[:1]


def _waits_for_merge(one: Exposure) -> bool:
    return one.waiting_for is Step.MERGED and one.blocked_by in _ASKED and one.pull_request_url is not None


def _told(one: Exposure, found: Readiness | None) -> Exposure:
    if found is None or not _waits_for_merge(one):
        return one
    told = hurdles(found, one.app)
    return replace(one, hurdles=told, unblock=one.unblock or "; ".join(dict.fromkeys(hurdle.todo for hurdle in told)))
