"""An organisation's catalogue of base images, and what it says of one."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.model.rules import ApprovedBase


class Standing(StrEnum):
    """What the catalogue says of a base."""

    APPROVED = "approved"
    ANNOUNCED = "deprecated later"
    """It is deprecated, or forbidden, from a day on that has not come."""
    DEPRECATED = "deprecated"
    FORBIDDEN = "forbidden"
    NOT_APPROVED = "not approved"
    """No entry speaks of it, and only what is approved may be used."""
    NOT_KNOWN = "not known"
    """No entry speaks of it, or whether one does is not known: no word for it, and none against it."""


UNAPPROVED = frozenset({Standing.DEPRECATED, Standing.FORBIDDEN, Standing.NOT_APPROVED})
"""What is to be left."""


class Made(StrEnum):
    """How what an internal repository holds comes of upstream's."""

    COPIED = "copied"
    """The same by digest."""
    BUILT = "built"
    """The organisation's own build: versions follow upstream's, digests do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Which internal repository holds what upstream's releases."""

    internal: str
    """Registry and repository; a `*` at its end stands for the rest of the name."""
    upstream: str
    """The same, with a `*` where the internal one has one."""
    made: Made = Made.COPIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the OPS team has its teams build on."""

    entries: tuple[ApprovedBase, ...] = ()
    """The last one that fits counts."""
    only_approved: bool = False
    """Whether a base that no entry speaks of may not be used."""
    copies: tuple[Copy, ...] = ()
    """The last one that fits counts."""
    owner: str = ""
    """Who is told where internal bases lag behind; empty: nobody is named."""

    @property
    def judges(self) -> bool:
        """Whether it says of any base what is to be done with it."""
        return bool(self.entries) or self.only_approved

    @property
    def is_empty(self) -> bool:
        return not self.judges and not self.copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the catalogue says of one base, and by which entry."""

    standing: Standing
    entry: ApprovedBase | None = None
    """None: no entry speaks of it."""
    why: str = ""
    """Of what is not known; and the organisation's own reason."""

    @property
    def successor(self) -> str:
        """As the catalogue has it; empty: it names none."""
        return "" if self.entry is None else self.entry.successor or ""

    @property
    def since(self) -> date | None:
        return None if self.entry is None else self.entry.since
