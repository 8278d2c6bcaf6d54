"""Who has a package: which images in use hold it, where, since when, whose; and of which images that is not known."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.model.contents import KnownBy
from bot.model.use import KnownUse


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class HeldPackage:
    """A package in an image, on one platform."""

    type: str
    namespace: str
    name: str
    version: str
    source_name: str
    """Empty: not told."""
    platform: str
    layer: str
    """The diff_id of the layer that brought it; empty where only a declaration names it."""
    known_by: KnownBy
    is_in_range: bool | None
    """None: not certain, because its version has no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An image in use that holds the package."""

    use: KnownUse
    app: str
    """The app's name."""
    owners: tuple[str, ...]
    since: datetime
    """Since when there is such a package at this place, as far as the ledger goes back; other images may have brought it before."""
    packages: tuple[HeldPackage, ...]
    doubts: tuple[str, ...] = ()
    """Why it is not certain; empty: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKnown:
    """An image in use of which it is not known whether it holds the package."""

    image: str
    """The reference."""
    apps: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoHas:
    """The answer, with what it does not cover."""

    asked: str
    day: date | None
    """In UTC; None: now."""
    holders: tuple[Holder, ...]
    in_use: int
    """Distinct images."""
    opened: int
    """Of those, the ones whose contents are known."""
    never_opened: tuple[NotKnown, ...]
    partly_read: tuple[NotKnown, ...]
    """Opened, and not found in what could be read."""
    first_recorded: datetime | None
    """When the first use was seen: of days before it nothing is known. None: no use was ever seen."""
    last_recorded: datetime | None

    @property
    def certain(self) -> tuple[Holder, ...]:
        return tuple(holder for holder in self.holders if not holder.doubts)

    @property
    def is_known_at_all(self) -> bool:
        """Whether anything is known of the day."""
        return self.first_recorded is not None and (self.day is None or self.day >= self.first_recorded.date())
