"""What its author knows of a scenario: which app lacks what, since when, and where it is stuck. Nothing of the bot is used here.

Builds of a base are numbered, 0 the first. The bot looks once a night: of what a base's tag moved through between two nights it saw the
last alone, and it can't know what an image stands on that was built in between.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from tests.scenario.form import AppForm, Build, Deploy, Happening, Merge, Outage, Release, Retire, Revive, Scenario


class Stuck(StrEnum):
    """What an app waits for."""

    MERGED = "merged"
    REBUILT = "rebuilt"
    DEPLOYED = "deployed"


@dataclass(frozen=True, slots=True, order=True)
class Lack:
    """One clock that runs in a night."""

    app: str
    old: int
    """The build of the base that the app stands on."""
    waits_for: Stuck
    began: int
    """The night in which the clock begins."""
    is_certain: bool = True
    """Whether it is known to be missing somewhere; else nobody can know."""
    lacking: tuple[str, ...] = ()
    """The stages that are known to lack it."""


@dataclass(slots=True)
class _Base:
    builds: int = 1
    seen: list[int] = field(default_factory=list)
    """The builds that a night saw, in order."""
    seen_in: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Clock:
    old: int
    began: int
    target: int | None = None
    """What was merged; None: it was not."""
    is_merged: bool = False
    is_of_image: bool = False


@dataclass(slots=True)
class _App:
    form: AppForm
    names: int = 0
    """The build of the base in its Dockerfile, where that is pinned."""
    read: int = 0
    """The same as the bot last read it."""
    asked: int | None = None
    """What its open pull request moves to."""
    builds: list[int | None] = field(default_factory=list)
    """The base of each build; None: flattened."""
    deployed: dict[str, int] = field(default_factory=dict)
    """By stage, the number of the build."""
    looked_into: set[int] = field(default_factory=set)
    """The builds whose layers the bot has seen: what they stand on it knows without the registry."""
    clocks: dict[int, _Clock] = field(default_factory=dict)
    retired: str = ""
    """How; empty: it is not."""


_YES, _NO, _UNKNOWN = True, False, None


@dataclass(slots=True)
class Truth:
    """Day by day: `live` through a day, then `night`."""

    scenario: Scenario
    apps: dict[str, _App] = field(default_factory=dict)
    bases: dict[str, _Base] = field(default_factory=dict)
    down_until: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: -1))

    def __post_init__(self) -> None:
        self.bases = {name: _Base() for name in self.scenario.bases}
        for form in self.scenario.apps:
            # Each begins fresh: built once on the first build of its base, and that is everywhere.
            builds: list[int | None] = [0] if form.publishes else []
            self.apps[form.name] = _App(form=form, builds=builds, deployed=dict.fromkeys(form.stages, 0) if form.publishes else {})

    def live(self, event: Happening) -> None:
        match event:
            case Release(release=base):
                self.bases[base].builds += 1
            case Merge(merge=name):
                self._merge(self.apps[name])
            case Build(build=name, base=kind):
                app = self.apps[name]
                base = self.bases[app.form.base]
                current = app.names if app.form.pinned else base.builds - 1
                app.builds.append({"files": current, "cache": app.builds[-1], "squashed": None}[kind])
            case Deploy(deploy=name, stage=stage, build=which):
                app = self.apps[name]
                newest = len(app.builds) - 1
                app.deployed[stage] = newest if which == "newest" else max(app.deployed[stage] - 1, 0)
            case Retire(retire=name, how=how):
                self.apps[name].retired = how
            case Revive(revive=name):
                self.apps[name].retired = ""
            case Outage(outage=what, days=days):
                self.down_until[what] = event.day + days - 1

    def night(self, day: int) -> list[Lack]:
        """Every clock that runs after the bot's run of this night; of a repo that changed and can't be read nothing is told."""
        is_up = self.down_until["registry"] < day
        readable = [app for app in self.apps.values() if self.down_until[app.form.name] < day or app.read == app.names]
        for app in self.apps.values():
            # That a repo is archived is known without reading it; what the fleet file says of an app counts once its repo is read.
            if app.retired == "archived" or (app.retired and app in readable):
                app.clocks.clear()
        readable = [app for app in readable if app.retired != "archived"]
        for app in readable:
            app.read = app.names
        readable = [app for app in readable if not app.retired]
        if is_up:
            # A base that no repo names that night is asked for by nobody.
            for name in {app.form.base for app in readable}:
                base = self.bases[name]
                newest = base.builds - 1
                if newest not in base.seen_in:
                    base.seen.append(newest)
                    base.seen_in[newest] = day
        return sorted(lack for app in readable for lack in self._lacks(app, is_up=is_up))

    def is_quiet(self, day: int) -> bool:
        """Whether nothing was out of reach in that night."""
        return all(until < day for until in self.down_until.values())

    @staticmethod
    def _merge(app: _App) -> None:
        if app.asked is None:
            return
        app.names, app.asked = app.asked, None

    def _lacks(self, app: _App, *, is_up: bool) -> Iterator[Lack]:
        base = self.bases[app.form.base]
        if app.form.pinned:
            self._look_into_files(app, base, is_up=is_up)
        told: set[int] = set()
        for clock in list(app.clocks.values()):
            if clock.is_merged or clock.is_of_image:
                lack, lacking_builds = self._way(app, base, clock, is_up=is_up)
                told |= lacking_builds
                if lack is None:
                    del app.clocks[clock.old]
                else:
                    yield lack
            else:
                yield Lack(app.form.name, clock.old, Stuck.MERGED, clock.began)
        current = app.names if app.form.pinned else base.seen[-1] if base.seen and is_up else None
        if current is None or not app.form.publishes:
            return
        deployed = [app.deployed[stage] for stage in app.form.stages]
        if is_up:
            app.looked_into.update([len(app.builds) - 1, *deployed])
        for number in dict.fromkeys([len(app.builds) - 1, *deployed] if is_up else deployed):
            old = app.builds[number]
            if old is None or old not in base.seen_in or old >= current:
                continue
            clock = _Clock(old=old, began=self._replaced(base, old), is_of_image=True)
            lack, lacking_builds = self._way(app, base, clock, is_up=is_up)
            if lack is not None and lacking_builds - told and old not in app.clocks:
                told |= lacking_builds
                app.clocks[old] = clock
                yield lack

    @staticmethod
    def _look_into_files(app: _App, base: _Base, *, is_up: bool) -> None:
        """The app's files against what is out."""
        for clock in app.clocks.values():
            if not clock.is_merged and not clock.is_of_image and clock.old != app.names:
                clock.is_merged, clock.target = True, app.names
        newest = base.seen[-1] if base.seen else 0
        if is_up and app.names < newest:
            app.asked = newest
            known = app.clocks.get(app.names)
            if known is None or known.is_merged:
                app.clocks[app.names] = _Clock(old=app.names, began=base.seen_in[newest])

    @staticmethod
    def _replaced(base: _Base, old: int) -> int:
        return min(base.seen_in[later] for later in base.seen if later > old)

    def _way(self, app: _App, base: _Base, clock: _Clock, *, is_up: bool) -> tuple[Lack | None, set[int]]:
        """How far a fix has come, and the builds that are known to lack it."""
        if not app.form.publishes:
            return None, set()
        least = clock.target if clock.target is not None else clock.old + 1

        def has(number: int) -> bool | None:
            stands_on = app.builds[number]
            if stands_on is None or stands_on not in base.seen_in or not (is_up or number in app.looked_into):
                return _UNKNOWN
            return stands_on >= least

        newest = len(app.builds) - 1
        # Without the registry nobody knows which build its tags are at.
        built = has(newest) if is_up else _UNKNOWN
        staged = {stage: has(app.deployed[stage]) for stage in app.form.stages}
        lacking = tuple(stage for stage, answer in staged.items() if answer is _NO)
        builds = {app.deployed[stage] for stage in lacking} | ({newest} if built is _NO else set())
        if built is _YES and all(answer is _YES for answer in staged.values()):
            return None, builds
        waits_for = Stuck.REBUILT if built is not _YES else Stuck.DEPLOYED
        return Lack(app.form.name, clock.old, waits_for, clock.began, is_certain=bool(builds), lacking=lacking), builds
