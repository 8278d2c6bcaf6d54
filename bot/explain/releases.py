"""Which of a repo's releases lie between two versions of what is built from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.notes import MAX_RELEASES_READ, ReleaseNote
from bot.versions.tag_reader import read as read_tag
from bot.versions.words import FINAL

_MOST: Final = 20
_PACKAGE_ENDS: Final = "@/"
"""What parts a package's name from its version in tags of monorepos, besides what the grammar of tags knows."""

_Rank = tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[int, ...], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A release's name as the project's grammar of tags reads it: `chart-v1.2.3-rc.1` is the package `chart-`, 1.2.3, a prerelease."""

    prefix: str
    numbers: tuple[int, ...]
    prerelease: tuple[int, ...]
    """Compares as prereleases do; FINAL alone for none."""
    counters: tuple[tuple[int, ...], ...]
    """Of rebuilds and patches behind the version; empty where the name has none, which is then any of them."""

    @property
    def is_prerelease(self) -> bool:
        return self.prerelease != (FINAL,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The releases after the old version up to the new one, newest first, and the tags of both ends where they are published."""

    notes: tuple[ReleaseNote, ...] = ()
    older: int = 0
    """How many more there are."""
    may_lack_some: bool = False
    """As many were given as are ever read, and the old version is none of them."""
    has_own: bool = False
    """Whether what was given has the new version, or at least the old one: it is where this package's releases are published."""
    old_tag: str | None = None
    new_tag: str | None = None


def between(releases: Sequence[ReleaseNote], old: str, new: str, *, package: str = "", tag_prefix: str | None = None) -> Between:
    """What was released from `old` (excluded) to `new` (included), at most 20 of the newest.

    The versions are image tags or chart versions: a variant (`1.2.3-slim`) is cut, a `v` and the prefix of a package
    (`name-1.2.3`, `name@1.2.3`) are looked through; of several packages in one repo, only the one of the new version counts. Where
    `tag_prefix` is given, releases of no other count.
    """
    first, last = read_name(old), read_name(new)
    if first is None or last is None or _position(first, last) >= _rank(last):
        return Between()
    named = [(release, read) for release in releases if (read := read_name(release.name)) is not None]
    prefix = _prefix(named, first, last, package) if tag_prefix is None else _plain(tag_prefix)
    own = [(release, read) for release, read in named if prefix is not None and read.prefix == prefix]
    inside = [
        (release, read)
        for release, read in own
        if _is_after(read, first) and not _is_after(read, last) and (last.is_prerelease or not read.is_prerelease)
    ]
    inside.sort(key=lambda entry: _rank(entry[1]), reverse=True)
    old_tag = _tag(own, first)
    return Between(
        notes=tuple(release for release, _ in inside[:_MOST]),
        older=len(inside[_MOST:]),
        may_lack_some=len(releases) >= MAX_RELEASES_READ and old_tag is None,
        has_own=bool(own),
        old_tag=old_tag,
        new_tag=_tag(own, last),
    )


def lies_between(name: str, old: str, new: str) -> bool:
    """Whether a version is after `old` (excluded) up to `new` (included); prereleases are, where the new one is one."""
    read, first, last = read_name(name), read_name(old), read_name(new)
    if read is None or first is None or last is None:
        return False
    return _is_after(read, first) and not _is_after(read, last) and (last.is_prerelease or not read.is_prerelease)


def newest_first(names: Iterable[str]) -> list[str]:
    """Those in which a version stands, by it."""
    known = [(_rank(read), name) for name in names if (read := read_name(name)) is not None]
    return [name for _, name in sorted(known, reverse=True)]


def read_name(text: str) -> Named | None:
    """A release's name, a tag or a version; None: no version stands in it."""
    start = max(text.rfind(end) for end in _PACKAGE_ENDS) + 1
    tag = read_tag(text[start:])
    if tag is None:
        return None
    numbers, counters = tag.numbers, tag.counters
    if len(numbers) == 1 and not tag.is_date:
        # Some write a version's parts with other signs than dots: `curl-8_5_0`.
        numbers, counters = (*numbers, *(part for counter in counters for part in counter)), ()
    return Named(
        prefix=_plain(text[:start] + tag.line.partition("{")[0]),
        numbers=(*numbers, tag.letter) if tag.letter else numbers,
        prerelease=tag.prerelease,
        counters=counters,
    )


def _plain(prefix: str) -> str:
    """The prefix without the `v` that belongs to the version, not to a package's name (`jdk-v`, but not `dev`)."""
    low = prefix.lower()
    return low[:-1] if low.endswith("v") and not low[-2:-1].isalnum() else low


def _rank(read: Named) -> _Rank:
    return (read.numbers, read.prerelease, read.counters)


def _position(read: Named, other: Named) -> _Rank:
    """Where it stands beside another, which has fewer parts where it is the tag of a line: `1.2` stands for every 1.2.x."""
    numbers = (read.numbers + (0,) * len(other.numbers))[: len(other.numbers)]
    return (numbers, read.prerelease, read.counters if read.counters and other.counters else other.counters)


def _is_after(read: Named, other: Named) -> bool:
    return _position(read, other) > _rank(other)


def _same(read: Named, other: Named) -> bool:
    length = max(len(read.numbers), len(other.numbers))
    padded = [named.numbers + (0,) * (length - len(named.numbers)) for named in (read, other)]
    return padded[0] == padded[1]


def _wanted(own: str, package: str) -> tuple[str, ...]:
    """The prefixes that a package's releases may have, the likeliest first: its own name says more than no name."""
    named = tuple(f"{package.lower()}{end}" for end in "-@/") if package else ()
    return (*filter(None, (own,)), *named, "")


def _prefix(named: Sequence[tuple[ReleaseNote, Named]], first: Named, last: Named, package: str) -> str | None:
    """The package prefix of the releases that count: that of the new version, else of the old one; None: it is not clear which."""
    found = {read.prefix for _, read in named if _same(read, last)}
    if len(found) == 1:
        return min(found)
    known = found or {read.prefix for _, read in named if _same(read, first)}
    return next((one for one in _wanted(last.prefix, package) if one in known), None)


def _tag(own: Sequence[tuple[ReleaseNote, Named]], wanted: Named) -> str | None:
    names = [release.name for release, read in own if _same(read, wanted) and _position(read, wanted)[1:] == _rank(wanted)[1:]]
    return min(names, key=len, default=None)
