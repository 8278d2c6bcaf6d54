"""What a dashboard shows, as one value."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol, TypeVar

from bot.model.accepted import Accepted
from bot.model.base_state import BaseState
from bot.model.deployment import Deployment
from bot.model.exposure import Exposure, KeptBack, Moved
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.fleet_bases import FleetBases
from bot.model.gap import Gap
from bot.model.trend import Trend
from bot.report.lived import Lived
from bot.report.look import Look
from bot.report.reach import Reach, reaches


@dataclass(frozen=True, kw_only=True)
class Board:
    """The fleet as one look found it."""

    now: datetime
    looks: Sequence[Look] = ()
    exposures: Sequence[Exposure] = ()
    moved: Sequence[Moved] = ()
    kept_back: Sequence[KeptBack] = ()
    bases: Sequence[BaseState] = ()
    failures: Sequence[Failure] = ()
    empty_repos: Sequence[str] = ()
    last_run: datetime | None = None
    is_late: bool = False
    """The last run over the whole fleet is longer ago than the schedule should let pass, or there was none."""
    accepted: Sequence[Accepted] = ()
    """The entries of the configuration, those that ran out as well."""
    trend: Trend = field(default_factory=Trend)
    lived: Sequence[Lived] = ()
    """The ways of fixes, those that came to their end lately among them."""
    deployed: Sequence[tuple[App | None, Deployment]] = ()
    """What runs or is written to run, each with the app that publishes it; None: none is known to."""
    fleet_bases: FleetBases | None = None
    """What the fleet stands on, and what the catalogue says of it; None: that was not asked."""
    gaps: Sequence[Gap] = ()
    """What is not as it should be there."""
    web_url: str = ""
    """What stands before `owner/name` in the addresses of the forge's pages; empty: it has none."""

    @cached_property
    def unsure(self) -> int:
        """Of how many fixes nobody can tell whether they have come to their end."""
        return sum(one.is_unsure and not one.is_accepted(self.now) for one in self.exposures)

    @cached_property
    def reaches(self) -> Sequence[Reach]:
        """What the fleet stands on, that of the most apps first."""
        return reaches(self.looks)

    @cached_property
    def exposures_of(self) -> Mapping[str, Sequence[Exposure]]:
        """What an app has not taken, by `App.key`."""
        return _by_app(self.exposures)

    @cached_property
    def moved_of(self) -> Mapping[str, Sequence[Moved]]:
        return _by_app(self.moved)

    @cached_property
    def kept_back_of(self) -> Mapping[str, Sequence[KeptBack]]:
        return _by_app(self.kept_back)


class _OfAnApp(Protocol):
    @property
    def app(self) -> App: ...


_T = TypeVar("_T", bound=_OfAnApp)


def _by_app(entries: Sequence[_T]) -> Mapping[str, Sequence[_T]]:
    found: dict[str, list[_T]] = defaultdict(list)
    for one in entries:
        found[one.app.key].append(one)
    return found
