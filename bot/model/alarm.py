"""A tag that is not to move and moved: what is told of it, and what somebody has looked at and accepts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from bot.model.dependency import GIT_TAGS, GITHUB_TAGS, OCI, Dependency

WITHIN: Final = timedelta(hours=1)
"""Tags that are first seen elsewhere within this time were moved together."""
_SHA256: Final = "sha256:"
_GITHUB: Final = "github.com"
_SAME_ACCOUNTS: Final = {"ghcr.io": _GITHUB}
"""Registries whose accounts are those of another host."""
_OF_MANY: Final = frozenset({"docker.io/library"})
"""Accounts that are no project of their own."""


class AlarmKind(StrEnum):
    """The kinds of alarms, the worst first."""

    MANY_TAGS = "many tags at once"
    SOURCE = "another source"
    SIGNER = "another signer"
    RELEASE_TAG = "release tag moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTag:
    """A tag that stands where it should not."""

    value: str
    last_good: str
    """The digest or commit that it stood at before."""
    now: str
    at: datetime
    """When the bot first saw it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """All that is wrong with the tags of one dependency: seventy tags that were moved together are one alarm."""

    dependency: Dependency
    kind: AlarmKind
    """The worst of it."""
    reason: str
    tags: tuple[MovedTag, ...]
    """By their names."""

    @property
    def since(self) -> datetime:
        return min(tag.at for tag in self.tags)

    @property
    def project(self) -> str:
        """The account whose dependency it is (`github.com/acme`); of one that has none, the dependency itself."""
        name = self.dependency.name
        if self.dependency.datasource == GITHUB_TAGS:
            name = f"{_GITHUB}/{name}"
        elif self.dependency.datasource == GIT_TAGS:
            name = name.partition("://")[2] or name
        elif self.dependency.datasource != OCI:
            return str(self.dependency)
        host, _, rest = name.lower().partition("/")
        account = rest.partition("/")[0]
        found = f"{_SAME_ACCOUNTS.get(host, host)}/{account}"
        return found if "/" in rest and found not in _OF_MANY else str(self.dependency)

    def tag(self, value: str | None) -> MovedTag | None:
        return next((tag for tag in self.tags if tag.value == value), None)


def together(alarms: Iterable[Alarm]) -> Iterator[tuple[Alarm, ...]]:
    """Each alarm once, those of one project whose tags were moved within the same hour together, in the order of their names."""
    by_project: dict[str, list[Alarm]] = {}
    for alarm in sorted(alarms, key=lambda one: str(one.dependency)):
        by_project.setdefault(alarm.project, []).append(alarm)
    for ones in by_project.values():
        group = dict(enumerate(range(len(ones))))
        moves = sorted((tag.at, number) for number, alarm in enumerate(ones) for tag in alarm.tags)
        first = 0
        for at, number in moves:
            while at - moves[first][0] > WITHIN:
                first += 1
            with_it = group[moves[first][1]]
            group |= {other: with_it for other, known in group.items() if known == group[number]}
        for known in dict.fromkeys(group.values()):
            yield tuple(ones[number] for number, mine in group.items() if mine == known)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinAlarm:
    """An alarm, as it concerns one pin of its dependency."""

    alarm: Alarm
    is_on_it: bool
    """Whether the pin takes a tag that moved, as it stands now; else it only waits until the alarm has ended."""
    asked: tuple[str, ...] = ()
    """The values that open pull requests ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMove:
    """A move that somebody has looked at, and takes to be right."""

    dependency: str
    """A shell pattern over names in normal form."""
    tag: str
    """A shell pattern."""
    at: str
    """The digest or commit that is right, or how it begins; empty: wherever it moves to."""
    reason: str

    def holds_for(self, dependency: Dependency, value: str, digest: str) -> bool:
        is_it = digest.removeprefix(_SHA256).startswith(self.at.removeprefix(_SHA256))
        return is_it and fnmatchcase(dependency.name, self.dependency) and fnmatchcase(value, self.tag)
