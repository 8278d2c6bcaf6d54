"""Decide: the verdict on each pin."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.decide.context import PinContext
from bot.decide.follow import values_in_use
from bot.model.dependency import Dependency, Release
from bot.model.failure import Failure
from bot.model.fleet import App, Phase
from bot.model.listing import Listing
from bot.model.pin import Pin, Skip
from bot.model.pull_request import PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import Decision, Unknown
from bot.pipeline.attempt import attempt
from bot.pipeline.parts import FleetParts, Parts, Scanned
from bot.propose.marker import read as read_marker

_WORKERS: Final = 8


def decide(
    parts: Parts, pins: Sequence[tuple[Pin, PinContext]], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[Decision]:
    """The verdict on each pin, in their order. Digests are asked for as they are needed, several at once."""

    def describe(release: Release) -> Release:
        return parts.ledger.sightings.seen(parts.watcher.describe(release), now)

    def verdict(entry: tuple[Pin, PinContext]) -> Decision:
        pin, context = entry
        where = f"{pin.file}:{pin.line}"
        decided = attempt(where, lambda: parts.decider.decide(pin, listings[pin.dependency], context, describe, now))
        return Decision(pin=pin, verdict=Unknown(pin=pin, reason=decided.what)) if isinstance(decided, Failure) else decided

    decisions: list[Decision] = []
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="decide") as pool:
        for decision in pool.map(verdict, pins):
            decisions.append(decision)
            parts.progress("decide", len(decisions), len(pins))
    return decisions


def decide_fleet(
    parts: FleetParts, scanned: Sequence[Scanned], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[tuple[Scanned, AppDecisions]]:
    """The verdicts on all pins, app by app. A retired app gets none."""
    owned = [(entry, entry.app_of(finding.file), finding) for entry in scanned for finding in entry.findings]
    alive = [(entry, app, finding) for entry, app, finding in owned if app is not None and app.phase is not Phase.RETIRED]
    pins = [(finding, context_of(parts, app, finding)) for _, app, finding in alive if isinstance(finding, Pin)]
    asked = _asked(scanned)
    pins = [
        (pin, replace(context, asked=asked.get((context.repo, context.app, str(pin.dependency)), frozenset()))) for pin, context in pins
    ]
    in_use = values_in_use((context.app, pin) for pin, context in pins)
    verdicts = iter(decide(replace(parts, decider=parts.decider.knowing(in_use)), pins, listings, now=now))
    decisions: dict[App, list[Decision]] = {}
    skips: dict[App, list[Skip]] = {}
    for _, app, finding in alive:
        if isinstance(finding, Pin):
            decisions.setdefault(app, []).append(next(verdicts))
        else:
            skips.setdefault(app, []).append(finding)
    return [
        (entry, AppDecisions(app=app, decisions=tuple(decisions.get(app, ())), skips=tuple(skips.get(app, ()))))
        for entry in scanned
        for app in entry.apps
    ]


def _asked(scanned: Sequence[Scanned]) -> dict[tuple[str, str, str], frozenset[str]]:
    """By repo, app and dependency: the values that open pull requests of the bot ask for."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for entry in scanned:
        for pull in entry.pull_requests:
            marker = read_marker(pull.body) if pull.state is PullRequestState.OPEN else None
            for target in () if marker is None else marker.targets:
                found.setdefault((entry.repo.full_name, marker.app if marker else "", target.dependency), set()).add(target.value)
    return {key: frozenset(values) for key, values in found.items()}


def context_of(parts: Parts, app: App, pin: Pin) -> PinContext:
    return PinContext(repo=app.repo, app=app.name, stage=parts.stage_of(pin.file), phase=app.phase)
