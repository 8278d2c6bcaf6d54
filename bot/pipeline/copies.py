"""Watch: what upstream has of the images that internal repositories copy or build, so that it can be told what these lack."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.clients.workers import Workers
from bot.decide.catalogue import judged
from bot.ledger.ledger import Ledger
from bot.model.base_lag import BaseLag
from bot.model.catalogue import UNAPPROVED, Catalogue, Made, Standing
from bot.model.dependency import LONG_AGO, OCI, Dependency, Release
from bot.model.failure import Failure
from bot.model.fleet_bases import UsedBase
from bot.model.image import ImageReference
from bot.model.listing import Listing
from bot.model.run import AppDecisions
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.migrate import bases_of
from bot.pipeline.parts import Parts
from bot.pipeline.watch import watch
from bot.track.copies import Sight, Stood, lag, releases_behind, upstream_of

log = structlog.get_logger()

_WORKERS: Final = 8
_PUBLIC: Final = frozenset(
    {"docker.io", "quay.io", "gcr.io", "registry.k8s.io", "mcr.microsoft.com", "public.ecr.aws", "registry.access.redhat.com", "cgr.dev"}
)
"""No mirror of anybody's own."""
_FRESH: Final = timedelta(days=3)
"""A list of upstream that is older tells nothing of today."""


def watch_copies(parts: FleetParts, apps: Iterable[AppDecisions], *, now: datetime) -> None:
    """List the upstreams of the copies in use, and ask where the tags in use stand at both. What can't be had is told by its age later."""
    pins = [pin for app in apps for pin in bases_of(app)]
    wanted = {(pin.dependency.name, pin.value) for pin in pins if pin.value is not None}
    pairs = {(image, tag): found for image, tag in wanted if (found := upstream_of(parts.catalogue.copies, image)) is not None}
    if not pairs:
        return
    watch(parts, (_oci(upstream) for upstream, _ in pairs.values()), now=now)
    asked = [
        Release(dependency=_oci(name), value=tag)
        for (image, tag), (upstream, copy) in pairs.items()
        if copy.made is Made.COPIED
        for name in (image, upstream)
    ]

    def stand(release: Release) -> None:
        seen = attempt(f"{release.dependency}:{release.value}", lambda: parts.ledger.sightings.seen(parts.watcher.describe(release), now))
        if isinstance(seen, Failure):
            log.info("copy.not_known", dependency=str(release.dependency), tag=release.value, reason=seen.what)

    with Workers(_WORKERS, "copies") as pool:
        list(pool.map(stand, asked))


def copy_behind(parts: Parts, image: ImageReference, catalogue: Catalogue, listing: Listing, *, now: datetime) -> BaseLag | None:
    """What upstream has beyond the copy whose list is given, by releases alone; None: the image is no copy of anything."""
    found = upstream_of(catalogue.copies, image.name)
    if found is None:
        return None
    upstream, copy = found
    there = watch(parts, [_oci(upstream)], now=now)[_oci(upstream)]
    blank = BaseLag(
        image=image.name,
        tag=image.tag or "",
        upstream=upstream,
        known_by="bases.copies",
        is_built=copy.made is Made.BUILT,
        owner=catalogue.owner,
    )
    problem = there.problem or there.shrunk or listing.problem
    if problem is not None:
        return replace(blank, unknown=problem)
    sight = Sight(
        here=frozenset(release.value for release in listing.releases),
        there={release.value: release.first_seen or now for release in there.releases},
    )
    return releases_behind(blank, sight, copy.made, partial(_may_use, catalogue, image.name, now, is_own=False))


def lags(ledger: Ledger, bases: Iterable[UsedBase], catalogue: Catalogue, *, now: datetime) -> Iterator[BaseLag]:
    """How far the bases in use lag behind, in their order; asked of the ledger alone. Raises DatabaseError."""
    for base in bases:
        blank, made = _blank(ledger, base, catalogue)
        if blank is None:
            continue
        here = listed(ledger, blank.image)
        first = ledger.sightings.first_sights(OCI, [blank.upstream]).get(blank.upstream, {})
        standing = ledger.sightings.latest_digests(OCI, [blank.image]).get((blank.image, blank.tag), "")
        history = ledger.sightings.history_of(_oci(blank.upstream), blank.tag)
        sight = Sight(
            here=here,
            there={tag: first.get(tag, LONG_AGO) for tag in listed(ledger, blank.upstream)},
            digest=standing,
            alike=ledger.bases.alike(standing) if standing else frozenset(),
            history=[Stood(digest=one.digest, first_seen=one.first_seen) for one in history],
            unlisted=_unlisted(ledger, blank.upstream, now),
        )
        found = lag(blank, sight, made, partial(_may_use, catalogue, blank.image, now, is_own=blank.image == blank.upstream))
        if found.is_behind or found.image != found.upstream:
            yield found


def _blank(ledger: Ledger, base: UsedBase, catalogue: Catalogue) -> tuple[BaseLag | None, Made]:
    """Of which upstream a base is, as far as that is known; None: it is of none, and may be used whatever comes out."""
    image = base.key.image
    own = BaseLag(image=image, tag=base.key.tag, upstream=image, known_by="the catalogue", owner=catalogue.owner)
    named = upstream_of(catalogue.copies, image)
    if named is not None:
        return replace(own, upstream=named[0], known_by="bases.copies", is_built=named[1].made is Made.BUILT), named[1].made
    found = _found(ledger, base)
    if found is not None:
        return replace(own, upstream=found, known_by="found: the same digest stands at both"), Made.COPIED
    return (own if base.judged.standing is Standing.APPROVED else None), Made.BUILT


def _found(ledger: Ledger, base: UsedBase) -> str | None:
    """Another registry where one of its digests stood before it stood here, under the same last name; of what is public itself, none."""
    if base.key.image.partition("/")[0] in _PUBLIC:
        return None
    for digest in sorted(base.digests):
        sights = ledger.sightings.at(digest)
        here = min((one.first_seen for one in sights if one.dependency.name == base.key.image), default=None)
        for one in sights:
            name = one.dependency.name
            is_other = name.partition("/")[0] != base.key.image.partition("/")[0]
            if here is not None and is_other and one.first_seen < here and name.rpartition("/")[2] == base.key.image.rpartition("/")[2]:
                return name
    return None


def _may_use(catalogue: Catalogue, image: str, now: datetime, tag: str, *, is_own: bool) -> bool:
    standing = judged(catalogue, _oci(image), tag, None, now).standing
    return standing is Standing.APPROVED if is_own else standing not in UNAPPROVED


def listed(ledger: Ledger, name: str) -> frozenset[str]:
    """The tags of the last list that was believed: what an empty one would lack."""
    return frozenset(ledger.sightings.with_first_seen(Listing(dependency=_oci(name))).lost)


def _unlisted(ledger: Ledger, upstream: str, now: datetime) -> str:
    at = ledger.sightings.listed_at(_oci(upstream))
    if at is None:
        return f"{ImageReference.parse(upstream).familiar} was never listed"
    return f"{ImageReference.parse(upstream).familiar} was listed last on {at:%Y-%m-%d}" if now - at > _FRESH else ""


def _oci(name: str) -> Dependency:
    return Dependency(datasource=OCI, name=name)
