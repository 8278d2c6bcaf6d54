"""Watch: each dependency of the fleet is asked once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.model.dependency import Dependency, Release
from bot.model.failure import Failure
from bot.model.listing import DatasourceError, Listing, NotListedError
from bot.pipeline.attempt import attempt
from bot.pipeline.parts import Parts

_SHARE_KEPT: Final = 0.9
"""A list that keeps this share of what the last one had is believed: tags are deleted now and then."""
_BELIEVED_AFTER: Final = timedelta(days=7)


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
        known, has_news = parts.ledger.sightings.compared(listing, now)
        reason = _why_short(parts, known, now)
        if reason is not None:
            return replace(known, shrunk=reason)
        # What this list lacks is told once: from now on it counts as the list.
        return replace(parts.ledger.sightings.record_listing(listing, now), lost=known.lost) if has_news else known

    found = attempt(str(listing.dependency), remember)
    return Listing(dependency=listing.dependency, problem=str(found)) if isinstance(found, Failure) else found


def _why_short(parts: Parts, listing: Listing, now: datetime) -> str | None:
    """Why a list is not to be believed: it is shorter than the last one by more than a small share. None: it may be.

    It is believed all the same where the place says of some of the values that each is gone, or where it stays as it is for a week.
    """
    listed, lost = len(listing.releases), listing.lost
    before = len(lost) + sum(release.first_seen is not None for release in listing.releases)
    if not lost or (listed and listed >= before * _SHARE_KEPT):
        return None
    if all(_is_gone(parts, Release(dependency=listing.dependency, value=lost[place])) for place in {0, len(lost) // 2, len(lost) - 1}):
        return None
    since = parts.ledger.sightings.short_since(listing.dependency, now)
    if listed and now - since >= _BELIEVED_AFTER:
        return None
    end = f"; if it stays so, it is believed from {since + _BELIEVED_AFTER:%Y-%m-%d} on" if listed else ""
    return f"the list shrank: {len(lost)} of {before} values that were there are missing, {lost[-1]} among them{end}"


def _is_gone(parts: Parts, release: Release) -> bool:
    try:
        parts.watcher.describe(release)
    except NotListedError:
        return True
    except DatasourceError:
        return False
    return False
