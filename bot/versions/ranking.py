"""All published values of one dependency against the one in use."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.versions.scheme import Version, VersionScheme
from bot.versions.strays import first_stray_number


class Relation(StrEnum):
    """What a published value is to the current one."""

    NEWER = "newer"
    CURRENT = "current"
    OLDER = "older"
    NO_ORDER = "no order"
    """The same version number in another text."""
    STRAY = "stray"
    """On the line and above, but of another numbering by the look of it."""
    OTHER_FORM = "other form"
    """Above by its numbers, in another form of the same numbering: a letter behind it, a year instead of a first number."""
    OTHER_LINE = "other line"
    NOT_A_VERSION = "not a version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One published value and what it is to the current one, and why."""

    value: str
    relation: Relation
    reason: str
    version: Version | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The published values, newest first; behind those of the line stand the others, as listed."""

    current: Version | None
    entries: tuple[Ranked, ...]
    problem: str = ""
    """Why nothing can be newer, where the current value is no version."""


def rank(scheme: VersionScheme, current: str, values: Iterable[str]) -> Ranking:
    """What each value is to the current one, by a scheme that was taught by them. The order of the values does not matter."""
    here = scheme.parse(current)
    on_line: list[tuple[Version, Ranked]] = []
    others: list[Ranked] = []
    for value in dict.fromkeys(values):
        version = scheme.parse(value)
        if version is not None and here is not None and version.line == here.line:
            on_line.append((version, _on_line(here, version)))
        else:
            others.append(_off_line(scheme, here, current, value, version))
    limit = None if here is None else first_stray_number(here, (version for version, _ in on_line))
    if limit is not None:
        on_line = [(version, _stray(version, limit) if version.numbers[0] >= limit else entry) for version, entry in on_line]
    # Newest first; of one version first the text that is written most like the current one. Both sorts are stable.
    on_line.sort(key=lambda pair: _unlikeness(current, pair[0].raw))
    on_line.sort(key=lambda pair: pair[0].key, reverse=True)
    return Ranking(
        current=here,
        entries=(*(entry for _, entry in on_line), *others),
        problem="" if here is not None else scheme.refusal(current),
    )


def _on_line(here: Version, version: Version) -> Ranked:
    if version.is_newer_than(here):
        relation, reason = Relation.NEWER, f"newer than {here.raw}"
    elif here.is_newer_than(version):
        relation, reason = Relation.OLDER, f"older than {here.raw}"
    elif version.raw == here.raw:
        relation, reason = Relation.CURRENT, "in use"
    elif version.is_same_as(here):
        relation, reason = Relation.CURRENT, f"another spelling of {here.raw}"
    else:
        relation, reason = Relation.NO_ORDER, f"the same version as {here.raw}: the text gives no order"
    return Ranked(value=version.raw, relation=relation, reason=reason, version=version)


def _stray(version: Version, limit: int) -> Ranked:
    reason = f"far above all others, as every version from {limit} on: it looks like another numbering"
    return Ranked(value=version.raw, relation=Relation.STRAY, reason=reason, version=version)


def _off_line(scheme: VersionScheme, here: Version | None, current: str, value: str, version: Version | None) -> Ranked:
    if value == current:
        relation, reason = Relation.CURRENT, "in use"
    elif version is None:
        relation, reason = Relation.NOT_A_VERSION, scheme.refusal(value)
    elif here is None:
        relation, reason = Relation.OTHER_LINE, f"{current} is {scheme.refusal(current)}: nothing is newer than it"
    elif version.may_be_newer_than(here):
        relation, reason = Relation.OTHER_FORM, f"above {here.raw} by its numbers, in another form, {version.line} and not {here.line}"
    else:
        relation, reason = Relation.OTHER_LINE, f"of the line {version.line}, not {here.line}"
    return Ranked(value=value, relation=relation, reason=reason, version=version)


def _unlikeness(current: str, value: str) -> tuple[bool, bool, str]:
    """Small for a text with the same kind of first letter and the same habit of zero padding."""
    return value[:1].isalpha() != current[:1].isalpha(), _pads(value) != _pads(current), value


def _pads(value: str) -> bool:
    return any(part.startswith("0") and len(part) > 1 for part in value.replace("-", ".").split("."))
