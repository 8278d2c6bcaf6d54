"""Assess: what a rebuild was for, from what people name and from the known holes of the old image."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.assess.changes import hole_changes
from bot.inspect.rebuild.fates import OF_DISTRIBUTIONS
from bot.model.assessment import AssessedImage, Hole
from bot.model.rebuild import BuildPlace, BuiltImage, RebuildGoal, WantedBase, WantedFix
from bot.pipeline.rebuilt import Assess, assessed

_MAX_WANTED: Final = 500
_MAX_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPackage:
    """A package as people name it."""

    type: str = ""
    """Empty: any."""
    name: str
    fixed_in: str = ""
    """Empty: whatever fixes its known holes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What people say that a rebuild was for; nothing at all: every known hole of the old image that has a fix."""

    holes: tuple[str, ...] = ()
    packages: tuple[AskedPackage, ...] = ()
    base: WantedBase | None = None
    places: tuple[BuildPlace, ...] = ()

    @property
    def needs_holes(self) -> bool:
        """Whether the known holes of the images decide."""
        names_all = not (self.holes or self.packages or self.base)
        return names_all or bool(self.holes) or any(not package.fixed_in for package in self.packages)


def goal_of(asked: Asked, old: BuiltImage, new: BuiltImage, holes: Mapping[str, AssessedImage]) -> RebuildGoal:
    """What the new image has to show; `holes` are the old image's by platform, empty where nothing tells of holes.

    What is asked for and can't be found in the old image is a reason why nothing is called fixed.
    """
    known = tuple(dict.fromkeys(hole for image in holes.values() for hole in image.assessment.holes))
    wanted: list[WantedFix] = []
    missing: list[str] = []
    if not (asked.holes or asked.packages or asked.base):
        fixable = [hole for hole in known if hole.fixed_in]
        wanted += _wanted(fixable)
        missing += [] if fixable else [_nothing_to_fix(holes)]
    for name in dict.fromkeys(asked.holes):
        found = [hole for hole in known if name in hole.names]
        wanted += _wanted(found)
        missing += [] if found else [f"{name} is not known of the old image: that it is not in the new one shows nothing."]
    for package in asked.packages:
        by_version = _by_version(package, old, new) if package.fixed_in else _wanted(_of_package(package, known))
        wanted += by_version
        missing += [] if by_version else [_no_package(package)]
    if len(wanted) > _MAX_WANTED:
        missing.append(f"Of {len(wanted)} packages that should be fixed {_MAX_WANTED} were looked for.")
    return RebuildGoal(packages=tuple(dict.fromkeys(wanted))[:_MAX_WANTED], base=asked.base, places=asked.places, not_known=tuple(missing))


def fixes_of_base(old: BuiltImage, base: BuiltImage, assess: Assess) -> tuple[tuple[WantedFix, ...], tuple[str, ...]]:
    """What a build on a base has to close in an image: each known hole of a distribution's package that the base has at the fix.

    And, in sentences, what of that is not known: with one of them nothing is fixed. A hole that the base has as well is no goal of it.
    Packages of languages are none either: whether the base or the app brings them, their names do not tell.
    """
    before, below = assessed(old, assess), assessed(base, assess)
    wanted: list[Hole] = []
    not_known: list[str] = []
    for platform, image in before.items():
        on = below.get(platform)
        if on is None:
            not_known.append(f"Which holes {base.image} closes on {platform} is not known: it could not be read there.")
            continue
        names = {(one.type, one.name) for one in on.contents.packages if one.type in OF_DISTRIBUTIONS}
        changes = hole_changes(image, on)
        wanted += [hole for one in changes.closed for hole in one if (hole.package.type, hole.package.name) in names]
        had = frozenset(image.assessment.holes)
        unclear = [hole.id for one in changes.unclear for hole in one if hole in had and (hole.package.type, hole.package.name) in names]
        if unclear:
            not_known.append(f"Whether {base.image} closes {', '.join(dict.fromkeys(unclear[:_MAX_NAMED]))} on {platform} is not clear.")
        if changes.has_failed:
            not_known.append(f"Not every source told of the holes of {old.image} and {base.image} on {platform}.")
    unread = (platform for platform, contents in old.platforms.items() if isinstance(contents, str))
    not_known += [f"Which holes {old.image} had on {platform} is not known: it could not be read there." for platform in unread]
    fixes = tuple(dict.fromkeys(_wanted(wanted)))
    if len(fixes) > _MAX_WANTED:
        not_known.append(f"Of {len(fixes)} packages that should be fixed {_MAX_WANTED} were looked for.")
    return fixes[:_MAX_WANTED], tuple(not_known)


def _wanted(holes: Iterable[Hole]) -> list[WantedFix]:
    """One for each package and version with a fix."""
    names: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for hole in holes:
        names[hole.package.type, hole.package.namespace, hole.package.name, hole.fixed_in].append(hole.id)
    return [
        WantedFix(type=type_, namespace=namespace, name=name, fixed_in=fixed_in, holes=tuple(dict.fromkeys(ids)))
        for (type_, namespace, name, fixed_in), ids in names.items()
    ]


def _of_package(package: AskedPackage, known: Sequence[Hole]) -> Iterator[Hole]:
    for hole in known:
        is_named = package.name in {hole.package.name, hole.package.source_name}
        if is_named and package.type in {"", hole.package.type} and hole.fixed_in:
            yield hole


def _by_version(package: AskedPackage, old: BuiltImage, new: BuiltImage) -> list[WantedFix]:
    """One for each ecosystem in which one of the images has it."""
    types = {
        one.type
        for image in (old, new)
        for contents in image.platforms.values()
        if not isinstance(contents, str)
        for one in contents.packages
        if package.name in {one.name, one.source_name} and package.type in {"", one.type}
    }
    return [WantedFix(type=type_, name=package.name, fixed_in=package.fixed_in) for type_ in sorted(types)]


def _nothing_to_fix(holes: Mapping[str, AssessedImage]) -> str:
    return "No hole with a fix is known of the old image." if holes else "Nothing tells of holes here: name packages with their versions."


def _no_package(package: AskedPackage) -> str:
    if package.fixed_in:
        return f"{package.name} is in neither image."
    return f"No hole with a fix is known of {package.name} in the old image: name the version with the fix ({package.name}@VERSION)."
