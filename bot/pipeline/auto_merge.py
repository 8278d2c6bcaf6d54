"""Auto-merge: what stands there already is handed to GitHub, and taken back where it is held by now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.model.failure import Failure
from bot.model.pull_request import Outcome, PullRequest, PullRequestState, Sent
from bot.model.run import AppDecisions
from bot.model.update import Hold, NotAllowed
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned, by_repo
from bot.propose.marker import read as read_marker


def hand_over(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], sent: list[Sent]) -> list[Failure]:
    """Have GitHub merge by itself what the rules let it and what was open before, and no more what they hold; what failed.

    In `sent` each gets its note. Nobody is asked where no rule wants it, and nothing is written where it is on already.
    """
    failures = [found for entry, apps in by_repo(decided) for found in _taken_back(parts, entry, apps, sent)]
    places = {one.pull_request.url: place for place, one in enumerate(sent) if one.pull_request is not None and _is_wanted(one)}
    pulls = [pull for one in sent if (pull := one.pull_request) is not None and pull.url in places]
    needing = {one.pull_request.url for one in sent if one.pull_request is not None and one.proposal.needs_check}
    said = attempt("auto-merge", partial(parts.proposer.let_merge, pulls, needing_check=needing)) if pulls else {}
    if isinstance(said, Failure):
        return [*failures, said]
    for url, one in said.items():
        before = sent[places[url]]
        done = Outcome.DRY_RUN if parts.proposer.is_dry_run else Outcome.UPDATED
        sent[places[url]] = replace(before, outcome=done if one.is_done else before.outcome, note=one.note)
    return failures


def _is_wanted(one: Sent) -> bool:
    is_there = one.outcome is Outcome.UNCHANGED and one.pull_request is not None and one.pull_request.auto_merge_by is None
    return is_there and one.proposal.is_auto_merged


def _taken_back(parts: FleetParts, entry: Scanned, apps: Sequence[AppDecisions], sent: Sequence[Sent]) -> list[Failure]:
    """Of a repo's open pull requests those that were not sent again, for what they ask for is held or not allowed by now."""
    merging = [pull for pull in entry.pull_requests if pull.state is PullRequestState.OPEN and pull.auto_merge_by is not None]
    if not merging:
        return []
    current = {one.pull_request.url for one in sent if one.pull_request is not None}
    held = {
        (app.app.name, str(one.pin.dependency)): one.verdict
        for app in apps
        for one in app.decisions
        if isinstance(one.verdict, Hold | NotAllowed)
    }
    return [found for pull in merging if pull.url not in current for found in _ended(parts, pull, held)]


def _ended(parts: FleetParts, pull: PullRequest, held: Mapping[tuple[str, str], Hold | NotAllowed]) -> list[Failure]:
    """`held` is by app and dependency."""
    marker = read_marker(pull.body)
    asked = [] if marker is None else [(app, target.dependency) for app, targets in marker.by_app.items() for target in targets]
    why = next((held[one].reason for one in asked if one in held), None)
    if why is None:
        return []
    said = attempt(f"{pull.repo}#{pull.number}", partial(parts.proposer.end_merge, pull, why=why))
    if isinstance(said, Failure):
        return [said]
    if said:
        parts.progress.tell(pull.repo, f"pull request #{pull.number}: {said}")
    return []
