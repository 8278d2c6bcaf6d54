"""The ledger's rounds -> how many fixes were open and stale at the ends of the last weeks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from bot.ledger.last_times import ROUNDS_FROM
from bot.ledger.ledger import Ledger
from bot.ledger.step_holes import StepKey
from bot.model.exposure import Exposure, Step
from bot.model.fleet import App
from bot.model.trend import Trend, TrendPoint
from bot.settings.sections import Stale
from bot.track.due import due
from bot.track.keys import app_key
from bot.track.over import Over, keys_of, over

WEEKS: Final = 12
"""Points of a trend, now among them."""
_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spell:
    """One app behind one fix, for a time."""

    app: str
    began_at: datetime
    due: datetime | None
    ended_at: datetime | None
    """None: it goes on."""

    def is_open(self, at: datetime) -> bool:
        return self.began_at <= at and (self.ended_at is None or at < self.ended_at)


def trend(exposures: Sequence[Exposure], apps: Iterable[App], ledger: Ledger, *, stale: Stale, now: datetime) -> Trend:
    """The last twelve weeks' ends (Sundays at midnight, UTC), the oldest first, and now; before the record began there is no point.

    Counted are the fixes that `exposures` tells of, and those that `apps` took: what is due is read by the criticality of today and the
    severity that is known now. What became of an app that is looked at no more is not known, and so is left out of every week. Raises
    bot.clients.database.DatabaseError.
    """
    begins_at = _begins_at(ledger)
    spells = [_current(one, now) for one in exposures]
    moments: list[datetime] = []
    if begins_at is not None:
        by_key = {app_key(app): app for app in apps}
        rounds = ledger.events.rounds_since(now - (WEEKS + 1) * _WEEK)
        spells += _ended([one for one in over(rounds, keys_of(exposures)) if one.key.app in by_key], by_key, ledger, stale)
        moments = [moment for moment in _week_ends(now) if moment >= begins_at]
    is_known = begins_at is not None and begins_at <= now - _WEEK
    return Trend(
        points=tuple(_point(spells, moment) for moment in (*moments, now)),
        week_ago=_point(spells, now - _WEEK) if is_known else None,
        begins_at=begins_at,
    )


def _begins_at(ledger: Ledger) -> datetime | None:
    first = ledger.events.first(Step.DETECTED)
    tidied = ledger.last_times.of([ROUNDS_FROM]).get(ROUNDS_FROM)
    return first if first is None or tidied is None else max(first, tidied)


def _week_ends(now: datetime) -> list[datetime]:
    """The midnights after Sundays, but for one that is less than a day ago, which would say what now says."""
    monday = datetime.combine(now.date() - timedelta(days=now.weekday()), time(), now.tzinfo)
    ends = [monday - number * _WEEK for number in range(WEEKS, -1, -1)]
    return [end for end in ends if end <= now - _DAY][-(WEEKS - 1) :]


def _current(one: Exposure, now: datetime) -> _Spell:
    began_at = one.steps.get(Step.DETECTED) or min(one.steps.values(), default=now)
    return _Spell(app=app_key(one.app), began_at=began_at, due=None if one.is_accepted(now) else one.due, ended_at=None)


def _ended(ended: Sequence[Over], apps: Mapping[str, App], ledger: Ledger, stale: Stale) -> Iterator[_Spell]:
    steps = [StepKey(one.key.dependency, one.key.old, one.lived.new) for one in ended]
    known = ledger.step_holes.of(steps)
    for one, step in zip(ended, steps, strict=True):
        when = due(apps[one.key.app], one.lived.began_at, known.get(step), stale)
        yield _Spell(app=one.key.app, began_at=one.lived.began_at, due=when, ended_at=one.at)


def _point(spells: Iterable[_Spell], at: datetime) -> TrendPoint:
    open_ = [one for one in spells if one.is_open(at)]
    late = [one for one in open_ if one.due is not None and one.due <= at]
    return TrendPoint(at=at, open=len(open_), stale=len(late), stale_apps=len({one.app for one in late}))
