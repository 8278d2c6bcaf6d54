"""Decide: the verdict on each pin."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from bot.decide.context import PinContext
from bot.model.dependency import OCI, Dependency, Release
from bot.model.failure import Failure
from bot.model.listing import Listing
from bot.model.pin import Pin
from bot.model.update import Decision, Unknown
from bot.pipeline.attempt import attempt
from bot.pipeline.parts import Parts

_WORKERS: Final = 8


def decide(
    parts: Parts, pins: Sequence[tuple[Pin, PinContext]], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[Decision]:
    """The verdict on each pin, in their order. Digests are asked for as they are needed, several at once."""

    def describe(release: Release) -> Release:
        described = parts.watcher.describe(release)
        # Asked for by its digest, an image is seen, and not what its tag stands at.
        is_by_digest = release.dependency.datasource == OCI and release.digest is not None
        return described if is_by_digest else parts.ledger.sightings.seen(described, now)

    def digests_seen(release: Release) -> tuple[Release, ...]:
        return parts.ledger.sightings.digests_of(release.dependency, release.value)

    def verdict(entry: tuple[Pin, PinContext]) -> Decision:
        pin, context = entry
        where = f"{pin.file}:{pin.line}"
        decided = attempt(
            where,
            lambda: parts.decider.decide(pin, listings[pin.dependency], context, describe, now, digests_seen=digests_seen),
        )
        return Decision(pin=pin, verdict=Unknown(pin=pin, reason=decided.what)) if isinstance(decided, Failure) else decided

    decisions: list[Decision] = []
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="decide") as pool:
        for decision in pool.map(verdict, pins):
            decisions.append(decision)
            parts.progress("decide", len(decisions), len(pins))
    return decisions
