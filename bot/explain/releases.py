"""Which of a repo's releases lie between two versions of what is built from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.notes import MAX_RELEASES_READ, ReleaseNote

_MOST: Final = 20
_VERSION: Final = re.compile(
    r"(?P<prefix>(?:[A-Za-z][A-Za-z0-9.]{0,60}[-_@/]){0,6})(?P<v>[vV]?)(?P<numbers>[0-9]{1,12}(?:\.[0-9]{1,12}){0,5})(?P<rest>(?:[-+._][0-9A-Za-z.+_-]{1,100}|[a-z]+[0-9]{0,6})?)",
    re.ASCII,
)
_PRERELEASE: Final = re.compile(r"[-.]?(?:alpha|beta|rc|pre|dev|snapshot|preview|canary|nightly|m[0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A release's name as read: `chart-v1.2.3-rc.1` is the package `chart-`, 1.2.3, a prerelease."""

    prefix: str
    numbers: tuple[int, ...]
    rest: str

    @property
    def is_prerelease(self) -> bool:
        return _PRERELEASE.match(self.rest) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The releases after the old version up to the new one, newest first, and the tags of both ends where they are published."""

    notes: tuple[ReleaseNote, ...] = ()
    older: int = 0
    """How many more there are."""
    may_lack_some: bool = False
    """As many were given as are ever read, and the old version is none of them."""
    old_tag: str | None = None
    new_tag: str | None = None


def between(releases: Sequence[ReleaseNote], old: str, new: str, *, package: str = "") -> Between:
    """What was released from `old` (excluded) to `new` (included), at most 20 of the newest.

    The versions are image tags or chart versions: a variant (`1.2.3-slim`) is cut, a `v` and the prefix of a package
    (`name-1.2.3`, `name@1.2.3`) are looked through; of several packages in one repo, only the one of the new version counts.
    """
    first, last = _read(old), _read(new)
    if first is None or last is None or first.numbers >= last.numbers:
        return Between()
    named = [(release, read) for release in releases if (read := _read(release.name)) is not None]
    prefix = _prefix({read.prefix for _, read in named if _same(read, last)}, last.prefix, package)
    own = [(release, read) for release, read in named if prefix is not None and read.prefix == prefix]
    inside = [
        (release, read)
        for release, read in own
        if _like(read, first) > first.numbers and _like(read, last) <= last.numbers and (last.is_prerelease or not read.is_prerelease)
    ]
    inside.sort(key=lambda entry: entry[1].numbers, reverse=True)
    old_tag = _tag(own, first)
    return Between(
        notes=tuple(release for release, _ in inside[:_MOST]),
        older=len(inside[_MOST:]),
        may_lack_some=len(releases) >= MAX_RELEASES_READ and old_tag is None,
        old_tag=old_tag,
        new_tag=_tag(own, last),
    )


def _read(text: str) -> _Named | None:
    match = _VERSION.fullmatch(text[:200])
    if match is None:
        return None
    numbers = tuple(int(number) for number in match["numbers"].split("."))
    return _Named(prefix=match["prefix"].lower(), numbers=numbers, rest=match["rest"])


def _like(read: _Named, other: _Named) -> tuple[int, ...]:
    """Its numbers in as many parts as the other has: the tag `1.2` stands for every 1.2.x."""
    return (read.numbers + (0,) * len(other.numbers))[: len(other.numbers)]


def _same(read: _Named, other: _Named) -> bool:
    length = max(len(read.numbers), len(other.numbers))
    padded = [named.numbers + (0,) * (length - len(named.numbers)) for named in (read, other)]
    return padded[0] == padded[1]


def _prefix(found: set[str], own: str, package: str) -> str | None:
    """The package prefix of the releases that count; None: it is not clear which."""
    for wanted in (own, "", f"{package.lower()}-", f"{package.lower()}@", f"{package.lower()}/"):
        if wanted in found:
            return wanted
    return min(found) if len(found) == 1 else None


def _tag(own: Sequence[tuple[ReleaseNote, _Named]], wanted: _Named) -> str | None:
    names = [release.name for release, read in own if _same(read, wanted) and read.is_prerelease == wanted.is_prerelease]
    return min(names, key=len, default=None)
