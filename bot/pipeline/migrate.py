"""Decide: bases that are to be left give way to their successors, as the organisation's catalogue has it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clients.workers import Workers
from bot.decide.catalogue import judged
from bot.decide.context import PinContext
from bot.decide.migrate import Move, move_of
from bot.model.catalogue import Judged
from bot.model.dependency import OCI, Dependency, Release
from bot.model.failure import Failure
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
from bot.model.run import AppDecisions
from bot.model.update import Decision, Hold, Propose, Unknown, image_in_use
from bot.pipeline.attempt import attempt
from bot.pipeline.decide_fleet import context_of
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned
from bot.pipeline.tripwire import with_alarms
from bot.pipeline.watch import watch
from bot.track.followed import is_base

_WORKERS = 8


def with_migrations(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[tuple[Scanned, AppDecisions]]:
    """The same apps with what is decided on moves to other bases. Successors that nobody asked about yet are asked once.

    A move that can't be decided is a verdict with its reason; nothing of it stops what else goes out.
    """
    if not any(entry.is_proposed for entry in parts.catalogue.entries):
        return list(decided)
    ages = Ages(parts, [app for _, app in decided])
    moves = [(app, move) for _, app in decided for pin in bases_of(app) if (move := move_of(pin, ages.judged(pin, now))) is not None]
    wanted = dict.fromkeys(move.successor for _, move in moves if isinstance(move, Move) and move.successor not in listings)
    known = {**listings, **(watch(parts, wanted, now=now) if wanted else {})}

    def decide(app: AppDecisions, move: Move | Decision) -> Decision | None:
        if isinstance(move, Decision):
            return move
        context = _context(parts, app, move.pin)
        done = attempt(
            f"{move.pin.file}:{move.pin.line}",
            lambda: parts.decider.migration(move, known[move.successor], context, lambda release: _described(parts, release, now), now),
        )
        return Decision(pin=move.pin, verdict=Unknown(pin=move.pin, reason=done.what)) if isinstance(done, Failure) else done

    with Workers(_WORKERS, "migrate") as pool:
        answers = list(pool.map(decide, *zip(*moves, strict=True))) if moves else []
    asked = [(app, decision) for (app, _), decision in zip(moves, answers, strict=True) if decision is not None]
    found: dict[int, list[Decision]] = {}
    for (app, _), decision in zip(asked, _without_alarms(parts, asked, now), strict=True):
        found.setdefault(id(app), []).append(decision)
    return [(entry, replace(app, migrations=tuple(found.get(id(app), ())))) for entry, app in decided]


def _without_alarms(parts: FleetParts, asked: Sequence[tuple[AppDecisions, Decision]], now: datetime) -> list[Decision]:
    """The decisions, where a move to an image whose tags moved and should not have is held."""
    if parts.tripwire is None:
        return [decision for _, decision in asked]
    theirs = [(app, _of_successor(decision)) for app, decision in asked]
    pins = [(decision.pin, _context(parts, app, decision.pin)) for app, decision in theirs]
    alarmed = with_alarms(parts.tripwire, parts.ledger, pins, [decision for _, decision in theirs], now=now)
    return [replace(mine, verdict=told.verdict) for (_, mine), told in zip(asked, alarmed, strict=True)]


def _of_successor(decision: Decision) -> Decision:
    """The same as one on a pin of the successor: its tags are what is looked at."""
    verdict = decision.verdict
    if not isinstance(verdict, Propose | Hold):
        return decision
    release = verdict.update.release
    return replace(decision, pin=replace(decision.pin, dependency=release.dependency, value=release.value, digest=release.digest))


def bases_of(app: AppDecisions) -> list[Pin]:
    """The pins of an app that name a base, of a build stage too: what is built on one libc does not run on another."""
    pins = (decision.pin for decision in app.decisions)
    return [pin for pin in pins if is_base(pin) or (pin.role is Role.BUILD_BASE and pin.dependency.datasource == OCI)]


class Ages:
    """What the catalogue says of bases, with the days on which they were built, as far as they were opened."""

    def __init__(self, parts: FleetParts, apps: Sequence[AppDecisions]) -> None:
        self._catalogue = parts.catalogue
        self._built: Mapping[str, datetime] = {}
        self._standing: Mapping[tuple[str, str], str] = {}
        if any(entry.older_than is not None for entry in parts.catalogue.entries):
            self._built = parts.ledger.contents.built()
            self._standing = parts.ledger.sightings.latest_digests(OCI, {pin.dependency.name for app in apps for pin in bases_of(app)})

    def judged(self, pin: Pin, now: datetime) -> Judged:
        return judged(self._catalogue, pin.dependency, pin.value, self._built_at(pin), now)

    def _built_at(self, pin: Pin) -> datetime | None:
        image = image_in_use(pin)
        digest = None if image is None else image.digest or self._standing.get((image.name, image.tag or ""))
        return None if digest is None else self._built.get(str(digest))


def _described(parts: FleetParts, release: Release, now: datetime) -> Release:
    return parts.ledger.sightings.seen(parts.watcher.describe(release), now)


def _context(parts: FleetParts, app: AppDecisions, pin: Pin) -> PinContext:
    context = context_of(parts, app.app, pin)
    return replace(context, is_urgent=parts.orders.hurries(context.repo, context.app, "", str(pin.dependency)))
