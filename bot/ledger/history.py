"""What became of an app's update: events, and the clock that they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar

from bot.model.exposure import Step


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class UpdateKey:
    """What the clock of an exposure hangs on: that an app stands on something old. A newer release does not start it again."""

    app: str
    """`owner/name`, and `:folder` where the app is a part of the repo."""
    dependency: str
    old: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of one update, done."""

    key: UpdateKey
    step: Step
    at: datetime
    new: str = ""
    """What it was to become."""
    url: str = ""
    """The pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The steps since the app came to stand on the old value, each at its first time."""

    steps: Mapping[Step, datetime]
    new: str
    """What was last asked for."""
    url: str
    """The last pull request; empty: none yet."""

    @property
    def began_at(self) -> datetime:
        """When it was detected; where that is not known, its first step that is."""
        return self.steps.get(Step.DETECTED) or min(self.steps.values())

    @property
    def is_over(self) -> bool:
        return Step.MERGED in self.steps


_FIRST: Final = frozenset({Step.RELEASED, Step.DETECTED})
"""Steps by which a round begins. One that comes after a merge without them was seen by another history, before it knew of the merge."""


class Stepped(Protocol):
    """Whatever tells of one step."""

    @property
    def step(self) -> str: ...


_T = TypeVar("_T", bound=Stepped)


def begins_anew(current: Iterable[Stepped], event: Stepped) -> bool:
    """Whether an event is the first of the next round: whoever comes to stand on the old value again after a merge starts anew."""
    return event.step in _FIRST and any(past.step == Step.MERGED for past in current)


def split(events: Iterable[_T]) -> list[list[_T]]:
    """The events of one key, round by round."""
    found: list[list[_T]] = []
    for event in events:
        if not found or begins_anew(found[-1], event):
            found.append([])
        found[-1].append(event)
    return found


def rounds(events: Iterable[Event]) -> dict[UpdateKey, list[Event]]:
    """The events of each key's last round."""
    found: dict[UpdateKey, list[Event]] = {}
    for event in events:
        current = found.setdefault(event.key, [])
        if begins_anew(current, event):
            current.clear()
        current.append(event)
    return found


def history(events: Sequence[Event]) -> History:
    """The events of one round in short; they stand in the order in which they were recorded."""
    steps: dict[Step, datetime] = {}
    for event in events:
        steps[event.step] = min(event.at, steps.get(event.step, event.at))
    return History(
        steps=steps,
        new=next((event.new for event in reversed(events) if event.new), ""),
        url=next((event.url for event in reversed(events) if event.url), ""),
    )
