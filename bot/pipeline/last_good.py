"""What could not be read in this run, and when it was read last."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.ledger.last_times import RUN, scan_of
from bot.model.dependency import Dependency
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.listing import Listing
from bot.model.run import AppDecisions
from bot.model.update import Frozen
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.parts import Parts
from bot.pipeline.scanned import Scanned

_LOOK_AT_LIST: Final = "Check what its publisher lists; the next run looks again."


def unread_lists(parts: Parts, decided: Sequence[tuple[Scanned, AppDecisions]], listings: Mapping[Dependency, Listing]) -> list[Failure]:
    """Each list that could not be had, and each that is not believed, once for each reason."""
    failed = [(listing.dependency, listing.problem, "") for listing in listings.values() if listing.problem]
    verdicts = (decision.verdict for _, app in decided for decision in app.decisions)
    frozen = [(verdict.pin.dependency, f"{verdict.reason}.", _LOOK_AT_LIST) for verdict in verdicts if isinstance(verdict, Frozen)]
    return [
        Failure(where=str(dependency), what=what, remedy=remedy, last_good=parts.ledger.sightings.listed_at(dependency))
        for dependency, what, remedy in dict.fromkeys([*failed, *frozen])
    ]


def with_last_scans(parts: FleetParts, scanned: Sequence[Scanned], failures: Sequence[Failure], now: datetime) -> list[Failure]:
    """The failures of repos with the time of the last look that worked; those that worked now are remembered."""
    parts.ledger.last_times.record((scan_of(entry.repo.full_name) for entry in scanned), now)
    known = parts.ledger.last_times.of(scan_of(failure.where) for failure in failures)
    return [replace(failure, last_good=known.get(scan_of(failure.where))) for failure in failures]


def longest_unseen_first(parts: FleetParts, repos: Sequence[Repo]) -> list[Repo]:
    """Those first that were not looked at for the longest time, or never, so that nobody starves where the budget ends."""
    seen = parts.ledger.last_times.of(scan_of(repo.full_name) for repo in repos)
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(repos, key=lambda repo: seen.get(scan_of(repo.full_name), never))


def last_run(parts: FleetParts, now: datetime) -> tuple[datetime | None, bool]:
    """When the whole fleet was gone through last, and whether that is longer ago than it should be."""
    last = parts.ledger.last_times.of([RUN]).get(RUN)
    return last, last is not None and now - last > parts.stale.data_after
