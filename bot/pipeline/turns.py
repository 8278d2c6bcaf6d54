"""Turns: in which order new pull requests go out, and which of them wait for another app."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from bot.clients.workers import Workers
from bot.model.exposure import Step
from bot.model.fleet import App
from bot.model.run import AppDecisions
from bot.model.severity import Severity
from bot.model.turn import Urgency, Waiting, WaitsFor
from bot.model.update import Update
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned
from bot.pipeline.steps import known_step
from bot.propose.compose import Draft
from bot.propose.marker import read as read_marker
from bot.propose.order import Circle, FleetOrder
from bot.propose.takers import Takers
from bot.track.keys import app_key, update_key

_WORKERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A pull request that could be opened. Its edits are made anew when its turn has come: thousands may wait."""

    entry: Scanned
    takers: Takers
    branch: str
    title: str
    updates: tuple[Update, ...]
    is_build_stage_alone: bool
    """Whether nothing of it runs in the app: new digests of build stages, beside a base that is known."""
    draft: Callable[[], Draft | None]
    """None: what it asks for is gone meanwhile."""

    @property
    def repo(self) -> str:
        """Its name."""
        return self.entry.repo.full_name

    def waiting(self, urgency: Urgency, waits_for: WaitsFor, reason: str, place: int | None = None) -> Waiting:
        return Waiting(
            repo=self.repo,
            app=self.takers.name,
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
    circles: tuple[Circle, ...]


def queue(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], candidates: Sequence[Candidate], *, now: datetime) -> Queue:
    """The order: what is exploited, then what others build on, then the worst hole, the app's criticality, and who waits for longest."""
    order = FleetOrder.of([app for _, app in decided])
    judged = [(one, _urgency(parts, one)) for one in candidates]
    judged.sort(key=lambda pair: (_rank(order, *pair), pair[0].repo, pair[0].branch))
    gates = _Gates(parts, decided, order, now)
    ready: list[tuple[Candidate, Urgency]] = []
    waiting: list[Waiting] = []
    for candidate, urgency in judged:
        why = None if urgency.is_pressing else gates.why(candidate)
        if why is None:
            ready.append((candidate, urgency))
        else:
            waiting.append(candidate.waiting(urgency, *why))
    return Queue(ready=tuple(ready), waiting=tuple(waiting), circles=order.circles)


def _rank(order: FleetOrder, candidate: Candidate, urgency: Urgency) -> tuple[object, ...]:
    exploited, *others = urgency.order
    return exploited, not any(map(order.built_on_by, candidate.takers.apps)), *others


def open_images(parts: FleetParts, updates: Iterable[Update]) -> None:
    """Ask side by side for what is asked one by one later; the answers are remembered."""
    if parts.steps is not None:
        distinct = {(update.old_image, update.new_image, update.pin.platform): update for update in updates}
        with Workers(_WORKERS, "inspect") as pool:
            list(pool.map(partial(known_step, parts.steps), distinct.values()))


def _urgency(parts: FleetParts, candidate: Candidate) -> Urgency:
    each = [urgency_of(parts, candidate.takers.app_of(update), update) for update in candidate.updates]
    return min(each, key=lambda one: one.order)


def urgency_of(parts: FleetParts, app: App, update: Update) -> Urgency:
    """How urgent one update is, as far as its images can be opened and checked."""
    step = known_step(parts.steps, update)
    severity: Severity | None = Severity.UNKNOWN
    if step is not None and step.holes.is_known:
        is_doubtful = step.holes.unclear or step.holes.has_failed or step.holes.has_unchecked_changes
        severity = step.holes.severity if step.holes.closed or is_doubtful else None
    exploited = step is not None and any(hole.exploited_since for one in step.holes.closed for hole in one)
    return Urgency(is_exploited=exploited, severity=severity, criticality=app.criticality, since=update.release.first_seen)


class _Gates:
    """What a candidate waits for besides the limits; each for so long and no longer."""

    def __init__(self, parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], order: FleetOrder, now: datetime) -> None:
        self._parts: Final = parts
        self._order: Final = order
        self._now: Final = now
        self._merges: Final = _merges(parts, decided, now) if order.publishers else {}

    def why(self, candidate: Candidate) -> tuple[WaitsFor, str] | None:
        """What it waits for, and why, in words; None: for nothing."""
        return next(self._base(candidate), None) or self._company(candidate)

    def _base(self, candidate: Candidate) -> Iterator[tuple[WaitsFor, str]]:
        for update in candidate.updates:
            if update.pin.dependency.name in self._order.publishers and not update.is_migration:
                taker = candidate.takers.app_of(update)
                until = self._behind_since(taker, update) + self._parts.waits.for_bases
                found = self._order.awaited(taker, update, merged_at=lambda app: self._merges.get(app_key(app)))
                if found is not None and self._now < until:
                    yield WaitsFor.BASE, f"{found}; goes out by {until:%Y-%m-%d} whatever comes of that"

    def _company(self, candidate: Candidate) -> tuple[WaitsFor, str] | None:
        if not candidate.is_build_stage_alone:
            return None
        since = min(self._behind_since(candidate.takers.app_of(update), update) for update in candidate.updates)
        until = since + self._parts.waits.of_build_stages
        why = f"it builds the app and does not run in it; goes out with the next rebuilt image of the app, by {until:%Y-%m-%d} alone"
        return (WaitsFor.COMPANY, why) if self._now < until else None

    def _behind_since(self, app: App, update: Update) -> datetime:
        past = self._parts.ledger.events.histories([app_key(app)]).get(update_key(app, update.pin))
        return self._now if past is None or past.is_over else past.began_at


def _merges(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], now: datetime) -> dict[str, datetime]:
    """When apps that publish images took an update last, as far as it can matter still.

    What was merged since the last run is not in the ledger yet; what came in without the bot's pull requests is there alone.
    """
    found = {event.key.app: event.at for event in parts.ledger.events.events_since(Step.MERGED, now - parts.waits.for_bases)}
    for entry, app in decided:
        if app.app.images and (times := list(_merged(entry, app.app))):
            key = app_key(app.app)
            found[key] = max([*times, *([found[key]] if key in found else [])])
    return found


def _merged(entry: Scanned, app: App) -> Iterator[datetime]:
    """When pull requests of an app were merged."""
    for pull in entry.pull_requests:
        if pull.merged_at is not None and (marker := read_marker(pull.body)) is not None and marker.asked_of(app.name):
            yield pull.merged_at
