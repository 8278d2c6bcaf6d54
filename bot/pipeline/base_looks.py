"""Inspect, assess: what was found in bases, and in those that shall take their place, is left in the ledger to be compared later."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from bot.model.assessment import Assessment, Vulnerability, vulnerabilities
from bot.model.base_look import BaseLook
from bot.model.base_state import BaseState
from bot.model.contents import OperatingSystem
from bot.model.failure import Failure
from bot.model.image import Platform
from bot.model.run import AppDecisions
from bot.model.update import Hold, Propose
from bot.pipeline.attempt import attempt
from bot.pipeline.parts import Parts


def record_looks(parts: Parts, states: Iterable[BaseState], apps: Iterable[AppDecisions], *, now: datetime) -> None:
    """Remember what this run found; what it could not open stays as it was found before. Raises DatabaseError."""
    looks = [
        _look(state.digest, state.system, state.assessment, state.built_at, is_read=not state.not_read, now=now)
        for state in states
        if state.digest and state.assessment is not None
    ]
    parts.ledger.base_looks.record([*looks, *_successors(parts, apps, now)])


def _successors(parts: Parts, apps: Iterable[AppDecisions], now: datetime) -> Iterator[BaseLook]:
    verdicts = (one.verdict for app in apps for one in app.migrations)
    updates = [verdict.update for verdict in verdicts if isinstance(verdict, Propose | Hold)]
    steps = parts.steps
    wanted = {(update.new_image, update.pin.platform): update for update in updates}
    for image, platform in wanted:
        if image is None or steps is None:
            continue
        opened = attempt(str(image), partial(steps.image, image, Platform.parse(platform) if platform else None))
        if not isinstance(opened, Failure):
            contents = opened.contents
            is_read = not contents.not_read
            yield _look(contents.digest, contents.operating_system, opened.assessment, contents.created_at, is_read=is_read, now=now)


def _look(
    digest: str, system: OperatingSystem | None, assessment: Assessment, built_at: datetime | None, *, is_read: bool, now: datetime
) -> BaseLook:
    found = vulnerabilities(assessment.holes)
    return BaseLook(
        digest=digest,
        system="" if system is None else system.name or f"{system.id} {system.version}".strip(),
        ends=None if system is None else system.end_of_life,
        built_at=built_at,
        holes={one[0].id: _severity(one) for one in found},
        is_whole=is_read and bool(assessment.data) and not any(gap.packages or gap.is_failure for gap in assessment.not_checked),
        at=now,
    )


def _severity(one: Vulnerability) -> str:
    severities = [hole.severity for hole in one]
    return max(severities, key=lambda severity: severity.rank).value
