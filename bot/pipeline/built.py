"""Track: which images the apps have published, what these stand on, and where they are deployed."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.clients.once import once
from bot.clients.workers import Workers
from bot.model.built import AppImages, DeployedImage, PublishedBuild
from bot.model.dependency import LONG_AGO, OCI, Dependency, Release
from bot.model.deployment import Deployment
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.lineage import Lineage
from bot.model.listing import Listing
from bot.model.pin import Pin
from bot.model.run import AppDecisions
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.parts import Parts
from bot.pipeline.progress import silent
from bot.pipeline.remember_bases import remember_bases
from bot.pipeline.watch import watch
from bot.pipeline.written_bases import bases_of_publishers
from bot.track.base_age import BaseAges
from bot.track.deployments.same_image import Kin
from bot.track.followed import BuiltSight, is_base
from bot.track.keys import app_key
from bot.track.used import Used
from bot.versions import SCHEMES

_WORKERS: Final = 8
_CUT_OFF: Final = "this run was cut off before it was looked up"
_ROLLING: Final = ("latest", "main", "master", "edge", "stable")
"""Tags that builds move along, as people name them."""


def built_sight(
    parts: FleetParts,
    apps: Sequence[AppDecisions],
    deployments: Iterable[Deployment],
    *,
    own: Collection[str] = (),
    kin: Kin | None = None,
    unread: str = "",
    now: datetime,
) -> BuiltSight:
    """The images of these apps: of each that one publishes the newest builds, and each that is deployed, with what it stands on.

    A list of tags for each image that is published, a question for each of its newest tags and for the tag of each base, and what a digest
    is made of once and for all. What can't be had is a build with its problem; so is all of it where the run has nothing to ask with.
    `own` are the images that apps of the fleet build, all of them; `kin` tells of the deployments which manifest stands in which index,
    and `unread` why not all sources of them could be read.
    """
    found_deployments, kin, lineages = tuple(deployments), kin or Kin(), parts.lineages
    if lineages is None:
        return BuiltSight(
            images_of=_unseen,
            ages_of=ages_of(parts),
            digest_of=lambda pin: Digest(pin.digest) if pin.digest else None,
            used_of=lambda _name: Used(problem=_CUT_OFF),
        )
    lineages = lineages.with_attestations(parts.attestations.at).with_dockerfiles(bases_of_publishers(parts.kept_tree, _repos_of(apps)))
    stands_at = once(lambda pin: _stands_at(parts, pin, now))
    bases = {decision.pin for entry in apps if entry.app.images for decision in entry.decisions if is_base(decision.pin)}
    with Workers(_WORKERS, "bases") as pool:
        deque(pool.map(stands_at, bases), maxlen=0)
    attempt("what bases are made of", lambda: remember_bases(lineages, parts.ledger, apps, parts.bases))
    names = _chosen(parts, apps)
    listings = watch(replace(parts, progress=silent), (Dependency(datasource=OCI, name=name) for name in names), now=now)
    published = {listing.dependency.name: _tags(parts, listing, now) for listing in listings.values()}
    staged = _staged(parts, {name for entry in apps for name in entry.app.images}, found_deployments)
    wanted = {one.image for builds in published.values() for one in builds if not one.problem}
    wanted |= {one.image for some in staged.values() for one in some}
    _ask_attestations(parts, _repos_of(apps), wanted)
    with Workers(_WORKERS, "lineage") as pool:
        ordered = sorted(wanted, key=str)
        found = dict(zip(ordered, pool.map(lambda image: attempt(str(image), lambda: lineages.of(image)), ordered), strict=True))

    def images_of(app: App) -> AppImages:
        return AppImages(
            published=tuple(_with_lineage(one, found) for name in app.images for one in published.get(name, _later(name))),
            deployed=tuple(
                DeployedImage(deployment=one, built=_with_lineage(_blank(one.image), found))
                for name in app.images
                for one in staged.get(name, ())
            ),
            unread=unread if app.images else "",
        )

    used = _used(parts, found_deployments, own, kin, unread)
    return BuiltSight(images_of=once(images_of), ages_of=ages_of(parts), digest_of=stands_at, used_of=used)


def _repos_of(apps: Sequence[AppDecisions]) -> dict[str, list[str]]:
    """By the name of an image the repos that publish it, each once."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for entry in apps:
        for name in entry.app.images:
            found[name][entry.app.repo] = None
    return {name: list(repos) for name, repos in found.items()}


def _ask_attestations(parts: FleetParts, repos_of: Mapping[str, Sequence[str]], images: Iterable[ImageReference]) -> None:
    """Those of all images at once: a request for each owner and thousand."""
    by_owner: dict[str, list[str]] = defaultdict(list)
    for image in sorted(images, key=str):
        for owner in {repo.partition("/")[0] for repo in repos_of.get(image.name, ())} if image.digest else ():
            by_owner[owner].append(str(image.digest))
    for owner, digests in by_owner.items():
        parts.attestations.ask(owner, digests)


def _used(
    parts: FleetParts, deployments: Sequence[Deployment], own: Collection[str], kin: Kin, unread: str
) -> Callable[[str], Used | None]:
    """The images that are used as others build them, by name; None: an app of the fleet builds it."""
    order = {stage: number for number, stage in enumerate(parts.stages)}
    found: dict[str, list[Deployment]] = defaultdict(list)
    for one in deployments:
        found[one.image.name].append(one)

    def used_of(name: str) -> Used | None:
        ordered = sorted(found.get(name, ()), key=lambda one: (order.get(one.stage, len(order)), one.stage, one.where))
        return None if name in own else Used(deployments=tuple(ordered), kin=kin, problem=unread)

    return once(used_of)


