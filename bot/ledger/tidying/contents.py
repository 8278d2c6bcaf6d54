"""What images are made of, and what is inside them: that of images which are neither in use nor seen of late can be read again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, union

from bot.ledger.tables import (
    BASE_IMAGES,
    BASE_LOOKS,
    IMAGE_INDEXES,
    IMAGE_PLATFORMS,
    IMAGE_USES,
    IMAGES,
    KNOWN_LINEAGES,
    LAYERS,
    OPENED_IMAGES,
    OPENED_INDEXES,
    OPENED_LAYERS,
    PACKAGE_SET_GAPS,
    PACKAGE_SET_MEMBERS,
    PACKAGE_SETS,
    PACKAGES,
    PROVENANCES,
    SIGHTINGS,
)
from bot.ledger.tidying.work import Work


def tidy_contents(work: Work) -> None:
    _tidy_opened(work)
    _tidy_packages(work)
    read = select(PACKAGE_SETS.c.diff_id)
    work.sweep(LAYERS.c.diff_id, select(LAYERS.c.diff_id).where(LAYERS.c.diff_id.not_in(read)))
    _tidy_facts(work)


def _tidy_opened(work: Work) -> None:
    since = work.now - work.keep.contents
    wanted = union(
        select(IMAGE_USES.c.digest).where(IMAGE_USES.c.digest != ""),
        select(SIGHTINGS.c.digest).where(SIGHTINGS.c.digest != "", SIGHTINGS.c.last_seen >= since),
    )
    by_index = select(OPENED_INDEXES.c.image_id).where(OPENED_INDEXES.c.index_digest.in_(wanted))
    chosen = select(OPENED_IMAGES.c.id).where(
        OPENED_IMAGES.c.opened_at < since, OPENED_IMAGES.c.digest.not_in(wanted), OPENED_IMAGES.c.id.not_in(by_index)
    )

    def parts_first(connection: Connection, ids: Sequence[Any]) -> None:
        work.delete(connection, OPENED_LAYERS.c.image_id, ids)
        work.delete(connection, OPENED_INDEXES.c.image_id, ids)

    work.sweep(OPENED_IMAGES.c.id, chosen, before=parts_first)


def _tidy_packages(work: Work) -> None:
    """Sets that no image has, nor any set that names what it lacks of them; then packages that no set has."""
    other = PACKAGE_SETS.alias("other")
    is_worn = select(OPENED_LAYERS.c.image_id).where(OPENED_LAYERS.c.set_id == PACKAGE_SETS.c.id).exists()
    is_whole = select(other.c.id).where(other.c.whole_id == PACKAGE_SETS.c.id).exists()

    def parts_first(connection: Connection, ids: Sequence[Any]) -> None:
        work.delete(connection, PACKAGE_SET_MEMBERS.c.set_id, ids)
        work.delete(connection, PACKAGE_SET_GAPS.c.set_id, ids)

    for kind in (PACKAGE_SETS.c.whole_id.is_not(None), PACKAGE_SETS.c.whole_id.is_(None)):
        work.sweep(PACKAGE_SETS.c.id, select(PACKAGE_SETS.c.id).where(kind, ~is_worn, ~is_whole), before=parts_first)
    is_held = select(PACKAGE_SET_MEMBERS.c.set_id).where(PACKAGE_SET_MEMBERS.c.package_id == PACKAGES.c.id).exists()
    work.sweep(PACKAGES.c.id, select(PACKAGES.c.id).where(~is_held))


def _tidy_facts(work: Work) -> None:
    """Labels, layers' chains, platforms, lineages and provenance of digests that no tag is known to have stood at and nobody uses."""
    known = (
        select(IMAGE_USES.c.digest),
        select(SIGHTINGS.c.digest),
        select(OPENED_IMAGES.c.digest),
        select(OPENED_INDEXES.c.index_digest),
    )

    def platforms_first(connection: Connection, digests: Sequence[Any]) -> None:
        work.delete(connection, IMAGE_PLATFORMS.c.digest, digests)

    is_old = IMAGES.c.first_seen < work.now - work.keep.contents
    work.sweep(IMAGES.c.digest, select(IMAGES.c.digest).where(is_old, IMAGES.c.digest.not_in(union(*known))), before=platforms_first)
    is_old_base = BASE_IMAGES.c.first_seen < work.now - work.keep.contents
    work.sweep(BASE_IMAGES.c.digest, select(BASE_IMAGES.c.digest).where(is_old_base, BASE_IMAGES.c.digest.not_in(union(*known))))
    is_old_proof = KNOWN_LINEAGES.c.found_at < work.now - work.keep.contents
    work.sweep(KNOWN_LINEAGES.c.digest, select(KNOWN_LINEAGES.c.digest).where(is_old_proof, KNOWN_LINEAGES.c.digest.not_in(union(*known))))
    is_old_word = PROVENANCES.c.heard_at < work.now - work.keep.contents
    work.sweep(PROVENANCES.c.digest, select(PROVENANCES.c.digest).where(is_old_word, PROVENANCES.c.digest.not_in(union(*known))))
    is_old_look = BASE_LOOKS.c.at < work.now - work.keep.contents
    work.sweep(BASE_LOOKS.c.digest, select(BASE_LOOKS.c.digest).where(is_old_look, BASE_LOOKS.c.digest.not_in(union(*known))))
    described = union(*known, select(IMAGES.c.digest))
    work.sweep(IMAGE_INDEXES.c.digest, select(IMAGE_INDEXES.c.digest).where(IMAGE_INDEXES.c.digest.not_in(described)))
