"""Accepted risks and put-off fixes: each entry of the configuration with what it holds back, and when that comes back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.model.accepted import Accepted
from bot.model.exposure import Exposure
from bot.report.markdown import day, number_of, plain
from bot.report.weekly_rows import named

HEAD: Final = ("What", "Why", "By", "Until", "Holds back now")


def rows(entries: Iterable[Accepted], exposures: Sequence[Exposure], now: datetime) -> list[tuple[str, ...]]:
    """By HEAD: those that ran out first, then what ends first."""
    ranked = sorted(entries, key=lambda entry: (entry.until, entry.what, entry.reason))
    return [
        (plain(entry.what), plain(entry.reason, most=300), plain(entry.by), _until(entry, now), _held(entry, exposures, now))
        for entry in ranked
    ]


def _until(entry: Accepted, now: datetime) -> str:
    last = day(datetime.combine(entry.until, datetime.min.time(), now.tzinfo), now)
    if entry.is_over(now):
        return f"**ran out on {last}**: take it out, or renew it"
    return f"{last}, {number_of((entry.ends_at - now).days, 'day')} left"


def _held(entry: Accepted, exposures: Sequence[Exposure], now: datetime) -> str:
    if entry.is_over(now):
        return "nothing any more"
    mine = [one for one in exposures if one.accepted == entry]
    apps = list(dict.fromkeys(one.app.name for one in mine))
    return f"{number_of(len(mine), 'fix')} of {named(apps)}" if mine else "nothing now"