def _chosen(parts: FleetParts, apps: Sequence[AppDecisions]) -> list[str]:
    """The published images that are looked at in this run: those of apps whose clock runs, then those that had no turn the longest."""
    keys = {app_key(entry.app): entry.app for entry in apps if entry.app.images}
    histories = parts.ledger.events.histories(keys)
    running = {key.app for key, past in histories.items() if past.is_followed or (past.is_of_image and not past.is_over)}
    first = {name for key in running for name in keys[key].images}
    names = {name for app in keys.values() for name in app.images}
    listed = parts.ledger.sightings.listed_times(OCI, names)
    ordered = sorted(names, key=lambda name: (name not in first, listed.get(name, LONG_AGO), name))
    return ordered[: max(parts.published_per_run, 0)]


def _later(name: str) -> tuple[PublishedBuild, ...]:
    """Of an image whose turn did not come."""
    why = "it waits its turn: only so many published images are looked at in one run (limits.published_images_per_run)"
    return _blind(name, why)


def _blind(name: str, why: str) -> tuple[PublishedBuild, ...]:
    """An image of which nothing is known, for a reason."""
    image = attempt(name, lambda: ImageReference.parse(name))
    return () if isinstance(image, Failure) else (PublishedBuild(image=image, lineage=None, problem=why),)


def ages_of(parts: Parts) -> Callable[[str], BaseAges]:
    """The ages of each base's digests, as the ledger saw its tags."""

    @once
    def of(name: str) -> BaseAges:
        sightings = parts.ledger.sightings.with_digests(Dependency(datasource=OCI, name=name))
        return BaseAges(sightings)

    return of


def newest_tags(listing: Listing) -> list[str]:
    """The tags of an image that its newest builds are likely to stand at: rolling ones, the highest version, what came last."""
    values = [release.value for release in listing.releases]
    scheme = SCHEMES["docker"].taught(values)
    found: list[str] = [tag for tag in _ROLLING if tag in values]
    versions = [version for value in values if (version := scheme.parse(value)) is not None and not version.is_prerelease]
    if versions:
        found.append(max(versions, key=lambda version: (version.numbers, version.raw)).raw)
    dated = [release for release in listing.releases if release.first_seen not in {None, LONG_AGO}]
    if dated:
        found.append(max(dated, key=lambda release: (release.first_seen or LONG_AGO, release.value)).value)
    return list(dict.fromkeys(found or values[-1:]))


def _tags(parts: Parts, listing: Listing, now: datetime) -> list[PublishedBuild]:
    """The newest builds of one image, one for each digest."""
    try:
        name = ImageReference.parse(listing.dependency.name)
    except InvalidReferenceError as error:
        return [PublishedBuild(image=ImageReference(registry="", repository=listing.dependency.name), lineage=None, problem=str(error))]
    if listing.problem is not None:
        return [PublishedBuild(image=name, lineage=None, problem=f"its tags could not be listed: {listing.problem}")]
    if listing.shrunk is not None:
        return [PublishedBuild(image=name, lineage=None, problem=f"its tags are not believed: {listing.shrunk}")]
    found: dict[str, PublishedBuild] = {}
    for tag in newest_tags(listing):
        release = _described(parts, Release(dependency=listing.dependency, value=tag), now)
        if isinstance(release, Failure):
            found[tag] = PublishedBuild(image=name.at(tag=tag), lineage=None, problem=release.what)
        elif release.digest is not None:
            first = None if release.first_seen in {None, LONG_AGO} else release.first_seen
            built = PublishedBuild(image=name.at(tag=tag, digest=Digest(release.digest)), lineage=None, first_seen=first)
            found.setdefault(release.digest, built)
    return list(found.values()) or [PublishedBuild(image=name, lineage=None, problem="it has no tags yet")]


def _described(parts: Parts, release: Release, now: datetime) -> Release | Failure:
    """A release at the digest that it stands at now, which the ledger remembers."""
    return attempt(f"{release.dependency.name}:{release.value}", lambda: parts.ledger.sightings.seen(parts.watcher.describe(release), now))


def _stands_at(parts: Parts, pin: Pin, now: datetime) -> Digest | None:
    if pin.digest is not None:
        return Digest(pin.digest)
    found = _described(parts, Release(dependency=pin.dependency, value=pin.value or "latest"), now)
    return None if isinstance(found, Failure) or found.digest is None else Digest(found.digest)


def _staged(parts: Parts, wanted: Collection[str], deployments: Iterable[Deployment]) -> Mapping[str, list[Deployment]]:
    """The deployments of the images that apps publish, by name, those of a stage together."""
    order = {stage: number for number, stage in enumerate(parts.stages)}
    found: dict[str, list[Deployment]] = defaultdict(list)
    for one in deployments:
        if one.image.name in wanted:
            found[one.image.name].append(one)
    for some in found.values():
        some.sort(key=lambda one: (order.get(one.stage, len(order)), one.stage, one.where))
    return found


def _unseen(app: App) -> AppImages:
    """Of a run that was cut off before it looked."""
    return AppImages(published=tuple(one for name in app.images for one in _blind(name, _CUT_OFF)))


def _blank(image: ImageReference) -> PublishedBuild:
    return PublishedBuild(image=image, lineage=None)


def _with_lineage(built: PublishedBuild, lineages: Mapping[ImageReference, Lineage | Failure]) -> PublishedBuild:
    found = lineages.get(built.image)
    if found is None:
        return built
    if isinstance(found, Failure):
        return replace(built, problem=f"what it stands on could not be looked up: {found.what}")
    digest = built.image.digest or found.index_digest or found.digest
    return replace(built, image=replace(built.image, digest=digest), lineage=found)
