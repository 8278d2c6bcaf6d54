"""The seam of the policies."""

from datetime import datetime
from typing import Protocol

from bot.model.update import Hold, Update


class Policy(Protocol):
    """A rule that may object to an update. Pure: time comes in."""

    @property
    def name(self) -> str:
        """Shown wherever it holds an update."""
        ...

    def objection(self, update: Update, now: datetime) -> Hold | None:
        """Why this update may not go out at `now`; None: consent."""
        ...
