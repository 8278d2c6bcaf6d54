"""How exposure went over the weeks: a line for the head, and a chart that GitHub draws."""

from datetime import datetime, timedelta
from typing import Final

from bot.model.trend import Trend, TrendPoint
from bot.report.markdown import day, number_of

_FEWEST: Final = 2
"""Points that make a chart."""


def trend_line(trend: Trend, now: datetime) -> str:
    """What is stale now against a week ago; where there was no record then, since when there is one."""
    if not trend.points:
        return "**Trend:** not known: no record of the weeks before could be read."
    here, then = trend.points[-1], trend.week_ago
    stale = number_of(here.stale, "stale fix")
    if then is None:
        since = f"the record begins on {day(trend.begins_at, now)}" if trend.begins_at else "the record begins now"
        return f"**Trend:** {stale} of {here.open} open now; not known of a week ago, {since}."
    parts = [
        f"{stale} {_against(here.stale, then.stale)}",
        f"{number_of(here.stale_apps, 'stale app')} {_against(here.stale_apps, then.stale_apps)}",
        f"{number_of(here.open, 'open fix')} {_against(here.open, then.open)}",
    ]
    return f"**Trend:** {', '.join(parts)}, against a week ago."


def _against(now: int, then: int) -> str:
    """`(▼ 2 from 7)`: readable without colour."""
    if now == then:
        return "(as before)"
    return f"(▼ {then - now} from {then})" if now < then else f"(▲ {now - then} from {then})"


def chart(trend: Trend, now: datetime) -> str:
    """The weeks as a Mermaid chart, which GitHub draws, with the same in a sentence; empty: fewer than two of them are known.

    Mermaid, "XY Chart": quoted categories, a range for the y-axis, a bar and a line; it knows no legend, so the title says which is which.
    """
    points = trend.points
    if len(points) < _FEWEST:
        return ""
    labels = ", ".join(f'"{_label(point, now)}"' for point in points)
    most = max(1, *(max(point.open, point.stale) for point in points))
    drawn = (
        "```mermaid\nxychart-beta\n"
        '    title "Fixes not taken: open (bars), stale (line)"\n'
        f"    x-axis [{labels}]\n"
        f'    y-axis "fixes" 0 --> {most}\n'
        f"    bar [{', '.join(str(point.open) for point in points)}]\n"
        f"    line [{', '.join(str(point.stale) for point in points)}]\n"
        "```\n"
    )
    told = "; ".join(f"{_label(point, now).replace(' ', chr(0xA0))}: {point.open}, {point.stale}" for point in points)
    return f"{drawn}\nOpen and stale fixes at the end of each week: {told}.\n"


def _label(point: TrendPoint, now: datetime) -> str:
    # The last moment of a week, not the first one of the next.
    return "now" if point.at == now else day(point.at - timedelta(seconds=1), now).replace("\N{NO-BREAK SPACE}", " ")
