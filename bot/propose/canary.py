"""Canaries: an update that many apps shall take goes to a few of them first, and on to the rest as those merge it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from heapq import heapify, heappop, heappush
from math import ceil
from typing import Final

from bot.model.checks import Checks
from bot.model.fleet import Criticality
from bot.propose.marker import Target
from bot.propose.order import Key

_MOST_NAMED: Final = 5
_CRITICALITIES: Final = (Criticality.LOW, Criticality.MEDIUM, Criticality.HIGH)
_SETTING: Final = "order.canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Which updates go to a few apps first, to how many, and when they stop."""

    from_apps: int
    """How many apps an update has to concern."""
    first: int
    """How many of them get it first."""
    stop_at_percent: int
    """Of those that got it: so many that are red or declined end it."""
    most: timedelta
    """After so long it goes on without merges, unless it is stopped."""

    def of_shard(self, shards: int) -> "Canary":
        """The same for one of so many parts of the fleet, which sees its own apps alone."""
        return Canary(
            from_apps=ceil(self.from_apps / shards),
            first=ceil(self.first / shards),
            stop_at_percent=self.stop_at_percent,
            most=self.most,
        )


class Fate(StrEnum):
    """What became of a pull request."""

    OPEN = "open"
    MERGED = "merged"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An app that got the update."""

    app: Key
    place: str
    """Of its pull request: `acme/shop#3`."""
    at: datetime
    """When that was opened."""
    fate: Fate
    checks: Checks | None
    """None: they could not be asked."""
    owners: frozenset[str] = frozenset()

    @property
    def is_bad(self) -> bool:
        return self.fate is Fate.DECLINED or self.checks is Checks.RED

    @property
    def is_unclear(self) -> bool:
        """Whether it may be bad for all that is known."""
        return not self.is_bad and self.checks is None

    @property
    def is_good(self) -> bool:
        """Merged, and no check spoke against it: where there are none, the merge itself is somebody's word."""
        return self.fate is Fate.MERGED and self.checks in {Checks.GREEN, Checks.NONE}

    def __str__(self) -> str:
        if self.fate is Fate.DECLINED:
            return f"{self.place} (declined)"
        checks = "checks not known" if self.checks is None else "no checks" if self.checks is Checks.NONE else self.checks.value
        return f"{self.place} ({self.fate.value}, {checks})"


class Course(Enum):
    """How far an update goes."""

    ALL = auto()
    """To every app."""
    FIRST = auto()
    """To the first ones alone."""
    STOPPED = auto()
    """To nobody who has not got it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What holds for an update in this run."""

    course: Course
    why: str
    """Empty where it is too small to have canaries."""
    room: int = 0
    """To how many more of the first it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One update on its way through the fleet."""

    what: str
    """`python 3.12.6`."""
    apps: int
    """How many it concerns, those that have taken it among them."""
    since: datetime | None
    """When the release was first seen; None: before that was recorded."""
    asked: tuple[Asked, ...]
    """Who got it so far, by their pull requests."""
    canary: Canary

    def verdict(self, now: datetime) -> Verdict:
        """How far it goes now.

        Nowhere, where the share of those red or declined is reached; to all once half of the first ones (rounded up) merged it and no
        checks of those are red or pending; to all after the longest time. What can't be asked may be red: it goes on only where that
        would not stop it.
        """
        if self.apps < self.canary.from_apps:
            return Verdict(course=Course.ALL, why="")
        bad = [one for one in self.asked if one.is_bad]
        unclear = [one for one in self.asked if one.is_unclear]
        if self._is_enough_to_stop(len(bad)):
            return Verdict(course=Course.STOPPED, why=self._stopped(bad))
        if not self._is_enough_to_stop(len(bad) + len(unclear)):
            if sum(one.is_good for one in self.asked) >= self._needed:
                return Verdict(course=Course.ALL, why=f"{self.what} goes on to all {self.apps} apps: {self._so_far}")
            if self.asked and self._ends <= now:
                days = _days(self.canary.most)
                return Verdict(course=Course.ALL, why=f"{self.what} goes on to all {self.apps} apps after {days}: {self._so_far}")
        return Verdict(course=Course.FIRST, why=self._first(unclear), room=max(0, self.canary.first - len(self.asked)))

    @property
    def _needed(self) -> int:
        return ceil(min(self.canary.first, self.apps) / 2)

    @property
    def _ends(self) -> datetime:
        """An open pull request may have asked for an older release before: the time begins with the newer one of both."""
        began = min(one.at for one in self.asked)
        return (began if self.since is None else max(began, self.since)) + self.canary.most

    def _is_enough_to_stop(self, bad: int) -> bool:
        return bad > 0 and 100 * bad >= self.canary.stop_at_percent * len(self.asked)

    @property
    def _so_far(self) -> str:
        fates = Counter(one.fate for one in self.asked)
        red = sum(one.checks is Checks.RED and one.fate is not Fate.DECLINED for one in self.asked)
        said = [f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate]] + ([f"{red} red"] if red else [])
        return f"of {len(self.asked)} that got it {', '.join(said)}"

    def _stopped(self, bad: Sequence[Asked]) -> str:
        percent = self.canary.stop_at_percent
        return (
            f"stopped: {self.what} is red or declined in {len(bad)} of {len(self.asked)} apps that got it: {_named(bad)}; look at them; "
            f"goes on once less than {percent}% are ({_SETTING}.stop_at_percent), and a newer release begins anew"
        )

    def _first(self, unclear: Sequence[Asked]) -> str:
        goes = f"{self.what} goes to {min(self.canary.first, self.apps)} of {self.apps} apps first ({_SETTING})"
        until = f"on {self._ends:%Y-%m-%d}" if self.asked else f"{_days(self.canary.most)} after they got it"
        on = f"goes on once {self._needed} are merged and no checks of those are red or pending, or {until}, unless it is stopped before"
        if unclear:
            on += f"; the checks of {_named(unclear)} could not be asked, and count as red until they can"
        elif self.asked:
            goes += f": {_named(self.asked)}"
        return f"{goes}; {on}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A pull request that could be opened."""

    app: Key
    """Of several the first."""
    targets: tuple[Target, ...]
    criticality: Criticality
    is_production_only: bool
    """Whether it changes nothing but what the last stage runs."""
    owners: frozenset[str]
    apps: int = 1
    """For how many it is: it takes a place of each, and goes out as a whole where there is one left."""
    has_room: bool = True
    """Whether its repo takes another pull request: who can't get one is no canary."""


