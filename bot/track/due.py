"""When an update counts as stale that an app has not taken."""

from datetime import datetime

from bot.model.exposure import Closes
from bot.model.fleet import App
from bot.model.severity import Severity
from bot.settings.sections import Stale


def due(app: App, began_at: datetime, closes: Closes | None, stale: Stale) -> datetime:
    """By criticality and severity from when the clock began; where a hole is exploited that it closes, by hours from when both were so."""
    severity = Severity.UNKNOWN if closes is None else closes.severity
    usual = began_at + stale.allowed(app.criticality, severity)
    if closes is None or closes.exploited_since is None or stale.exploited_allowed is None:
        return usual
    return min(usual, max(began_at, closes.exploited_since) + stale.exploited_allowed)
