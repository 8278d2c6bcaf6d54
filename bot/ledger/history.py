"""What became of an app's update: events, and the clock that they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol, TypeVar

from bot.model.exposure import End, Step


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
    stage: str = ""
    """Of a deployment."""
    why: str = ""
    """Of an end what `why_of` writes; of a detection `OF_IMAGE`, or empty."""


def why_of(end: End, said: str) -> str:
    """Why a clock stopped, and whose word that is, as an event keeps it."""
    return f"{end.value}: {said[:_MOST_SAID]}" if said else end.value


_MOST_SAID: Final = 300
OF_IMAGE: Final = "image"
"""A published image stands on the old value, and the app's files name a newer one: no merge will end that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The steps since the app came to stand on the old value, each at its first time."""

    steps: Mapping[Step, datetime]
    new: str
    """What was last asked for."""
    url: str
    """The last pull request; empty: none yet."""
    stages: Mapping[str, datetime] = field(default_factory=dict)
    """When each stage was first seen to have it."""
    merge_url: str = ""
    """The pull request by which it went in; empty: it did not, or came another way."""
    end: End | None = None
    """Why the clock stopped; None: it runs."""
    end_said: str = ""
    """Whose word that is; empty: nobody's. Hostile."""
    is_of_image: bool = False
    """The app's files are not behind, an image that it publishes is."""

    @property
    def began_at(self) -> datetime:
        """When it was detected; where that is not known, its first step that is."""
        return self.steps.get(Step.DETECTED) or min(self.steps.values())

    @property
    def is_over(self) -> bool:
        """Whether the app's files name something newer; its images may stand on the old value still."""
        return Step.MERGED in self.steps or self.end is not None

    @property
    def is_followed(self) -> bool:
        """Whether it went in, and its way to production has no end yet."""
        return Step.MERGED in self.steps and self.end is None


FIRST: Final = frozenset({Step.RELEASED, Step.DETECTED})
"""Steps by which a round begins. One that comes after a merge without them was seen by another history, before it knew of the merge."""

LAST: Final = frozenset({Step.MERGED, Step.ENDED})
"""Steps after which a round is over; what a round that was merged still comes to is recorded with it."""


class Stepped(Protocol):
    """Whatever tells of one step."""

    @property
    def step(self) -> str: ...


_T = TypeVar("_T", bound=Stepped)


def begins_anew(current: Iterable[Stepped], event: Stepped) -> bool:
    """Whether an event is the first of the next round: whoever comes to stand on the old value again after a merge starts anew."""
    return event.step in FIRST and any(past.step in LAST for past in current)


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
    why, _, said = next((event.why for event in reversed(events) if event.step is Step.ENDED), "").partition(": ")
    stages: dict[str, datetime] = {}
    for event in events:
        steps[event.step] = min(event.at, steps.get(event.step, event.at))
        if event.step is Step.DEPLOYED:
            stages[event.stage] = min(event.at, stages.get(event.stage, event.at))
    return History(
        steps=steps,
        new=next((event.new for event in reversed(events) if event.new), ""),
        url=next((event.url for event in reversed(events) if event.url), ""),
        stages=stages,
        merge_url=next((event.url for event in reversed(events) if event.step is Step.MERGED), ""),
        end=End(why) if why else None,
        end_said=said,
        is_of_image=any(event.step is Step.DETECTED and event.why == OF_IMAGE for event in events),
    )
