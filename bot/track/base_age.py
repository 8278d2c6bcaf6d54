"""Whether one base is older or newer than another of the same name: by the tags that they stood at, and when."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Self

from bot.ledger.sightings import Sighting
from bot.versions import SCHEMES

Digests = frozenset[str]
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
    """What the ledger saw of one image's tags, to tell its digests apart by age. Pure.

    A base is asked for by all digests that stand for it: of an index and of its manifests, and of what is made of the same layers.
    """

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        """`sightings` are those of the image with their digests."""
        self._of_tag: dict[str, dict[str, datetime]] = {}
        for one in sorted(sightings, key=lambda one: one.first_seen):
            if one.digest:
                self._of_tag.setdefault(one.value, {}).setdefault(one.digest, one.first_seen)
        self._scheme = SCHEMES["docker"].taught(self._of_tag)

    def knows(self, base: Digests) -> bool:
        """Whether a tag of this image stood at the base."""
        return any(not base.isdisjoint(history) for history in self._of_tag.values())

    def replaced_at(self, tag: str, base: Digests) -> datetime | None:
        """When the tag was first seen at something newer than the base; None: it never stood there, or stands there still."""
        history = self._of_tag.get(tag, {})
        there = [seen for digest, seen in history.items() if digest in base]
        return min((seen for digest, seen in history.items() if digest not in base and there and seen > min(there)), default=None)

    def digest_of(self, value: Value) -> str | None:
        """The whole digest of a value; None: its tag was never seen there."""
        return next((digest for digest in self._of_tag.get(value.tag, {}) if _short(digest) == value.short), None)

    def value_of(self, base: Digests, preferred: str) -> tuple[str, str] | None:
        """A tag that stood at the base, and its digest there: preferred, else the one seen there first; None: none did."""
        found = [
            (tag != preferred, seen, tag, digest)
            for tag, history in self._of_tag.items()
            for digest, seen in history.items()
            if digest in base
        ]
        return min(found)[2:] if found else None

    def age(self, base: Digests, than: Value) -> Age:
        """How old a base is, held against another: by the digest, else by when each stood at the same tag, else by its tags.

        Unknown where nothing tells, or where tags say different things.
        """
        if than.short and any(_short(digest) == than.short for digest in base):
            return Age.SAME
        tags = {tag for tag, history in self._of_tag.items() if not base.isdisjoint(history)}
        if than.tag in tags:
            return self._by_time(self._of_tag[than.tag], base, than.short)
        found = {self._by_version(tag, than.tag) for tag in tags} - {Age.UNKNOWN}
        return found.pop() if len(found) == 1 else Age.UNKNOWN

    @staticmethod
    def _by_time(history: Mapping[str, datetime], base: Digests, short: str) -> Age:
        if not short:
            return Age.SAME
        other = next((seen for digest, seen in history.items() if _short(digest) == short), None)
        first = min(seen for digest, seen in history.items() if digest in base)
        if other is None or other == first:
            return Age.UNKNOWN
        return Age.OLDER if first < other else Age.NEWER

    def age_of_tag(self, tag: str, than: str) -> Age:
        """How old what a tag names is, by the tags alone: the same, or as their versions say."""
        return Age.SAME if tag == than else self._by_version(tag, than)

    def _by_version(self, tag: str, other: str) -> Age:
        one, two = self._scheme.parse(tag), self._scheme.parse(other)
        if one is None or two is None:
            return Age.UNKNOWN
        if one.is_newer_than(two):
            return Age.NEWER
        return Age.OLDER if two.is_newer_than(one) else Age.UNKNOWN


def _short(digest: str) -> str:
    return digest.partition(":")[2][:12]
