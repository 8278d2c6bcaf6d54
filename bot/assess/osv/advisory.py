"""A record of OSV (https://ossf.github.io/osv-schema/) as values. Its JSON is hostile: anything in it may be of any type."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.assess.osv.query import Record, base

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}", re.ASCII)
_MAX_TEXT: Final = 500
"""Characters of a name, a version, an ecosystem: the longest real ones have a fifth of that."""
_MAX_SUMMARY: Final = 300
_MAX_NAMES: Final = 2_000
_MAX_AFFECTED: Final = 5_000
_MAX_EVENTS: Final = 1_000
_MAX_VERSIONS: Final = 20_000
_MAX_RATINGS: Final = 100
_FIRST_YEAR: Final = 1990
"""Before, no vulnerability had a number: Go writes year 1 for "never"."""


class Change(StrEnum):
    """What an event of a range says of the versions from it on."""

    INTRODUCED = "introduced"
    FIXED = "fixed"
    LAST_AFFECTED = "last_affected"
    LIMIT = "limit"


class RangeType(StrEnum):
    SEMVER = "SEMVER"
    ECOSYSTEM = "ECOSYSTEM"
    GIT = "GIT"
    """Of commits: nothing that a package's version could be compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    change: Change
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
    type: RangeType
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One word on how bad it is: a CVSS vector, or what its publisher calls it."""

    type: str
    """`CVSS_V2`, `CVSS_V3`, `CVSS_V4`, `Ubuntu`; `severity` and `urgency` for a publisher's own word beside the schema's field."""
    score: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """What a record says of one package in one ecosystem."""

    ecosystem: str
    name: str
    ranges: tuple[VersionRange, ...] = ()
    versions: frozenset[str] = frozenset()
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One record. Names are those of the schema; texts are its publisher's own: hostile."""

    id: str
    aliases: tuple[str, ...] = ()
    """The same hole by other names."""
    upstream: tuple[str, ...] = ()
    """The holes that a distribution's record speaks of: one, or all that an announcement mends."""
    related: tuple[str, ...] = ()
    """Not the same hole, but for what announcements of distributions wrote there before the schema had `upstream` (1.7)."""
    published: datetime | None = None
    modified: datetime | None = None
    withdrawn: datetime | None = None
    """Since when it says nothing any more; a moment to come is no withdrawal yet."""
    summary: str = ""
    """Without one, the first line of the details."""
    ratings: tuple[Rating, ...] = ()
    affected: tuple[Affected, ...] = ()
    """Of the packages that are wanted."""
    speaks_of: frozenset[tuple[str, str]] = frozenset()
    """Ecosystem without its release, and name, of every package, wanted or not."""
    is_whole: bool = True
    """Whether all that it says of packages could be read; else what it does not say is not certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A record that tells nothing."""

    name: str
    """What it calls itself, where that is text."""
    reason: str


def advisory_of(record: Record, is_wanted: Callable[[str, str], bool] = lambda *_: True) -> Advisory | Unreadable:
    """What a record says of the packages that are wanted by ecosystem and name.

    Parts of a wrong type are left out; where they are about packages, the advisory is not whole.
    """
    if not isinstance(record, Mapping):
        return Unreadable(name="", reason="it is no JSON object")
    name = record.get("id")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return Unreadable(name=str(name)[:40] if isinstance(name, str) else "", reason="it has no id")
    doubts: list[str] = []
    speaks_of: set[tuple[str, str]] = set()
    affected = tuple(_affected(record.get("affected"), is_wanted, speaks_of, doubts))
    return Advisory(
        id=name,
        aliases=_names(record.get("aliases")),
        upstream=_names(record.get("upstream")),
        related=_names(record.get("related")),
        published=_time(record.get("published")),
        modified=_time(record.get("modified")),
        withdrawn=_time(record.get("withdrawn")),
        summary=_summary(record.get("summary")) or _summary(record.get("details")),
        ratings=tuple(_ratings(record)),
        affected=affected,
        speaks_of=frozenset(speaks_of),
        is_whole=not doubts,
    )


