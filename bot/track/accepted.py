"""Exposures and what is accepted of them: whoever took a risk upon them is named, and the fix is not due until that ends."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase

from bot.ledger.history import UpdateKey
from bot.model.accepted import Accepted
from bot.model.dependency import OCI
from bot.model.exposure import Exposure
from bot.model.image import ImageReference, InvalidReferenceError
from bot.track.keys import app_key

Holes = Callable[[UpdateKey], Sequence[frozenset[str]]]
"""The names of each hole that an update is known to close; empty: none is known."""


def with_accepted(exposures: Iterable[Exposure], entries: Sequence[Accepted], holes: Holes, now: datetime) -> list[Exposure]:
    """The same, each with the entry that it is accepted by: of several the one that holds longest; else the last one that ran out.

    Entries for single holes accept an update when each hole that it is known to close is accepted.
    """
    return [replace(one, accepted=found) if (found := _accepted(one, entries, holes, now)) else one for one in exposures]


def _accepted(one: Exposure, entries: Sequence[Accepted], holes: Holes, now: datetime) -> Accepted | None:
    mine = [entry for entry in entries if _speaks_of(entry, one)]
    whole = [entry for entry in mine if not entry.hole]
    single = [entry for entry in mine if entry.hole]
    by_holes = _by_holes(single, holes(_key(one)), now) if single else None
    found = [*whole, *([by_holes] if by_holes else [])]
    return max(found, key=lambda entry: entry.until, default=None)


def _by_holes(entries: Sequence[Accepted], closed: Sequence[frozenset[str]], now: datetime) -> Accepted | None:
    """The entry that ends first of those without which a hole would not be accepted; None: one of the holes is not."""
    needed: list[Accepted] = []
    for names in closed:
        low = {name.lower() for name in names}
        mine = [entry for entry in entries if entry.hole.lower() in low]
        if not mine:
            return None
        needed.append(max(mine, key=lambda entry: entry.until))
    running = [entry for entry in needed if not entry.is_over(now)]
    return min(running if len(running) == len(needed) else needed, key=lambda entry: entry.until, default=None)


def _speaks_of(entry: Accepted, one: Exposure) -> bool:
    return fnmatchcase(one.app.name, entry.app) and any(fnmatchcase(name, entry.dependency) for name in _names(one.dependency))


def _names(dependency: str) -> tuple[str, ...]:
    """In normal form, and as Docker takes it."""
    datasource, _, name = dependency.partition(": ")
    try:
        return (name, ImageReference.parse(name).familiar) if datasource == OCI else (name,)
    except InvalidReferenceError:
        return (name,)


def _key(one: Exposure) -> UpdateKey:
    return UpdateKey(app=app_key(one.app), dependency=one.dependency, old=one.old)
