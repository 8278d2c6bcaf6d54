"""Since when an update is not taken."""

from datetime import datetime

from bot.model.exposure import Exposure, Step


def began_at(exposure: Exposure) -> datetime | None:
    """When its clock began: the day on which the bot saw it, else its first step that is known; None: not known."""
    return exposure.steps.get(Step.DETECTED) or min(exposure.steps.values(), default=None)
