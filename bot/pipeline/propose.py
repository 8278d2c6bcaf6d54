"""Propose: verdicts become edits, edits pull requests; what the base has by now is closed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from bot.find.proof import Wanted
from bot.model.edit import FileChange
from bot.model.failure import Failure
from bot.model.pull_request import Closed, Outcome, PullRequest, PullRequestState, Sent
from bot.model.rules import Rule
from bot.model.run import AppDecisions
from bot.model.update import Propose, Update
from bot.pipeline.attempt import attempt
from bot.pipeline.decide_fleet import context_of
from bot.pipeline.fleet_parts import FleetParts, Scanned
from bot.pipeline.repo_files import changes
from bot.propose.compose import Draft, compose
from bot.propose.group import groups
from bot.propose.marker import read as read_marker
from bot.propose.obsolete import obsolete

_MORE_ROUNDS: Final = 3
"""How often what failed for the moment is sent again, after all the rest."""

_MANY: Final = 3
_QUIET: Final = frozenset({Outcome.UNCHANGED, Outcome.DECLINED, Outcome.EDITED_BY_HUMAN, Outcome.NOT_REACHED})
"""Outcomes that every night has anew, or that the end of a run tells by their number."""
_WORKERS: Final = 8
_APPS_AT_ONCE: Final = 50
"""Whose drafts are held at the same time."""
_LABELLED_AT_ONCE: Final = 20
"""A run that is cut off leaves no more pull requests than these without their labels, until the next."""


def propose(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], *, now: datetime) -> tuple[list[Sent], int, list[Failure]]:
    """Compose, explain and send what may go out: what was sent, how much the limits left for the next run, and what could not be edited."""
    sent: list[Sent] = []
    tried: list[tuple[Draft, Scanned]] = []
    failures: list[Failure] = []
    postponed = opened = 0
    still = parts.max_opened_per_hour - parts.ledger.events.proposed_since(now - timedelta(hours=1))
    may_open = parts.shard.share(max(0, min(parts.max_opened, still)))
    left = lambda: max(0, may_open - opened)  # noqa: E731 - as many as are left whenever it is asked
    for number, (entry, drafted) in enumerate(_drafted(parts, decided, left, now.date()), 1):
        if isinstance(drafted, Failure):
            failures.append(drafted)
            continue
        drafts, unproved = drafted
        failures += unproved
        open_here = _open_in(entry)
        for draft in drafts:
            is_new = _open_for(draft, entry) is None
            if is_new and (opened >= may_open or open_here >= parts.max_open_per_repo):
                postponed += 1
                continue
            result = parts.proposer.send(draft, entry.pull_requests)
            _tell(parts, result)
            sent.append(result)
            tried.append((draft, entry))
            if len(sent) % _LABELLED_AT_ONCE == 0:
                failures += parts.proposer.finish()
            if is_new and result.outcome in {Outcome.OPENED, Outcome.DRY_RUN}:
                opened, open_here = opened + 1, open_here + 1
        parts.progress("propose", number, len(decided))
    sent = _tried_again(parts, sent, tried)
    return sent, postponed, failures + parts.proposer.finish()


def _tell(parts: FleetParts, sent: Sent) -> None:
    if sent.outcome not in _QUIET:
        number = f" #{sent.pull_request.number}" if sent.pull_request else ""
        note = f" ({sent.note})" if sent.note else ""
        parts.progress.tell(sent.proposal.repo, f"pull request{number} {sent.outcome.value}: {sent.proposal.title}{note}")


def _drafted(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], may_open: Callable[[], int], today: date
) -> Iterator[tuple[Scanned, tuple[list[Draft], list[Failure]] | Failure]]:
    """The drafts of each app, in order; before the first of some apps is handed out, what their texts will ask is asked side by side."""
    for start in range(0, len(decided), _APPS_AT_ONCE):
        some = [
            (entry, attempt(f"{entry.repo.full_name}: {app.app.name}", partial(_drafts, parts, entry, app, today)))
            for entry, app in decided[start : start + _APPS_AT_ONCE]
        ]
        drafts = [(entry, drafted[0]) for entry, drafted in some if not isinstance(drafted, Failure)]
        new = [draft for entry, mine in drafts for draft in _new(mine, entry, parts.max_open_per_repo)]
        written = [draft for entry, mine in drafts for draft in mine if _is_written_again(draft, entry)]
        updates = [update for draft in [*new[: may_open()], *written] for update in draft.untold.updates]
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="explain") as pool:
            list(pool.map(parts.explainer.explain, updates))
        yield from some


def _new(drafts: Sequence[Draft], entry: Scanned, most: int) -> Sequence[Draft]:
    """Those that will be opened, but for what nobody has settled here: whether somebody said no to one."""
    branches = {pull.branch for pull in entry.pull_requests}
    return [draft for draft in drafts if draft.untold.branch not in branches][: max(0, most - _open_in(entry))]


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
                    today=today,
                )
            )
    if now_known != known:
        parts.known_files.keep_changes(entry.repo, app.app.name, now_known)
    return drafts, failures
