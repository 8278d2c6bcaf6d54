"""What a run has come to at any moment, and what it leaves where it is interrupted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.clients.workers import Workers
from bot.model.base_state import BaseState
from bot.model.dependency import Dependency
from bot.model.exposure import Exposure
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.listing import Listing
from bot.model.pull_request import Outcome, PullRequestState
from bot.model.rebuild_order import RebuildTold
from bot.model.run import AppDecisions, Interruption, Stage
from bot.pipeline.drafts import branch_of, groups_of, shares
from bot.pipeline.find import Found
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.propose import Proposed, put_labels
from bot.pipeline.scanned import Scanned
from bot.pipeline.track import track
from bot.propose.marker import Target
from bot.propose.marker import read as read_marker

_LAST: Final = timedelta(milliseconds=1500)
"""For labels, and for recording what was opened, after the interruption: who interrupts waits."""


@dataclass(kw_only=True)
class SoFar:
    """It grows while the run goes on."""

    stage: Stage = Stage.SURVEY
    found: Found = field(default_factory=Found)
    listings: Mapping[Dependency, Listing] = field(default_factory=dict)
    decided: Sequence[tuple[Scanned, AppDecisions]] = ()
    proposed: Proposed = field(default_factory=Proposed)
    exposures: Sequence[Exposure] = ()
    rebuilds: Sequence[RebuildTold] = ()
    bases: Sequence[BaseState] = ()
    failures: list[Failure] = field(default_factory=list)
    """Of the stages that look at the fleet as a whole."""


def left(parts: FleetParts, so_far: SoFar, *, now: datetime) -> Interruption:
    """What an interrupted run leaves; before that, what can be done at once is: labels, and the record of what was opened."""
    stage = Stage.FIND if so_far.stage is Stage.SURVEY and so_far.found.is_survey_whole else so_far.stage
    in_doubt = _in_doubt(so_far.proposed)
    _finish(parts, so_far, now)
    read = {entry.repo.full_name for entry in so_far.found.scanned}
    failed = {failure.where for failure in so_far.found.failures}
    is_judged = stage.is_after(Stage.DECIDE)
    return Interruption(
        stage=stage,
        unread=tuple(repo.full_name for repo in so_far.found.repos if repo.full_name not in read | failed),
        unjudged=() if is_judged else tuple(repo.full_name for repo in so_far.found.repos if repo.full_name in read),
        unsent=tuple(_unsent(parts, so_far, in_doubt)),
        in_doubt=tuple(sorted(f"{repo}: {branch}" for repo, branch in in_doubt)),
        unlabelled=tuple(f"{pull.repo}#{pull.number}" for pull in parts.proposer.unlabelled),
    )


def _in_doubt(proposed: Proposed) -> set[tuple[str, str]]:
    """By repo and branch: what was being sent, and no answer came."""
    sending = set(proposed.sending)
    # Read after it: what is answered meanwhile is in both.
    answered = {(one.proposal.repo, one.proposal.branch) for one in tuple(proposed.sent) if one.outcome is not Outcome.FAILED}
    return sending - answered


def _finish(parts: FleetParts, so_far: SoFar, now: datetime) -> None:
    """Both at once, and no longer than there is time; what fails is made up for by the next run."""
    opened = {one.proposal.repo for one in so_far.proposed.sent if one.outcome in {Outcome.OPENED, Outcome.UPDATED}}
    if not opened:
        return
    apps = [(entry, app) for entry, app in so_far.decided if entry.repo.full_name in opened]
    sent = tuple(so_far.proposed.sent)
    workers = Workers(2, "last")
    last: list[Future[Any]] = [workers.submit(put_labels, parts, so_far.proposed)]
    # Without a look into images: it takes its time, and tells nothing of what was opened.
    last.append(workers.submit(track, replace(parts, steps=None, lineages=None), apps, sent, now=now))
    wait(last, timeout=_LAST.total_seconds())
    workers.shutdown(wait=False, cancel_futures=True)


def _unsent(parts: FleetParts, so_far: SoFar, in_doubt: Collection[tuple[str, str]]) -> Iterator[str]:
    """The repo of each pull request that was not sent, and that is not there already as it would be."""
    if so_far.stage is not Stage.PROPOSE:
        return
    tried = {*in_doubt, *((one.proposal.repo, one.proposal.branch) for one in so_far.proposed.sent)}
    for share in shares(so_far.decided):
        repo = share.entry.repo.full_name
        # No image is opened for that: it takes its time.
        for group in groups_of(replace(parts, steps=None), share):
            takers = share.takers.having(group.updates)
            is_asked = all(_asked(share.entry, takers.app_of(update)).issuperset([Target.of(update)]) for update in group.updates)
            if (repo, branch_of(parts, takers, group)) not in tried and not is_asked:
                yield repo


def _asked(entry: Scanned, app: App) -> set[Target]:
    """What pull requests of an app ask for, or asked for until somebody said no."""
    markers = [read_marker(pull.body) for pull in entry.pull_requests if pull.state is not PullRequestState.MERGED]
    return {target for marker in markers if marker is not None for target in marker.asked_of(app.name)}
