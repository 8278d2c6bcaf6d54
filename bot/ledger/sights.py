"""First sights: how old a value is by what this bot has seen itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from bot.model.dependency import LONG_AGO, Release

LAST_SEEN_PRECISION: Final = timedelta(days=1)
"""A tag's last sight is written at most so often: a run would else rewrite every row of the fleet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The first and last sights of a dependency's values, by value and digest; the digest '' stands for the value itself."""

    watched_since: datetime | None
    sights: Mapping[str, Mapping[str, tuple[datetime, datetime]]]
    listed_at: datetime | None = None
    """When the last list that was believed was recorded."""
    is_short: bool = False
    """The list lacked much of what that one had."""

    def lost(self, releases: Iterable[Release]) -> tuple[str, ...]:
        """The values that the last believed list had and that are not among the releases."""
        if self.listed_at is None:
            return ()
        listed, floor = {release.value for release in releases}, self.listed_at - LAST_SEEN_PRECISION
        return tuple(
            sorted(value for value, sights in self.sights.items() if value not in listed and "" in sights and sights[""][1] > floor)
        )

    def has_news(self, releases: Sequence[Release], now: datetime) -> bool:
        """Whether a list has anything that is not recorded yet, or was recorded a day ago."""
        is_due = self.listed_at is None or now - self.listed_at >= LAST_SEEN_PRECISION
        return is_due or self.is_short or any(self.news_of(releases, now))

    def standing(self, value: str) -> tuple[str, ...]:
        """The digests that a value stood at, newest first, without those after which it went back to an older one."""
        sights = sorted(((first, last, digest) for digest, (first, last) in self.sights.get(value, {}).items() if digest), reverse=True)
        return tuple(
            digest for number, (_, last, digest) in enumerate(sights) if not any(other > last for _, other, _ in sights[number + 1 :])
        )

    def dated(self, release: Release) -> Release:
        """The release with the first sight of it, or as it is where there was none."""
        sights = self.sights.get(release.value, {})
        sight = sights.get(str(release.digest or "")) or sights.get("")
        if sight is None:
            return release
        first = sight[0]
        was_there_before = self.watched_since is None or first <= self.watched_since
        return replace(release, first_seen=min(release.published_at or LONG_AGO, first) if was_there_before else first)

    def with_new(self, new: Mapping[tuple[str, str], datetime], now: datetime) -> Self:
        """The same, with the sights that were inserted at `now` (the first of `news_of`)."""
        sights = dict(self.sights)
        for (value, digest), first in new.items():
            sights[value] = {**sights.get(value, {}), digest: (first, now)}
        return replace(self, sights=sights)

    def is_new(self, release: Release, now: datetime) -> bool:
        """Whether there is anything to write of this release."""
        return any(self.news_of([release], now))

    def news_of(self, releases: Iterable[Release], now: datetime) -> tuple[dict[tuple[str, str], datetime], list[tuple[str, str]]]:
        """The sights to insert with their first time, and those whose last time is to be written again."""
        new: dict[tuple[str, str], datetime] = {}
        again: list[tuple[str, str]] = []
        for release in releases:
            sights = self.sights.get(release.value, {})
            digest = str(release.digest or "")
            value_first = sights[""][0] if "" in sights else now
            is_replacing = bool(sights.keys() - {"", digest})
            for key, first in {"": value_first, digest: now if digest and is_replacing else value_first}.items():
                if key not in sights:
                    new[release.value, key] = first
                elif now - sights[key][1] >= LAST_SEEN_PRECISION or _is_back(sights, key):
                    again.append((release.value, key))
        return new, again


def _is_back(sights: Mapping[str, tuple[datetime, datetime]], digest: str) -> bool:
    """Whether another digest was seen since this one was: its publisher took that one back."""
    return bool(digest) and any(last > sights[digest][1] for other, (_, last) in sights.items() if other not in {"", digest})
