"""What the organisation's catalogue says of a base. Pure."""

from datetime import datetime
from typing import Final

from bot.decide.approved_bases import entries_for
from bot.model.catalogue import Catalogue, Judged, Standing
from bot.model.dependency import Dependency
from bot.model.rules import ApprovedBase

_STANDINGS: Final = {"allowed": Standing.APPROVED, "deprecated": Standing.DEPRECATED, "forbidden": Standing.FORBIDDEN}


def judged(catalogue: Catalogue, dependency: Dependency, tag: str | None, built_at: datetime | None, now: datetime) -> Judged:
    """By the last entry that fits; `built_at` is the age that entries on old images ask for, None where it is not known.

    Where such an entry might speak of it and its age is not known, the standing is not known, unless what else holds is as bad.
    """
    doubted: ApprovedBase | None = None
    found: Judged | None = None
    for entry in entries_for(catalogue.entries, dependency, tag):
        if entry.older_than is not None and built_at is None:
            doubted = doubted or entry
        elif entry.older_than is None or (built_at is not None and now - built_at > entry.older_than):
            found = _by(entry, now)
            break
    if found is None:
        standing = Standing.NOT_APPROVED if catalogue.only_approved else Standing.NOT_KNOWN
        found = Judged(standing=standing, why="the catalogue does not name it")
    if doubted is None or found.standing in {_STANDINGS[doubted.status], Standing.FORBIDDEN, Standing.NOT_APPROVED}:
        return found
    days = doubted.older_than.days if doubted.older_than else 0
    why = f"it is {doubted.status} where it was built more than {days} days ago, and when it was built is not known"
    return Judged(standing=Standing.NOT_KNOWN, why=why)


def _by(entry: ApprovedBase, now: datetime) -> Judged:
    standing = _STANDINGS[entry.status]
    if not entry.holds_on(now.date()):
        standing = Standing.ANNOUNCED
    return Judged(standing=standing, entry=entry, why=entry.reason)


def because(one: Judged, name: str) -> str:
    """Why a base is to be left, in a sentence without its stop: `The catalogue of bases has python as deprecated since 2026-11-01`."""
    since = f" since {one.since}" if one.since else ""
    old = f", being older than {one.entry.older_than.days} days" if one.entry is not None and one.entry.older_than else ""
    reason = f": {one.why}" if one.why else ""
    return f"The organisation's catalogue has {name} as {one.standing.value}{since}{old}{reason}"
