"""A list of what a cluster runs: pods (`kubectl get pods -A -o json`), Argo CD Applications (`argocd app list -o json`), Flux's objects."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.clients.json_fields import MAX_ENTRIES, Object, mapping, moment, text, within
from bot.model.deployment import Deployment, Spot
from bot.model.runtime import Origin
from bot.track.deployments import argo_cd, flux, pods
from bot.track.deployments.found import Found, PassedOver, Unreadable
from bot.track.deployments.read import Applied, Covered, Listing, Read, StageOf

_AHEAD: Final = timedelta(hours=1)
"""Two clocks may differ by that."""
_MAX_LISTS: Final = 4
_MAX_TOLD: Final = 5
_SYSTEM: Final = "kube-system"
_MAX_NOTES: Final = 50
_KINDS: Final = {"Pod": pods.found_in, "Application": argo_cd.found_in}


def read(document: object, listing: Listing, stage_of: StageOf, *, now: datetime) -> Read:
    """What runs by a parsed list. Never raises for what is in it.

    `takenAt` at its top is the list's own time; a list that has none is as old as its file. One that is too old, or from the future,
    tells nothing.
    """
    taken_at = moment(mapping(document).get("takenAt"))
    listing = replace(listing, as_of=taken_at or listing.as_of)
    problem = _why_not(document, listing, now)
    if problem:
        return Read(problems=(problem,))
    gathered = _Gathered()
    for number, (kind, item) in enumerate(_objects(document)):
        if number == MAX_ENTRIES:
            gathered.unreadable[f"it holds more than {MAX_ENTRIES:,} objects, and the others were not read; list it by namespace"] += 1
            break
        reader = _KINDS.get(kind)
        if flux.is_flux(kind, item):
            gathered.of_flux.append((kind, item))
            continue
        if reader is None:
            gathered.others[kind[:60] or "without a kind"] += 1
            continue
        gathered.known += 1
        if kind == "Pod":
            gathered.places.update(pods.places_of(item))
        for found in reader(item, listing, stage_of):
            gathered.take(found)
    gathered.applied_by_flux(listing)
    read = gathered.told(now, listing)
    is_whole = not read.problems and not text(within(document, "metadata").get("continue"))
    return replace(read, covered=_covered(gathered.places, listing)) if is_whole and gathered.places and listing.cluster else read


def _covered(places: Collection[Origin], listing: Listing) -> Covered:
    """A list of some namespaces names none of the system's own, which every cluster has pods in."""
    there = frozenset(place.namespace for place in places)
    asked = frozenset(filter(listing.holds, there))
    is_of_all = _SYSTEM in there and "*" in listing.namespaces
    return Covered(cluster=listing.cluster, namespaces=asked, is_of_all=is_of_all, places=frozenset(places))


def _why_not(document: object, listing: Listing, now: datetime) -> str:
    """Why nothing of a list is believed; empty: it is."""
    if listing.as_of > now + _AHEAD:
        return f"it is from the future ({listing.as_of:%Y-%m-%d %H:%M} UTC); correct takenAt, or the clock of the machine that wrote it"
    if now - listing.as_of > listing.max_age:
        days = (now - listing.as_of).days
        return f"it is of {listing.as_of:%Y-%m-%d}, {days} days old, and believed for {_days(listing.max_age)}; fetch it anew"
    if mapping(document).get("kind") == "Status":
        return f"it holds an error and no list: {text(mapping(document).get('message'))[:200]}; fetch it anew"
    return ""


def _days(length: timedelta) -> str:
    return f"{length / timedelta(days=1):g} days"


def _objects(document: object, depth: int = 0) -> Iterator[tuple[str, Object]]:
    """The objects of a list, of a list in a list, or the one that the document is, each with its kind."""
    if isinstance(document, list):
        for item in document:
            yield from _objects(item if not isinstance(item, list) else None, depth + 1)
        return
    item = mapping(document)
    kind = text(item.get("kind"))
    inside = item.get("items")
    if isinstance(inside, list) and depth < _MAX_LISTS:
        of_kind = kind.removesuffix("List")
        for one in inside:
            if of_kind and "kind" not in mapping(one) and isinstance(one, dict):
                yield of_kind, one  # a list of one kind says it once
            else:
                yield from _objects(one, depth + 1)
    elif not kind and "destination" in mapping(item.get("spec")) and "status" in item:
        yield "Application", item  # as Argo CD's own command prints them
    elif item:
        yield kind, item


@dataclass(slots=True)
class _Gathered:
    """What was found so far; the replicas of a workload count once."""

    by_place: dict[tuple[str, Spot | None, str], Deployment] = field(default_factory=dict)
    unreadable: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    of_flux: list[tuple[str, Object]] = field(default_factory=list)
    """They are read together: one names the source of another."""
    applied: list[Applied] = field(default_factory=list)
    places: set[Origin] = field(default_factory=set)
    known: int = 0

    def applied_by_flux(self, listing: Listing) -> None:
        self.known += len(self.of_flux)
        for found in flux.found_in(self.of_flux, listing):
            if isinstance(found, Applied):
                self.applied.append(found)
            else:
                self.take(found)

    def take(self, found: Found) -> None:
        match found:
            case Deployment():
                self._deployment(found)
            case PassedOver():
                self.passed_over[found.why] += 1
            case Unreadable():
                self.unreadable[found.what] += 1
            case _:
                assert_never(found)

    def _deployment(self, found: Deployment) -> None:
        key = (str(found.image), found.spot, found.doubt)
        known = self.by_place.get(key)
        if known is None:
            self.by_place[key] = found
            return
        # There surely since the oldest of them says so.
        times = [time for time in (known.since, found.since) if time is not None]
        self.by_place[key] = replace(known, since=min(times, default=None))

    def told(self, now: datetime, listing: Listing) -> Read:
        deployments = tuple(replace(one, as_of=min(one.as_of, now)) for one in self.by_place.values())
        problems = [f"{what}" + (f" ({count} times)" if count > 1 else "") for what, count in self.unreadable.most_common(_MAX_TOLD)]
        left = len(self.unreadable) - _MAX_TOLD
        problems += [f"{left} more of that kind"] if left > 0 else []
        if not self.known:
            held = f", but {_counted(self.others)}" if self.others else ""
            problems.append(f"it holds no pods, no Applications of Argo CD and no objects of Flux{held}; check how it was fetched")
        notes = [f"{count} {why}" for why, count in self.passed_over.most_common(_MAX_NOTES)]
        if len(self.passed_over) > _MAX_NOTES:
            notes.append(f"{len(self.passed_over) - _MAX_NOTES} more were passed over for other reasons")
        unknown = sum(not one.stage for one in deployments)
        if unknown:
            notes.append(f"of {unknown} the stage is not told by namespace or name; set `stage` of {listing.name}")
        return Read(deployments=deployments, problems=tuple(problems), notes=tuple(notes), applied=tuple(self.applied))


def _counted(counts: Counter[str]) -> str:
    shown: Iterable[str] = (f"{count} {kind}" for kind, count in counts.most_common(_MAX_TOLD))
    return ", ".join(shown)
