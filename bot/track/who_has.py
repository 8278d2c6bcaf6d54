"""Packages, images and uses put together: who has it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.ledger.contents import Carried, OpenedImage
from bot.ledger.package_rows import KnownPackage
from bot.model.contents import KnownBy
from bot.model.holding import HeldPackage, Holder, NotKnown, WhoHas
from bot.model.use import AppOwners, KnownUse, Place
from bot.track.wanted_package import WantedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A package that is asked for."""

    package: KnownPackage
    is_in_range: bool | None


def matches(wanted: WantedPackage, packages: Iterable[KnownPackage]) -> dict[int, Match]:
    """By their ids, the packages that are asked for; those whose version has no order are among them."""
    found = {}
    for package in packages:
        version = wanted.version_in(package)
        verdict = False if version is None else wanted.range.holds(package.type, version)
        if verdict is not False:
            found[package.id] = Match(package=package, is_in_range=verdict)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger knows, as the question needs it."""

    matches: Mapping[int, Match]
    carriers: Iterable[Carried]
    opened: Mapping[str, Sequence[OpenedImage]]
    """By digest, also of indexes."""
    uses: Sequence[KnownUse]
    """All that began until the day that is asked for, those of a place in the order in which they began."""
    owners: Mapping[str, AppOwners]
    recorded: tuple[datetime, datetime] | None
    """When the first use was seen, and when any was seen last."""


def who_has(asked: str, known: Known, *, day: date | None) -> WhoHas:
    """Which images in use hold one of the packages on a day, or now."""
    packages = _packages_by_digest(known)
    by_place: dict[Place, list[KnownUse]] = defaultdict(list)
    for use in known.uses:
        by_place[use.use.place].append(use)
    in_use = [(use, since) for uses in by_place.values() for use, since in _in_use(uses, packages, day)]
    first, last = known.recorded or (None, None)
    holders = [
        _holder(use, since, packages[use.use.digest], known.owners, _doubts_of_use(use, day, last))
        for use, since in in_use
        if use.use.digest in packages
    ]
    certain = {holder.use.use.digest for holder in holders if not holder.doubts}
    names = _Apps(known.owners)
    by_image: dict[tuple[str, str, str], list[KnownUse]] = defaultdict(list)
    for use, _ in in_use:
        by_image[_identity(use)].append(use)
    unopened = [uses for uses in by_image.values() if uses[0].use.digest not in known.opened]
    partly = {
        uses[0].use.digest: uses
        for uses in by_image.values()
        if uses[0].use.digest not in certain and any(image.not_read for image in known.opened.get(uses[0].use.digest, ()))
    }
    return WhoHas(
        asked=asked,
        day=day,
        holders=tuple(sorted(holders, key=_order)),
        in_use=len(by_image),
        opened=len(by_image) - len(unopened),
        never_opened=tuple(sorted((_not_known(uses, names, _why_unopened(uses[0])) for uses in unopened), key=lambda one: one.image)),
        partly_read=tuple(
            sorted((_not_known(uses, names, _unread(known.opened[digest])) for digest, uses in partly.items()), key=lambda one: one.image)
        ),
        first_recorded=first,
        last_recorded=last,
    )


def _packages_by_digest(known: Known) -> dict[str, tuple[HeldPackage, ...]]:
    by_image: dict[int, list[Carried]] = defaultdict(list)
    for carried in known.carriers:
        by_image[carried.image_id].append(carried)
    found = {}
    for digest, images in known.opened.items():
        held = {_held(known.matches[one.package_id], one, image) for image in images for one in by_image.get(image.id, ())}
        if held:
            found[digest] = tuple(sorted(held, key=lambda one: (one.type, one.name, one.version, one.platform, one.layer)))
    return found


def _held(match: Match, carried: Carried, image: OpenedImage) -> HeldPackage:
    package = match.package
    return HeldPackage(
        type=package.type,
        namespace=package.namespace,
        name=package.name,
        version=package.version,
        source_name=package.source_name,
        platform=image.platform,
        layer=carried.diff_id,
        known_by=package.known_by,
        is_in_range=match.is_in_range,
    )


def _in_use(
    uses: Sequence[KnownUse], packages: Mapping[str, tuple[HeldPackage, ...]], day: date | None
) -> Iterator[tuple[KnownUse, datetime]]:
    """The uses of one place on a day, each with the time since which the place holds such a package without a gap."""
    held_until: dict[datetime, datetime] = {}
    for use in uses:
        if use.use.digest not in packages:
            since = use.since
        else:
            # The one before ended in the very run that saw this one first.
            since = held_until.get(use.since, use.since)
            if use.ended_at is not None:
                held_until[use.ended_at] = min(since, held_until.get(use.ended_at, since))
        if use.ended_at is None or (day is not None and use.ended_at.date() >= day):
            yield use, since


def _holder(
    use: KnownUse, since: datetime, packages: tuple[HeldPackage, ...], owners: Mapping[str, AppOwners], doubts: Iterable[str]
) -> Holder:
    app = owners.get(use.use.place.app)
    all_doubts = list(doubts)
    if not any(package.is_in_range for package in packages):
        all_doubts.append("the order of its version is not certain")
    elif not any(package.is_in_range and package.known_by is KnownBy.LAYERS for package in packages):
        all_doubts.append("only an attached bill of materials names it")
    return Holder(
        use=use,
        app=app.name if app else use.use.place.app,
        owners=app.owners if app else (),
        since=since,
        packages=packages,
        doubts=tuple(all_doubts),
    )


def _doubts_of_use(use: KnownUse, day: date | None, last: datetime | None) -> Iterator[str]:
    """Why it is not certain that the image was in use on the day."""
    seen = use.last_seen.date()
    if use.ended_at is not None and day is not None and day > seen:
        yield f"gone between {seen} and {use.ended_at.date()}"
    elif last is not None and seen < last.date() and (day is None or day > seen):
        yield f"its repo was not read since {seen}"


def _identity(use: KnownUse) -> tuple[str, str, str]:
    return use.use.place.image, use.use.digest, "" if use.use.digest else use.use.tag


class _Apps:
    def __init__(self, owners: Mapping[str, AppOwners]) -> None:
        self._owners = owners

    def of(self, uses: Iterable[KnownUse]) -> tuple[str, ...]:
        keys = {use.use.place.app for use in uses}
        return tuple(sorted(self._owners[key].name if key in self._owners else key for key in keys))


def _not_known(uses: Sequence[KnownUse], names: _Apps, reason: str) -> NotKnown:
    return NotKnown(image=uses[0].use.reference, apps=names.of(uses), reason=reason)


def _why_unopened(use: KnownUse) -> str:
    if use.use.digest:
        return "never opened"
    return "never opened: files name a tag alone, and which digest it stood at is not known"


def _unread(images: Iterable[OpenedImage]) -> str:
    said = [text for image in images for text in image.not_read]
    return f"not found in what could be read of it; {said[0]}" + (f", and {len(said) - 1} more" if len(said) > 1 else "")


def _order(holder: Holder) -> tuple[object, ...]:
    place = holder.use.use.place
    return bool(holder.doubts), holder.app, place.stage, place.file, holder.use.use.reference, holder.use.use.line
