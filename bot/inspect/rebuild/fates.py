"""What became of the packages that a rebuild was for, on one platform."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from bot.inspect.rebuild.pair import Pair
from bot.model.assessment import HoleChanges, Vulnerability
from bot.model.contents import KnownBy, OperatingSystem, Package
from bot.model.rebuild import WantedFix
from bot.versions.packages import compare_versions

OF_DISTRIBUTIONS: Final = frozenset({"deb", "apk", "rpm"})
_BY_MAJOR: Final = frozenset({"rhel", "centos", "rocky", "almalinux", "ol"})
"""Distributions of which the minor releases are one line: fixes of one are numbered on from those of the other."""
_MAX_SHOWN: Final = 6


class State(Enum):
    FIXED = auto()
    REMOVED = auto()
    STILL_OLD = auto()
    NOT_KNOWN = auto()
    NEVER_THERE = auto()
    """In neither image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one package that should be fixed or gone."""

    wanted: WantedFix
    state: State
    said: tuple[str, ...]
    """In words, each a sentence."""
    guilty: tuple[Package, ...] = ()
    """The packages of the new image that are still old."""


def fate_of(wanted: WantedFix, pair: Pair) -> Fate:
    """What became of a package, by the versions that are in the new image and by what advisories say of them."""
    before = _instances(wanted, pair.before(wanted.type, wanted.name))
    after = _instances(wanted, pair.after(wanted.type, wanted.name))
    if not before and not after:
        said = f"{wanted} is in neither of the two images."
        return Fate(wanted=wanted, state=State.NEVER_THERE, said=(said,))
    guilty = tuple(package for package in after if _has_fix(package, wanted) is False and package.known_by is KnownBy.LAYERS)
    left = _left(wanted, pair.changes)
    if left or (guilty and _is_comparable(wanted, pair)):
        return _still_old(wanted, before, guilty, left)
    doubts = tuple(_doubts(wanted, pair, before, after))
    if doubts:
        return Fate(wanted=wanted, state=State.NOT_KNOWN, said=doubts)
    if not after:
        return Fate(wanted=wanted, state=State.REMOVED, said=(f"{wanted} {_versions(before)} is not in the new image any more.",))
    by = f"; {wanted.fixed_in} has the fix" if wanted.fixed_in else ""
    closed = f", and {', '.join(wanted.holes[:_MAX_SHOWN])} is closed by what advisories say" if wanted.holes else ""
    was = f" and was {_versions(before)}" if before else " and was not there before"
    return Fate(wanted=wanted, state=State.FIXED, said=(f"{wanted} is {_versions(after)}{was}{by}{closed}.",))


def _instances(wanted: WantedFix, called: Iterable[Package]) -> tuple[Package, ...]:
    """Each place in which an image has the package, or one that was built from it."""
    is_any = wanted.type in OF_DISTRIBUTIONS or not wanted.namespace
    return tuple(package for package in called if is_any or package.namespace == wanted.namespace)


def _has_fix(package: Package, wanted: WantedFix) -> bool | None:
    """Whether it is at a version with the fix; None: not certain.

    A fixed version may be that of the source package or that of the binary one: both readings have to say the same.
    """
    if not wanted.fixed_in:
        return None
    readings = {package.version, package.source_version or package.version}
    orders = {compare_versions(wanted.type, version, wanted.fixed_in) for version in readings}
    verdicts = {None if order is None else order >= 0 for order in orders}
    return verdicts.pop() if len(verdicts) == 1 else None


def _left(wanted: WantedFix, changes: HoleChanges | None) -> tuple[Vulnerability, ...]:
    """The holes that the new image has still, or has now."""
    return () if changes is None else tuple(one for one in (*changes.left, *changes.brought) if _is_wanted(one, wanted))


def _is_wanted(one: Vulnerability, wanted: WantedFix) -> bool:
    return any(not hole.names.isdisjoint(wanted.holes) for hole in one)


def _still_old(wanted: WantedFix, before: Sequence[Package], guilty: tuple[Package, ...], left: Sequence[Vulnerability]) -> Fate:
    said = []
    if guilty:
        was = "as before" if {one.version for one in guilty} <= {one.version for one in before} else f"and was {_versions(before)}"
        said.append(f"{wanted} is {_versions(guilty)} {was}; {wanted.fixed_in} has the fix.")
    of_holes = tuple(dict.fromkeys(hole.package for one in left for hole in one if not hole.names.isdisjoint(wanted.holes)))
    names = ", ".join(wanted.holes[:_MAX_SHOWN])
    others = [package for package in of_holes if package not in guilty]
    said += [f"Advisories say that {one.name} {one.version}{_at(one)} has {names}." for one in others[:_MAX_SHOWN]]
    return Fate(wanted=wanted, state=State.STILL_OLD, said=tuple(said), guilty=tuple(dict.fromkeys((*guilty, *of_holes))))


def _is_comparable(wanted: WantedFix, pair: Pair) -> bool:
    """Whether a version with the fix of the old image's system is one in the new image's."""
    return wanted.type not in OF_DISTRIBUTIONS or _line_of(pair.old.operating_system) == _line_of(pair.new.operating_system)


def _doubts(wanted: WantedFix, pair: Pair, before: Sequence[Package], after: Sequence[Package]) -> Iterator[str]:
    """Why it can't be said that it is fixed, or gone; none: it can."""
    is_comparable = _is_comparable(wanted, pair)
    if wanted.holes:
        yield from _doubts_of_holes(wanted, pair.changes)
    elif not wanted.fixed_in:
        yield f"No version of {wanted} with a fix is known."
    elif not is_comparable:
        systems = " and ".join(_system_text(image.operating_system) for image in (pair.old, pair.new))
        yield f"{wanted.fixed_in} is a version of another release of the distribution: the two images are {systems}."
    if is_comparable:
        yield from _doubts_of_versions(wanted, after)
    for package in after:
        if package.known_by is not KnownBy.LAYERS:
            yield f"That {package.name} is {package.version} is only declared by a bill of materials, and not read in the layers."
    if before and after and {_stream(one) for one in before} != {_stream(one) for one in after}:
        yield f"{wanted} is of another module stream than before: their versions can't be compared."
    has_database = any(one.type == wanted.type and one.known_by is KnownBy.LAYERS for one in pair.new.packages)
    if not after and wanted.type in OF_DISTRIBUTIONS and not has_database:
        yield f"The new image has no list of {wanted.type} packages any more: that {wanted.name} is gone is not known."


