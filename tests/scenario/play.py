"""Plays a scenario night by night, and says where the bot's word is not the author's."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.model.exposure import Exposure, Known, Step
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet
from tests.scenario.form import Scenario
from tests.scenario.truth import Lack, Stuck, Truth
from tests.scenario.world import World

_STUCK = {Step.PROPOSED: Stuck.MERGED, Step.MERGED: Stuck.MERGED, Step.REBUILT: Stuck.REBUILT, Step.DEPLOYED: Stuck.DEPLOYED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What one night came to."""

    day: int
    true: tuple[Lack, ...]
    """The clocks that run."""
    missed: tuple[Lack, ...]
    invented: tuple[Lack, ...]
    is_quiet: bool
    """Whether nothing was out of reach: else only who lacks what is held against each other, and not where it is stuck."""


@dataclass(kw_only=True)
class Play:
    """One scenario through the real code."""

    scenario: Scenario
    folder: Path
    told: Scenario | None = None
    """What its author says happens, where that is not the truth: for a test of the comparison."""
    nights: list[Night] = field(default_factory=list)

    def play(self) -> Iterator[Night]:
        """Each night as it is over."""
        world, truth = World(scenario=self.scenario, folder=self.folder), Truth(self.told or self.scenario)
        with world.served():
            settings = load(world.config, environment={"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
            for day in range(self.scenario.days):
                world.begin_day(day)
                for event in self.scenario.on(day):
                    world.live(event)
                for event in truth.scenario.on(day):
                    truth.live(event)
                world.begin_night(day)
                summary = fleet.run(settings, now=world.clock)
                yield self._held(day, truth, [_lack(one, world) for one in summary.exposures])

    def _held(self, day: int, truth: Truth, told: list[Lack]) -> Night:
        known, is_quiet = truth.night(day), truth.is_quiet(day)
        if not is_quiet:
            known, told = [_in_short(one) for one in known], [_in_short(one) for one in told]
        true, said = Counter(known), Counter(told)
        night = Night(
            day=day,
            true=tuple(known),
            missed=tuple(sorted((true - said).elements())),
            invented=tuple(sorted((said - true).elements())),
            is_quiet=is_quiet,
        )
        self.nights.append(night)
        return night


def _lack(one: Exposure, world: World) -> Lack:
    lacking = tuple(state.stage for state in one.stages if state.has_fix is Known.NO)
    is_known = (one.built is not None and one.built.has_fix is Known.NO) or bool(lacking)
    stuck = _STUCK[one.waiting_for]
    began = (one.steps[Step.DETECTED] - world.moment(0)).days
    return Lack(
        app=one.app.name,
        old=world.build_of(one.app.name, one.old.partition("@")[2]),
        waits_for=stuck,
        began=began,
        is_certain=stuck is Stuck.MERGED or is_known,
        lacking=lacking,
    )


def _in_short(one: Lack) -> Lack:
    return Lack(app=one.app, old=one.old, waits_for=Stuck.MERGED, began=0)
