"""Escalate: labels and comments on pull requests that are past due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from bot.model.comment import Thread
from bot.model.exposure import Exposure, Step
from bot.model.failure import Failure
from bot.model.pull_request import PullRequest, PullRequestState
from bot.pipeline.attempt import attempt
from bot.propose.escalation import Ladder, Level, Overdue, comment_of, together, unsaid, wants_label
from bot.propose.forge import Forge

log = structlog.get_logger()

_MAX_COMMENTS: Final = 50
"""Of one report: GitHub takes only so many an hour, and the pull requests of runs count among them."""
_STANDS: Final = frozenset({"", "conflict", "edited by human"})
"""What blocks a pull request of which people may be reminded: nobody refused it, put it off or holds it back. Its hurdles are no reason
to be silent: red checks and a review that nobody is asked for are what a reminder is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """What was said."""

    labelled: int = 0
    commented: int = 0
    left: int = 0
    """Comments for which there was no room; the next report writes them."""
    failures: tuple[Failure, ...] = ()

    @property
    def in_words(self) -> str:
        """`3 labelled, 2 comments, 4 left for the next report`; empty: nothing was to be done."""
        comments = f"{self.commented} comment{'' if self.commented == 1 else 's'}" if self.commented else ""
        left = f"{self.left} left for the next report" if self.left else ""
        return ", ".join(filter(None, (f"{self.labelled} labelled" if self.labelled else "", comments, left)))


def escalate(forge: Forge, exposures: Iterable[Exposure], pulls: Mapping[str, PullRequest], ladder: Ladder, *, now: datetime) -> Escalated:
    """Take the steps of the ladder that are due, each once for a pull request, whatever happened to earlier reports. Never raises."""
    overdue = together(_overdue(exposures, pulls, now))
    labelled = [(one.pull, [ladder.label]) for one in overdue if wants_label(one, ladder)]
    failures = list(forge.put_labels(labelled)) if labelled else []
    count = len(labelled) - len(failures)
    wanted, unread = _unsaid(forge, overdue, ladder)
    failures += unread
    written = 0
    for one, levels in wanted[:_MAX_COMMENTS]:
        where = f"{one.pull.repo}#{one.pull.number}"
        result = attempt(where, partial(forge.answer, one.pull, comment_of(one, levels, ladder)))
        if isinstance(result, Failure):
            failures.append(result)
        else:
            written += 1
            log.info("pull_request.escalated", repo=one.pull.repo, number=one.pull.number, levels=[level.value for level in levels])
    return Escalated(labelled=count, commented=written, left=len(wanted[_MAX_COMMENTS:]), failures=tuple(failures))


def _overdue(exposures: Iterable[Exposure], pulls: Mapping[str, PullRequest], now: datetime) -> Iterable[Overdue]:
    for one in exposures:
        pull = pulls.get(one.pull_request_url or "")
        is_asked = one.waiting_for is Step.MERGED and one.blocked_by in _STANDS
        if pull is None or pull.state is not PullRequestState.OPEN or not is_asked or one.due is None or not one.is_stale(now):
            continue
        fix = f"{one.dependency.partition(': ')[2]} {one.closes}".strip()
        yield Overdue(pull=pull, late_by=now - one.due, owners=one.app.owners, fixes=(fix,))


def _unsaid(forge: Forge, overdue: Sequence[Overdue], ladder: Ladder) -> tuple[list[tuple[Overdue, list[Level]]], list[Failure]]:
    """What is to be said below which pull request; and where that can't be known."""
    reached = [one for one in overdue if ladder.reached(one.late_by)]
    own = forge.identity() if reached else frozenset()
    threads = forge.comments([one.pull for one in reached if one.pull.comments]) if reached else {}
    wanted, failures = [], []
    for one in reached:
        thread = threads.get(one.pull.url, Thread(comments=()))
        if isinstance(thread, Failure):
            failures.append(thread)
        elif levels := unsaid(one, ladder, thread, own):
            wanted.append((one, levels))
    return wanted, failures
