"""How far what teams may build on is behind what is out upstream."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.dependency import LONG_AGO


class SameDigest(StrEnum):
    """Whether a tag of a copy stands where upstream's does."""

    YES = "the same"
    BEHIND = "behind"
    """It stands at what upstream's stood at before."""
    OTHER = "another one"
    """Upstream's was never seen to stand there."""
    NOT_KNOWN = "not known"
    NOT_ASKED = "not asked"
    """It is a build of its own, or there is no copy: versions alone are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseLag:
    """Of one base in use. What could not be compared is not known, and no lag of nothing."""

    image: str
    tag: str
    upstream: str
    """Registry and repository; of what has no upstream of its own, the same."""
    known_by: str
    """`bases.copies`, `found: the same digest stands at both`, `the catalogue`."""
    is_built: bool = False
    """Whether it is the organisation's own build of upstream's, and no copy."""
    owner: str = ""
    """Who is told; empty: nobody is named."""
    newest: str = ""
    """The newest that teams may use, of the kind that is in use; empty: none is known."""
    missing: tuple[str, ...] = ()
    """What is out and newer than that, newest first."""
    missing_since: datetime | None = None
    """When the first of these was first seen; LONG_AGO: before the bot began to watch."""
    same_digest: SameDigest = SameDigest.NOT_ASKED
    behind_since: datetime | None = None
    """When upstream's tag was first seen at something newer."""
    unknown: str = ""
    """Why it is not known, or not wholly."""

    @property
    def is_behind(self) -> bool:
        return bool(self.missing) or self.same_digest is SameDigest.BEHIND

    def days(self, now: datetime) -> int | None:
        """For how long upstream has what teams have not; None: it has nothing, or that began before the bot watched."""
        known = [since for since in (self.missing_since, self.behind_since) if since is not None]
        return None if not known or LONG_AGO in known else max((now - min(known)).days, 0)
