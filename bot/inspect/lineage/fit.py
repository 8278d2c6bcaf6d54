"""Whether one image is built on another, by what both are made of."""

from enum import Enum, auto
from typing import assert_never

from bot.inspect.lineage.stack import Stack
from bot.ledger.bases import BaseImage


class Fit(Enum):
    BELOW = auto()
    """Its layers are the lowest of the image, and its instructions the first ones."""
    BELOW_BY_LAYERS = auto()
    """Its layers are the lowest, and it has no history that would tell more."""
    HISTORY_LOST = auto()
    """Its layers are the lowest, and the image has no history that would tell it from others that begin with them."""
    SAME = auto()
    """All layers and instructions are the same: one is a copy of the other, or they differ in what no history tells (labels)."""
    OTHER_HISTORY = auto()
    """Its layers are the lowest, but not its instructions the first ones: the image was built on another one of them, or beside it."""
    NOT_BELOW = auto()

    @property
    def is_proof(self) -> bool:
        match self:
            case Fit.BELOW | Fit.BELOW_BY_LAYERS:
                return True
            case Fit.HISTORY_LOST | Fit.SAME | Fit.OTHER_HISTORY | Fit.NOT_BELOW:
                return False
            case _:
                assert_never(self)


def fit(image: Stack, base: BaseImage) -> Fit:
    """How the layers and instructions of a base lie in an image that is another one."""
    if not base.chain or base.layers > len(image.chains) or image.chains[base.layers - 1] != base.chain:
        return Fit.NOT_BELOW
    is_whole = base.layers == len(image.chains)
    if not base.instructions:
        return Fit.SAME if is_whole else Fit.BELOW_BY_LAYERS
    if base.steps <= image.steps and image.instructions[base.steps] == base.instructions:
        return Fit.SAME if is_whole and base.steps == image.steps else Fit.BELOW
    if image.has_whole_history:
        return Fit.OTHER_HISTORY
    # Of two images of the same layers nothing tells which one is below.
    return Fit.SAME if is_whole else Fit.HISTORY_LOST


def is_dated(image: Stack, base: BaseImage) -> bool:
    """Whether also the dates of the base's instructions are those of the image's first ones."""
    return bool(base.dated) and base.steps < len(image.dated) and image.dated[base.steps] == base.dated
