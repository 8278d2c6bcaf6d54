"""The whole story on one screen: survey -> find -> watch -> decide -> explain -> propose -> track.

Failures are values: a repo, a registry or a pull request that fails becomes a `Failure` of the summary, and the rest goes on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final, Protocol

import structlog

from bot.decide.decider import Decider, PinContext
from bot.find.proof import Wanted
from bot.model.dependency import Dependency, Release
from bot.model.listing import Listing
from bot.model.pin import Pin
from bot.model.update import Decision, Update, UpdateKind
from bot.track.ledger import Ledger
from bot.watch.watcher import Watcher

log = structlog.get_logger()
_WORKERS: Final = 8


class Progress(Protocol):
    """Told how far a stage is; `total` may grow."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a look at pins works with; `bot.wiring` makes it."""

    watcher: Watcher
    decider: Decider
    ledger: Ledger
    stage_of: Callable[[PurePosixPath], str]
    """The stage that a file deploys to; empty: none."""
    progress: Progress = silent


def watch(parts: Parts, dependencies: Iterable[Dependency], *, now: datetime) -> Mapping[Dependency, Listing]:
    """Each distinct dependency asked once; what was seen is remembered, and first seen filled in."""
    wanted = sorted(set(dependencies))
    parts.progress("watch", 0, len(wanted))
    listings = parts.watcher.look_up(wanted)
    for number, (dependency, listing) in enumerate(listings.items(), 1):
        if listing.problem is None:
            parts.ledger.record_listing(listing, now)
            listings[dependency] = parts.ledger.with_first_seen(listing)
        parts.progress("watch", number, len(wanted))
    return listings


def decide(
    parts: Parts, pins: Sequence[tuple[Pin, PinContext]], listings: Mapping[Dependency, Listing], *, now: datetime
) -> list[Decision]:
    """The verdict on each pin, in their order. Digests are asked for as they are needed, several at once."""

    def describe(release: Release) -> Release:
        return parts.ledger.seen(parts.watcher.describe(release), now)

    def verdict(entry: tuple[Pin, PinContext]) -> Decision:
        pin, context = entry
        return parts.decider.decide(pin, listings[pin.dependency], context, describe, now)

    decisions: list[Decision] = []
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="decide") as pool:
        for decision in pool.map(verdict, pins):
            decisions.append(decision)
            parts.progress("decide", len(decisions), len(pins))
    return decisions


def wanted(update: Update) -> Wanted:
    """What the update's pin shall read: where the digest alone moves, the value stays as it is written."""
    keeps_value = update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}
    return Wanted(pin=update.pin, value=None if keeps_value else update.release.value, digest=update.release.digest)
