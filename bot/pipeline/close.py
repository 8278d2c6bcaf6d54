"""Close: pull requests that stand for nothing any more."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from bot.clients.workers import Workers
from bot.model.failure import Failure
from bot.model.pin import Pin
from bot.model.pull_request import Outcome, PullRequest
from bot.model.run import AppDecisions
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.propose import LAST_WRITE, Proposed
from bot.pipeline.scanned import Scanned, by_repo
from bot.propose.marker import has_other_base
from bot.propose.obsolete import Obsolete, obsolete

_ASKS: Final = frozenset({Outcome.OPENED, Outcome.UPDATED, Outcome.UNCHANGED})
"""Outcomes with an open pull request that asks for just what was sent."""


def close_obsolete(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], proposed: Proposed) -> None:
    """Close the open pull requests that stand for nothing any more, or say so in a dry run, each with the reason."""
    branches: dict[str, set[str]] = {}
    asked: dict[str, dict[Pin, tuple[PullRequest, str]]] = {}
    for each in proposed.sent:
        if each.outcome is Outcome.DECLINED:
            continue
        branches.setdefault(each.proposal.repo, set()).add(each.proposal.branch)
        if each.pull_request is not None and each.outcome in _ASKS and not each.proposal.is_migration:
            pull = each.pull_request
            asked.setdefault(each.proposal.repo, {}).update((update.pin, (pull, update.release.value)) for update in each.proposal.updates)
    closed = {end.pull_request.url for end in proposed.closed}
    with Workers(1, "close", grace=LAST_WRITE) as writer:
        for entry, apps in by_repo(decided):
            name = entry.repo.full_name
            pulls = [pull for pull in entry.pull_requests if not has_other_base(pull, entry.repo.default_branch)]
            for found in obsolete(apps, pulls, sent=branches.get(name, ()), asked=asked.get(name, {})):
                if found.pull_request.url not in closed:
                    writer.submit(_close, parts, found, proposed).result()


def _close(parts: FleetParts, found: Obsolete, proposed: Proposed) -> None:
    pull = found.pull_request
    what = pull.repo, pull.branch
    proposed.sending.append(what)
    result = attempt(f"{pull.repo}#{pull.number}", partial(parts.proposer.close, pull, reason=found.reason))
    if isinstance(result, Failure):
        proposed.failures.append(result)
    elif result is not None:
        proposed.closed.append(result)
        words = "closed" if result.is_done else "would be closed"
        parts.progress.tell(pull.repo, f"pull request #{pull.number} {words}: {result.reason}")
    proposed.sending.remove(what)
