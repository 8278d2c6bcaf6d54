"""Decide: alarms of tags that are not to move and moved. Nothing of a dependency with one goes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.decide.context import PinContext
from bot.decide.tripwire.alarms import DATASOURCES, alarm_of, with_projects
from bot.decide.tripwire.images import REBUILDERS
from bot.decide.tripwire.moves import Sight, occasions
from bot.decide.tripwire.origin import Origin, origin, with_provenance
from bot.ledger.ledger import Ledger
from bot.ledger.sightings import Sighting
from bot.model.alarm import AcceptedMove, Alarm, PinAlarm
from bot.model.dependency import OCI, Dependency
from bot.model.failure import Failure
from bot.model.image import Digest, ImageReference, Platform
from bot.model.lineage import BuiltBy
from bot.model.notes import ImageFacts
from bot.model.pin import Pin
from bot.model.update import ALARM, TRIPWIRE, Candidate, Decision, Hold, Propose
from bot.pipeline.attempt import attempt

log = structlog.get_logger()
Facts = Callable[[ImageReference, Platform | None], ImageFacts]
_MOST_IMAGES: Final = 20
"""So many images are asked what they were built from in one run, each once."""
_ASKED_FOR: Final = timedelta(days=3)
"""So long after a move a registry is asked for what is not known of it; afterwards it stays unknown."""
_MAX_NAMED: Final = 3


@dataclass(frozen=True, kw_only=True)
class Tripwire:
    """What alarms are worked out with."""

    facts: Facts
    accepted: Sequence[AcceptedMove] = ()
    built_by: Callable[[ImageReference], Sequence[BuiltBy]] | None = None
    """Who says to have built an image, by its provenance; None: nobody is asked. Raises ToldError."""


def with_alarms(
    tripwire: Tripwire, ledger: Ledger, pins: Sequence[tuple[Pin, PinContext]], decisions: Sequence[Decision], *, now: datetime
) -> list[Decision]:
    """The decisions, each with the alarm of its dependency. Nothing is asked of anybody unless a tag moved in the last days."""
    alarms = _alarms(tripwire, ledger, {pin.dependency for pin, _ in pins}, now)
    return [
        _told(decision, alarms[pin.dependency], tuple(sorted(context.asked))) if pin.dependency in alarms else decision
        for (pin, context), decision in zip(pins, decisions, strict=True)
    ]


def _alarms(tripwire: Tripwire, ledger: Ledger, dependencies: set[Dependency], now: datetime) -> dict[Dependency, Alarm]:
    origins = _Origins(tripwire, ledger, now)
    found: dict[Dependency, Alarm] = {}
    for datasource in DATASOURCES:
        names = [dependency.name for dependency in dependencies if dependency.datasource == datasource]
        for dependency, sightings in _by_dependency(ledger.sightings.moved(datasource, names)).items():
            sights = [Sight(value=one.value, digest=one.digest, first_seen=one.first_seen, last_seen=one.last_seen) for one in sightings]
            work = partial(alarm_of, dependency, sights, origins.of(dependency, sights), tripwire.accepted)
            alarm = attempt(str(dependency), work)
            if isinstance(alarm, Alarm):
                log.warning("tripwire.alarm", dependency=str(dependency), kind=alarm.kind.value, tags=len(alarm.tags))
                found[dependency] = alarm
            elif isinstance(alarm, Failure):
                log.warning("tripwire.not_checked", dependency=str(dependency), reason=alarm.what)
    return with_projects(found)


def _by_dependency(sightings: Sequence[Sighting]) -> Mapping[Dependency, list[Sighting]]:
    found: dict[Dependency, list[Sighting]] = {}
    for one in sightings:
        found.setdefault(one.dependency, []).append(one)
    return found


class _Origins:
    """What images say of where they come from: the ledger's word, else, of those that a tag came to or left lately, the registry's."""

    def __init__(self, tripwire: Tripwire, ledger: Ledger, now: datetime) -> None:
        self._facts, self._built_by, self._ledger, self._now = tripwire.facts, tripwire.built_by, ledger, now
        self._left = self._left_by_provenance = _MOST_IMAGES

    def of(self, dependency: Dependency, sights: Sequence[Sight]) -> Callable[[str], Origin | None]:
        recent = [move for moves in occasions(sights) for move in moves if self._now - move.at <= _ASKED_FOR]
        # Of who rebuilds as a rule nobody has to be asked.
        fresh = {} if dependency.name.startswith(REBUILDERS) else {digest: move.value for move in recent for digest in (move.was, move.now)}
        known: dict[str, Origin | None] = {}

        def origin_of(digest: str) -> Origin | None:
            if digest not in known:
                told = self._known(digest) or (self._asked(dependency, fresh[digest], digest) if digest in fresh else None)
                known[digest] = with_provenance(told, self._provenance(dependency, fresh.get(digest), digest))
            return known[digest]

        return origin_of

    def _known(self, digest: str) -> Origin | None:
        record = self._ledger.images.get(digest)
        return None if record is None else origin(dict(record.labels), record.first_seen)

    def _provenance(self, dependency: Dependency, tag: str | None, digest: str) -> Sequence[BuiltBy]:
        """As it was first heard; of a tag that moved lately it is asked for where nothing ever was."""
        heard = self._ledger.provenances.get(digest) if dependency.datasource == OCI else ()
        if heard or tag is None or self._built_by is None or dependency.datasource != OCI or self._left_by_provenance <= 0:
            return heard
        self._left_by_provenance -= 1
        ask = self._built_by
        told = attempt(f"{dependency.name}:{tag}", lambda: ask(_reference(dependency, tag, digest)))
        return () if isinstance(told, Failure) else told

    def _asked(self, dependency: Dependency, tag: str, digest: str) -> Origin | None:
        if dependency.datasource != OCI or self._left <= 0:
            return None
        self._left -= 1
        told = attempt(f"{dependency.name}:{tag}", lambda: self._facts(_reference(dependency, tag, digest), None))
        return None if isinstance(told, Failure) else origin(dict(told.labels), self._now)


def _reference(dependency: Dependency, tag: str, digest: str) -> ImageReference:
    return ImageReference.parse(dependency.name).at(tag=tag, digest=Digest(digest))


def _told(decision: Decision, alarm: Alarm, asked: tuple[str, ...]) -> Decision:
    """The decision with the alarm: what would go out is held, and what stands on a tag that moved is told."""
    pin = decision.pin
    is_on_it = alarm.tag(pin.value) is not None if pin.digest is None else str(pin.digest) in {tag.now for tag in alarm.tags}
    verdict = decision.verdict
    if isinstance(verdict, Propose | Hold):
        verdict = Hold(update=verdict.update, policy=TRIPWIRE, reason=_reason(alarm, asked))
    remark = Candidate(value=pin.value or "", verdict=ALARM, reason=f"alarm, {alarm.kind.value}: {alarm.reason}")
    return replace(
        decision,
        verdict=verdict,
        candidates=(remark, *decision.candidates) if is_on_it else decision.candidates,
        alarm=PinAlarm(alarm=alarm, is_on_it=is_on_it, asked=asked),
    )


def _reason(alarm: Alarm, asked: tuple[str, ...]) -> str:
    values = [tag.value for tag in alarm.tags]
    more = f" and {len(values) - _MAX_NAMED} more" if len(values) > _MAX_NAMED else ""
    there = f"; an open pull request asks for {', '.join(asked[:_MAX_NAMED])}: do not merge it" if asked else ""
    moved = f"{', '.join(values[:_MAX_NAMED])}{more}"
    return f"{moved}: {alarm.reason}{there}. Look at what moved; if it is right, accept it in the configuration (`tripwire.accepted`)"
