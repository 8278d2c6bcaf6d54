"""Deployment records of GitHub's linked artifacts: what a digest's owner was told of where it runs."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath

from bot.model.deployment import Deployment, SeenBy, Spot
from bot.model.image import ImageReference
from bot.model.runtime import DeploymentRecord
from bot.track.deployments.read import StageOf


def recorded(
    owner: str, image: ImageReference, records: Iterable[DeploymentRecord], stage_of: StageOf, *, now: datetime
) -> Iterator[Deployment]:
    """Where an image (with the digest that was asked for) runs, by the records of an organisation.

    The record of a place is replaced when another digest comes there, so what is there is of today; how old it is, it says.
    """
    for record in records:
        if record.is_ended:
            continue
        spot = Spot(cluster=record.cluster, workload=record.name)
        place = ", ".join(filter(None, (record.environment, record.physical_environment, str(spot))))
        yield Deployment(
            image=image,
            stage=stage_of(PurePosixPath(record.environment or ".")),
            seen_by=SeenBy.ARTIFACT_METADATA,
            where=f"linked artifacts of {owner}: {place}",
            as_of=min(record.updated_at or record.created_at or now, now),
            since=record.created_at,
            spot=spot,
        )
