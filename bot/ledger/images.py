"""What images are made of. A digest never changes its content, so what was recorded first stays."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select

from bot.clients.database import Database, in_parts
from bot.ledger.tables import IMAGE_INDEXES, IMAGE_PLATFORMS, IMAGES
from bot.model.notes import ImageFacts, PublishedImage

_REVISION: Final = "org.opencontainers.image.revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """What an image at a digest is made of."""

    digest: str
    first_seen: datetime
    created_at: datetime | None = None
    """What its publisher claims."""
    labels: Mapping[str, str] = field(default_factory=dict)
    chains: Mapping[str, str] = field(default_factory=dict)
    """By platform, the `chain_of` its layers."""


class Images:
    """Reads and writes what images are made of. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record(self, image: ImageRecord) -> None:
        """Remember what an image is made of. A digest never changes its content, so the first record stays."""
        with self._database.writing() as connection:
            row = {"digest": image.digest, "created_at": image.created_at, "labels": dict(image.labels), "first_seen": image.first_seen}
            self._database.insert_new(connection, IMAGES, [row])
            chains = [{"digest": image.digest, "platform": platform, "chain": chain} for platform, chain in sorted(image.chains.items())]
            self._database.insert_new(connection, IMAGE_PLATFORMS, chains)

    def record_facts(self, facts: ImageFacts, now: datetime) -> None:
        """Remember what a registry told of an image: its labels and, for the platform that was asked for, the chain of its layers."""
        if facts.digest is not None:
            chains = {facts.platform: chain_of(facts.diff_ids)} if facts.platform and facts.diff_ids else {}
            self.record(ImageRecord(digest=facts.digest, first_seen=now, created_at=facts.created_at, labels=facts.labels, chains=chains))

    def record_published(self, image: PublishedImage) -> None:
        """Remember which platforms an image is for."""
        with self._database.writing() as connection:
            self._database.insert_new(connection, IMAGE_INDEXES, [{"digest": image.digest, "platforms": list(image.platforms)}])

    def platforms(self, digest: str) -> tuple[str, ...] | None:
        """The platforms that an image is for; None: never asked."""
        with self._database.reading() as connection:
            row = connection.execute(select(IMAGE_INDEXES.c.platforms).where(IMAGE_INDEXES.c.digest == digest)).one_or_none()
        return None if row is None else tuple(row.platforms)

    def get(self, digest: str) -> ImageRecord | None:
        """What is remembered of an image; None: nothing."""
        with self._database.reading() as connection:
            row = connection.execute(select(IMAGES).where(IMAGES.c.digest == digest)).one_or_none()
            if row is None:
                return None
            platforms = connection.execute(
                select(IMAGE_PLATFORMS.c.platform, IMAGE_PLATFORMS.c.chain).where(IMAGE_PLATFORMS.c.digest == digest)
            )
            chains = {row.platform: row.chain for row in platforms}
        return ImageRecord(digest=row.digest, created_at=row.created_at, labels=row.labels, first_seen=row.first_seen, chains=chains)

    def built_from(self, commits: Collection[str]) -> dict[str, tuple[str, ...]]:
        """By commit, the digests of the images that say they were built from it (`org.opencontainers.image.revision`)."""
        found: dict[str, list[str]] = {commit: [] for commit in commits if commit}
        if not found:
            return {}
        with self._database.reading() as connection:
            for row in connection.execute(select(IMAGES.c.digest, IMAGES.c.labels).order_by(IMAGES.c.first_seen, IMAGES.c.digest)):
                revision = row.labels.get(_REVISION)
                if isinstance(revision, str) and revision in found:
                    found[revision].append(row.digest)
        return {commit: tuple(digests) for commit, digests in found.items() if digests}

    def digests_with_chains(self, chains: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """For each of the chains that is known, the digests of the images that are made of exactly these layers."""
        found: dict[str, list[str]] = defaultdict(list)
        with self._database.reading() as connection:
            for part in in_parts(chains):
                query = select(IMAGE_PLATFORMS.c.chain, IMAGE_PLATFORMS.c.digest).where(IMAGE_PLATFORMS.c.chain.in_(part))
                for chain, digest in connection.execute(query):
                    found[chain].append(digest)
        return {chain: tuple(sorted(set(digests))) for chain, digests in found.items()}


def chain_of(diff_ids: Sequence[str]) -> str:
    """The name of a stack of layers: the ChainID of the OCI image spec (config.md, Layer ChainID); empty for no layers.

    An image that is built on another one has the other's chain as that of its first layers.
    """
    chain = ""
    for diff_id in diff_ids:
        chain = f"sha256:{hashlib.sha256(f'{chain} {diff_id}'.encode()).hexdigest()}" if chain else diff_id
    return chain
