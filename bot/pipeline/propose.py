"""Propose: verdicts become edits, edits pull requests; what the base has by now is closed."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Final

from bot.find.proof import Wanted
from bot.model.edit import FileChange
from bot.model.failure import Failure
from bot.model.pull_request import Closed, Outcome, PullRequest, PullRequestState, Sent
from bot.model.rules import Rule
from bot.model.run import AppDecisions
from bot.model.turn import Waiting, WaitsFor
from bot.model.update import Propose, Update
from bot.pipeline.attempt import attempt
from bot.pipeline.decide_fleet import context_of
from bot.pipeline.fleet_parts import FleetParts, Scanned
from bot.pipeline.repo_files import changes
from bot.pipeline.turns import Candidate, Queue, queue
from bot.propose.compose import Draft, compose
from bot.propose.group import groups
from bot.propose.marker import read as read_marker
from bot.propose.obsolete import obsolete
from bot.propose.queue import Budget

_MORE_ROUNDS: Final = 3
"""How often what failed for the moment is sent again, after all the rest."""

_MANY: Final = 3
_QUIET: Final = frozenset({Outcome.UNCHANGED, Outcome.DECLINED, Outcome.EDITED_BY_HUMAN, Outcome.NOT_REACHED})
"""Outcomes that every night has anew, or that the end of a run tells by their number."""
_WORKERS: Final = 8
_APPS_AT_ONCE: Final = 50
"""Whose drafts are held at the same time."""
_IN_LINE: Final = frozenset({WaitsFor.RUN, WaitsFor.HOUR})
"""What the next runs do one after the other."""
_LABELLED_AT_ONCE: Final = 20
"""A run that is cut off leaves no more pull requests than these without their labels, until the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What became of all proposals."""

    sent: tuple[Sent, ...]
    waiting: tuple[Waiting, ...]
    """The most urgent first."""
    failures: tuple[Failure, ...]
    """What could not be edited, and labels that could not be put."""


def propose(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], *, now: datetime) -> Proposed:
    """Compose, explain and send. What is open already is looked at first; what is new goes out in its turn, as far as the limits go."""
    sender = _Sender(parts)
    failures: list[Failure] = []
    new: list[Candidate] = []
    for number, (entry, app, drafted) in enumerate(_drafted(parts, decided, now.date()), 1):
        if isinstance(drafted, Failure):
            failures.append(drafted)
            continue
        drafts, unproved = drafted
        failures += unproved
        for draft in drafts:
            if parts.proposer.is_new(draft, entry.pull_requests):
                new.append(_candidate(parts, entry, app, draft, now.date()))
            else:
                sender.send(draft, entry)
        parts.progress("propose", number, len(decided))
    queued = queue(parts, decided, new, now=now)
    waiting = _open(parts, sender, queued, _budget(parts, decided, now))
    sent = sender.finish()
    return Proposed(sent=tuple(sent), waiting=(*waiting, *queued.waiting), failures=(*failures, *sender.unlabelled))


class _Sender:
    """Sends drafts and keeps what became of each."""

    def __init__(self, parts: FleetParts) -> None:
        self._parts: Final = parts
        self._sent: Final[list[Sent]] = []
        self._tried: Final[list[tuple[Draft, Scanned]]] = []
        self.unlabelled: list[Failure] = []

    def send(self, draft: Draft, entry: Scanned) -> Sent:
        result = self._parts.proposer.send(draft, entry.pull_requests)
        _tell(self._parts, result)
        self._sent.append(result)
        self._tried.append((draft, entry))
        if len(self._sent) % _LABELLED_AT_ONCE == 0:
            self.unlabelled += self._parts.proposer.finish()
        return result

    def finish(self) -> list[Sent]:
        """What became of them at last, with their labels."""
        sent = _tried_again(self._parts, self._sent, self._tried)
        self.unlabelled += self._parts.proposer.finish()
        return sent


def _budget(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], now: datetime) -> Budget:
    limits, owner = parts.limits, parts.limits.open_per_owner
    share = partial(parts.shard.share, turn=now.toordinal())
    recent = parts.ledger.events.proposed_since(now - timedelta(hours=1))
    return Budget(
        limits=replace(limits, per_run=share(limits.per_run), open_per_owner=None if owner is None else max(1, share(owner))),
        left_this_hour=share(max(0, limits.per_hour - recent)),
        open_by_repo={entry.repo.full_name: _open_in(entry) for entry, _ in decided},
    )


def _open(parts: FleetParts, sender: _Sender, queued: Queue, budget: Budget) -> list[Waiting]:
    """Open what has its turn, the most urgent first; what the limits leave, each with its place."""
    waiting: list[Waiting] = []
    places = count(1)
    rest = list(queued.ready)
    while rest:
        # Some are refused or fail when they are sent, and leave their place to the next ones.
        some, rest = rest[:_APPS_AT_ONCE], rest[_APPS_AT_ONCE:]
        going = [(one, urgency, None if budget.refusal(one.app.repo) else one.draft()) for one, urgency in some]
        _ask_ahead(parts, [draft for _, _, draft in going if draft is not None][: budget.left])
        for candidate, urgency, draft in going:
            refusal = budget.refusal(candidate.app.repo)
            if refusal is not None:
                place = next(places) if refusal in _IN_LINE else None
                waiting.append(candidate.waiting(urgency, refusal, budget.words(refusal, place), place))
            elif draft is not None and sender.send(draft, candidate.entry).outcome in {Outcome.OPENED, Outcome.DRY_RUN}:
                budget.opened(candidate.app.repo)
    return waiting


def _candidate(parts: FleetParts, entry: Scanned, app: AppDecisions, draft: Draft, today: date) -> Candidate:
    branch = draft.untold.branch

    def again() -> Draft | None:
        drafted = attempt(f"{entry.repo.full_name}: {app.app.name}", partial(_drafts, parts, entry, app, today))
        drafts = [] if isinstance(drafted, Failure) else drafted[0]
        return next((one for one in drafts if one.untold.branch == branch), None)

    return Candidate(entry=entry, app=app.app, branch=branch, title=draft.untold.title, updates=draft.untold.updates, draft=again)


def _tell(parts: FleetParts, sent: Sent) -> None:
    if sent.outcome not in _QUIET:
        number = f" #{sent.pull_request.number}" if sent.pull_request else ""
        note = f" ({sent.note})" if sent.note else ""
        parts.progress.tell(sent.proposal.repo, f"pull request{number} {sent.outcome.value}: {sent.proposal.title}{note}")


def _drafted(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], today: date
) -> Iterator[tuple[Scanned, AppDecisions, tuple[list[Draft], list[Failure]] | Failure]]:
    """The drafts of each app, in order; before the first of some apps is handed out, what their texts will ask is asked side by side."""
    for start in range(0, len(decided), _APPS_AT_ONCE):
        some = [
            (entry, app, attempt(f"{entry.repo.full_name}: {app.app.name}", partial(_drafts, parts, entry, app, today)))
            for entry, app in decided[start : start + _APPS_AT_ONCE]
        ]
        drafts = [(entry, drafted[0]) for entry, _, drafted in some if not isinstance(drafted, Failure)]
        _ask_ahead(parts, [draft for entry, mine in drafts for draft in mine if _is_written_again(draft, entry)])
        yield from some


def _ask_ahead(parts: FleetParts, drafts: Sequence[Draft]) -> None:
    """Ask side by side what their texts will ask."""
    updates = [update for draft in drafts for update in draft.untold.updates]
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="explain") as pool:
        list(pool.map(parts.explainer.explain, updates))


def _is_written_again(draft: Draft, entry: Scanned) -> bool:
    pull = _open_for(draft, entry)
    marker = None if pull is None else read_marker(pull.body)
    return pull is not None and (marker is None or marker.is_partial or not marker.asks_the_same(draft.marker))


def _open_in(entry: Scanned) -> int:
    return sum(pull.state is PullRequestState.OPEN for pull in entry.pull_requests)


def _open_for(draft: Draft, entry: Scanned) -> PullRequest | None:
    """The open pull request of the draft's branch."""
    is_open = (pull for pull in entry.pull_requests if pull.state is PullRequestState.OPEN)
    return next((pull for pull in is_open if pull.branch == draft.untold.branch), None)


