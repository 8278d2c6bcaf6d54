"""A chart: its numbers as a table, which the site's own script draws by the bundled Chart.js."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.model.trend import Trend
from bot.report.site.table import day


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Readable without any script: the table is always there."""

    kind: Literal["line", "bar"]
    name: str
    of: str
    """The head of the column of labels."""
    labels: Sequence[str]
    series: Mapping[str, Sequence[int]]
    """Each as long as `labels`."""
    none: str
    """What is said where there is nothing to draw."""


def trend_chart(trend: Trend) -> Chart:
    """Fixes not taken, week by week."""
    begins = f" The record begins on {day(trend.begins_at)}." if trend.begins_at else ""
    points = trend.points
    return Chart(
        kind="line",
        name="Fixes that apps have not taken, week by week",
        of="Day",
        labels=tuple(day(point.at) or "" for point in points),
        series={"not taken": tuple(point.open for point in points), "of these stale": tuple(point.stale for point in points)},
        none=f"How this went over time is not known: no record of the weeks before could be read.{begins}",
    )
