"""What GitHub tells of what runs: its environments, and the deployment records of linked artifacts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.clients.workers import Workers
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI
from bot.model.deployment import Deployment
from bot.model.exposure import Known
from bot.model.failure import Failure
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.runtime import DeploymentRecord, Environments
from bot.pipeline.attempt import attempt
from bot.pipeline.deployment_sources import DeploymentSources, RecordsOf
from bot.pipeline.scanned import Scanned
from bot.track.deployments import artifact_metadata, github_deployments
from bot.track.deployments.read import Read
from bot.track.deployments.same_image import Kin, is_same_image

_WORKERS: Final = 4
_GIVE_UP_AFTER: Final = 10
"""So many digests that GitHub knows nothing of, not even that there is nothing, and it is not asked for more."""
_NO_RECORDS: Final = (
    "GitHub has no linked artifacts here, or keeps them from this token. They are there on github.com and its Enterprise Cloud, for "
    "organisations, with the permission artifact metadata: read; else set track.deployment_records to false."
)


def by_environments(
    sources: DeploymentSources, scanned: Sequence[Scanned], kin: Kin, *, now: datetime
) -> Iterator[tuple[str, Read | Failure]]:
    """What the environments of these repos run, by repo."""
    if sources.environments_of is None:
        return
    ask = sources.environments_of
    told = attempt("GitHub's environments", lambda: ask([entry.repo for entry in scanned]))
    if isinstance(told, Failure):
        yield told.where, told
        return
    of_repo = {entry.repo.full_name: entry for entry in scanned}
    commits = {one.commit for found in told.values() if isinstance(found, Environments) for one in found.listed}
    digests = sources.ledger.images.built_from(commits)
    for name, found in told.items():
        if isinstance(found, Failure):
            yield name, found
            continue
        wanted = {one.commit for one in found.listed}
        names = {image for app in of_repo[name].apps for image in app.images}
        built = {commit: _named(sources.ledger, digests[commit], names, kin) for commit in wanted if commit in digests}
        yield name, github_deployments.deployed(name, found, built, sources.stage_of, now=now)


def _named(ledger: Ledger, digests: Iterable[str], names: set[str], kin: Kin) -> list[ImageReference]:
    """The images of these names at these digests, an index and its platforms once."""
    found: list[ImageReference] = []
    for digest in digests:
        for sighting in ledger.sightings.at(digest):
            if sighting.dependency.datasource == OCI and sighting.dependency.name in names:
                image = _image(sighting.dependency.name, sighting.value, digest)
                if not any(image.name == other.name and is_same_image(image, other, kin) is Known.YES for other in found):
                    found.append(image)
    return found


def _image(name: str, tag: str, digest: str) -> ImageReference:
    return ImageReference.parse(name).at(tag=tag, digest=Digest(digest))


def by_records(
    sources: DeploymentSources, scanned: Sequence[Scanned], found: Iterable[Deployment], *, now: datetime
) -> Iterator[tuple[str, Read | Failure]]:
    """Where the images that these repos publish run, by the linked artifacts of each owner; first those that are known to be deployed."""
    if sources.records_of is None:
        return
    known = list(found)
    by_owner: dict[str, dict[Digest, ImageReference]] = {}
    for entry in scanned:
        wanted = by_owner.setdefault(entry.repo.full_name.partition("/")[0], {})
        for image in published(sources.ledger, entry, known):
            if image.digest is not None:
                wanted.setdefault(image.digest, image)
    left = sources.digests_per_run
    for owner, images in sorted(by_owner.items()):
        asked = _Asked(sources.records_of, owner)
        some = list(images.values())[:left]
        left -= len(some)
        with Workers(_WORKERS, "records") as pool:
            records = list(zip(some, pool.map(asked.of, some), strict=True))
        deployments = [one for image, told in records for one in artifact_metadata.recorded(owner, image, told, sources.stage_of, now=now)]
        rest = len(images) - len(some)
        notes = (f"{rest} more digests were not asked for; raise track.digests_per_run",) if rest else ()
        yield f"linked artifacts of {owner}", Read(deployments=tuple(deployments), notes=notes)
        yield from ((failure.where, failure) for failure in asked.failures())


def published(ledger: Ledger, entry: Scanned, known: Sequence[Deployment]) -> Iterator[ImageReference]:
    """The images that a repo publishes at each digest that is known of them: first what is deployed, then where tags stand."""
    names = {image for app in entry.apps for image in app.images}
    yield from (one.image for one in known if one.image.name in names)
    for (name, tag), digest in sorted(ledger.sightings.latest_digests(OCI, names).items(), reverse=True):
        try:
            yield _image(name, tag, digest)
        except InvalidReferenceError:
            continue


@dataclass(slots=True)
class _Asked:
    """What one owner's records tell; once they can't be had, nobody asks on."""

    records_of: RecordsOf
    owner: str
    failure: Failure | None = None
    answers: int = 0
    unknown: int = 0

    def of(self, image: ImageReference) -> Sequence[DeploymentRecord]:
        if self.failure is not None or (not self.answers and self.unknown >= _GIVE_UP_AFTER):
            return ()
        told = attempt(f"linked artifacts of {self.owner}", lambda: self.records_of(self.owner, str(image.digest)))
        if isinstance(told, Failure):
            self.failure = told
            return ()
        if told is None:
            self.unknown += 1
            return ()
        self.answers += 1
        return told

    def failures(self) -> Iterator[Failure]:
        if self.failure is not None:
            yield self.failure
        elif self.unknown and not self.answers:
            yield Failure(where=f"linked artifacts of {self.owner}", what=_NO_RECORDS)
