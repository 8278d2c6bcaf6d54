"""Decide: the verdict on each pin."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.clients.workers import Workers
from bot.decide.context import PinContext
from bot.decide.question import Question, given_to
from bot.decide.stage_before import Span
from bot.model.dependency import OCI, Dependency, Release
from bot.model.failure import Failure
from bot.model.listing import Listing
from bot.model.pin import Pin
from bot.model.update import Decision, Unknown
from bot.pipeline.attempt import attempt
from bot.pipeline.parts import Parts
from bot.pipeline.tag_history import spans_of
from bot.pipeline.tripwire import with_alarms

_WORKERS: Final = 8


def decide(
    parts: Parts, pins: Sequence[tuple[Pin, PinContext]], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[Decision]:
    """The verdict on each pin, in their order. Digests are asked for as they are needed, several at once.

    Pins that ask the same, wherever they are, get one answer; it is kept for as long as this takes, for the listings and what is
    described are of this moment.
    """

    def describe(release: Release) -> Release:
        described = parts.watcher.describe(release)
        # Asked for by its digest, an image is seen, and not what its tag stands at.
        is_by_digest = release.dependency.datasource == OCI and release.digest is not None
        return described if is_by_digest else parts.ledger.sightings.seen(described, now)

    def digests_seen(release: Release) -> tuple[Release, ...]:
        return parts.ledger.sightings.digests_of(release.dependency, release.value)

    def history(release: Release) -> list[Span]:
        return spans_of(parts.ledger.sightings.history_of(release.dependency, release.value))

    def answer(question: Question, first: Pin) -> Decision:
        decided = attempt(
            f"{first.file}:{first.line}",
            lambda: parts.decider.answer(question, listings[first.dependency], describe, now, digests_seen=digests_seen, history=history),
        )
        return Decision(pin=first, verdict=Unknown(pin=first, reason=decided.what)) if isinstance(decided, Failure) else decided

    asking: dict[Question, list[int]] = {}
    for place, (pin, context) in enumerate(pins):
        asking.setdefault(parts.decider.question(pin, context), []).append(place)
    decisions: dict[int, Decision] = {}
    firsts = [pins[places[0]][0] for places in asking.values()]
    with Workers(_WORKERS, "decide") as pool:
        for places, decision in zip(asking.values(), pool.map(answer, asking, firsts), strict=True):
            decisions |= {place: given_to(pins[place][0], decision) for place in places}
            parts.progress("decide", len(decisions), len(pins))
    decided = [decisions[place] for place in range(len(pins))]
    return decided if parts.tripwire is None else with_alarms(parts.tripwire, parts.ledger, pins, decided, now=now)
