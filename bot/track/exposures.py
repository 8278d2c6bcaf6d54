"""Pins, pull requests and the ledger -> exposures: who has not taken what, since when, and where it is stuck."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, assert_never

from bot.ledger.history import Event, History, UpdateKey
from bot.ledger.ledger import Ledger
from bot.ledger.step_holes import StepKey
from bot.model.dependency import LONG_AGO
from bot.model.exposure import Closes, Exposure, Moved, Step
from bot.model.fleet import App, Phase
from bot.model.pin import Pin
from bot.model.pull_request import Outcome, PullRequest, PullRequestState, Sent
from bot.model.run import AppDecisions
from bot.model.severity import Severity
from bot.model.update import (
    SAID_SO,
    SOAK,
    TRIPWIRE,
    Decision,
    Frozen,
    Hold,
    NotAllowed,
    Propose,
    Undecidable,
    Unknown,
    Update,
    UpdateKind,
    UpToDate,
    last_day,
)
from bot.settings.sections import Stale
from bot.track.due import due
from bot.track.ended import VendorWords, ends_of_retired
from bot.track.followed import BuiltSight, Late, follow
from bot.track.keys import app_key, new_of, update_key
from bot.track.late import late_exposure
from bot.track.phase import ARCHIVED
from bot.track.requests import Asked, Requests

_NOT_KNOWN: Final = {Unknown: "look-up failed", Frozen: "frozen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Behind:
    """An app that stands on something old: by a verdict of this run, or by what the ledger knows where the look-up failed."""

    app: App
    key: UpdateKey
    update: Update | None
    pull_request: PullRequest | None
    blocked_by: str


def exposures(
    apps: Sequence[AppDecisions],
    sent: Sequence[Sent],
    pull_requests: Iterable[PullRequest],
    ledger: Ledger,
    *,
    stale: Stale,
    now: datetime,
    asked: Callable[[PullRequest], Iterable[Asked]] = lambda _: (),
    strangers: Callable[[PullRequest], Collection[str]] = lambda _: (),
    closes: Callable[[Update], Closes | None] = lambda _: None,
    waits: Mapping[tuple[str, Pin], str] = MappingProxyType({}),
    sight: BuiltSight | None = None,
    archived: Collection[str] = (),
) -> list[Exposure]:
    """What each app has not taken, the longest first; the steps that are new are recorded in the ledger.

    `apps` are those of this run, with the verdict on each of their pins; `sent` is what became of the proposals, and
    `pull_requests` are all of the bot in these repos, in any state. Apps in other phases than `stale.phases` have none, and so
    has an update that the owner's rules refuse for good. Where a look-up failed, what was known before stays.

    Where nothing was sent (a report), `asked` finds the pull request of an update by what its body says; without it, the one that
    the ledger remembers counts. `strangers` are those besides the bot who committed to a pull request: such a branch is told.
    `closes` tells what an update closes; where it can't now, what it told before stays. `waits` says of what was not sent, by repo and
    pin, what it waits for.

    The clocks of an app that somebody declares retired end with that reason, and so do those of the apps in `archived`, by their keys.
    Where publishers take away every hole that an update was known to close, its clock ends by their word, and begins again once that is
    taken back.

    With `sight` of the apps' images a clock goes on behind the merge, until the images have what was merged; an image that stands on an
    older base than its app's files name has a clock as well. Without it a clock ends with the merge, and goes on once there is one.

    Raises bot.clients.database.DatabaseError.
    """
    requests = Requests(pull_requests, sent, asked, strangers, waits)
    before = ledger.events.histories([*(app_key(entry.app) for entry in apps), *archived])
    words = VendorWords(closes=closes, ledger=ledger, now=now)
    behind = [one for entry in apps if entry.app.phase in stale.phases for one in _behind(entry, requests, before)]
    behind = [one for one in behind if not words.holds(before.get(one.key), one.update)]
    ends = {one.key: end for one in behind if (end := words.end_of(one.key, before.get(one.key), one.update)) is not None}
    behind = [one for one in behind if one.key not in ends]
    ledger.events.record(
        [
            *ends.values(),
            *_retired(apps, archived, before, sight, now),
            *_taken(apps, requests, before, now),
            *(event for one in behind for event in _steps(one, now)),
        ]
    )
    late = () if sight is None else _followed([entry for entry in apps if entry.app.phase in stale.phases], ledger, sight, words, now)
    histories = ledger.events.histories({app_key(one.app) for one in behind} | {app_key(one.app) for one in late})
    behind = [one for one in behind if one.key in histories]
    targets = [(one.key, new_of(one.update) if one.update else histories[one.key].new, one.update) for one in behind]
    known = _closing([*targets, *((one.key, one.new, one.update) for one in late)], ledger, closes, now)
    found = [(histories[one.key].began_at, _exposure(one, histories[one.key], stale, known.get(one.key))) for one in behind]
    found += [(histories[one.key].began_at, late_exposure(one, histories[one.key], stale, known.get(one.key))) for one in late]
    found.sort(key=lambda pair: (pair[0], pair[1].app.name, pair[1].dependency, pair[1].old))
    return [exposure for _, exposure in found]


def _followed(apps: Sequence[AppDecisions], ledger: Ledger, sight: BuiltSight, words: VendorWords, now: datetime) -> tuple[Late, ...]:
    before = ledger.events.histories(app_key(entry.app) for entry in apps)
    followed = follow(apps, before, sight, now, is_ended=words.holds)
    ends = {one.key: end for one in followed.late if (end := words.end_of(one.key, before.get(one.key), one.update)) is not None}
    ledger.events.record([*followed.events, *ends.values()])
    return tuple(one for one in followed.late if one.key not in ends)


def _retired(
    apps: Sequence[AppDecisions], archived: Collection[str], before: Mapping[UpdateKey, History], sight: BuiltSight | None, now: datetime
) -> Iterator[Event]:
    """The ends of the clocks that ran; without sight one ended with the merge."""
    retired = dict.fromkeys(archived, ARCHIVED) | {app_key(one.app): one.app.phase_reason for one in apps if one.app.phase is Phase.RETIRED}
    running = {key: past for key, past in before.items() if not past.is_over or (sight is not None and past.is_followed)}
    return ends_of_retired(running, retired, now)


def moved(apps: Iterable[App], ledger: Ledger, *, since: datetime) -> list[Moved]:
    """What these apps took since a time, the newest first."""
    by_key = {app_key(app): app for app in apps}
    events = [event for event in ledger.events.events_since(Step.MERGED, since) if event.key.app in by_key]
    started = _starts(ledger, {event.key.app for event in events})
    found = [
        Moved(
            app=by_key[event.key.app],
            dependency=event.key.dependency,
            old=event.key.old,
            new=event.new,
            at=event.at,
            waited_since=started.get(event.key),
            pull_request_url=event.url or None,
        )
        for event in events
    ]
    return sorted(found, key=lambda one: (-one.at.timestamp(), one.app.name, one.dependency))


def _behind(entry: AppDecisions, requests: Requests, before: Mapping[UpdateKey, History]) -> Iterator[_Behind]:
    """One for each old value of each dependency that the app stands on; several pins of the same make one."""
    seen: set[UpdateKey] = set()
    for decision in sorted(entry.decisions, key=_urgency):
        key = update_key(entry.app, decision.pin)
        one = _judged(entry.app, key, decision, requests, before.get(key))
        # A digest put beside the same tag makes an app no safer by itself.
        is_pinning = one is not None and one.update is not None and one.update.kind is UpdateKind.PIN
        if one is not None and key not in seen and not is_pinning:
            seen.add(key)
            yield one


def _urgency(decision: Decision) -> tuple[int, datetime]:
    """What counts of several: the nearest to a proposal, of holds the one that ends first."""
    verdict = decision.verdict
    until = verdict.until if isinstance(verdict, Hold) else None
    kinds = (Propose, Hold, Unknown, Frozen, NotAllowed, Undecidable, UpToDate)
    return kinds.index(type(verdict)), until or datetime.max.replace(tzinfo=UTC)


def _judged(app: App, key: UpdateKey, decision: Decision, requests: Requests, past: History | None) -> _Behind | None:
    ongoing = None if past is None or past.is_over else past
    stage = decision.stage
    match decision.verdict:
        case Propose(update=update):
            request = requests.of(app, stage, key, update, ongoing)
            why = _outcome(requests.sent(app.repo, update.pin)) or requests.waits(app.repo, update.pin) or requests.blocked(request)
            return _Behind(app=app, key=key, update=update, pull_request=request, blocked_by=why)
        case Hold(update=update, reason=reason, until=until) | NotAllowed(update=update, reason=reason, until=until):
            is_order = decision.verdict.policy in SAID_SO
            # A stage that waits for another is behind, whenever that moves.
            # No clock begins for what an alarm holds, and none ends by it.
            stays = decision.verdict.policy == SOAK or (decision.verdict.policy == TRIPWIRE and ongoing is not None)
            if until is None and not is_order and not stays:
                return None
            request = requests.of(app, stage, key, update, ongoing)
            return _Behind(
                app=app, key=key, update=update, pull_request=request, blocked_by=_held(reason, until) if is_order else f"held: {reason}"
            )
        case Unknown(reason=reason) | Frozen(reason=reason):
            if ongoing is None:
                return None
            request = requests.of(app, stage, key, None, ongoing)
            return _Behind(
                app=app, key=key, update=None, pull_request=request, blocked_by=f"{_NOT_KNOWN[type(decision.verdict)]}: {reason}"
            )
        case UpToDate() | Undecidable():
            return None
        case _:
            assert_never(decision.verdict)


def _held(reason: str, until: datetime | None) -> str:
    """By the word of others."""
    return f"{reason} until {last_day(until).isoformat()}" if until else reason


def _outcome(sent: Sent | None) -> str:
    """What this run says against an update; empty: nothing."""
    if sent is None:
        return ""
    match sent.outcome:
        case Outcome.DECLINED:
            return "declined"
        case Outcome.EDITED_BY_HUMAN:
            return "edited by human"
        case Outcome.FAILED:
            return f"failed: {sent.note}" if sent.note else "failed"
        case Outcome.OPENED | Outcome.UPDATED | Outcome.UNCHANGED | Outcome.DRY_RUN | Outcome.NOT_REACHED:
            return ""
        case _:
            assert_never(sent.outcome)


def _steps(one: _Behind, now: datetime) -> Iterator[Event]:
    if one.update is None:
        return
    release = one.update.release
    new = new_of(one.update)
    if release.published_at is not None and release.published_at <= now:
        yield Event(key=one.key, step=Step.RELEASED, at=release.published_at, new=new)
    yield Event(key=one.key, step=Step.DETECTED, at=_first_seen(one.update, now), new=new)
    if one.pull_request is not None:
        yield Event(key=one.key, step=Step.PROPOSED, at=one.pull_request.created_at, new=new, url=one.pull_request.url)


def _first_seen(update: Update, now: datetime) -> datetime:
    """When the clock begins. What was there before the bot began to watch counts from its first run: nobody is late on day one."""
    release = update.release
    was_there_before = release.first_seen in {None, LONG_AGO, release.published_at}
    return now if release.first_seen is None or was_there_before else min(release.first_seen, now)


def _taken(apps: Sequence[AppDecisions], requests: Requests, before: Mapping[UpdateKey, History], now: datetime) -> Iterator[Event]:
    """The end of each update that an app was behind with and is no more."""
    current = {update_key(entry.app, decision.pin) for entry in apps for decision in entry.decisions}
    not_looked_at = {app_key(entry.app) for entry in apps if entry.app.phase is Phase.RETIRED}
    for key, past in before.items():
        if past.is_over or past.is_of_image or key in current or key.app in not_looked_at:
            continue
        request = requests.by_url(past.url)
        if request is not None and request.state is PullRequestState.MERGED:
            yield Event(key=key, step=Step.MERGED, at=request.merged_at or now, new=past.new, url=past.url)
        else:
            yield Event(key=key, step=Step.MERGED, at=now, new=past.new)


def _closing(
    targets: Sequence[tuple[UpdateKey, str, Update | None]], ledger: Ledger, closes: Callable[[Update], Closes | None], now: datetime
) -> dict[UpdateKey, Closes]:
    """What each update closes, by what it moves to, as it is known now or was known last."""
    steps = {key: StepKey(key.dependency, key.old, new) for key, new, _ in targets}
    told, seen = dict[StepKey, Closes](), dict[StepKey, datetime]()
    for key, _, update in targets:
        if update is not None and (said := closes(update)):
            told[steps[key]], seen[steps[key]] = said, _first_seen(update, now)
    ledger.step_holes.record(told, now, seen=seen)
    known = ledger.step_holes.of(steps.values())
    return {key: known[step] for key, step in steps.items() if step in known}


def _exposure(one: _Behind, history: History, stale: Stale, closes: Closes | None) -> Exposure:
    request = one.pull_request
    severity = Severity.UNKNOWN if closes is None else closes.severity
    found = Exposure(
        app=one.app,
        dependency=one.key.dependency,
        old=one.key.old,
        new=history.new if one.update is None else new_of(one.update),
        severity=severity,
        closes="" if closes is None else closes.said,
        steps=dict(history.steps),
        waiting_for=Step.PROPOSED if request is None else Step.MERGED,
        due=due(one.app, history.began_at, closes, stale),
        is_exploited=closes is not None and closes.exploited_since is not None,
        blocked_by=one.blocked_by,
    )
    return found if request is None else replace(found, pull_request_url=request.url, pull_request_number=request.number)


def _starts(ledger: Ledger, apps: Iterable[str]) -> dict[UpdateKey, datetime]:
    return {key: past.steps[Step.DETECTED] for key, past in ledger.events.histories(apps).items() if Step.DETECTED in past.steps}
