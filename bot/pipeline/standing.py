"""What an image stands on, and what it could stand on: as far as its labels and its layers tell."""

from collections.abc import Callable
from dataclasses import replace

from bot.assess.who_must_move import Standing
from bot.model.assessment import AssessedImage
from bot.model.contents import Contents
from bot.model.image import ImageReference, InvalidReferenceError

Opened = Callable[[ImageReference], AssessedImage | None]
"""An image with its holes; None: it can't be opened."""


def standing_of(image: AssessedImage, newest: ImageReference | None, opened: Opened) -> Standing:
    """Where the labels name a base and the layers bear that out, it stands on that one; else the image is taken as a base itself.

    `newest` is what the image itself has become; None: not known.
    """
    named = _base_reference(image.contents)
    base = None if named is None or named.digest is None else opened(named)
    if named is not None and base is not None and _stands_on(image.contents, base.contents):
        return Standing(image=image, base=base.contents, newest_base=opened(replace(named, digest=None)) if named.tag else None)
    return Standing(image=image, base=image.contents, newest_base=None if newest is None else opened(newest))


def _base_reference(contents: Contents) -> ImageReference | None:
    """The base as the image's labels name it; they are their publisher's word."""
    if contents.base is None or not contents.base.name:
        return None
    try:
        return replace(ImageReference.parse(contents.base.name), digest=contents.base.digest)
    except InvalidReferenceError:
        return None


def _stands_on(contents: Contents, base: Contents) -> bool:
    """Whether the image begins with all the layers of its base."""
    below = [layer.diff_id for layer in base.layers]
    return bool(below) and [layer.diff_id for layer in contents.layers[: len(below)]] == below
