"""Watch: what the bases that tags stand at are made of is kept, so that images built on them are known by their layers ever after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from bot.clients.workers import Workers
from bot.inspect.lineage.lineages import Lineages
from bot.ledger.bases import normal
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.run import AppDecisions
from bot.model.update import Hold, Propose, image_in_use
from bot.pipeline.attempt import attempt
from bot.track.followed import is_base

log = structlog.get_logger()

_WORKERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BasesWanted:
    """Which bases are kept of a fleet, on which platforms."""

    platforms: tuple[str, ...]
    """What apps run on; of a pin that names a platform that one besides."""
    most_new: int
    """How many digests are looked at anew in one run."""


def remember_bases(lineages: Lineages, ledger: Ledger, apps: Iterable[AppDecisions], wanted: BasesWanted) -> int:
    """Look once at each digest that the bases of apps stand at, stood at or shall stand at, the newest first; how many were looked at.

    What was looked at is known for good, on the platforms that it was looked at on. One that can't be had is told in the log and asked for
    again after a week: an app may stand on it and be told as unknown. Raises DatabaseError.
    """
    found = _bases(apps)
    images = [*found.in_use, *_stood(ledger, found.names)]
    known = ledger.bases.known(str(image.digest) for image in images)
    todo: dict[Digest, tuple[ImageReference, tuple[str, ...]]] = {}
    for image in images:
        if image.digest is None or image.digest in todo:
            continue
        platforms = dict.fromkeys((*wanted.platforms, *found.platforms.get(image.name, ())))
        new = tuple(one for one in platforms if (image.digest, normal(one)) not in known and lineages.is_due(image, one))
        if new:
            todo[image.digest] = (image, new)
        if len(todo) >= wanted.most_new:
            break

    def look(image: ImageReference, platforms: tuple[str, ...]) -> None:
        for platform in platforms:
            failure = attempt(str(image), partial(lineages.remember, image, platform))
            if failure is not None:
                log.info("bases.not_remembered", image=str(image), platform=platform, reason=failure.what)

    with Workers(_WORKERS, "lineage") as pool:
        list(pool.map(look, *zip(*todo.values(), strict=True)) if todo else ())
    return len(todo)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bases:
    in_use: tuple[ImageReference, ...]
    """And what they shall become; those with a digest."""
    names: frozenset[str]
    platforms: dict[str, tuple[str, ...]]
    """By name, those that pins name."""


def _bases(apps: Iterable[AppDecisions]) -> _Bases:
    in_use: dict[ImageReference, None] = {}
    names: set[str] = set()
    platforms: dict[str, tuple[str, ...]] = {}
    for app in apps:
        for decision in app.decisions:
            pin = decision.pin
            if not is_base(pin):
                continue
            names.add(pin.dependency.name)
            if pin.platform:
                platforms[pin.dependency.name] = tuple(dict.fromkeys((*platforms.get(pin.dependency.name, ()), pin.platform)))
            newest = decision.verdict.update.new_image if isinstance(decision.verdict, Propose | Hold) else None
            in_use |= {image: None for image in (image_in_use(pin), newest) if image is not None and image.digest is not None}
    return _Bases(in_use=tuple(in_use), names=frozenset(names), platforms=platforms)


def _stood(ledger: Ledger, names: Iterable[str]) -> Iterator[ImageReference]:
    for sighting in ledger.sightings.stood_at(OCI, names):
        try:
            yield ImageReference.parse(sighting.dependency.name).at(tag=sighting.value, digest=Digest(sighting.digest))
        except InvalidReferenceError:
            continue