def held_back(asks: Sequence[Ask], waves: Mapping[Target, Wave], *, now: datetime) -> list[str | None]:
    """Why each of them waits; None: it goes out.

    Of those that go first the least critical ones are chosen, those with production alone last, spread over owners. One that asks for
    several such updates at once takes a place of each, and waits for all of them.
    """
    verdicts = {target: wave.verdict(now) for target, wave in waves.items()}
    room = {target: verdict.room for target, verdict in verdicts.items() if verdict.course is Course.FIRST}
    reasons = [_reason(ask, verdicts) for ask in asks]
    for number in _chosen(asks, [number for number, ask in enumerate(asks) if _may_be_first(ask, verdicts)], waves, room):
        reasons[number] = None
    return reasons


def _reason(ask: Ask, verdicts: Mapping[Target, Verdict]) -> str | None:
    found = [verdicts[target] for target in ask.targets if target in verdicts]
    held = sorted((one for one in found if one.course is not Course.ALL), key=lambda one: one.course is not Course.STOPPED)
    return held[0].why if held else None


def _may_be_first(ask: Ask, verdicts: Mapping[Target, Verdict]) -> bool:
    courses = {verdicts[target].course for target in ask.targets if target in verdicts}
    return ask.has_room and Course.FIRST in courses and Course.STOPPED not in courses


def _chosen(asks: Sequence[Ask], candidates: Sequence[int], waves: Mapping[Target, Wave], room: dict[Target, int]) -> Iterator[int]:
    owners = Counter(owner for target in room for one in waves[target].asked for owner in one.owners)
    heap = [(_rank(asks[number], owners), number) for number in candidates]
    heapify(heap)
    while heap:
        rank, number = heappop(heap)
        ask = asks[number]
        if any(room.get(target, 1) <= 0 for target in ask.targets):
            continue
        # Owners are only ever met more often: a rank that is what it was is the lowest still.
        now = _rank(ask, owners)
        if now != rank:
            heappush(heap, (now, number))
            continue
        owners.update(ask.owners)
        for target in ask.targets:
            if target in room:
                room[target] -= ask.apps
        yield number


def _rank(ask: Ask, owners: Mapping[str, int]) -> tuple[bool, int, int, int, Key, tuple[Target, ...]]:
    met = max((owners.get(owner, 0) for owner in ask.owners), default=0)
    return ask.is_production_only, _CRITICALITIES.index(ask.criticality), ask.apps, met, ask.app, ask.targets


def _named(asked: Sequence[Asked]) -> str:
    # One pull request may be for several apps.
    names = list(dict.fromkeys(map(str, asked)))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _days(span: timedelta) -> str:
    days = span / timedelta(days=1)
    return "1 day" if days == 1 else f"{days:g} days"
