"""Decide: the verdicts on all pins of a fleet, app by app."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.decide.follow import values_in_use
from bot.model.dependency import Dependency
from bot.model.fleet import App, Phase
from bot.model.listing import Listing
from bot.model.pin import Pin, Skip
from bot.model.pull_request import PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import Decision, Hold, NotAllowed, Propose
from bot.pipeline.decide import decide
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.parts import Parts
from bot.pipeline.scanned import Scanned
from bot.pipeline.stages_before import with_stages_before
from bot.propose.marker import read as read_marker


def decide_fleet(
    parts: FleetParts, scanned: Sequence[Scanned], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[tuple[Scanned, AppDecisions]]:
    """The verdicts on all pins, app by app. A retired app gets none."""
    owned = [(entry, entry.app_of(finding.file), finding) for entry in scanned for finding in entry.findings]
    alive = [(entry, app, finding) for entry, app, finding in owned if app is not None and app.phase is not Phase.RETIRED]
    pins = [(finding, context_of(parts, app, finding)) for _, app, finding in alive if isinstance(finding, Pin)]
    asked = _asked(scanned)
    own = [own_stage(parts.decider, pin, context) for pin, context in pins]
    pins = [
        (
            pin,
            replace(
                context,
                asked=asked.get(_Asked(context.repo, context.app, stage, str(pin.dependency)), frozenset()),
                is_urgent=parts.orders.hurries(context.repo, context.app, stage, str(pin.dependency)),
            ),
        )
        for (pin, context), stage in zip(pins, own, strict=True)
    ]
    in_use = values_in_use((context.app, pin) for pin, context in pins)
    asking = with_stages_before(parts, scanned, pins, now=now)
    verdicts = decide(replace(parts, decider=parts.decider.knowing(in_use)), asking, listings, now=now)
    ready = iter(_of_stage(decision, stage) if stage else decision for decision, stage in zip(verdicts, own, strict=True))
    decisions: dict[App, list[Decision]] = {}
    skips: dict[App, list[Skip]] = {}
    for _, app, finding in alive:
        if isinstance(finding, Pin):
            decisions.setdefault(app, []).append(next(ready))
        else:
            skips.setdefault(app, []).append(finding)
    return [
        (entry, AppDecisions(app=app, decisions=tuple(decisions.get(app, ())), skips=tuple(skips.get(app, ()))))
        for entry in scanned
        for app in entry.apps
    ]


def _of_stage(decision: Decision, stage: str) -> Decision:
    verdict = decision.verdict
    if isinstance(verdict, Propose | Hold | NotAllowed):
        verdict = replace(verdict, update=replace(verdict.update, stage=stage))
    return replace(decision, verdict=verdict, stage=stage)


class _Asked(NamedTuple):
    """Whom and what open pull requests ask."""

    repo: str
    app: str
    stage: str
    """Empty: all that have no pull requests of their own."""
    dependency: str


def _asked(scanned: Sequence[Scanned]) -> dict[_Asked, frozenset[str]]:
    """The values that open pull requests of the bot ask for."""
    found: dict[_Asked, set[str]] = {}
    for entry in scanned:
        for pull in entry.pull_requests:
            marker = read_marker(pull.body) if pull.state is PullRequestState.OPEN else None
            if marker is None:
                continue
            for app, targets in marker.by_app.items():
                for target in targets:
                    found.setdefault(_Asked(entry.repo.full_name, app, marker.stage, target.dependency), set()).add(target.value)
    return {key: frozenset(values) for key, values in found.items()}


def own_stage(decider: Decider, pin: Pin, context: PinContext) -> str:
    """The pin's stage, where a soak, or the promotion of its tag, gives that pull requests of its own; empty: it goes with the app."""
    if not decider.knows_soaks:
        return ""
    rule = decider.rule_for(pin, context)
    if pin.value is not None and any(one.tag == pin.value for one in rule.promote):
        return context.stage or pin.value
    return context.stage if rule.soak is not None else ""


def context_of(parts: Parts, app: App, pin: Pin) -> PinContext:
    return PinContext(repo=app.repo, app=app.name, stage=parts.stage_of(pin.file), phase=app.phase)
