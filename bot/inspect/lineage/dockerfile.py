"""The Dockerfile at the commit that an image says it was built from, and where the tag in it stood when the image was built.

The weakest word: a builder may take an older image out of a cache, arguments may name another one, and a commit in a label may be that of
the base. Where one Dockerfile's base, or one that all of a repo's Dockerfiles have in common, was seen at one digest before and after the
image was built, it is worth being held against the layers; any other is heard where they say the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.inspect.lineage.detector import NotHeard, Said, Says
from bot.inspect.lineage.stack import Stack
from bot.ledger.sightings import Sighting, Sightings
from bot.model.dependency import OCI, Dependency
from bot.model.image import Digest, ImageReference
from bot.model.lineage import Claim, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBase:
    """What the final stage of a Dockerfile stands on."""

    base: ImageReference
    file: str


Written = Callable[[ImageReference, str], tuple[WrittenBase, ...] | NotHeard]
"""The bases in the Dockerfiles of the repo that publishes an image, at a commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dockerfiles:
    """Satisfies `bot.inspect.lineage.detector.Detector`."""

    written: Written
    sightings: Sightings

    def hear(self, image: Stack) -> Iterator[Said | NotHeard]:
        if not image.revision:
            return
        written = self.written(image.reference, image.revision)
        if isinstance(written, NotHeard):
            yield written
            return
        bases: dict[ImageReference, WrittenBase] = {}
        for one in written:
            bases.setdefault(one.base, one)
        for one in bases.values():
            yield self._said(one, image, is_only=len(bases) == 1)

    def _said(self, written: WrittenBase, image: Stack, *, is_only: bool) -> Said:
        base = written.base
        evidence = f"{written.file} at {image.revision[:12]} names it"
        stood = None if base.digest is not None else self._stood(base, image.created_at)
        is_sure = True
        if stood is not None and image.created_at is not None:
            base = base.at(tag=base.tag or "latest", digest=Digest(stood.digest))
            is_sure = image.created_at <= stood.last_seen
            when = f"{image.created_at:%Y-%m-%d %H:%M}, when the image was built"
            evidence += f", and its tag {'stood' if is_sure else 'was last seen'} at this digest {'at' if is_sure else 'before'} {when}"
        claim = Claim(way=Way.DOCKERFILE, base=base, platform=image.platform, evidence=evidence)
        return Said(claim=claim, says=Says.WRITTEN if is_only and is_sure else Says.ONE_OF_SOME)

    def _stood(self, base: ImageReference, built: datetime | None) -> Sighting | None:
        """Where a tag was last seen when the image was built; None: nobody looked, or it is not known when that was."""
        if built is None:
            return None
        sights = self.sightings.history_of(Dependency(datasource=OCI, name=base.name), base.tag or "latest")
        before = [sight for sight in sights if sight.first_seen <= built]
        return max(before, key=lambda sight: (sight.first_seen, sight.digest), default=None)
