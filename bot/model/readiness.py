"""What GitHub knows of an open pull request that stands between it and its merge."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.checks import Checks


class CheckState(StrEnum):
    """Of one check that is not green."""

    RED = "failed"
    PENDING = "not done"
    NOT_BEGUN = "not begun"
    """Required, and nothing was ever reported by this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check run or commit status that is not green."""

    name: str
    """As its publisher calls it: hostile."""
    state: CheckState
    said: str = ""
    """How it ended, in GitHub's words: `timed out`, `cancelled`, `action required`; empty: it failed, or has not ended."""
    url: str | None = None
    """Where it is told of; None: nowhere. Hostile."""
    is_required: bool = False
    """Nothing is merged without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Of the newest commit of one open pull request. A failure to ask is no answer, and none of these."""

    checks: Checks
    not_green: tuple[Check, ...] = ()
    """Those that failed, are not done or never began; the required ones first."""
    unlisted: int = 0
    """Checks beyond those that were looked at, of which nothing is told."""
    is_draft: bool = False
    asked: tuple[str, ...] = ()
    """Who is asked for a review and has not answered: `@login` or `@organisation/team`."""
    changes_wanted_by: tuple[str, ...] = ()
    """`@login` of each whose last word is that something has to change."""
    approvals: int = 0
    needs_approval: bool = False
    """A rule wants an approval that is not there yet."""
    unknown_owners: tuple[str, ...] = ()
    """What CODEOWNERS names and GitHub does not know, or may not ask: `@org/gone (CODEOWNERS line 3)`. Hostile."""
