"""A tag that is not to move and moved: what is told of it, and what somebody has looked at and accepts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from bot.model.dependency import Dependency

_SHA256: Final = "sha256:"


class AlarmKind(StrEnum):
    """The kinds of alarms, the worst first."""

    MANY_TAGS = "many tags at once"
    SOURCE = "another source"
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

    def tag(self, value: str | None) -> MovedTag | None:
        return next((tag for tag in self.tags if tag.value == value), None)


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
