"""What stands between an open pull request and its merge, and what would take it away."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.model.readiness import Check

MOST_NAMED: Final = 3
"""Checks and people that are told by name; of the others how many there are."""


class HurdleKind(StrEnum):
    """In the order in which they are told."""

    DRAFT = "draft"
    CHANGES_WANTED = "changes requested"
    CHECKS_RED = "checks red"
    CHECKS_NOT_BEGUN = "required checks not begun"
    CHECKS_PENDING = "checks not done"
    NO_REVIEWER = "no reviewer"
    UNKNOWN_OWNER = "code owner unknown"
    NOT_APPROVED = "not approved"
    NOT_MERGED = "approved, not merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurdle:
    """One reason why a pull request is not merged."""

    kind: HurdleKind
    todo: str
    """What would take it away, in the imperative. Hostile: it may name people and checks."""
    who: tuple[str, ...] = ()
    """`@login` or `@organisation/team` of those that it is about; of an unknown owner what CODEOWNERS names."""
    checks: tuple[Check, ...] = ()
    """All of this state that were looked at, the required ones first."""
    unlisted: int = 0
    """Checks that were not looked at, and may be of this state as well."""

    @property
    def named(self) -> tuple[Check, ...]:
        """The checks that are told by name."""
        return self.checks[:MOST_NAMED]

    @property
    def more(self) -> str:
        """`and 2 more`; empty: all are named."""
        return and_more(len(self.checks) - MOST_NAMED)

    @property
    def said(self) -> str:
        """`checks red: build (required), lint: timed out and 2 more`."""
        told = ", ".join(f"{check.name}{about(check)}" for check in self.named) or ", ".join(self.who[:MOST_NAMED])
        more = self.more if self.checks else and_more(len(self.who) - MOST_NAMED)
        unlisted = f"; {self.unlisted} checks were not looked at" if self.unlisted else ""
        return f"{self.kind.value}{f': {told}' if told else ''}{f' {more}' if more else ''}{unlisted}"


def about(check: Check) -> str:
    """What stands behind a check's name: ` (required, timed out)`; empty: nothing."""
    told = ", ".join(filter(None, ("required" if check.is_required else "", check.said)))
    return f" ({told})" if told else ""


def and_more(count: int) -> str:
    """`and 2 more`; empty where there are none."""
    return f"and {count} more" if count > 0 else ""
