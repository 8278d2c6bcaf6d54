"""Clocks that go on behind the merge: what an app's files name already, and its images do not stand on yet."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.ledger.history import OF_IMAGE, Event, History, UpdateKey
from bot.model.built import AppImages
from bot.model.dependency import OCI, Release
from bot.model.exposure import End, Known, StageState, Step
from bot.model.fleet import App
from bot.model.image import Digest
from bot.model.pin import Pin, Role
from bot.model.run import AppDecisions
from bot.model.update import Update, UpdateKind
from bot.track.base_age import Age, BaseAges, Value
from bot.track.keys import app_key, written
from bot.track.used import Used, way_of_used
from bot.track.way import Test, Way, base_in_use, built_after, on_base, way_of

BASES: Final = frozenset({Role.FINAL_BASE, Role.ONBUILD_BASE})
"""Roles whose layers are the lowest of the image that is built."""
_INGREDIENTS: Final = frozenset({Role.BUILD_BASE, Role.COPY_FROM, Role.MOUNT_FROM})
"""Roles that leave something in the image that is built, and no layers by which it could be told."""

_RUNNING: Final = frozenset({Role.IMAGE, Role.CHART})
"""Roles of what runs as others build it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltSight:
    """What is known of the images of apps in this run."""

    images_of: Callable[[App], AppImages]
    ages_of: Callable[[str], BaseAges]
    """By the name of the base."""
    digest_of: Callable[[Pin], Digest | None]
    """Where a pin's image stands now: its digest, or that of its tag; None: not known."""
    used_of: Callable[[str], Used | None] = lambda _name: Used()
    """An image that is used as others build it, by its name; None: an app of the fleet builds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """One app whose images do not have a fix that its files name, or of which that is not known."""

    app: App
    key: UpdateKey
    new: str
    way: Way
    update: Update | None = None
    """Of what only an image is behind with: what a new build would change."""

    @property
    def waiting_for(self) -> Step:
        built = self.way.built
        return Step.REBUILT if built is not None and built.has_fix is not Known.YES else Step.DEPLOYED

    @property
    def is_known(self) -> bool:
        """Whether anything is known to lack it."""
        return bool(self.way.lacking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    late: tuple[Late, ...]
    events: tuple[Event, ...]
    """What is new since the last look."""


def follow(
    apps: Sequence[AppDecisions],
    histories: Mapping[UpdateKey, History],
    sight: BuiltSight,
    now: datetime,
    *,
    is_ended: Callable[[History | None, Update | None], bool] = lambda _past, _update: False,
) -> Followed:
    """What became of what was merged, and which images stand on something older than their app's files name.

    A clock ends where everything that is known has the fix: the image that the app publishes, and each stage in which it is deployed.
    Where the app publishes nothing that the fix is in, it ends with the merge. `is_ended` tells of a clock that ended by somebody's word,
    and of what a new build would change, whether that word stands.
    """
    by_app: dict[str, dict[UpdateKey, History]] = defaultdict(dict)
    for key, past in histories.items():
        by_app[key.app][key] = past
    late: list[Late] = []
    events: list[Event] = []
    for entry in apps:
        one = _Follower(app=entry.app, pins=_pins(entry), histories=by_app[app_key(entry.app)], sight=sight, now=now, is_ended=is_ended)
        late += one.late()
        events += one.events
    return Followed(late=tuple(late), events=tuple(events))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Follower:
    """Follows the updates of one app."""

    app: App
    pins: Mapping[str, Sequence[Pin]]
    """By dependency."""
    histories: Mapping[UpdateKey, History]
    sight: BuiltSight
    now: datetime
    is_ended: Callable[[History | None, Update | None], bool]
    events: list[Event] = field(default_factory=list)

    def late(self) -> list[Late]:
        """What this app's images lack; what is new since the last look is added to the events."""
        found = [one for key, past in self.histories.items() if (one := self._followed(key, past)) is not None]
        return [*found, *self._behind_its_files(found)]

    def _followed(self, key: UpdateKey, past: History) -> Late | None:
        """How far one update has come; None: it has no way to go, or is at its end."""
        if not past.is_followed and (past.is_over or not past.is_of_image):
            return None
        mine = self.pins.get(key.dependency, ())
        test = self._test_of(key, past, mine)
        if test is None and (used := self._used(key, past, mine)) is not None:
            return self._late(key, past, used)
        if test is None:
            merged = End.UNSEEN if self._is_others(key, mine) else End.MERGED
            why = merged if past.merge_url else End.TAKEN if mine else End.PIN_GONE
            # It was over with the merge, also where that was before anything was followed behind it.
            self._end(key, past, why, at=past.steps[Step.MERGED])
            return None
        way = way_of(self.sight.images_of(self.app), test)
        pin = next((pin for pin in mine if pin.role in BASES), None) if past.is_of_image else None
        return self._late(key, past, way, pin)

    def _late(self, key: UpdateKey, past: History, way: Way, pin: Pin | None = None) -> Late | None:
        """What is left of a way; None: it is at its end, which is recorded. `pin` is that of a clock that an image alone has."""
        self.events.extend(_steps(key, past, way, self.now))
        if way.is_at_its_end:
            reached = End.DEPLOYED if way.stages else End.REBUILT if way.built is not None else End.MERGED
            states = [state for state in (way.built, *way.stages) if state is not None]
            self._end(key, past, reached, at=max((_seen(state, past, self.now) for state in states), default=self.now))
            return None
        new = past.new if pin is None else self._newest(pin) or past.new
        if new != past.new:
            self.events.append(Event(key=key, step=Step.DETECTED, at=self.now, new=new, why=OF_IMAGE))
        return Late(app=self.app, key=key, new=new, way=way, update=None if pin is None else self._rebuild(key.old, pin))

    def _used(self, key: UpdateKey, past: History, pins: Sequence[Pin]) -> Way | None:
        """How far a fix has come in an image that is used as it is; None: it is none, or nothing tells what runs."""
        name = _image_name(key.dependency)
        used = None if name is None else self.sight.used_of(name)
        if name is None or used is None or not past.new or not self._is_others(key, pins):
            return None
        written_at = {f"{self.app.repo} {pin.file}:{pin.line}" for pin in pins}
        return way_of_used(used, self.sight.ages_of(name), Value.of(past.new), written_at)

    def _is_others(self, key: UpdateKey, pins: Sequence[Pin]) -> bool:
        """Whether the app's files name it to run alone, and build nothing on it or with it; and nobody in the fleet builds it."""
        name = _image_name(key.dependency)
        return bool(pins) and all(pin.role in _RUNNING for pin in pins) and (name is None or self.sight.used_of(name) is not None)

    def _test_of(self, key: UpdateKey, past: History, pins: Sequence[Pin]) -> Test | None:
        """What tells whether an image has the update; None: it is in none that the app publishes."""
        name = _image_name(key.dependency)
        if name is None or not self.app.images:
            return None
        roles = {pin.role for pin in pins}
        if past.is_of_image or not roles or roles & BASES:
            # What came another way than by a pull request may be less than was asked for; that one has a clock of its own.
            at_least = Value.of(past.new) if past.merge_url and past.new else None
            old = Value.of(key.old)
            several = len({(pin.value, pin.digest) for pin in pins if is_base(pin)}) > 1
            return on_base(name, self.sight.ages_of(name), at_least=at_least, newer_than=old, not_before=old if several else None)
        return built_after(past.steps[Step.MERGED], self.now) if roles & _INGREDIENTS else None

    def _end(self, key: UpdateKey, past: History, why: End, *, at: datetime) -> None:
        self.events.append(Event(key=key, step=Step.ENDED, at=at, new=past.new, why=why))

    def _newest(self, pin: Pin) -> str | None:
        """What a pin's image stands at now, as the reports write it; None: not known."""
        current = self.sight.digest_of(pin)
        return None if current is None else written(self._tag(pin, current), current)

    def _tag(self, pin: Pin, digest: Digest) -> str:
        known = self.sight.ages_of(pin.dependency.name).value_of(frozenset({digest}), "latest")
        return pin.value or (known[0] if known else "")

    def _rebuild(self, old: str, pin: Pin) -> Update | None:
        """The update that a new build would be; None: not all of it is known."""
        value, current = Value.of(old), self.sight.digest_of(pin)
        digest = self.sight.ages_of(pin.dependency.name).digest_of(value)
        if digest is None or current is None:
            return None
        release = Release(dependency=pin.dependency, value=self._tag(pin, current), digest=current)
        return Update(pin=replace(pin, value=value.tag or None, digest=Digest(digest)), release=release, kind=UpdateKind.DIGEST)

    def _behind_its_files(self, known: Sequence[Late]) -> Iterator[Late]:
        """The images that stand on an older base than the app's files name, and of which no clock tells that yet."""
        if not self.app.images:
            return
        told = {(one.key.dependency, state.image) for one in known for state in one.way.lacking}
        images = self.sight.images_of(self.app)
        for pin in _bases(self.pins):
            newest, ages = self._newest(pin), self.sight.ages_of(pin.dependency.name)
            for base in _bases_below(images):
                value = ages.value_of(base, "" if newest is None else Value.of(newest).tag)
                if newest is None or value is None or ages.age(base, Value.of(newest)) is not Age.OLDER:
                    continue
                old = written(*value)
                key = UpdateKey(app=app_key(self.app), dependency=str(pin.dependency), old=old)
                way = way_of(images, on_base(pin.dependency.name, ages, newer_than=Value.of(old)))
                lacking = {(key.dependency, state.image) for state in way.lacking}
                if self.is_ended(self.histories.get(key), self._rebuild(old, pin)):
                    continue
                if lacking - told and (key not in self.histories or self.histories[key].is_over):
                    told |= lacking
                    began = ages.replaced_at(Value.of(newest).tag, base) or self.now
                    self.events.append(Event(key=key, step=Step.DETECTED, at=min(began, self.now), new=newest, why=OF_IMAGE))
                    yield Late(app=self.app, key=key, new=newest, way=way, update=self._rebuild(old, pin))