def _tried_again(parts: FleetParts, sent: Sequence[Sent], tried: Sequence[tuple[Draft, Scanned]]) -> list[Sent]:
    """What became of the proposals at last: those that a passing fault stopped are sent again, unless that helps none of many."""
    results = list(sent)
    for _ in range(_MORE_ROUNDS):
        failed = [place for place, result in enumerate(results) if result.outcome is Outcome.FAILED and result.is_temporary]
        for place in failed:
            draft, entry = tried[place]
            results[place] = parts.proposer.send(draft, entry.pull_requests)
        if len(failed) > _MANY and all(results[place].outcome is Outcome.FAILED for place in failed):
            break
    return results


def close_obsolete(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], sent: Sequence[Sent]
) -> tuple[list[Closed], list[Failure]]:
    """The pull requests that were closed, or would be in a dry run, each with the reason."""
    closed: list[Closed] = []
    failures: list[Failure] = []
    branches: dict[str, set[str]] = {}
    for each in sent:
        branches.setdefault(each.proposal.repo, set()).add(each.proposal.branch)
    for entry, app in decided:
        for found in obsolete(app, entry.pull_requests, sent=branches.get(entry.repo.full_name, ())):
            pull = found.pull_request
            result = attempt(f"{pull.repo}#{pull.number}", partial(parts.proposer.close, pull, reason=found.reason))
            if isinstance(result, Failure):
                failures.append(result)
            elif result is not None:
                closed.append(result)
                words = "closed" if result.is_done else "would be closed"
                parts.progress.tell(pull.repo, f"pull request #{pull.number} {words}: {result.reason}")
    return closed, failures


