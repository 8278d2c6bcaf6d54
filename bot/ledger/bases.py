"""The history of bases: which image is made of which stack of layers. A digest never changes its content: the first record stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from bot.clients.database import Database, in_parts
from bot.clients.oci.documents import normal_platform
from bot.ledger.tables import BASE_IMAGES
from bot.model.image import Digest, ImageReference, Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """An image on one platform that others may stand on."""

    digest: Digest
    """As it was asked for: of an index, or of a single manifest."""
    manifest: Digest
    """Of the manifest of this platform."""
    platform: str
    """`normal`; empty: it does not say for what it is."""
    name: str
    """Registry and repository."""
    tag: str = ""
    """By which it was asked for; empty: by its digest alone."""
    chain: str
    """`bot.ledger.images.chain_of` its layers; empty: it has none."""
    layers: int
    steps: int = 0
    """Of its history, those without a layer among them."""
    instructions: str = ""
    """What tells the instructions of its history from others; empty: its history tells nothing."""
    dated: str = ""
    """The same with the dates of the instructions."""
    created_at: datetime | None = None
    """What its publisher claims."""
    first_seen: datetime

    @property
    def reference(self) -> ImageReference:
        return ImageReference.parse(self.name).at(tag=self.tag or None, digest=self.digest)

    @property
    def age(self) -> tuple[datetime, datetime]:
        """To find the newest by."""
        return (self.created_at or self.first_seen, self.first_seen)


def normal(platform: str) -> str:
    """A platform without the variant that it has anyway: `linux/arm64` for `linux/arm64/v8`."""
    return str(normal_platform(Platform.parse(platform)))


class Bases:
    """Reads and writes the history of bases. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record(self, images: Iterable[BaseImage]) -> None:
        rows = [{column.name: getattr(image, column.name) for column in BASE_IMAGES.c} for image in images]
        if rows:
            with self._database.writing() as connection:
                self._database.insert_new(connection, BASE_IMAGES, rows)

    def of_digest(self, digest: str) -> tuple[BaseImage, ...]:
        """The image at a digest, of an index or of the manifest of one platform, for each platform that was looked at."""
        return self._where(or_(BASE_IMAGES.c.digest == digest, BASE_IMAGES.c.manifest == digest))

    def with_chains(self, chains: Sequence[str]) -> tuple[BaseImage, ...]:
        """The images that are made of exactly one of these stacks of layers."""
        return tuple(
            image for part in in_parts([chain for chain in chains if chain]) for image in self._where(BASE_IMAGES.c.chain.in_(part))
        )

    def alike(self, digest: str, platform: str = "") -> frozenset[str]:
        """All digests, of indexes and manifests, that stand for the same layers as one does, that one among them.

        On one platform; without one (`linux/arm64`), on every platform on which either was looked at: pass the platform where it is known,
        for of those that nobody looked at nothing is compared.
        """
        wanted = {"", normal(platform)} if platform else None
        own = {image.platform: image for image in self.of_digest(digest) if image.chain and (not wanted or image.platform in wanted)}
        others: dict[str, dict[str, BaseImage]] = {}
        digests = sorted({image.digest for image in self.with_chains([image.chain for image in own.values()])})
        for image in (image for part in in_parts(digests) for image in self._where(BASE_IMAGES.c.digest.in_(part))):
            if not wanted or image.platform in wanted:
                others.setdefault(image.digest, {})[image.platform] = image
        is_index = any(image.digest == digest != image.manifest for image in own.values())
        alike = {digest}
        for images in others.values():
            shared = own.keys() & images.keys()
            if (own.keys() == images.keys() or (shared and not is_index)) and all(own[key].chain == images[key].chain for key in shared):
                alike |= {each for key in shared for each in (images[key].digest, images[key].manifest)}
        return frozenset(alike)

    def known(self, digests: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Of the digests those that were looked at, each with a platform."""
        found: set[tuple[str, str]] = set()
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(digests))):
                query = select(BASE_IMAGES.c.digest, BASE_IMAGES.c.platform).where(BASE_IMAGES.c.digest.in_(part))
                found |= {(row.digest, row.platform) for row in connection.execute(query)}
        return frozenset(found)

    def _where(self, condition: ColumnElement[bool]) -> tuple[BaseImage, ...]:
        with self._database.reading() as connection:
            query = select(BASE_IMAGES).where(condition).order_by(BASE_IMAGES.c.first_seen, BASE_IMAGES.c.digest, BASE_IMAGES.c.platform)
            return tuple(
                BaseImage(**{**row, "digest": Digest(row["digest"]), "manifest": Digest(row["manifest"])})
                for row in connection.execute(query).mappings()
            )
