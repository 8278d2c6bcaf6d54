"""Canaries: what of an update has been merged, turned red or was declined so far, and who waits for that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.model.checks import Checks
from bot.model.failure import Failure
from bot.model.fleet import App, Criticality
from bot.model.pull_request import Outcome, Proposal, PullRequest, PullRequestState, Sent
from bot.model.run import AppDecisions
from bot.model.turn import WaitsFor
from bot.model.update import Update, UpdateKind
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned
from bot.pipeline.turns import Candidate, Queue
from bot.propose.canary import Ask, Asked, Canary, Course, Fate, Wave, held_back
from bot.propose.marker import Target, own_accounts, targets_of
from bot.propose.marker import read as read_marker
from bot.propose.naming import new_value, short_name
from bot.propose.order import Key

_FATES: Final = {PullRequestState.OPEN: Fate.OPEN, PullRequestState.MERGED: Fate.MERGED, PullRequestState.CLOSED: Fate.DECLINED}
_WRITTEN: Final = frozenset({Outcome.UPDATED, Outcome.DRY_RUN})
"""Outcomes after which an open pull request asks for another thing than its marker told, or would."""
_REMEDY: Final = "Give the bot the permissions checks and commit statuses (read), or wait until GitHub answers."


def let_canaries_go(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], sent: Sequence[Sent], queued: Queue, *, now: datetime
) -> tuple[Queue, list[Failure]]:
    """The queue without those that wait for the first apps of an update, and the checks that could not be asked.

    What presses waits for nobody. Nobody is asked for checks unless somebody waits.
    """
    free = [(place, candidate) for place, (candidate, urgency) in enumerate(queued.ready) if not urgency.is_pressing]
    if parts.canary is None or not free:
        return queued, []
    canary = parts.canary.of_shard(parts.shard.of)
    waves, failures = _waves(parts, decided, sent, [candidate for _, candidate in free], canary)
    for verdict in (wave.verdict(now) for wave in waves.values()):
        if verdict.why and verdict.course is not Course.FIRST:
            parts.progress.tell("order.canary", verdict.why)
    reasons = held_back([_ask(parts, candidate) for _, candidate in free], waves, now=now)
    held = {place: why for (place, _), why in zip(free, reasons, strict=True) if why is not None}
    waiting = [queued.ready[place][0].waiting(queued.ready[place][1], WaitsFor.CANARY, why) for place, why in held.items()]
    ready = tuple(pair for place, pair in enumerate(queued.ready) if place not in held)
    return replace(queued, ready=ready, waiting=(*waiting, *queued.waiting)), failures


@dataclass(frozen=True, slots=True)
class _Got:
    """An app with a pull request for an update."""

    key: Key
    pull: PullRequest
    targets: tuple[Target, ...]
    checks: Checks | None = None
    """Where they are known without asking."""


def _waves(
    parts: FleetParts,
    decided: Sequence[tuple[Scanned, AppDecisions]],
    sent: Sequence[Sent],
    candidates: Sequence[Candidate],
    canary: Canary,
) -> tuple[dict[Target, Wave], list[Failure]]:
    """The updates that somebody would get now and that concern enough apps."""
    wanted = {Target.of(update): update for candidate in candidates for update in candidate.updates}
    got: dict[Target, dict[Key, _Got]] = {target: {} for target in wanted}
    for one in _got(parts, decided, sent):
        for target in one.targets:
            if target in got:
                got[target].setdefault(one.key, one)
    concerned: dict[Target, set[Key]] = {target: set(ones) for target, ones in got.items()}
    for target, key in _asking(decided):
        if target in concerned:
            concerned[target].add(key)
    large = {target: got[target] for target, keys in concerned.items() if len(keys) >= canary.from_apps}
    checks, failures = _checks(parts, [one for ones in large.values() for one in ones.values()])
    owners = {_key(app.app): _owners(app.app) for _, app in decided}
    waves = {
        target: Wave(
            what=_name(wanted[target]),
            apps=len(concerned[target]),
            since=wanted[target].release.first_seen,
            asked=tuple(_asked(one, checks, owners) for one in ones.values()),
            canary=canary,
        )
        for target, ones in large.items()
    }
    return waves, failures


def _got(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], sent: Sequence[Sent]) -> Iterator[_Got]:
    """By the pull requests as this run left them, of each app the newest first. What the bot itself closed was declined by nobody."""
    written = {one.pull_request.url: one for one in sent if one.pull_request is not None and one.outcome in _WRITTEN}
    apps = {entry.repo.full_name: entry for entry, _ in decided}
    for name, entry in apps.items():
        for pull in entry.pull_requests:
            marker = read_marker(pull.body)
            if marker is None or (pull.state is PullRequestState.CLOSED and pull.closed_by in own_accounts(pull, parts.forge.identity())):
                continue
            present = _asked_now(written[pull.url].proposal, entry) if pull.url in written else marker.by_app
            for app, targets in present.items():
                # The checks of what it asked for before say nothing of what it asks for now.
                is_as_checked = present == marker.by_app
                yield _Got(Key(repo=name, name=app), pull, targets, None if is_as_checked else Checks.PENDING)


def _asked_now(proposal: Proposal, entry: Scanned) -> dict[str, tuple[Target, ...]]:
    """What a proposal asks of each app."""
    found: dict[str, list[Update]] = {}
    for update in proposal.updates:
        if (app := entry.app_of(update.pin.file)) is not None:
            found.setdefault(app.name, []).append(update)
    return {app: targets_of(updates) for app, updates in found.items()}


def _asking(decided: Sequence[tuple[Scanned, AppDecisions]]) -> Iterator[tuple[Target, Key]]:
    for _, app in decided:
        for update in app.wanted:
            yield Target.of(update), _key(app.app)


def _checks(parts: FleetParts, got: Sequence[_Got]) -> tuple[Mapping[str, Checks | None], list[Failure]]:
    """By the pull request's address."""
    unasked = {one.pull.url: one.pull for one in got if one.checks is None and one.pull.state is not PullRequestState.CLOSED}
    answers = parts.forge.checks(list(unasked.values())) if unasked else {}
    found = {url: None if isinstance(answer, Failure) else answer for url, answer in answers.items()}
    failed: dict[str, list[Failure]] = {}
    for answer in answers.values():
        if isinstance(answer, Failure):
            failed.setdefault(answer.what, []).append(answer)
    return found, [_one_failure(ones) for ones in failed.values()]


