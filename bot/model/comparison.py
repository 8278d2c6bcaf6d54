"""Two images side by side: what of the one is not in the other."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.assessment import HoleChanges
from bot.model.contents import Contents, Layer


class Change(StrEnum):
    """What became of a package."""

    DOWNGRADED = "downgraded"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    """Which of the two versions is the newer one is not certain, or there are several of them."""
    UPGRADED = "upgraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not the same in the new image. The values are the publisher's own words: hostile."""

    aspect: str
    """`user`, `entrypoint`, `platforms`, `environment`, ..."""
    name: str = ""
    """Which one, where there are many: the name of the variable."""
    old: str
    """Empty: it was not there."""
    new: str
    """Empty: it is gone."""
    needs_attention: bool = False
    """It can break what is built on the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """One package that is not in both images at the same version. Names and versions are their packagers' own words: hostile."""

    type: str
    namespace: str
    name: str
    change: Change
    old: tuple[str, ...]
    """The versions that the new image lacks."""
    new: tuple[str, ...]
    """The versions that the old image lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between two images on one platform each."""

    old: Contents
    new: Contents
    packages: tuple[PackageChange, ...]
    """What may hurt first: downgraded, removed, added, changed, upgraded."""
    kept_layers: tuple[Layer, ...]
    old_layers: tuple[Layer, ...]
    """Those that the new image lacks."""
    new_layers: tuple[Layer, ...]
    """Those that the old image lacks."""
    differences: tuple[Difference, ...]
    """In how they run."""
    not_compared: tuple[str, ...]
    """What was read of one of them alone, or of neither: what a package became there is not known."""

    @property
    def is_same(self) -> bool:
        """Whether nothing is known to differ, and everything was compared."""
        return not (self.packages or self.old_layers or self.new_layers or self.differences or self.not_compared)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStep:
    """What an update does to an image: both were opened."""

    comparison: Comparison
    holes: HoleChanges
