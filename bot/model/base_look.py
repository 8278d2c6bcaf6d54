"""What a run found in a base when it was opened last: its system, and its known holes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseLook:
    """One image on one platform."""

    digest: str
    """Of its manifest."""
    system: str = ""
    """For people: `Debian GNU/Linux 12 (bookworm)`; empty: it names none."""
    ends: date | None = None
    """The last day of the system's usual updates; None: not known."""
    built_at: datetime | None = None
    """As its publisher says."""
    holes: Mapping[str, str]
    """The severity of each hole that is known, by its name."""
    is_whole: bool
    """Whether all of it was read and could be checked: what is not among the holes is then known not to be in it."""
    at: datetime
    """When that was found; the ledger keeps the day."""
