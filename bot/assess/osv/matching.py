"""Whether a record says that a package has a hole, and where it is fixed."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from bot.assess.osv.advisory import Advisory, Affected, Change, Rating
from bot.assess.osv.query import base
from bot.assess.osv.ranges import Within, first_free, has_fix, order_of, within
from bot.assess.osv.subject import Place, Subject
from bot.model.assessment import FixState
from bot.model.contents import Package

_MODULAR: Final = re.compile(r"\.module[+_]", re.ASCII)
"""In the release of what Red Hat, AlmaLinux and Rocky Linux build for a module's stream."""
_STREAM: Final = re.compile(r"([A-Za-z0-9][\w.+-]{0,60}):([A-Za-z0-9][\w.+-]{0,60})", re.ASCII)
_MINOR: Final = re.compile(r"\.el(\d{1,3})_(\d{1,3})(?:\.|$)", re.ASCII)
"""The minor release that a package of Red Hat was built for."""


class Verdict(Enum):
    AFFECTED = auto()
    NOT_AFFECTED = auto()
    MENDED = auto()
    """Not affected, because the fix that it tells is in."""
    NOT_CERTAIN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    verdict: Verdict
    fixed_in: str = ""
    """Of an affected one; empty: no fix is told."""
    fix_state: FixState = FixState.UNKNOWN
    withheld: str = ""
    """For whom that fix is, where it is not for everybody."""
    ratings: tuple[Rating, ...] = ()
    """Of this package alone."""
    reason: str = ""
    """Why it is not certain."""


def match(advisory: Advisory, subject: Subject, *, now: datetime) -> Match:
    """What a record that is listed for a package says of it. A withdrawn one says nothing, from its day on.

    One that speaks of other releases alone does not affect it; one that does not even name it is listed for a reason that is not told.
    """
    if advisory.withdrawn is not None and advisory.withdrawn <= now:
        return Match(verdict=Verdict.NOT_AFFECTED)
    for place in subject.places:
        entries = tuple(entry for entry in advisory.affected if place.names(entry.name) and place.holds(entry.ecosystem))
        if entries:
            return _judged(advisory, entries, subject, place)
    if not advisory.is_whole:
        return Match(verdict=Verdict.NOT_CERTAIN, reason=_UNREAD)
    if not any(
        place.names(name) and base(place.ecosystem) == ecosystem for ecosystem, name in advisory.speaks_of for place in subject.places
    ):
        return Match(verdict=Verdict.NOT_CERTAIN, reason=_SILENT)
    return Match(verdict=Verdict.NOT_AFFECTED)


_UNREAD: Final = "a part of the record could not be read"
_SILENT: Final = "a record is listed for it that says nothing of it"


def _judged(advisory: Advisory, entries: tuple[Affected, ...], subject: Subject, place: Place) -> Match:
    entries, stream_is_certain = _of_stream(advisory, entries, subject.package)
    order = order_of(subject.package.type)
    match within(subject.version, entries, order):
        case Within.YES if not stream_is_certain:
            return Match(verdict=Verdict.NOT_CERTAIN, reason="which module's stream it is of is not told")
        case Within.YES if _is_mended_apart(advisory, subject, place):
            return Match(verdict=Verdict.MENDED)
        case Within.YES:
            saying = next(entry for entry in entries if within(subject.version, (entry,), order) is Within.YES)
            fixed_in = first_free(subject.version, entries, order)
            state = FixState.AVAILABLE if fixed_in else _state_without_fix(saying)
            return Match(verdict=Verdict.AFFECTED, fixed_in=fixed_in, fix_state=state, withheld=place.withheld, ratings=saying.ratings)
        case Within.NOT_CERTAIN:
            return Match(verdict=Verdict.NOT_CERTAIN, reason="its version can't be compared with the record's")
        case Within.NO if not advisory.is_whole:
            return Match(verdict=Verdict.NOT_CERTAIN, reason=_UNREAD)
        case _:
            is_mended = stream_is_certain and has_fix(subject.version, entries, order)
            return Match(verdict=Verdict.MENDED if is_mended else Verdict.NOT_AFFECTED)


def _state_without_fix(entry: Affected) -> FixState:
    """Behind a last affected version, or a list of versions, there may well be a fix."""
    if any(rating.score == "end-of-life" for rating in entry.ratings):
        return FixState.END_OF_LIFE
    changes = {event.change for range_ in entry.ranges for event in range_.events}
    return FixState.NOT_YET if changes == {Change.INTRODUCED} else FixState.UNKNOWN


def _is_mended_apart(advisory: Advisory, subject: Subject, place: Place) -> bool:
    """Whether the fix is in that Red Hat's extended support gave the minor release of the package, below what the newest one has."""
    minor = _MINOR.search(subject.version) if place.ecosystem == "Red Hat" else None
    if minor is None:
        return False
    extended = re.compile(rf"Red Hat:rhel_(?:aus|e4s|eus|tus)[a-z_]*:{minor[1]}\.{minor[2]}(?:::.*)?", re.ASCII)
    entries = [entry for entry in advisory.affected if place.names(entry.name) and extended.fullmatch(entry.ecosystem)]
    order = order_of(subject.package.type)
    return within(subject.version, entries, order) is Within.NO and has_fix(subject.version, entries, order)


def _of_stream(advisory: Advisory, entries: tuple[Affected, ...], package: Package) -> tuple[tuple[Affected, ...], bool]:
    """The entries that are about the package's module stream, or about no module where it is of none; and whether that is certain.

    Announcements name the streams that they mend in their summary alone (`Moderate: ruby:3.3 security update`).
    """
    is_modular = bool(package.module) or bool(_MODULAR.search(package.version))
    ours = tuple(entry for entry in entries if _is_about_modules(entry) in {None, is_modular}) if package.type == "rpm" else entries
    if not is_modular or package.type != "rpm" or all(_is_about_modules(entry) is None for entry in ours):
        return ours, True
    name, _, rest = package.module.partition(":")
    stream = rest.partition(":")[0]
    named = {told for module, told in _STREAM.findall(advisory.summary) if module == name} if stream else set()
    if not named:
        return ours, False
    return (ours, True) if stream in named else ((), True)


def _is_about_modules(entry: Affected) -> bool | None:
    """Whether its versions are those of a module; None: it tells none."""
    versions = {event.version for range_ in entry.ranges for event in range_.events} - {"0"}
    return any(_MODULAR.search(version) for version in versions) if versions else None
