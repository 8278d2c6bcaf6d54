"""Turns: in which order new pull requests go out, and which of them wait for another app."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from bot.model.exposure import Step
from bot.model.fleet import App
from bot.model.run import AppDecisions
from bot.model.severity import Severity
from bot.model.turn import Urgency, Waiting, WaitsFor
from bot.model.update import Update
from bot.pipeline.fleet_parts import FleetParts, Scanned
from bot.pipeline.steps import known_step
from bot.propose.compose import Draft
from bot.propose.marker import read as read_marker
from bot.propose.order import FleetOrder
from bot.track.exposures import app_key, update_key

_WORKERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A pull request that could be opened. Its edits are made anew when its turn has come: thousands may wait."""

    entry: Scanned
    app: App
    branch: str
    title: str
    updates: tuple[Update, ...]
    draft: Callable[[], Draft | None]
    """None: what it asks for is gone meanwhile."""

    def waiting(self, urgency: Urgency, waits_for: WaitsFor, reason: str, place: int | None = None) -> Waiting:
        return Waiting(
            repo=self.app.repo,
            app=self.app.name,
            title=self.title,
            updates=self.updates,
            urgency=urgency,
            waits_for=waits_for,
            reason=reason,
            place=place,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What may go out as far as other apps are concerned, and what waits for one of them."""

    ready: tuple[tuple[Candidate, Urgency], ...]
    """The most urgent first."""
    waiting: tuple[Waiting, ...]


def queue(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], candidates: Sequence[Candidate], *, now: datetime) -> Queue:
    """The order: what is exploited, then what others build on, then the worst hole, the app's criticality, and who waits for longest."""
    order = FleetOrder.of([app for _, app in decided])
    for circle in order.circles:
        parts.progress.tell(circle.apps[0], f"builds on itself: {' -> '.join((*circle.apps, circle.apps[0]))}; nobody waits there")
    _open_images(parts, candidates)
    judged = [(one, _urgency(parts, one)) for one in candidates]
    judged.sort(key=lambda pair: (_rank(order, *pair), pair[0].app.repo, pair[0].branch))
    wait = _waits_for_base(parts, decided, order, now)
    ready: list[tuple[Candidate, Urgency]] = []
    waiting: list[Waiting] = []
    for candidate, urgency in judged:
        why = None if urgency.is_pressing else wait(candidate)
        if why is None:
            ready.append((candidate, urgency))
        else:
            waiting.append(candidate.waiting(urgency, WaitsFor.BASE, why))
    return Queue(ready=tuple(ready), waiting=tuple(waiting))


def _rank(order: FleetOrder, candidate: Candidate, urgency: Urgency) -> tuple[object, ...]:
    exploited, *others = urgency.order
    return exploited, not order.built_on_by(candidate.app), *others


def _open_images(parts: FleetParts, candidates: Iterable[Candidate]) -> None:
    """Ask side by side for what is asked one by one below; the answers are remembered."""
    if parts.steps is None:
        return
    distinct = {(update.old_image, update.new_image, update.pin.platform): update for one in candidates for update in one.updates}
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="inspect") as pool:
        list(pool.map(lambda update: known_step(parts.steps, update), distinct.values()))


def _urgency(parts: FleetParts, candidate: Candidate) -> Urgency:
    each = [urgency_of(parts, candidate.app, update) for update in candidate.updates]
    return min(each, key=lambda one: one.order)


def urgency_of(parts: FleetParts, app: App, update: Update) -> Urgency:
    """How urgent one update is, as far as its images can be opened and checked."""
    step = known_step(parts.steps, update)
    severity: Severity | None = Severity.UNKNOWN
    if step is not None and step.holes.is_known:
        severity = step.holes.severity if step.holes.closed else None if not step.holes.unclear else Severity.UNKNOWN
    exploited = step is not None and any(hole.exploited_since for one in step.holes.closed for hole in one)
    return Urgency(is_exploited=exploited, severity=severity, criticality=app.criticality, since=update.release.first_seen)


def _waits_for_base(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], order: FleetOrder, now: datetime
) -> Callable[[Candidate], str | None]:
    """Tells why a candidate waits for the new build of an internal image that it takes; None: it does not."""
    longest = parts.wait_for_bases

    @cache
    def merges() -> dict[str, datetime]:
        # What was merged since the last run is not in the ledger yet; what came in without the bot's pull requests is there alone.
        found = {event.key.app: event.at for event in parts.ledger.events.events_since(Step.MERGED, now - longest)}
        for entry, app in decided:
            if app.app.images:
                times = [found.get(app_key(app.app)), *_merged(entry, app.app)]
                found |= {app_key(app.app): time for time in [max(filter(None, times), default=None)] if time is not None}
        return found

    def awaited(candidate: Candidate) -> Iterator[str]:
        behind = None
        for update in candidate.updates:
            if update.pin.dependency.name not in order.publishers:
                continue
            behind = parts.ledger.events.histories([app_key(candidate.app)]) if behind is None else behind
            past = behind.get(update_key(candidate.app, update.pin))
            until = (now if past is None or past.is_over else past.began_at) + longest
            found = order.awaited(candidate.app, update, until=until, merged_at=lambda app: merges().get(app_key(app)))
            if found is not None and now < found.until:
                yield f"{found.why}; goes out by {found.until:%Y-%m-%d} whatever comes of that"

    return lambda candidate: next(awaited(candidate), None)


def _merged(entry: Scanned, app: App) -> Iterator[datetime]:
    """When pull requests of an app were merged."""
    for pull in entry.pull_requests:
        if pull.merged_at is not None and (marker := read_marker(pull.body)) is not None and marker.app == app.name:
            yield pull.merged_at
