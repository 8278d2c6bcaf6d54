"""Bars: how many of all have what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    name: str
    count: int
    of: int
    """All of them."""
    href: str | None = None
    """A page of the site; None: it leads nowhere."""

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.of) if self.of else 0

    @property
    def width(self) -> int:
        """Of 100; what is there at all is seen."""
        return max(self.percent, 1) if self.count else 0
