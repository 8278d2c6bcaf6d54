"""On which of two bases an image stands, by its layers."""

from dataclasses import dataclass
from enum import Enum, auto

from bot.model.contents import Contents
from bot.model.rebuild import WantedBase, plain_platform


class Stands(Enum):
    ON_NEW = auto()
    ON_OLD = auto()
    NOT_KNOWN = auto()
    """On neither of the two, or their layers are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the lowest layers of an image say of its base."""

    stands: Stands
    own_from: int | None
    """The place of the first layer above the base; None: not known."""
    said: str
    """In words, a sentence."""


def standing_on(base: WantedBase, image: Contents) -> Standing:
    """Whether the lowest layers of the image are those of the wanted base, or of the old one. Without layers nothing is."""
    platform = plain_platform(image.platform)
    mine = tuple(layer.diff_id for layer in image.layers)
    new, old = base.layers.get(platform, ()), base.old_layers.get(platform, ())
    is_on_new, is_on_old = bool(new) and mine[: len(new)] == new, bool(old) and mine[: len(old)] == old
    if is_on_new and not (is_on_old and len(old) > len(new)):
        said = f"It stands on {base.name}: its {len(new)} lowest layers are those."
        return Standing(stands=Stands.ON_NEW, own_from=len(new), said=said)
    if is_on_old:
        said = f"It stands on the old base as before and not on {base.name}: its {len(old)} lowest layers are those of the old one."
        return Standing(stands=Stands.ON_OLD, own_from=len(old), said=said)
    missing = "its lowest layers are those of neither base" if new else f"the layers of that base for {platform} are not known"
    return Standing(stands=Stands.NOT_KNOWN, own_from=None, said=f"Whether it stands on {base.name} is not known: {missing}.")
