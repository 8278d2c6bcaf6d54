"""How long fixes took on their way: to the merge, to the rebuild, to production."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from bot.model.exposure import Step
from bot.report.look import Look

NOBODY: Final = "nobody"
"""Owns an app: a finding, no gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """One fix that one app was behind with, from its first step to the last one known."""

    app: str
    """`App.key`."""
    began_at: datetime
    """When the bot detected it."""
    merged_at: datetime | None = None
    rebuilt_at: datetime | None = None
    in_production_at: datetime | None = None
    """When the last stage of the way to production was first seen to have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How long one step took, of those that took it."""

    count: int
    half: timedelta
    """Half of them took no longer."""
    most: timedelta
    """Nine of ten took no longer."""

    @classmethod
    def of(cls, spans: Iterable[timedelta]) -> "Took | None":
        """By nearest rank; None where there is none."""
        ordered = sorted(spans)
        if not ordered:
            return None
        return cls(count=len(ordered), half=_at(ordered, 0.5), most=_at(ordered, 0.9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Of one owner, or of all; None: no fix is known to have come so far."""

    merge: Took | None = None
    rebuild: Took | None = None
    production: Took | None = None


def times(lived: Iterable[Lived], *, since: datetime) -> Times:
    """From the detection to each step that was taken since a time. What is under way yet is in none of them."""
    spans: dict[Step, list[timedelta]] = defaultdict(list)
    for one in lived:
        for step, at in ((Step.MERGED, one.merged_at), (Step.REBUILT, one.rebuilt_at), (Step.DEPLOYED, one.in_production_at)):
            if at is not None and at >= since:
                spans[step].append(max(at - one.began_at, timedelta()))
    return Times(merge=Took.of(spans[Step.MERGED]), rebuild=Took.of(spans[Step.REBUILT]), production=Took.of(spans[Step.DEPLOYED]))


def by_owner(lived: Iterable[Lived], looks: Iterable[Look]) -> Mapping[str, Sequence[Lived]]:
    """By the first owner of today; of apps that are looked at no more nobody is told."""
    owners = {look.app.key: look.app.owners[0] if look.app.owners else NOBODY for look in looks}
    found: dict[str, list[Lived]] = defaultdict(list)
    for one in lived:
        if one.app in owners:
            found[owners[one.app]].append(one)
    return found


def _at(ordered: Sequence[timedelta], share: float) -> timedelta:
    return ordered[max(ceil(share * len(ordered)) - 1, 0)]
