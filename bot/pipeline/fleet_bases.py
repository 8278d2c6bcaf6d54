"""Which bases the fleet stands on: asked of the ledger alone, as the last run left it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.decide.catalogue import judged
from bot.inspect.lineage.kept import judging_form, unpacked
from bot.ledger.contents import OpenedImage
from bot.ledger.ledger import Ledger
from bot.ledger.package_rows import KnownPackage
from bot.model.base_look import BaseLook
from bot.model.catalogue import Catalogue
from bot.model.dependency import OCI, Dependency
from bot.model.fleet import App
from bot.model.fleet_bases import BaseKey, FleetBases, Inside, UsedBase
from bot.model.traits import family_of, has_shell, libc_of
from bot.model.use import ImageUse, KnownFrom
from bot.pipeline.copies import lags, listed
from bot.track.followed import BASES
from bot.track.harmonise import picks
from bot.versions.successor import shown

_BASES: Final = frozenset(role.value for role in BASES)
_NEVER_OPENED: Final = "never opened: `rebuild-bot run` opens what is in use where `assess` is set"


@dataclass(slots=True)
class _Found:
    digests: set[str] = field(default_factory=set)
    in_git: dict[str, None] = field(default_factory=dict)
    images: set[str] = field(default_factory=set)
    apps_of_images: dict[str, None] = field(default_factory=dict)


def fleet_bases(ledger: Ledger, catalogue: Catalogue, *, now: datetime) -> FleetBases:
    """By the files of the fleet, and by the images in use whose bases are known. Raises DatabaseError."""
    uses = [known.use for known in ledger.uses.until(now + timedelta(seconds=1)) if known.ended_at is None]
    standing = ledger.sightings.latest_digests(OCI, {use.place.image for use in uses})
    found: dict[BaseKey, _Found] = defaultdict(_Found)
    for use in uses:
        if use.place.role in _BASES and use.known_from is not KnownFrom.PUBLISHED:
            one = found[BaseKey(image=use.place.image, tag=use.tag)]
            one.in_git[use.place.app] = None
            one.digests |= {digest for digest in (use.digest or standing.get((use.place.image, use.tag), ""),) if digest}
    for use, base, digests in _by_lineage(ledger, uses):
        one = found[_known_as(found, base, digests)]
        one.images.add(use.digest)
        one.apps_of_images[use.place.app] = None
        one.digests |= digests
    successors = _successors(ledger, catalogue, found, now)
    known = _Known.of(ledger, {digest for one in (*found.values(), *successors.values()) for digest in one.digests})
    bases = sorted((known.base(key, one, catalogue, now) for key, one in found.items()), key=lambda base: (-len(base.apps), base.key))
    unused = [known.base(key, one, catalogue, now) for key, one in sorted(successors.items())]
    owners, recorded = ledger.uses.owners(), ledger.uses.recorded()
    return FleetBases(
        bases=tuple(bases),
        picks=picks([*bases, *unused]),
        lags=tuple(lags(ledger, bases, catalogue, now=now)),
        names={app: told.name for app, told in owners.items()},
        owners={app: told.owners for app, told in owners.items()},
        has_catalogue=catalogue.judges,
        recorded=None if recorded is None else recorded[1],
    )


def _successors(ledger: Ledger, catalogue: Catalogue, found: Mapping[BaseKey, _Found], now: datetime) -> dict[BaseKey, _Found]:
    """What the catalogue names for bases in use, is published, and stands nowhere yet: it may cover them, too."""
    wanted: set[BaseKey] = set()
    for key in found:
        said = judged(catalogue, Dependency(datasource=OCI, name=key.image), key.tag or None, None, now)
        image, _, tag = shown(said.successor, key.image, key.tag).rpartition(":") if said.successor else ("", "", "")
        if image and tag and "/" not in tag and tag in listed(ledger, image):
            wanted.add(BaseKey(image=image, tag=tag))
    standing = ledger.sightings.latest_digests(OCI, {key.image for key in wanted})
    return {key: _Found(digests={standing.get((key.image, key.tag), "")} - {""}) for key in wanted - found.keys()}


def told_to_publishers(fleet: FleetBases, apps: Iterable[App]) -> FleetBases:
    """The same, where what lags behind and has nobody to be told is told to the owners of the app that publishes it."""
    owners = {image: app.owners for app in apps for image in app.images if app.owners}
    lagging = (replace(lag, owner=lag.owner or " ".join(owners.get(lag.image, ()))) for lag in fleet.lags)
    return replace(fleet, lags=tuple(lagging))


def _by_lineage(ledger: Ledger, uses: Sequence[ImageUse]) -> Iterator[tuple[ImageUse, BaseKey, frozenset[str]]]:
    """The images in use that are proved, or known by their layers, to stand on a base."""
    images = [use for use in uses if use.digest and use.place.role not in _BASES]
    records = ledger.known_lineages.records((use.digest for use in images), form=judging_form())
    for use in images:
        base = unpacked(records[use.digest]).base if use.digest in records else None
        if base is not None and base.is_in_the_image:
            digests = frozenset(map(str, (*base.digests, *filter(None, (base.base.digest,)))))
            yield use, BaseKey(image=base.base.name, tag=base.base.tag or ""), digests


def _known_as(found: Mapping[BaseKey, _Found], base: BaseKey, digests: frozenset[str]) -> BaseKey:
    """As the files of the fleet name what stands at one of these digests; else as the build does."""
    return next((key for key, one in found.items() if key.image == base.image and one.digests & digests), base)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was found inside images."""

    opened: Mapping[str, Sequence[OpenedImage]]
    packages: Mapping[int, Sequence[KnownPackage]]
    looks: Mapping[str, BaseLook]
    built: Mapping[str, datetime]

    @classmethod
    def of(cls, ledger: Ledger, digests: Iterable[str]) -> "_Known":
        wanted = frozenset(digests)
        opened = {digest: images for digest, images in ledger.contents.opened().items() if digest in wanted}
        images = [image for found in opened.values() for image in found]
        return cls(
            opened=opened,
            packages=ledger.contents.packages_in({image.id for image in images}),
            looks=ledger.base_looks.of(image.digest for image in images),
            built=ledger.contents.built(),
        )

    def base(self, key: BaseKey, one: _Found, catalogue: Catalogue, now: datetime) -> UsedBase:
        """Of several digests and platforms the one counts that was looked at last."""
        images = {image.digest: image for digest in sorted(one.digests) for image in self.opened.get(digest, ())}
        looks = sorted((self.looks[digest] for digest in images if digest in self.looks), key=lambda look: (look.at, look.digest))
        look = looks[-1] if looks else None
        image = images[look.digest] if look is not None else next(iter(images.values()), None)
        built = look.built_at if look is not None else max((self.built[each] for each in one.digests if each in self.built), default=None)
        inside, why = self._inside(image)
        said = judged(catalogue, Dependency(datasource=OCI, name=key.image), key.tag or None, built, now)
        return UsedBase(
            key=key,
            digests=frozenset(one.digests),
            in_git=tuple(one.in_git),
            in_images=len(one.images),
            apps_of_images=tuple(one.apps_of_images),
            judged=said,
            inside=inside,
            why_unknown=why,
            system="" if look is None else look.system,
            ends=None if look is None else look.ends,
            built_at=built,
            holes=None if look is None else look.holes,
            holes_are_whole=look is not None and look.is_whole,
            looked_at=None if look is None else look.at,
        )

    def _inside(self, image: OpenedImage | None) -> tuple[Inside | None, str]:
        if image is None:
            return None, _NEVER_OPENED
        if image.not_read:
            return None, f"not wholly read: {image.not_read[0]}"
        packages = self.packages.get(image.id, ())
        names = frozenset((one.type, one.name) for one in packages)
        family = family_of((one.type, one.namespace) for one in packages)
        return Inside(names=names, family=family, libc=libc_of(names), has_shell=has_shell(names)), ""
