"""What a reader of one object of a list finds."""

from dataclasses import dataclass

from bot.model.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """What does not run, or is not asked for; no fault."""

    why: str
    """To stand behind a number: `pods have ended`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """What runs and can't be said."""

    what: str


Found = Deployment | PassedOver | Unreadable
