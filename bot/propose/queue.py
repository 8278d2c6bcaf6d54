"""How much may be opened, and what becomes of the rest: counted as it is opened, told with its turn."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

from bot.model.turn import WaitsFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many pull requests may be opened, and be open."""

    per_run: int
    per_hour: int
    open_per_repo: int
    open_per_owner: int | None = None
    """None: as many as there are."""


@dataclass(kw_only=True)
class Budget:
    """What is left of the limits in a run, counted along."""

    limits: Limits
    """As they are set; of a shard, its part of them."""
    left_this_hour: int
    """Of this run and those before it."""
    open_by_repo: Mapping[str, int]
    """How many are open by now."""
    own_limits: Mapping[str, int] = field(default_factory=dict)
    """How many may be open in repos whose own file says so."""
    _opened: Counter[str] = field(default_factory=Counter[str], init=False)
    _open_by_owner: Counter[str] = field(default_factory=Counter[str], init=False)

    def __post_init__(self) -> None:
        for repo, number in self.open_by_repo.items():
            self._open_by_owner[_owner(repo)] += number

    @property
    def left(self) -> int:
        """How many more this run may open, wherever that is."""
        return max(0, min(self.limits.per_run, self.left_this_hour) - self._opened.total())

    def refusal(self, repo: str) -> WaitsFor | None:
        """The limit that keeps another pull request out of a repo; None: it may be opened."""
        owner = _owner(repo)
        if self.open_by_repo.get(repo, 0) + self._opened[repo] >= self._most_open(repo):
            return WaitsFor.REPO
        if self.limits.open_per_owner is not None and self._open_by_owner[owner] >= self.limits.open_per_owner:
            return WaitsFor.OWNER
        if not self.left:
            return WaitsFor.HOUR if self.left_this_hour < self.limits.per_run else WaitsFor.RUN
        return None

    def opened(self, repo: str) -> None:
        """Count one."""
        self._opened[repo] += 1
        self._open_by_owner[_owner(repo)] += 1

    def _most_open(self, repo: str) -> int:
        return min(self.limits.open_per_repo, self.own_limits.get(repo, self.limits.open_per_repo))

    def words(self, refusal: WaitsFor, place: int | None, repo: str) -> str:
        """Why, which setting says so, and when its turn is."""
        turn = "" if place is None else f"; its turn is in about {_runs(place, self.limits)}"
        match refusal:
            case WaitsFor.RUN:
                return f"{self.limits.per_run} go out in a run (limits.pull_requests_per_run){turn}"
            case WaitsFor.HOUR:
                return f"{self.limits.per_hour} go out in an hour (limits.pull_requests_per_hour){turn}"
            case WaitsFor.REPO:
                most = self._most_open(repo)
                is_own = most < self.limits.open_per_repo
                setting = "limits.open_pull_requests in its own file" if is_own else "limits.open_pull_requests_per_repo"
                return f"{most} are open in the repo ({setting}): once one is merged or closed"
            case WaitsFor.OWNER:
                number = self.limits.open_per_owner
                return f"{number} are open in repos of its owner (limits.open_pull_requests_per_owner): once one is merged or closed"
            case _:
                return refusal.value


def _owner(repo: str) -> str:
    return repo.partition("/")[0].lower()


def _runs(place: int, limits: Limits) -> str:
    number = ceil(place / max(1, min(limits.per_run, limits.per_hour)))
    return "1 run" if number == 1 else f"{number} runs"
