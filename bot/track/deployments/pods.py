"""Pods as `kubectl get pods -A -o json` lists them (Kubernetes API reference: PodStatus, ContainerStatus).

What runs is what the container runtime reports: `imageID` with a repository's digest. It may be that of the index or of one platform,
whichever the runtime pulled by. An id without a repository is that of the local configuration, and says nothing of the registry's digest.
"""

from collections.abc import Iterator
from typing import Final

from bot.clients.json_fields import Object, mapping, moment, objects, text, within
from bot.model.deployment import Deployment, SeenBy, Spot
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.runtime import Origin
from bot.track.deployments.found import Found, PassedOver, Unreadable
from bot.track.deployments.read import Listing, StageOf

_NAME: Final = 253
"""The most that Kubernetes lets a name have."""
_CRON_DIGITS: Final = 8
"""A CronJob names its Jobs by the minutes since 1970."""
_MOST_CONTAINERS: Final = 1_000
_RUNNING: Final = "Running"
_HASH: Final = "pod-template-hash"
_STATUSES: Final = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
_SPECS: Final = {
    "initContainerStatuses": "initContainers",
    "containerStatuses": "containers",
    "ephemeralContainerStatuses": "ephemeralContainers",
}


def found_in(pod: Object, listing: Listing, stage_of: StageOf) -> Iterator[Found]:
    """What the containers of one pod run."""
    metadata, status = mapping(pod.get("metadata")), mapping(pod.get("status"))
    namespace = text(metadata.get("namespace"))[:_NAME]
    if not listing.holds(namespace):
        yield PassedOver(why="pods are in namespaces that are not asked for")
        return
    phase = text(status.get("phase"))
    if phase != _RUNNING:
        yield PassedOver(why=f"pods are not running ({phase[:20] or 'no phase'})")
        return
    spot = Spot(cluster=listing.cluster, namespace=namespace, workload=_workload(metadata))
    stage = listing.stage_at((namespace,), stage_of)
    if not any(objects_of(status.get(statuses)) for statuses in _STATUSES):
        yield Unreadable(what=f"{spot}: it says nothing of its containers")
    for statuses in _STATUSES:
        written = {text(one.get("name")): text(one.get("image")) for one in objects_of(within(pod, "spec").get(_SPECS[statuses]))}
        for container in objects_of(status.get(statuses)):
            yield _container(container, written, spot, stage, listing)


def places_of(pod: Object) -> Iterator[Origin]:
    """The containers of a pod, whether they run or not."""
    metadata = within(pod, "metadata")
    namespace, workload = text(metadata.get("namespace"))[:_NAME], _workload(metadata)
    lists = [within(pod, "spec").get(name) for name in _SPECS.values()] + [within(pod, "status").get(name) for name in _STATUSES]
    for container in (one for listed in lists for one in objects_of(listed)):
        yield Origin(namespace=namespace, workload=workload, container=text(container.get("name"))[:_NAME])


def objects_of(value: object) -> list[Object]:
    """The objects of a list, no more than a pod can have."""
    return objects(value[:_MOST_CONTAINERS]) if isinstance(value, list) else []


def _container(container: Object, written: dict[str, str], spot: Spot, stage: str, listing: Listing) -> Found:
    name = text(container.get("name"))[:_NAME]
    spot = Spot(cluster=spot.cluster, namespace=spot.namespace, workload=spot.workload, container=name)
    state = mapping(container.get("state"))
    running, ended = mapping(state.get("running")), mapping(state.get("terminated"))
    # A container that has done its part before the others began is in use as much as they are.
    has_done = container.get("ready") is True or ended.get("exitCode") == 0
    if "running" not in state and not (ended and has_done):
        waiting = text(mapping(state.get("waiting")).get("reason")) or ("has ended" if ended else "no state")
        return PassedOver(why=f"containers are not running ({waiting[:40]})")
    image = _image(written.get(name, "") or text(container.get("image")), text(container.get("imageID")))
    if image is None:
        shown = (text(container.get("image")) or written.get(name, ""))[:100]
        return Unreadable(what=f"{spot}: its image {shown!r} can't be read")
    return Deployment(
        image=image,
        stage=stage,
        seen_by=SeenBy.INVENTORY,
        where=f"{listing.name}: {spot}",
        as_of=listing.as_of,
        since=moment(running.get("startedAt") or ended.get("startedAt")),
        spot=spot,
    )


def _image(written: str, image_id: str) -> ImageReference | None:
    """The image by its name as it is written, at the digest that the runtime reports; None: neither names one."""
    named, ran = _parsed(written), _ran(image_id)
    if named is None:
        return ran
    if ran is None:
        # Only what is written at a digest is what was pulled; a tag may have moved since.
        return named
    return named.at(tag=named.tag, digest=ran.digest)


def _ran(image_id: str) -> ImageReference | None:
    """What an `imageID` names: `docker-pullable://name@digest`, `name@digest`; None: a local id."""
    reference = _parsed(image_id.partition("://")[2] or image_id)
    return reference if reference is not None and reference.digest is not None else None


def _parsed(written: str) -> ImageReference | None:
    if not written or written.startswith("sha256:") or _is_digest(written):
        return None
    try:
        return ImageReference.parse(written)
    except InvalidReferenceError:
        return None


def _is_digest(written: str) -> bool:
    try:
        Digest(f"sha256:{written}")
    except InvalidReferenceError:
        return False
    return True


def _workload(metadata: Object) -> str:
    """What made the pod, by the name that stays: a ReplicaSet's is that of its Deployment and a hash."""
    owner = next(iter(objects_of(metadata.get("ownerReferences"))), {})
    kind, name = text(owner.get("kind"))[:_NAME], text(owner.get("name"))[:_NAME]
    if not kind or not name:
        return f"pod {text(metadata.get('name'))[:_NAME]}"
    template = text(mapping(metadata.get("labels")).get(_HASH))
    if kind == "ReplicaSet" and template and name.endswith(f"-{template}"):
        return f"deployment {name.removesuffix(f'-{template}')}"
    stem, _, number = name.rpartition("-")
    if kind == "Job" and stem and len(number) >= _CRON_DIGITS and number.isdecimal():
        return f"cronjob {stem}"
    return f"{kind.lower()} {name}"