def _drafts(parts: FleetParts, entry: Scanned, app: AppDecisions, today: date) -> tuple[list[Draft], list[Failure]]:
    """One draft for each group of an app's updates, with the edits proved; the dependency that can't be edited is a failure."""
    updates = [decision.verdict.update for decision in app.decisions if isinstance(decision.verdict, Propose)]

    def rule_for(update: Update) -> Rule:
        return parts.decider.rule_for(update.pin, context_of(parts, app.app, update.pin))

    drafts: list[Draft] = []
    failures: list[Failure] = []
    known = parts.known_files.changes_of(entry.repo, app.app.name) if updates else {}
    now_known: dict[str, tuple[FileChange, ...]] = {}
    for group in groups(updates, rule_for):
        changed, learned = changes(entry.tree, [Wanted.by(update) for update in group], parts.finders, known)
        now_known |= learned
        proved = [update for update in group if Wanted.by(update) in changed.done]
        failures += [replace(failure, where=f"{entry.repo.full_name}: {failure.where}") for failure in changed.failures]
        dependencies = {update.pin.dependency for update in proved}
        if changed.changes:
            drafts.append(
                compose(
                    app=app.app,
                    repo=entry.repo,
                    updates=proved,
                    explain=parts.explainer.explain,
                    changes=changed.changes,
                    rule=rule_for(group[0]),
                    held=[decision for decision in app.decisions if decision.pin.dependency in dependencies],
                    labels=parts.labels,
                    branch_prefix=parts.branch_prefix,
                    wording=parts.wording,
                    today=today,
                )
            )
    if now_known != known:
        parts.known_files.keep_changes(entry.repo, app.app.name, now_known)
    return drafts, failures
