"""When an update counts as stale."""

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from bot.model.exposure import Closes
from bot.model.fleet import App, Criticality, Phase
from bot.model.severity import Severity
from bot.settings.sections import Stale
from bot.track.due import due

BEGAN = datetime(2026, 1, 6, tzinfo=UTC)
APP = App(name="jobs", repo="acme/jobs", path=PurePosixPath(), phase=Phase.BAU, criticality=Criticality.HIGH)
"""Critical within 3 days, high within 7, medium and what nobody rated within 14, low within 30."""
LOW, HIGH, CRITICAL = Severity.LOW, Severity.HIGH, Severity.CRITICAL


def closing(severity: Severity, *, exploited: float | None = None, **since: float) -> Closes:
    bad_since = {Severity(name): on(day) for name, day in since.items()}
    return Closes(severity=severity, said="", bad_since=bad_since, exploited_since=None if exploited is None else on(exploited))


def on(day: float) -> datetime:
    return BEGAN + timedelta(days=day)


@pytest.mark.parametrize(
    ("closes", "day"),
    [
        pytest.param(None, 14, id="nothing is known"),
        pytest.param(closing(Severity.UNKNOWN), 14, id="nobody rated it"),
        pytest.param(closing(CRITICAL), 3, id="since when is not recorded: since the clock began"),
        pytest.param(closing(LOW, low=-50), 30, id="never before the clock began"),
        pytest.param(closing(CRITICAL, high=0, critical=14), 7, id="the milder one was due before"),
        pytest.param(closing(CRITICAL, low=0, medium=13, high=13, critical=14), 17, id="three days from when it was critical"),
        pytest.param(closing(HIGH, high=2, critical=0), 9, id="what is milder now is not rated as before"),
        pytest.param(closing(CRITICAL, exploited=-300, low=10, medium=10, high=10, critical=10), 3, id="exploited long before"),
        pytest.param(closing(CRITICAL, exploited=9, low=10, medium=10, high=10, critical=10), 12, id="exploited a day before"),
    ],
)
def test_it_is_due_by_the_first_day_of_each_severity(closes, day):
    assert due(APP, BEGAN, closes, Stale()) == on(day)
