"""Decide: the verdicts on all pins of a fleet, app by app."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.decide.context import PinContext
from bot.decide.follow import values_in_use
from bot.model.dependency import Dependency
from bot.model.fleet import App, Phase
from bot.model.listing import Listing
from bot.model.pin import Pin, Skip
from bot.model.pull_request import PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import Decision
from bot.pipeline.decide import decide
from bot.pipeline.fleet_parts import FleetParts, Scanned
from bot.pipeline.parts import Parts
from bot.propose.marker import read as read_marker


def decide_fleet(
    parts: FleetParts, scanned: Sequence[Scanned], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[tuple[Scanned, AppDecisions]]:
    """The verdicts on all pins, app by app. A retired app gets none."""
    owned = [(entry, entry.app_of(finding.file), finding) for entry in scanned for finding in entry.findings]
    alive = [(entry, app, finding) for entry, app, finding in owned if app is not None and app.phase is not Phase.RETIRED]
    pins = [(finding, context_of(parts, app, finding)) for _, app, finding in alive if isinstance(finding, Pin)]
    asked = _asked(scanned)
    pins = [
        (
            pin,
            replace(
                context,
                asked=asked.get((context.repo, context.app, str(pin.dependency)), frozenset()),
                is_urgent=parts.orders.hurries(context.repo, context.app, str(pin.dependency)),
            ),
        )
        for pin, context in pins
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
