"""Risks that somebody accepted, or fixes that somebody put off: reviewed entries of the configuration, each with an end."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """No due day holds for what it speaks of, until it ends; then that day holds again. Patterns are shell globs."""

    app: str = "*"
    """The name of an app, as in the fleet file."""
    dependency: str = "*"
    """A name in normal form (`docker.io/library/python`), or as Docker takes it (`python`)."""
    hole: str = ""
    """A hole by one of its names; empty: whatever is closed. A fix that closes others besides is not put off by it."""
    reason: str
    by: str
    """Who took that upon them."""
    until: date
    """The last day on which it holds, in UTC."""

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.until, time(), UTC) + timedelta(days=1)

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at

    @property
    def what(self) -> str:
        """`app shop, python, CVE-2026-1`: what it speaks of, in words."""
        app = "" if self.app == "*" else f"app {self.app}"
        dependency = "" if self.dependency == "*" else self.dependency
        return ", ".join(filter(None, (app, dependency, self.hole)))