def _bases_below(images: AppImages) -> list[frozenset[str]]:
    """The bases that are in the builds of an app for sure, each by all its digests."""
    builds = (*images.published, *(one.built for one in images.deployed))
    return list(dict.fromkeys(base for built in builds if (base := base_in_use(built.lineage)) is not None))


def _steps(key: UpdateKey, past: History, way: Way, now: datetime) -> Iterator[Event]:
    if way.built is not None and way.built.has_fix is Known.YES and Step.REBUILT not in past.steps:
        yield Event(key=key, step=Step.REBUILT, at=_seen(way.built, past, now), new=past.new)
    for state in way.stages:
        if state.has_fix is Known.YES and state.stage not in past.stages:
            yield Event(key=key, step=Step.DEPLOYED, at=_seen(state, past, now), new=past.new, stage=state.stage)


def _seen(state: StageState, past: History, now: datetime) -> datetime:
    """When a step was done: never before the merge, or before the clock began, nor later than now."""
    return now if state.since is None else min(max(state.since, past.steps.get(Step.MERGED, past.began_at)), now)


def _pins(entry: AppDecisions) -> dict[str, list[Pin]]:
    found: dict[str, list[Pin]] = defaultdict(list)
    for decision in entry.decisions:
        found[str(decision.pin.dependency)].append(decision.pin)
    return found


def _bases(pins: Mapping[str, Sequence[Pin]]) -> Iterator[Pin]:
    """Those that the app's images stand on; where they name one image twice, nobody can tell which build is of which."""
    for mine in pins.values():
        bases = [pin for pin in mine if is_base(pin)]
        if len({(pin.value, pin.digest) for pin in bases}) == 1:
            yield bases[0]


def is_base(pin: Pin) -> bool:
    """Whether the layers of what it names are the lowest of an image that the app builds."""
    return pin.role in BASES and pin.dependency.datasource == OCI


def _image_name(dependency: str) -> str | None:
    datasource, _, name = dependency.partition(": ")
    return name if datasource == OCI else None
