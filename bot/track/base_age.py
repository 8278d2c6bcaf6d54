"""Whether one base is older or newer than another of the same name: by the tags that they stood at, and when."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Self

from bot.ledger.sightings import Sighting
from bot.versions import SCHEMES

_SHORT: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)


class Age(Enum):
    """Of one base, seen from another."""

    OLDER = auto()
    SAME = auto()
    NEWER = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A base as exposures write it: its tag, the first digits of its digest, or both."""

    tag: str
    short: str

    @classmethod
    def of(cls, written: str) -> Self:
        """Of `3.12-slim@1a2b3c4d5e6f`, as `bot.track.exposures.written` makes it."""
        tag, at, short = written.rpartition("@")
        if at:
            return cls(tag=tag, short=short)
        return cls(tag="", short=written) if _SHORT.fullmatch(written) else cls(tag=written, short="")


class BaseAges:
    """What the ledger saw of one image's tags, to tell its digests apart by age. Pure."""

    def __init__(self, sightings: Sequence[Sighting], alike: Callable[[str], frozenset[str]]) -> None:
        """`sightings` are those of the image with their digests; `alike` gives the digests made of the same layers as one, that one too."""
        self._alike = alike
        self._of_tag: dict[str, dict[str, datetime]] = {}
        for one in sorted(sightings, key=lambda one: one.first_seen):
            if one.digest:
                self._of_tag.setdefault(one.value, {}).setdefault(one.digest, one.first_seen)
        self._scheme = SCHEMES["docker"].taught(self._of_tag)

    def knows(self, digest: str) -> bool:
        """Whether a tag of this image stood at the digest, or at one that is made of the same layers."""
        mine = self._alike(digest)
        return any(not mine.isdisjoint(history) for history in self._of_tag.values())

    def replaced_at(self, tag: str, digest: str) -> datetime | None:
        """When the tag was first seen at something newer than the digest; None: it never stood there, or stands there still."""
        history, mine = self._of_tag.get(tag, {}), self._alike(digest)
        there = [seen for one, seen in history.items() if one in mine]
        return min((seen for one, seen in history.items() if one not in mine and there and seen > min(there)), default=None)

    def first_seen(self, tag: str, digest: str) -> datetime | None:
        """When the tag was first seen at the digest; None: it never was."""
        return self._of_tag.get(tag, {}).get(digest)

    def digest_of(self, value: Value) -> str | None:
        """The whole digest of a value; None: its tag was never seen there."""
        return next((digest for digest in self._of_tag.get(value.tag, {}) if _short(digest) == value.short), None)

    def tag_of(self, digest: str, preferred: str) -> str:
        """A tag that stood at the digest: the preferred one if it did, else the one that was seen there first; empty: none did."""
        mine = self._alike(digest)
        there = {tag: [at for one, at in history.items() if one in mine] for tag, history in self._of_tag.items()}
        seen = {tag: min(times) for tag, times in there.items() if times}
        return preferred if preferred in seen else min(seen, key=lambda tag: (seen[tag], tag), default="")

    def age(self, digest: str, than: Value) -> Age:
        """How old the base at a digest is, held against another: by the digest, else by when each stood at the same tag, else by its tags.

        Unknown where nothing tells, or where tags say different things.
        """
        mine = self._alike(digest)
        if than.short and any(_short(one) == than.short for one in mine):
            return Age.SAME
        tags = {tag for tag, history in self._of_tag.items() if not mine.isdisjoint(history)}
        if than.tag in tags:
            return self._by_time(self._of_tag[than.tag], mine, than.short)
        found = {self._by_version(tag, than.tag) for tag in tags} - {Age.UNKNOWN}
        return found.pop() if len(found) == 1 else Age.UNKNOWN

    @staticmethod
    def _by_time(history: Mapping[str, datetime], mine: frozenset[str], short: str) -> Age:
        if not short:
            return Age.SAME
        other = next((seen for digest, seen in history.items() if _short(digest) == short), None)
        first = min(seen for digest, seen in history.items() if digest in mine)
        if other is None or other == first:
            return Age.UNKNOWN
        return Age.OLDER if first < other else Age.NEWER

    def _by_version(self, tag: str, other: str) -> Age:
        one, two = self._scheme.parse(tag), self._scheme.parse(other)
        if one is None or two is None:
            return Age.UNKNOWN
        if one.is_newer_than(two):
            return Age.NEWER
        return Age.OLDER if two.is_newer_than(one) else Age.UNKNOWN


def _short(digest: str) -> str:
    return digest.partition(":")[2][:12]
