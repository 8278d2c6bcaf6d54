"""What stands at the purpose tags of the images that the fleet publishes: asked of their registries, and remembered as it moves."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.ledger.ledger import Ledger
from bot.model.dependency import LONG_AGO, OCI, Dependency, Release
from bot.model.deployment import Deployment
from bot.model.failure import Failure
from bot.model.image import Digest, ImageReference
from bot.pipeline.attempt import attempt
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.scanned import Scanned
from bot.track.deployments import purpose_tags
from bot.track.deployments.read import Read


def by_purpose_tags(sources: DeploymentSources, scanned: Sequence[Scanned], *, now: datetime) -> Iterator[tuple[str, Read | Failure]]:
    """What stands at each tag that is named for a stage, of the published images whose tags were listed; a request for each."""
    ask = sources.describe
    if ask is None:
        return
    published = {image for entry in scanned for app in entry.apps for image in app.images}
    for name, values in sorted(sources.ledger.sightings.first_sights(OCI, published).items()):
        for tag in sorted(values):
            stage = purpose_tags.stage_of_tag(tag, sources.stage_of)
            if not stage:
                continue
            release = Release(dependency=Dependency(datasource=OCI, name=name), value=tag)
            told = attempt(f"{name}:{tag}", partial(ask, release))
            if isinstance(told, Failure):
                yield told.where, told
            elif told.digest is not None:
                found = _standing(sources.ledger, replace(release, digest=told.digest), stage, now)
                yield f"{name}:{tag}", Read(deployments=(found,))


def _standing(ledger: Ledger, release: Release, stage: str, now: datetime) -> Deployment:
    name, tag, digest = release.dependency.name, release.value, Digest(str(release.digest))
    seen = ledger.sightings.seen(release, now)
    others = (
        sighting.value for sighting in ledger.sightings.at(digest) if sighting.dependency == release.dependency and sighting.value != tag
    )
    since = None if seen.first_seen in {None, LONG_AGO} else seen.first_seen
    return purpose_tags.standing(ImageReference.parse(name), tag, digest, others, stage, since=since, now=now)
