"""What linked artifacts are to be told: what is seen to run in a named cluster and a known stage, and only what is beyond doubt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model.deployment import Deployment, SeenBy
from bot.model.runtime import DeploymentRecord, NewRecord, Origin

_MAX_NAME: Final = 256
_MAX_STAGE: Final = 128
_SHA256: Final = "sha256:"

Group = tuple[str, str]
"""Cluster and stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRecord:
    """By cluster and stage, one record for each place; and how many were left out because two digests run in one place."""

    records: Mapping[Group, Sequence[NewRecord]] = field(default_factory=dict)
    rolling: int = 0

    @property
    def digests(self) -> list[str]:
        return list(dict.fromkeys(record.digest for records in self.records.values() for record in records))


def to_record(deployments: Iterable[Deployment], repo_of: Mapping[str, str]) -> ToRecord:
    """Of what is seen to run, the images that a repo publishes (its name by the image's), each at its own digest."""
    by_place: dict[tuple[Group, str], dict[str, NewRecord]] = {}
    for one in deployments:
        record = _record(one, repo_of)
        if record is not None and one.spot is not None:
            by_place.setdefault(((one.spot.cluster, one.stage), record.name), {})[record.digest] = record
    found: dict[Group, list[NewRecord]] = {}
    for (group, _), records in by_place.items():
        if len(records) == 1:
            found.setdefault(group, []).extend(records.values())
    return ToRecord(records=found, rolling=sum(len(records) > 1 for records in by_place.values()))


def unknown_to(records: Sequence[NewRecord], group: Group, known: Mapping[str, Sequence[DeploymentRecord]]) -> list[NewRecord]:
    """Those that are not there already just so. A digest of which it is not known what is there (not among `known`) is left out."""
    cluster, stage = group
    return [
        record
        for record in records
        if record.digest in known
        and not any(
            (one.cluster, one.environment, one.name) == (cluster, stage, record.name) for one in known[record.digest] if not one.is_ended
        )
    ]


def _record(one: Deployment, repo_of: Mapping[str, str]) -> NewRecord | None:
    spot, digest, repo = one.spot, one.image.digest, repo_of.get(one.image.name, "")
    is_seen = one.seen_by is SeenBy.INVENTORY and one.is_running and not one.is_digest_by_tag
    if not is_seen or spot is None or digest is None or not digest.startswith(_SHA256) or not repo:
        return None
    if not spot.cluster or "/" in spot.cluster or not 0 < len(one.stage) <= _MAX_STAGE or len(one.image.name) > _MAX_NAME:
        return None
    # As GitHub advises: {namespace}-{deployment}-{container}.
    name = "-".join(filter(None, (spot.namespace, spot.workload.rpartition(" ")[2], spot.container)))
    if not 0 < len(name) <= _MAX_NAME:
        return None
    origin = Origin(namespace=spot.namespace, workload=spot.workload, container=spot.container)
    is_told = all((spot.namespace, spot.workload, spot.container))
    return NewRecord(image=one.image.name, digest=digest, tag=one.image.tag or "", name=name, repo=repo, origin=origin if is_told else None)
