"""Propose: verdicts become edits, edits pull requests; what the base has by now is closed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Final

from bot.clients.workers import Workers
from bot.model.failure import Failure
from bot.model.pin import Role
from bot.model.pull_request import Closed, Outcome, PullRequest, PullRequestState, Sent
from bot.model.run import AppDecisions
from bot.model.turn import Urgency, Waiting, WaitsFor
from bot.model.update import Update, UpdateKind
from bot.pipeline.attempt import attempt
from bot.pipeline.auto_merge import hand_over
from bot.pipeline.canary import let_canaries_go
from bot.pipeline.drafts import Share, drafts_of, shares
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned
from bot.pipeline.turns import Candidate, Queue, open_images, queue
from bot.propose.compose import Draft
from bot.propose.marker import read as read_marker
from bot.propose.order import Circle
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
LAST_WRITE: Final = timedelta(seconds=1)
"""For the answer to what is being written when the run is interrupted."""


@dataclass(kw_only=True)
class Proposed:
    """What became of the proposals so far: it grows while they are sent, so that an interruption loses nothing of it."""

    sent: list[Sent] = field(default_factory=list)
    sending: list[tuple[str, str]] = field(default_factory=list)
    """Repo and branch of what is being written."""
    closed: list[Closed] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    """The most urgent first."""
    circles: list[Circle] = field(default_factory=list)
    budget: Budget | None = None
    """What is left of the limits; None: nothing was sent yet."""
    failures: list[Failure] = field(default_factory=list)
    """What could not be edited, labelled or closed."""


def propose(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], proposed: Proposed, *, now: datetime) -> None:
    """Compose, explain and send. What is open already is looked at first; what is new goes out in its turn, as far as the limits go."""
    # What is written is written and recorded in a thread of its own: an interruption ends the wait for it, and not the writing.
    with Workers(1, "propose", grace=LAST_WRITE) as writer:
        _propose(parts, decided, proposed, _Sender(parts, proposed, lambda do: writer.submit(do).result()), now)


def _propose(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], proposed: Proposed, sender: "_Sender", now: datetime
) -> None:
    new: list[Candidate] = []
    open_images(parts, (update for _, app in decided for update in app.wanted))
    shared = shares(decided)
    for number, (share, drafted) in enumerate(_drafted(parts, shared, now.date()), 1):
        if isinstance(drafted, Failure):
            proposed.failures.append(drafted)
            continue
        drafts, unproved = drafted
        proposed.failures += unproved
        for draft in drafts:
            if parts.proposer.is_new(draft, share.entry.pull_requests):
                new.append(_candidate(parts, share, draft, now.date()))
            else:
                sender.send(draft, share.entry)
        parts.progress("propose", number, len(shared))
    queued, unasked = let_canaries_go(parts, decided, proposed.sent, queue(parts, decided, new, now=now), now=now)
    proposed.failures += unasked
    proposed.budget = _budget(parts, decided, now)
    proposed.waiting += _open(parts, sender, queued, proposed.budget)
    proposed.waiting += queued.waiting
    proposed.circles += queued.circles
    sender.hand_over(decided)
    sender.finish()


class _Sender:
    """Sends drafts and keeps what became of each. `writing` runs what writes, and comes back when that is done."""

    def __init__(self, parts: FleetParts, proposed: Proposed, writing: Callable[[Callable[[], None]], None]) -> None:
        self._parts: Final = parts
        self._proposed: Final = proposed
        self._writing: Final = writing
        self._tried: Final[list[tuple[Draft, Scanned, Urgency | None]]] = []

    def send(self, draft: Draft, entry: Scanned, urgency: Urgency | None = None) -> Sent:
        place = len(self._tried)
        self._tried.append((draft, entry, urgency))
        self._writing(partial(self._send, place))
        result = self._proposed.sent[place]
        _tell(self._parts, result)
        if (place + 1) % _LABELLED_AT_ONCE == 0:
            self._writing(partial(put_labels, self._parts, self._proposed))
        return result

    def hand_over(self, decided: Sequence[tuple[Scanned, AppDecisions]]) -> None:
        """Let GitHub merge by itself what was open before, as the rules say."""

        def write() -> None:
            self._proposed.failures += hand_over(self._parts, decided, self._proposed.sent)

        self._writing(write)

    def finish(self) -> None:
        """Send again what a passing fault stopped, unless that helps none of many, and put labels on."""
        sent = self._proposed.sent
        for _ in range(_MORE_ROUNDS):
            failed = [place for place, result in enumerate(sent) if result.outcome is Outcome.FAILED and result.is_temporary]
            for place in failed:
                self._writing(partial(self._send, place))
            if len(failed) > _MANY and all(sent[place].outcome is Outcome.FAILED for place in failed):
                break
        self._writing(partial(put_labels, self._parts, self._proposed))

    def _send(self, place: int) -> None:
        draft, entry, urgency = self._tried[place]
        what = draft.untold.repo, draft.untold.branch
        self._proposed.sending.append(what)
        self._proposed.sent[place : place + 1] = [replace(self._parts.proposer.send(draft, entry.pull_requests), urgency=urgency)]
        self._proposed.sending.remove(what)


def put_labels(parts: FleetParts, proposed: Proposed) -> None:
    """On what was opened and has none yet."""
    proposed.failures += parts.proposer.finish()


def _budget(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], now: datetime) -> Budget:
    limits, owner = parts.limits, parts.limits.open_per_owner
    share = partial(parts.shard.share, turn=now.toordinal())
    recent = parts.ledger.events.proposed_since(now - timedelta(hours=1)) + _for_builds_since(decided, now - timedelta(hours=1))
    return Budget(
        limits=replace(limits, per_run=share(limits.per_run), open_per_owner=None if owner is None else max(1, share(owner))),
        left_this_hour=share(max(0, limits.per_hour - recent)),
        open_by_repo={entry.repo.full_name: _open_in(entry) for entry, _ in decided},
        own_limits={entry.repo.full_name: entry.own_rules.most_open for entry, _ in decided if entry.own_rules.most_open is not None},
    )


def _for_builds_since(decided: Sequence[tuple[Scanned, AppDecisions]], moment: datetime) -> int:
    """How many pull requests were opened that have images built anew: the ledger's events are those of updates."""
    recent = {pull.url: pull for entry, _ in decided for pull in entry.pull_requests if pull.created_at >= moment}
    markers = map(read_marker, (pull.body for pull in recent.values()))
    return sum(marker is not None and bool(marker.rebuilds) for marker in markers)


