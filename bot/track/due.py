"""When an update counts as stale that an app has not taken."""

from collections.abc import Iterator
from datetime import datetime

from bot.model.exposure import Closes
from bot.model.fleet import App
from bot.model.severity import Severity
from bot.settings.sections import Stale


def due(app: App, began_at: datetime, closes: Closes | None, stale: Stale) -> datetime:
    """By criticality, and by each severity from when it was known: a hole that became known later does not make the days before it late.

    Where a hole is exploited that it closes, by hours from when both were so.
    """
    usual = min(_by_severity(app, began_at, closes, stale))
    if closes is None or closes.exploited_since is None or stale.exploited_allowed is None:
        return usual
    return min(usual, max(began_at, closes.exploited_since) + stale.exploited_allowed)


def _by_severity(app: App, began_at: datetime, closes: Closes | None, stale: Stale) -> Iterator[datetime]:
    """The day of the worst, and those of all that is milder and was known before."""
    if closes is None or closes.severity is Severity.UNKNOWN:
        yield began_at + stale.allowed(app.criticality, Severity.UNKNOWN)
        return
    for severity in Severity:
        if 0 < severity.rank <= closes.severity.rank:
            yield max(began_at, closes.bad_since.get(severity, began_at)) + stale.allowed(app.criticality, severity)
