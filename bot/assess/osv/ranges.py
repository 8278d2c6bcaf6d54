"""Whether a version lies in what a record lists, by the schema's rules of evaluation (https://ossf.github.io/osv-schema/#evaluation)."""

from collections.abc import Callable, Iterable
from enum import Enum, auto
from functools import cmp_to_key, lru_cache
from typing import Any, Final, assert_never

from bot.assess.osv.advisory import Affected, Change, Event, RangeType, VersionRange
from bot.versions.packages import compare_versions

Order = Callable[[str, str], int | None]
"""As `compare_versions`, of one type of package."""


class Within(Enum):
    YES = auto()
    NO = auto()
    NOT_CERTAIN = auto()
    """A version, or one of a range's, has no order."""


def order_of(package_type: str) -> Order:
    """How the versions of a type of package are ordered; `0` comes before all of them, as the schema says."""

    def order(first: str, second: str) -> int | None:
        if first == second:
            return 0
        if "0" in {first, second}:
            return -1 if first == "0" else 1
        return _compared(package_type, first, second)

    return order


@lru_cache(maxsize=1 << 15)
def _compared(package_type: str, first: str, second: str) -> int | None:
    """Asked several times of one package, and again for all packages of one source."""
    return compare_versions(package_type, first, second)


def within(version: str, entries: Iterable[Affected], order: Order) -> Within:
    """Whether any entry lists the version, or has a range that it lies in."""
    found = [_within_one(version, entry, order) for entry in entries]
    return Within.YES if Within.YES in found else Within.NOT_CERTAIN if Within.NOT_CERTAIN in found else Within.NO


def first_free(version: str, entries: tuple[Affected, ...], order: Order) -> str:
    """The next version above one with the hole that is fixed in every range; empty: none is told."""
    for _ in range(_MAX_STEPS):
        open_ranges = [range_ for entry in entries for range_ in entry.ranges if _in_range(version, range_, order) is Within.YES]
        steps = [_next_fix(version, range_, order) for range_ in open_ranges]
        if not steps or "" in steps:
            return ""
        version = newest(steps, order)
        if within(version, entries, order) is Within.NO:
            return version
    return ""


_MAX_STEPS: Final = 20


def has_fix(version: str, entries: Iterable[Affected], order: Order) -> bool:
    """Whether a fix of a range is at the version or below."""
    events = (event for entry in entries for range_ in entry.ranges if range_.type is not RangeType.GIT for event in range_.events)
    return any(event.change is Change.FIXED and event.version != "0" and order(event.version, version) in {-1, 0} for event in events)


def oldest(versions: Iterable[str], order: Order) -> str:
    """The lowest; of those without an order the first."""
    return min(dict.fromkeys(versions), key=_key(order), default="")


def newest(versions: Iterable[str], order: Order) -> str:
    """The highest; of those without an order the first."""
    return max(dict.fromkeys(versions), key=_key(order), default="")


def _key(order: Order) -> Callable[[str], Any]:
    def compared(first: str, second: str) -> int:
        return order(first, second) or 0

    return cmp_to_key(compared)


def _within_one(version: str, entry: Affected, order: Order) -> Within:
    if version in entry.versions:
        return Within.YES
    comparable = [range_ for range_ in entry.ranges if range_.type is not RangeType.GIT]
    if not comparable:
        return _listed(version, entry, order)
    found = [_in_range(version, range_, order) for range_ in comparable]
    return Within.YES if Within.YES in found else Within.NOT_CERTAIN if Within.NOT_CERTAIN in found else Within.NO


def _listed(version: str, entry: Affected, order: Order) -> Within:
    """By the list alone, in which a version may be written otherwise (`1.0` for `1.0.0`). An entry of no version at all says nothing."""
    if not entry.versions:
        return Within.NOT_CERTAIN
    sides = {order(version, listed) for listed in entry.versions}
    return Within.YES if 0 in sides else Within.NOT_CERTAIN if sides == {None} else Within.NO


def _in_range(version: str, range_: VersionRange, order: Order) -> Within:
    """Decided by the last event that the version has reached; a fix at the very version of another event outweighs it."""
    if range_.type is RangeType.GIT:
        return Within.NO
    last: Event | None = None
    is_before_limit, limits = False, 0
    for event in range_.events:
        side = 1 if event.change is Change.LIMIT and event.version == "*" else order(event.version, version)
        if side is None:
            return Within.NOT_CERTAIN
        match event.change:
            case Change.LIMIT:
                limits += 1
                is_before_limit = is_before_limit or side > 0
                continue
            case Change.INTRODUCED | Change.FIXED:
                is_reached = side <= 0
            case Change.LAST_AFFECTED:
                is_reached = side < 0
            case _:
                assert_never(event.change)
        if is_reached:
            later = 1 if last is None else order(event.version, last.version)
            if later is None:
                return Within.NOT_CERTAIN
            if last is None or later > 0 or (later == 0 and event.change is not Change.INTRODUCED):
                last = event
    is_in = last is not None and last.change is Change.INTRODUCED and (is_before_limit or not limits)
    return Within.YES if is_in else Within.NO


def _next_fix(version: str, range_: VersionRange, order: Order) -> str:
    fixes = [event.version for event in range_.events if event.change is Change.FIXED and order(event.version, version) == 1]
    return min(fixes, key=_key(order), default="")
