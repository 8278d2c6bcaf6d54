"""`org.opencontainers.image.base.*` (OCI image specification, "Pre-Defined Annotation Keys"): as annotations, or as labels.

Builders copy the labels of a base into what is built on it, so that a label may speak of the base's base; annotations of a manifest stay
with it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.inspect.lineage.detector import NotHeard, Said, Says
from bot.inspect.lineage.stack import Stack
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.lineage import Claim, Way

_NAME: Final = "org.opencontainers.image.base.name"
_DIGEST: Final = "org.opencontainers.image.base.digest"
_SCRATCH: Final = "scratch"
"""What a Dockerfile calls no image at all."""
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """Satisfies `bot.inspect.lineage.detector.Detector`."""

    name_of: Callable[[Digest], str | None]
    """The name of an image that is known at a digest, for those that name the digest alone."""

    def hear(self, image: Stack) -> Iterator[Said | NotHeard]:
        places = zip(("manifest", "entry in the index", "index"), image.annotations, strict=True)
        heard: set[ImageReference] = set()
        for where, told in places:
            for one in self._hear(image, told, f"an annotation of its {where}", Says.ITS_BASE):
                if isinstance(one, NotHeard) or one.claim.base not in heard:
                    heard |= set() if isinstance(one, NotHeard) else {one.claim.base}
                    yield one
        yield from self._hear(image, image.labels, "its label", Says.MAYBE_OF_ITS_BASE)

    def _hear(self, image: Stack, told: Mapping[str, str], where: str, says: Says) -> Iterator[Said | NotHeard]:
        name, written = told.get(_NAME, ""), told.get(_DIGEST, "")
        if (not name and not written) or (name == _SCRATCH and says is not Says.ITS_BASE):
            return
        try:
            digest = Digest(written) if written else None
            base = ImageReference.parse(name or (self.name_of(digest) if digest else None) or "")
        except InvalidReferenceError:
            shown = f"{name[:_SHOWN]!r} at {written[:_SHOWN]!r}"
            yield NotHeard(what=f"the base by {where}", reason=f"{shown} names no image that is known")
            return
        claim = Claim(
            way=Way.ANNOTATION,
            base=base.at(tag=base.tag, digest=digest or base.digest),
            platform=image.platform,
            evidence=f"{where} names it",
        )
        yield Said(claim=claim, says=Says.NO_BASE if name == _SCRATCH and says is Says.ITS_BASE else says)