def _doubts_of_holes(wanted: WantedFix, changes: HoleChanges | None) -> Iterator[str]:
    names = ", ".join(wanted.holes[:_MAX_SHOWN])
    if changes is None:
        yield f"The new image was not checked for {names}."
        return
    word = next((one for one in changes.dismissed if not one.hole.names.isdisjoint(wanted.holes)), None)
    if word is not None:
        yield f"{names} is taken away by a statement, and not by a build: {word.statement}."
        return
    closed = frozenset(name for one in changes.closed for hole in one for name in hole.names)
    for one in changes.unclear:
        if _is_wanted(one, wanted):
            yield f"Whether the new image has {one[0].id} is not clear: it could not be checked as the old one was."
    missing = [name for name in wanted.holes if name not in closed and not any(_has_name(one, name) for one in changes.unclear)]
    if missing:
        yield f"{', '.join(missing[:_MAX_SHOWN])} was not known of the old image: nothing shows that it is closed."


def _has_name(one: Vulnerability, name: str) -> bool:
    return any(name in hole.names for hole in one)


def _doubts_of_versions(wanted: WantedFix, after: Sequence[Package]) -> Iterator[str]:
    if not wanted.fixed_in:
        return
    for package in after:
        match _has_fix(package, wanted):
            case True:
                continue
            case False:
                yield f"{package.name} {package.version}{_at(package)} is older than {wanted.fixed_in}."
            case None:
                yield f"{package.name} {package.version}{_at(package)} can't be held against {wanted.fixed_in} with certainty."


def _line_of(system: OperatingSystem | None) -> tuple[str, str]:
    """The releases of a distribution within which versions go on: `alpine` 3.19, `rhel` 9, `debian` 12."""
    if system is None:
        return "", ""
    parts = system.version.split(".")
    if system.id == "alpine":
        return system.id, ".".join(parts[:2])
    return system.id, parts[0] if system.id in _BY_MAJOR else system.version


def _system_text(system: OperatingSystem | None) -> str:
    return "of an unknown system" if system is None else system.name or f"{system.id} {system.version}".strip()


def _stream(package: Package) -> str:
    """The module stream of Red Hat's packages without its build: `nodejs:18`."""
    return ":".join(package.module.split(":")[:2])


def _versions(packages: Sequence[Package]) -> str:
    """`3.0.11-1 (usr/lib/a.jar), 3.0.12-1`, each once; the file only where several tell of it."""
    files = {package.path for package in packages}
    told = list(dict.fromkeys(f"{one.version}{_at(one) if len(files) > 1 else ''}" for one in packages))
    more = f" and {len(told) - _MAX_SHOWN} more" if len(told) > _MAX_SHOWN else ""
    return ", ".join(told[:_MAX_SHOWN]) + more


def _at(package: Package) -> str:
    return f" ({package.path})" if package.path else ""
