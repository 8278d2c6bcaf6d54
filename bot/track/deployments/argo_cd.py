"""Applications of Argo CD as its command, its API or `kubectl` list them (argo-cd: Application CRD, `status.summary.images`).

The images are those that the live objects name: what they were pulled at is not told, unless they are written at a digest. While an
Application is anything but Healthy, they may not run yet, or no more.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bot.clients.json_fields import Object, moment, objects, text, texts, within
from bot.model.deployment import Deployment, SeenBy, Spot
from bot.model.image import ImageReference, InvalidReferenceError
from bot.track.deployments.found import Found, PassedOver, Unreadable
from bot.track.deployments.read import Listing, StageOf

_NAME: Final = 253
_MOST_IMAGES: Final = 5_000
_HEALTHY: Final = "Healthy"
_SYNCED: Final = "Synced"


def found_in(application: Object, listing: Listing, stage_of: StageOf) -> Iterator[Found]:
    """What the live objects of one Application name."""
    spec, status = within(application, "spec"), within(application, "status")
    name = text(within(application, "metadata").get("name"))[:_NAME]
    target = within(spec, "destination")
    namespace = text(target.get("namespace"))[:_NAME]
    if not listing.holds(namespace):
        yield PassedOver(why="Applications are for namespaces that are not asked for")
        return
    cluster = listing.cluster or text(target.get("name"))[:_NAME] or text(target.get("server"))[:_NAME]
    spot = Spot(cluster=cluster, namespace=namespace, workload=f"application {name}")
    as_of = _as_of(status, listing)
    images = texts(within(status, "summary").get("images"))[:_MOST_IMAGES]
    if not images:
        yield PassedOver(why="Applications name no image")
    for written in images:
        try:
            image = ImageReference.parse(written)
        except InvalidReferenceError:
            yield Unreadable(what=f"{spot}: its image {written[:100]!r} can't be read")
            continue
        yield Deployment(
            image=image,
            stage=listing.stage_at((namespace, name, _last(cluster)), stage_of),
            seen_by=SeenBy.INVENTORY,
            where=f"{listing.name}: {spot}",
            as_of=as_of,
            since=_since(status),
            spot=spot,
            doubt=_doubt(status, as_of, listing),
        )


def _last(cluster: str) -> str:
    """A cluster's name; an address says nothing of a stage by its path."""
    return cluster.partition("://")[2].partition("/")[0].partition(":")[0] if "://" in cluster else cluster


def _as_of(status: Object, listing: Listing) -> datetime:
    compared = moment(status.get("reconciledAt"))
    return listing.as_of if compared is None else min(compared, listing.as_of)


def _since(status: Object) -> datetime | None:
    """When it was synced last and is so still: what it names has been there since, unless somebody changed it by hand."""
    if text(within(status, "sync").get("status")) != _SYNCED:
        return None
    times = [moment(one.get("deployedAt")) for one in objects(status.get("history"))]
    return max((time for time in times if time is not None), default=None)


def _doubt(status: Object, as_of: datetime, listing: Listing) -> str:
    health = text(within(status, "health").get("status"))[:40]
    if listing.as_of - as_of > listing.max_age:
        return f"Argo CD compared it last on {as_of:%Y-%m-%d}"
    return "" if health == _HEALTHY else f"Argo CD says {health or 'nothing of its health'}"
