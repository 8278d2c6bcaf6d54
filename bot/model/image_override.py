"""What takes the place of an image that files name, when they are applied (kustomize: `images`; Flux: Kustomization, `.spec.images`)."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.image import Digest, ImageReference, InvalidReferenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOverride:
    """As it is written. Hostile."""

    name: str
    new_name: str = ""
    tag: str = ""
    digest: str = ""

    def of(self, image: ImageReference) -> ImageReference:
        """What becomes of an image; another one stays as it is. A new tag alone takes the digest away. Raises InvalidReferenceError."""
        if ImageReference.parse(self.name).name != image.name:
            return image
        named = ImageReference.parse(self.new_name) if self.new_name else image
        if not self.tag and not self.digest:
            return image if not self.new_name else named.at(tag=named.tag or image.tag, digest=named.digest or image.digest)
        tag = self.tag or (None if self.digest else image.tag)
        return ImageReference.parse(str(named.at(tag=tag, digest=Digest(self.digest) if self.digest else None)))


def overridden(image: ImageReference, overrides: Iterable[ImageOverride]) -> ImageReference | None:
    """An image after all of them, in their order; None: one of them can't be read, so that nobody knows."""
    try:
        for override in overrides:
            image = override.of(image)
    except InvalidReferenceError:
        return None
    return image
