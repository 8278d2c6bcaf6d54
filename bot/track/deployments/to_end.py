"""What linked artifacts are to be told to run no more: what the bot wrote, where a whole list of the cluster names it no more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.model.image import ImageReference
from bot.model.runtime import DeploymentRecord, NewRecord
from bot.track.deployments.read import Covered
from bot.track.deployments.to_record import Group

_KINDS: Final = frozenset({"deployment", "statefulset", "daemonset", "replicaset"})
"""Workloads that have pods for as long as they run; a job has none between two times."""


def to_end(
    known: Mapping[str, Sequence[DeploymentRecord]],
    images: Mapping[str, ImageReference],
    repo_of: Mapping[str, str],
    covered: Iterable[Covered],
) -> dict[Group, list[NewRecord]]:
    """By cluster and stage. `known` are the records of each digest, `images` what they are of, by the digest.

    What somebody else wrote is theirs to end. Of a cluster with several lists, each has to lack what is gone.
    """
    by_cluster: dict[str, list[Covered]] = {}
    for one in covered:
        by_cluster.setdefault(one.cluster, []).append(one)
    found: dict[Group, list[NewRecord]] = {}
    for record in _ours(known):
        lists = by_cluster.get(record.cluster, [])
        image = images.get(record.digest)
        if image is not None and image.name in repo_of and _is_gone(record, lists):
            ended = NewRecord(
                image=image.name,
                digest=record.digest,
                tag=image.tag or "",
                name=record.name,
                repo=repo_of[image.name],
                origin=record.origin,
                is_ended=True,
            )
            found.setdefault((record.cluster, record.environment), []).append(ended)
    return found


def _ours(known: Mapping[str, Sequence[DeploymentRecord]]) -> Iterator[DeploymentRecord]:
    yield from (one for records in known.values() for one in records if one.origin is not None and not one.is_ended)


def _is_gone(record: DeploymentRecord, lists: Sequence[Covered]) -> bool:
    place = record.origin
    if place is None or place.workload.partition(" ")[0] not in _KINDS or record.physical_environment:
        return False
    return any(one.lacks(place) for one in lists) and not any(place in one.places for one in lists)
