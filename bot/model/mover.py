"""Who must move so that a hole goes away, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.assessment import Hole


class Mover(StrEnum):
    """The one whose turn it is."""

    BUMP_NOW = "bump now"
    """A newer value or digest of the base has the fix: take it."""
    HELD = "held by a rule"
    """A newer base has the fix, and the bot may not propose it yet."""
    REBUILD_NOW = "rebuild now"
    """What the image is built from has the fix, and the image was built before: build it again."""
    YOURS = "yours"
    """It came with a layer above the base, and building again alone does not mend it."""
    WAITS_FOR_PUBLISHER = "waits for the base's publisher"
    """The fix is out, and the newest base does not have it."""
    WAITS_FOR_DISTRIBUTION = "waits for the distribution"
    """The distribution has no fix."""
    WAITS_FOR_MAKERS = "waits for its makers"
    """It is no package of a distribution, and those who make it have no fix."""
    NOT_AFFECTED = "taken away by a statement"
    """The vendor, or somebody else who is named, says that it does not affect the image, or is fixed in it."""
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The verdict on one hole."""

    hole: Hole
    mover: Mover
    reason: str
    since: datetime | None = None
    """Since when it is their turn; None: not known."""

    def waits(self, now: datetime) -> timedelta | None:
        """For how long it has been their turn by now; None: not known."""
        return None if self.since is None else max(now - self.since, timedelta())
