"""A forge that merges a pull request by itself, once all that its base requires is there."""

from dataclasses import dataclass
from enum import StrEnum


class MergeMethod(StrEnum):
    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoMerge:
    """Whether that can be had for a pull request."""

    is_on: bool
    """Somebody asked for it already, or it is in the merge queue."""
    is_allowed: bool
    """By the settings of the repo."""
    may_ask: bool
    """Whether the bot may ask for it, as the forge says."""
    is_waited_for: bool
    """Whether something that the base requires is missing still, as far as the forge knows by now."""
    method: MergeMethod | None
    """The repo's own default among those that it allows; None: it allows none."""
    requires_check: bool = True
    """Whether its base lets nothing in without a check."""
    ended_by: str | None = None
    """Login of who turned it off last; None: nobody did, or not a person."""