def _open(parts: FleetParts, sender: _Sender, queued: Queue, budget: Budget) -> list[Waiting]:
    """Open what has its turn, the most urgent first; what the limits leave, each with its place."""
    waiting: list[Waiting] = []
    places = count(1)
    rest = list(queued.ready)
    while rest:
        # Some are refused or fail when they are sent, and leave their place to the next ones.
        some, rest = rest[:_APPS_AT_ONCE], rest[_APPS_AT_ONCE:]
        going = [(one, urgency, None if budget.refusal(one.repo) else one.draft()) for one, urgency in some]
        _ask_ahead(parts, [draft for _, _, draft in going if draft is not None][: budget.left])
        for candidate, urgency, draft in going:
            refusal = budget.refusal(candidate.repo)
            if refusal is not None:
                place = next(places) if refusal in _IN_LINE else None
                waiting.append(candidate.waiting(urgency, refusal, budget.words(refusal, place, candidate.repo), place))
            elif draft is not None and sender.send(draft, candidate.entry, urgency).outcome in {Outcome.OPENED, Outcome.DRY_RUN}:
                budget.opened(candidate.repo)
    return waiting


def _candidate(parts: FleetParts, share: Share, draft: Draft, today: date) -> Candidate:
    branch = draft.untold.branch

    def again() -> Draft | None:
        drafted = attempt(share.name, partial(drafts_of, parts, share, today))
        drafts = [] if isinstance(drafted, Failure) else drafted[0]
        return next((one for one in drafts if one.untold.branch == branch and one.declined_in is None), None)

    return Candidate(
        entry=share.entry,
        takers=share.takers.having(draft.untold.updates),
        branch=branch,
        title=draft.untold.title,
        updates=draft.untold.updates,
        is_build_stage_alone=_is_build_stage_alone(share, draft.untold.updates),
        draft=again,
    )


def _is_build_stage_alone(share: Share, updates: Sequence[Update]) -> bool:
    with_base = {decision.pin.file for app in share.apps for decision in app.decisions if decision.pin.role is Role.FINAL_BASE}
    return all(
        update.kind is UpdateKind.DIGEST and update.pin.role is Role.BUILD_BASE and update.pin.file in with_base for update in updates
    )


def _tell(parts: FleetParts, sent: Sent) -> None:
    if sent.outcome not in _QUIET:
        number = f" #{sent.pull_request.number}" if sent.pull_request else ""
        note = f" ({sent.note})" if sent.note else ""
        parts.progress.tell(sent.proposal.repo, f"pull request{number} {sent.outcome.value}: {sent.proposal.title}{note}")


def _drafted(
    parts: FleetParts, shared: Sequence[Share], today: date
) -> Iterator[tuple[Share, tuple[list[Draft], list[Failure]] | Failure]]:
    """The drafts of each share, in order; before the first of some is handed out, what their texts will ask is asked side by side."""
    for start in range(0, len(shared), _APPS_AT_ONCE):
        some = [(share, attempt(share.name, partial(drafts_of, parts, share, today))) for share in shared[start : start + _APPS_AT_ONCE]]
        drafts = [(share.entry, drafted[0]) for share, drafted in some if not isinstance(drafted, Failure)]
        _ask_ahead(parts, [draft for entry, mine in drafts for draft in mine if _is_written_again(draft, entry)])
        yield from some


def _ask_ahead(parts: FleetParts, drafts: Sequence[Draft]) -> None:
    """Ask side by side what their texts will ask."""
    updates = [update for draft in drafts for update in draft.untold.updates]
    with Workers(_WORKERS, "explain") as pool:
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
