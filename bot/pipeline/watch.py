"""Watch: each dependency of the fleet is asked once."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.model.dependency import Dependency
from bot.model.failure import Failure
from bot.model.listing import Listing
from bot.pipeline.attempt import attempt
from bot.pipeline.parts import Parts


def watch(parts: Parts, dependencies: Iterable[Dependency], *, now: datetime) -> Mapping[Dependency, Listing]:
    """Each distinct dependency asked once; what was seen is remembered, and first seen filled in."""
    wanted = sorted(set(dependencies))
    parts.progress("watch", 0, len(wanted))
    listings = parts.watcher.look_up(wanted)
    for number, (dependency, listing) in enumerate(listings.items(), 1):
        if listing.problem is None:
            listings[dependency] = _remembered(parts, listing, now)
        parts.progress("watch", number, len(wanted))
    return listings


def _remembered(parts: Parts, listing: Listing, now: datetime) -> Listing:
    def remember() -> Listing:
        parts.ledger.sightings.record_listing(listing, now)
        return parts.ledger.sightings.with_first_seen(listing)

    found = attempt(str(listing.dependency), remember)
    return Listing(dependency=listing.dependency, problem=str(found)) if isinstance(found, Failure) else found