def _affected(
    told: object, is_wanted: Callable[[str, str], bool], speaks_of: set[tuple[str, str]], doubts: list[str]
) -> Iterator[Affected]:
    """A record without the list speaks of no package (a CVE's own record, a withdrawn one)."""
    for entry in _listed(told, _MAX_AFFECTED, doubts):
        package = entry.get("package") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(package, Mapping | None):
            doubts.append("affected")
        elif package is not None:  # without one it is about commits alone
            ecosystem, name = _text(package.get("ecosystem")), _text(package.get("name"))
            if not ecosystem or not name:
                doubts.append("package")
                continue
            speaks_of.add((base(ecosystem), name))
            if not is_wanted(ecosystem, name):
                continue
            yield Affected(
                ecosystem=ecosystem,
                name=name,
                ranges=tuple(_ranges(entry.get("ranges"), doubts)),
                versions=frozenset(_versions(entry.get("versions"), doubts)),
                ratings=tuple(_ratings(entry)),
            )


def _ranges(told: object, doubts: list[str]) -> Iterator[VersionRange]:
    for entry in _listed(told, _MAX_EVENTS, doubts):
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or kind not in list(RangeType):
            doubts.append("range")
            continue
        events = tuple(_events(entry.get("events"), doubts))
        if not any(event.change is Change.INTRODUCED for event in events):  # the schema demands one; without it nothing would be affected
            doubts.append("introduced")
        yield VersionRange(type=RangeType(kind), events=events)


def _events(told: object, doubts: list[str]) -> Iterator[Event]:
    for entry in _listed(told, _MAX_EVENTS, doubts):
        if not isinstance(entry, Mapping):
            doubts.append("event")
            continue
        for change in Change:
            if change in entry:
                version = _text(entry[change])
                if version:
                    yield Event(change=change, version=version)
                else:
                    doubts.append("event")


def _versions(told: object, doubts: list[str]) -> Iterator[str]:
    for entry in _listed(told, _MAX_VERSIONS, doubts):
        version = _text(entry)
        if version:
            yield version
        else:
            doubts.append("version")


def _listed(told: object, most: int, doubts: list[str]) -> list[object]:
    if told is None:
        return []
    if not isinstance(told, list | tuple):
        doubts.append("list")
        return []
    if len(told) > most:
        doubts.append("length")
    return list(told[:most])


def _ratings(place: Mapping[str, object]) -> Iterator[Rating]:
    """Those of the schema, and the words that databases keep beside it: Debian's urgency, GitHub's, Rocky's and SUSE's severity."""
    told = place.get("severity")
    for entry in told[:_MAX_RATINGS] if isinstance(told, list | tuple) else ():
        if isinstance(entry, Mapping):
            kind, score = _text(entry.get("type")), _text(entry.get("score"))
            if kind and score:
                yield Rating(type=kind, score=score)
    for part in ("ecosystem_specific", "database_specific"):
        specific = place.get(part)
        for key in ("severity", "urgency"):
            word = _text(specific.get(key)) if isinstance(specific, Mapping) else ""
            if word:
                yield Rating(type=key, score=word)


def _names(told: object) -> tuple[str, ...]:
    names = told[:_MAX_NAMES] if isinstance(told, list | tuple) else ()
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and _NAME.fullmatch(name)))


def _text(told: object) -> str:
    """The text, or nothing where it is none or longer than any real one."""
    return told if isinstance(told, str) and len(told) <= _MAX_TEXT else ""


def _summary(told: object) -> str:
    return told[: 4 * _MAX_SUMMARY].strip().partition("\n")[0].strip()[:_MAX_SUMMARY] if isinstance(told, str) else ""


def _time(told: object) -> datetime | None:
    """A moment of RFC 3339; None also for one of before there were advisories."""
    try:
        moment = datetime.fromisoformat(_text(told))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= _FIRST_YEAR else None
