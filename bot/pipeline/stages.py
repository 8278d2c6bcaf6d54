"""Stages: where the fleet's images stand on their way to production, and what is not as it should be there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ledger.ledger import Ledger
from bot.model.dependency import LONG_AGO, OCI
from bot.model.deployment import Deployment
from bot.model.failure import Failure
from bot.model.gap import Gap, Sprawl
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.pin import Pin, Role
from bot.pipeline.deployments import Deployments, deployments
from bot.pipeline.find import Found, find
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned
from bot.track.drift import drift, unpublished
from bot.track.image_stages import Had, ImageInStages, by_image
from bot.track.keys import written
from bot.track.promotion import promotion_gaps
from bot.track.retired import maybe_retired, without_owner
from bot.track.sprawl import sprawl

_SPRAWLING = frozenset({Role.FINAL_BASE, Role.BUILD_BASE, Role.IMAGE, Role.CHART})


@dataclass(frozen=True, kw_only=True)
class StagesSeen:
    """What is known of the stages of a fleet."""

    now: datetime
    repos: int
    images: tuple[ImageInStages, ...]
    """Those that an app publishes."""
    others: tuple[Deployment, ...]
    """What else is deployed."""
    gaps: tuple[Gap, ...]
    sprawl: tuple[Sprawl, ...]
    notes: tuple[str, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """After how long something is told."""

    frozen_after: timedelta
    """A stage that takes nothing."""
    silent_after: timedelta
    """An app that is deployed nowhere, and where no person does anything."""


def stages(parts: FleetParts, *, patience: Patience, now: datetime) -> StagesSeen:
    """Look at the files of the fleet and at every source of what runs. Raises ForgeError as `run` does."""
    found = Found()
    find(parts, found)
    return stages_of(parts, found.scanned, found.failures, patience=patience, now=now)


def stages_of(
    parts: FleetParts,
    scanned: Sequence[Scanned],
    failures: Sequence[Failure],
    *,
    patience: Patience,
    now: datetime,
    known: Deployments | None = None,
) -> StagesSeen:
    """The same of repos that were looked at already; `known` is what the sources told, where they were asked already."""
    known = known or deployments(parts.deployment_sources, scanned, now=now)
    apps = [app for entry in scanned for app in entry.apps]
    published = {image for app in apps for image in app.images}
    images = by_image(
        known.found, apps, parts.stages, had=_had(parts.ledger, now), releases=parts.ledger.sightings.first_sights(OCI, published)
    )
    return StagesSeen(
        now=now,
        repos=len(scanned),
        images=tuple(images),
        others=tuple(one for one in known.found if one.image.name not in published),
        gaps=(*_gaps(parts, images, known, published, patience=patience, now=now), *_of_apps(scanned, known, patience=patience, now=now)),
        sprawl=tuple(sprawl(_named(scanned))),
        notes=known.notes,
        failures=(*failures, *known.failures),
    )


def _gaps(
    parts: FleetParts, images: Sequence[ImageInStages], known: Deployments, published: set[str], *, patience: Patience, now: datetime
) -> Iterator[Gap]:
    for image in images:
        yield from promotion_gaps(image, parts.stages, known.kin, frozen_after=patience.frozen_after, now=now)
        yield from drift(image, known.kin)
    yield from unpublished(known.found, published, {*parts.ledger.sightings.latest_digests(OCI, published).values()})


def _of_apps(scanned: Sequence[Scanned], known: Deployments, *, patience: Patience, now: datetime) -> Iterator[Gap]:
    deployed = {one.image.name for one in known.found}
    apps = [(entry.repo, app) for entry in scanned for app in entry.apps]
    yield from without_owner((app for _, app in apps), deployed)
    yield from maybe_retired(apps, deployed, silent_after=patience.silent_after, now=now)


def _had(ledger: Ledger, now: datetime) -> dict[tuple[str, str], list[Had]]:
    """By image and stage, what files named at any time, by the ledger; what was there when it began is there since long ago."""
    recorded = ledger.uses.recorded()
    found: dict[tuple[str, str], list[Had]] = {}
    if recorded is None:
        return found
    for one in ledger.uses.until(now):
        place = one.use.place
        image = _image(place.image, one.use.tag, one.use.digest) if place.stage else None
        if image is not None:
            since = LONG_AGO if one.since <= recorded[0] else one.since
            found.setdefault((place.image, place.stage), []).append(Had(image=image, since=since))
    return found


def _image(name: str, tag: str, digest: str) -> ImageReference | None:
    try:
        return ImageReference.parse(name).at(tag=tag or None, digest=Digest(digest) if digest else None)
    except InvalidReferenceError:
        return None


def _named(scanned: Sequence[Scanned]) -> Iterator[tuple[str, str, str]]:
    """App, dependency and value of what apps stand on."""
    for entry in scanned:
        for pin in entry.findings:
            if isinstance(pin, Pin) and pin.role in _SPRAWLING and (app := entry.app_of(pin.file)) is not None:
                yield app.name, str(pin.dependency), written(pin.value, pin.digest) or "latest"
