"""One platform of an old and a new image, side by side."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.inspect.rebuild.bases import Standing
from bot.model.assessment import HoleChanges
from bot.model.contents import Contents, Layer, Package
from bot.model.rebuild import RebuildGoal

Named = Mapping[tuple[str, str], Sequence[Package]]
"""Packages by type and name, and by the name of their source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One platform's old and new image, and what is known of both."""

    old: Contents
    new: Contents
    goal: RebuildGoal
    changes: HoleChanges | None = None
    """What advisories say of both; None: they were not asked."""
    standing: Standing | None = None
    """Of the new image; None: no base was asked for."""
    base_layers: int | None = None
    """How many of the new image's lowest layers are its base's; None: not known but by `standing`."""

    old_diff_ids: frozenset[str] = field(init=False, repr=False)
    _named: tuple[Named, Named] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Asked for by each of hundreds of packages.
        object.__setattr__(self, "old_diff_ids", frozenset(layer.diff_id for layer in self.old.layers))
        object.__setattr__(self, "_named", (_named(self.old), _named(self.new)))

    def before(self, package_type: str, name: str) -> Sequence[Package]:
        """The packages of the old image that are called so, or were built from a source that is."""
        return self._named[0].get((package_type, name), ())

    def after(self, package_type: str, name: str) -> Sequence[Package]:
        """The same of the new one."""
        return self._named[1].get((package_type, name), ())

    @property
    def own_from(self) -> int | None:
        """The place of the first layer above the base; None: not known."""
        told = None if self.standing is None else self.standing.own_from
        return self.base_layers if told is None else told

    @property
    def own(self) -> tuple[Layer, ...]:
        """The new image's layers above its base; all where that is not known."""
        return self.new.layers[self.own_from or 0 :]

    def is_kept(self, layer: Layer) -> bool:
        """Whether it was not built again: the same bytes, or the same instruction with the same date of its own."""
        if layer.diff_id in self.old_diff_ids:
            return True
        is_dated_apart = layer.created_at is not None and layer.created_at != self.new.created_at
        return is_dated_apart and any(
            (layer.created_by, layer.created_at) == (other.created_by, other.created_at) and layer.created_by for other in self.old.layers
        )

    def layer_of(self, package: Package) -> Layer | None:
        return next((layer for layer in self.new.layers if layer.diff_id == package.layer), None)

    def is_of_base(self, package: Package) -> bool | None:
        """Whether the base brought it; None: not known."""
        layer = self.layer_of(package)
        if layer is None or self.own_from is None:
            return None
        return self.new.layers.index(layer) < self.own_from


def _named(image: Contents) -> Named:
    found: dict[tuple[str, str], list[Package]] = defaultdict(list)
    for package in image.packages:
        for name in dict.fromkeys((package.name, package.source_name)):
            found[package.type, name].append(package)
    return found
