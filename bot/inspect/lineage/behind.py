"""How far a base has fallen behind: what its tag stood at since, by the ledger."""

from collections.abc import Collection

from bot.ledger.bases import BaseImage, normal
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency
from bot.model.image import ImageReference
from bot.model.lineage import Behind


def behind(newest: ImageReference, same: Collection[str], ledger: Ledger, platform: str) -> Behind:
    """How far the image at the digests `same` is behind what the tag stands at now. Raises DatabaseError."""
    sights = ledger.sightings.history_of(Dependency(datasource=OCI, name=newest.name), newest.tag or "latest")
    mine = [sight for sight in sights if sight.digest in same]
    since = min((one.first_seen for one in mine), default=None)
    # What the tag stands at now came later, also where both were seen in the same second.
    later = [
        sight
        for sight in sights
        if since is not None
        and sight.digest not in same
        and (sight.first_seen > since or (sight.digest == newest.digest and sight.first_seen == since))
    ]
    is_current = newest.digest in same
    base, now = (_built(ledger, digests, platform) for digests in (same, {str(newest.digest)}))
    return Behind(
        tagged=newest,
        is_current=is_current,
        digests=0 if is_current else len(later) if mine else None,
        since=None if is_current else min((sight.first_seen for sight in later), default=None),
        base_built_at=base.created_at if base else None,
        newest_built_at=now.created_at if now else None,
    )


def _built(ledger: Ledger, digests: Collection[str], platform: str) -> BaseImage | None:
    found = [image for digest in sorted(digests) for image in ledger.bases.of_digest(digest) if image.platform == normal(platform)]
    return max(found, key=lambda image: image.age, default=None)
