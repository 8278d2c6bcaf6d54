"""The images that apps run or build on, opened: until when they are cared for, and whose turn their holes are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from bot.model.assessment import Assessment
from bot.model.contents import NotRead, OperatingSystem
from bot.model.mover import Move, Mover


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFix:
    """One hole that a publisher closed in an image."""

    hole: str
    """Its name."""
    fix_known_since: datetime
    built_at: datetime
    """When the image with the fix was built, as its publisher says."""

    @property
    def lag(self) -> timedelta:
        """From the fix to the image that has it; none where the image was built first."""
        return max(self.built_at - self.fix_known_since, timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How long a publisher takes from a fix to an image that has it."""

    fixes: int
    """How many were seen."""
    median: timedelta
    longest: timedelta

    @classmethod
    def of(cls, fixes: Sequence[BaseFix]) -> "Lag | None":
        """None where none was seen."""
        if not fixes:
            return None
        lags = [fix.lag for fix in fixes]
        return cls(fixes=len(lags), median=timedelta(seconds=median(lag.total_seconds() for lag in lags)), longest=max(lags))

    def __str__(self) -> str:
        """`median 6 days, longest 21 days, of 14 fixes`."""
        return f"median {_days(self.median)}, longest {_days(self.longest)}, of {self.fixes} fix{'' if self.fixes == 1 else 'es'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseState:
    """One image that apps run or build on."""

    dependency: str
    value: str
    """Its tag, with the short digest where there is one."""
    apps: tuple[str, ...]
    """Their names."""
    digest: str = ""
    """Of the manifest that was opened; empty: it was not opened."""
    system: OperatingSystem | None = None
    built_at: datetime | None = None
    said: str = ""
    """Its holes in one sentence, with what could not be checked."""
    assessment: Assessment | None = None
    """Its holes, and what could not be checked; None: it was not opened."""
    not_read: tuple[NotRead, ...] = ()
    """What of it could not be read."""
    moves: tuple[Move, ...] = ()
    """Whose turn it is, for each hole."""
    lag: Lag | None = None
    """Of what this dependency's publisher closed so far; None: nothing was seen."""
    problem: str = ""
    """Why it was not opened; empty: it was."""
    is_later: bool = False
    """Whether it only waits its turn to be opened."""

    def days_left(self, today: date) -> int | None:
        """Until the end of the operating system's usual updates, below 0 past it; None: not known."""
        return None if self.system is None or self.system.end_of_life is None else (self.system.end_of_life - today).days

    @property
    def unknown(self) -> str:
        """Why of its holes nothing, or not all that could be, is known; empty: nothing failed."""
        if self.problem or self.assessment is None:
            return self.problem
        failed = [str(gap) for gap in self.assessment.not_checked if gap.is_failure]
        unchecked = [str(gap) for gap in self.assessment.not_checked if gap.packages and not self.assessment.checked]
        return next(iter([*failed, *unchecked]), "")

    @property
    def waiting(self) -> tuple[Move, ...]:
        """The holes that have a fix which the publisher has not taken up."""
        return tuple(move for move in self.moves if move.mover is Mover.WAITS_FOR_PUBLISHER)


def _days(span: timedelta) -> str:
    return f"{span.days} day{'' if span.days == 1 else 's'}"
