"""What knows of holes: advisories, a scanner's report, a scanner's server. One file or folder for each, behind this Protocol."""

from dataclasses import dataclass
from typing import Protocol

from bot.model.assessment import DataSource, Hole, NotChecked, VexStatement
from bot.model.contents import Contents, Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one source tells of one image."""

    holes: tuple[Hole, ...] = ()
    checked: tuple[Package, ...] = ()
    """The packages that it compared with its data: of these, what it does not tell is not known to it."""
    not_checked: tuple[NotChecked, ...] = ()
    data: tuple[DataSource, ...] = ()
    statements: tuple[VexStatement, ...] = ()
    """What it says of holes, its own or others', that do not affect this image: to be applied with all others."""
    trust: int | None = None
    """A scanner's server: its place in the order of trust, 0 for the first. Of those who rate a hole the first one decides; None: where
    none of them rates it, the worst rating of all others counts."""


class HoleSource(Protocol):
    """One way of knowing. Safe to use from several threads."""

    def told(self, contents: Contents) -> Told | None:
        """What it knows of an image; None: nothing about this one. A failure is told as what was not checked, and never raised."""
        ...