def _one_failure(ones: Sequence[Failure]) -> Failure:
    more = f" and {len(ones) - 1} more" if len(ones) > 1 else ""
    what = f"its checks could not be asked, so that who waits for them waits on: {ones[0].what}"
    return Failure(where=f"{ones[0].where}{more}", what=what, remedy=_REMEDY, resumes_at=ones[0].resumes_at)


def _asked(one: _Got, checks: Mapping[str, Checks | None], owners: Mapping[Key, frozenset[str]]) -> Asked:
    return Asked(
        app=one.key,
        place=f"{one.pull.repo}#{one.pull.number}",
        at=one.pull.created_at,
        fate=_FATES[one.pull.state],
        checks=one.checks or checks.get(one.pull.url),
        owners=owners.get(one.key, frozenset()),
    )


def _ask(parts: FleetParts, candidate: Candidate) -> Ask:
    stages = {parts.stage_of(update.pin.file) for update in candidate.updates}
    is_open = sum(pull.state is PullRequestState.OPEN for pull in candidate.entry.pull_requests)
    return Ask(
        app=_key(candidate.takers.apps[0]),
        apps=len(candidate.takers.apps),
        targets=targets_of(candidate.updates),
        criticality=max((app.criticality for app in candidate.takers.apps), key=list(Criticality).index),
        is_production_only=bool(parts.stages) and stages == {parts.stages[-1]},
        owners=frozenset(owner for app in candidate.takers.apps for owner in _owners(app)),
        has_room=is_open < parts.limits.open_per_repo,
    )


def _owners(app: App) -> frozenset[str]:
    return frozenset(app.owners or (app.repo,))


def _key(app: App) -> Key:
    return Key(repo=app.repo, name=app.name)


def _name(update: Update) -> str:
    named = f"{short_name(update)} {update.release.value}"
    return f"{named} ({new_value(update)})" if update.kind in {UpdateKind.DIGEST, UpdateKind.PIN} else named
