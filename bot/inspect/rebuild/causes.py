"""Why a package is still old in a new build, or why that stands on an old base: read from layers, history and the build's files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.inspect.rebuild import instructions, remedies
from bot.inspect.rebuild.bases import Stands
from bot.inspect.rebuild.fates import OF_DISTRIBUTIONS, Fate
from bot.inspect.rebuild.pair import Pair
from bot.model.contents import Layer, Package
from bot.model.rebuild import BuildLine, BuildPlace, RebuildVerdict
from bot.versions.packages import compare_versions

_MAX_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a rebuild did not fix what it was for."""

    verdict: RebuildVerdict
    evidence: tuple[str, ...]
    remedy: str
    at: tuple[BuildPlace, ...] = ()
    """The lines that the remedy is about; empty: they are not known for certain."""


def same_layers(pair: Pair) -> Cause | None:
    """Where not one layer differs."""
    if tuple(layer.diff_id for layer in pair.old.layers) != tuple(layer.diff_id for layer in pair.new.layers):
        return None
    built = f" of {_day(pair.new.created_at)}" if pair.new.created_at else ""
    newest = max((layer.created_at for layer in pair.new.layers if layer.created_at), default=None)
    dated = f", the newest of which is of {_day(newest)}" if newest else ""
    said = f"The image{built} has the layers of the old one{dated}: labels, dates or settings alone differ."
    return Cause(verdict=RebuildVerdict.NOTHING_CHANGED, evidence=(said,), remedy=remedies.nothing_changed(pair.goal.places))


def other_stage(pair: Pair) -> Cause | None:
    """Where the build's files were changed, or upgrade packages, in other stages than the one that is published."""
    changed = [place for place in pair.goal.places if place.was_changed and place.kind is not BuildLine.BUILD_STEP]
    if not changed or any(place.is_final for place in changed):
        return None
    said = f"What was changed is in another stage than the one that is published: {_places(changed)}."
    return Cause(verdict=RebuildVerdict.OTHER_STAGE, evidence=(said,), remedy=remedies.other_stage(pair.goal.places), at=tuple(changed))


def old_base(pair: Pair) -> Cause | None:
    """Where the new image stands on the old base."""
    if pair.standing is None or pair.standing.stands is not Stands.ON_OLD:
        return None
    return other_stage(pair) or Cause(
        verdict=RebuildVerdict.BASE_NOT_TAKEN, evidence=(pair.standing.said,), remedy=remedies.old_base(pair.goal.places)
    )


def cause_of(fate: Fate, pair: Pair) -> Cause:
    """Why a package is still old (of a fate that is `STILL_OLD`). The first that the two images show."""
    return (
        same_layers(pair)
        or _other_stage_of(fate, pair)
        or _of_fresh_layers(fate, pair)
        or _cached(fate, pair)
        or _of_base(fate, pair)
        or _brought_by(fate, pair)
    )


def _other_stage_of(fate: Fate, pair: Pair) -> Cause | None:
    """The stage that is published neither was changed nor upgrades packages, and another one was or does."""
    if any(_fetching(layer, fate) for layer in pair.own):
        return None
    by_change = other_stage(pair)
    if by_change is not None:
        return by_change
    running = [place for place in pair.goal.places if place.kind is BuildLine.RUN and _upgrades(place, fate)]
    if not running or any(place.is_final for place in running):
        return None
    said = f"Packages are upgraded in another stage than the one that is published: {_places(running)}."
    return Cause(verdict=RebuildVerdict.OTHER_STAGE, evidence=(said,), remedy=remedies.other_stage(pair.goal.places), at=tuple(running))


def _upgrades(place: BuildPlace, fate: Fate) -> bool:
    return instructions.fetches(place.text, fate.wanted.type, _names(fate))


def _of_fresh_layers(fate: Fate, pair: Pair) -> Cause | None:
    """What would have brought it was run anew, and did not."""
    fresh = [layer for layer in pair.own if not pair.is_kept(layer) and _fetching(layer, fate)]
    held = next(filter(None, (_held_by(layer, fate, pair) for layer in pair.own)), None)
    if held is None and not fresh:
        return None
    held = held or _split(fate, pair) or next(filter(None, (_left_alone(layer, fate, pair) for layer in fresh)), None)
    names, where = _names(fate), pair.goal.places
    if held is not None:
        return Cause(verdict=RebuildVerdict.HELD_BACK, evidence=(held,), remedy=remedies.held_back(fate.wanted, held, names, where))
    ran = f"{_layer(fresh[-1], pair)} was run anew{_on(fresh[-1])} and did not bring {fate.wanted.fixed_in or 'the fix'}."
    later = [*_put_back(fresh[-1], fate, pair)]
    remedy = remedies.put_back() if later else remedies.not_brought(fate.wanted)
    return Cause(verdict=RebuildVerdict.NOT_FIXED, evidence=(ran, *later), remedy=remedy)


def _put_back(fresh: Layer, fate: Fate, pair: Pair) -> Iterator[str]:
    """The layers above that brought the old version back."""
    above = pair.new.layers[pair.new.layers.index(fresh) + 1 :]
    for package in fate.guilty[:_MAX_SHOWN]:
        layer = pair.layer_of(package)
        if layer in above:
            yield f"{_layer(layer, pair)}, which comes after it, brought {package.name} {package.version}."


def _held_by(layer: Layer, fate: Fate, pair: Pair) -> str | None:
    """An instruction that holds it, run anew or kept: a cached one that names the version would bring nothing else when run."""
    how = instructions.held_by(layer.created_by, fate.wanted.type, _names(fate))
    return f"{_layer(layer, pair)} {how}." if how else None


def _split(fate: Fate, pair: Pair) -> str | None:
    """Packages of the same source that are newer."""
    if fate.wanted.type not in OF_DISTRIBUTIONS:
        return None
    for guilty in fate.guilty:
        for other in pair.after(guilty.type, guilty.source_name):
            is_sibling = other.source_name == guilty.source_name and other.name != guilty.name
            if is_sibling and guilty.source_name and _is_older(guilty, other):
                newer, older = (
                    f"{other.name} is {other.version}",
                    f"{guilty.name} of the same source {guilty.source_name} is {guilty.version}",
                )
                return f"{newer}, and {older}: the upgrade took the one and held back the other."
    return None


def _is_older(one: Package, other: Package) -> bool:
    first, second = (each.source_version or each.version for each in (one, other))
    return compare_versions(one.type, first, second) == -1


def _left_alone(layer: Layer, fate: Fate, pair: Pair) -> str | None:
    """An upgrade of apt-get that upgraded others of its packages, and left what would need a new one."""
    if not instructions.keeps_from_new_packages(layer.created_by):
        return None
    before = {(one.type, one.name, one.architecture): one for one in pair.old.packages}
    taken = [
        one.name
        for one in pair.new.packages
        if one.layer == layer.diff_id and (was := before.get((one.type, one.name, one.architecture))) and _is_older(was, one)
    ]
    if not taken:
        return None
    named = ", ".join(taken[:_MAX_SHOWN]) + (" and more" if len(taken) > _MAX_SHOWN else "")
    why = "`upgrade` leaves alone what needs a package that is not there"
    return f"{_layer(layer, pair)} upgraded {named} and left {fate.wanted.name}: {why}."


def _cached(fate: Fate, pair: Pair) -> Cause | None:
    """What would bring it was not run."""
    kept = [layer for layer in pair.own if pair.is_kept(layer) and _fetching(layer, fate)]
    if not kept and pair.own_from is not None:
        # Above a base that is known, a layer in which a package manager brought it is the build's own.
        of_it = filter(None, map(pair.layer_of, fate.guilty))
        kept = [one for one in of_it if one in pair.own and pair.is_kept(one) and instructions.installs(one.created_by, fate.wanted.type)]
    if not kept:
        return None
    layer = kept[-1]
    built = f"; the image is of {_day(pair.new.created_at)}" if pair.new.created_at else ""
    said = f"{_layer(layer, pair)} was not run: it is the old image's{_dated(layer)}{built}."
    whose = (_WHOSE,) if pair.own_from is None else ()
    remedy = remedies.cached(layer.created_by, pair.goal.places)
    runs = remedies.runs_of(layer.created_by, pair.goal.places)
    return Cause(verdict=RebuildVerdict.CACHED, evidence=(said, *whose), remedy=remedy, at=runs if len(runs) == 1 else ())


_WHOSE: Final = "Which layers are the base's is not known: where that one is, the base was not taken anew."


def _of_base(fate: Fate, pair: Pair) -> Cause | None:
    """The base brought it: the old one again, or a new one without the fix."""
    if not fate.guilty:
        return None
    if any(pair.is_of_base(one) for one in fate.guilty) and (stays := old_base(pair) or _same_base(pair)):
        return stays
    lowest = pair.new.layers[0] if pair.new.layers else None
    if lowest is None or pair.is_kept(lowest):
        return None
    claims = [each.base.digest for each in (pair.old, pair.new) if each.base is not None and each.base.digest is not None]
    is_claimed_new = len(claims) == len((pair.old, pair.new)) and len(set(claims)) > 1
    for one in fate.guilty:
        is_of_base = pair.is_of_base(one)
        layer = pair.layer_of(one)
        if is_of_base or (is_of_base is None and layer is not None and (layer == lowest or is_claimed_new) and not pair.is_kept(layer)):
            name = pair.goal.base.name if pair.goal.base is not None else "the base"
            moved = (
                f"The base moved: {pair.standing.said}" if is_of_base and pair.standing else "The base moved: the lowest layers are new."
            )
            said = f"It brings {one.name} {one.version} in {_layer_name(layer, pair)}{_dated(layer) if layer else ''}."
            return Cause(verdict=RebuildVerdict.FIX_NOT_IN_BASE, evidence=(moved, said), remedy=remedies.not_in_base(name, fate.wanted))
    return None


def _same_base(pair: Pair) -> Cause | None:
    """Where the layers of its base are those of before, and no other base was asked for."""
    below = pair.new.layers[: pair.own_from]
    if pair.goal.base is not None or not below or any(layer.diff_id not in pair.old_diff_ids for layer in below):
        return None
    said = f"Its base is the one of before: the {len(below)} lowest layers are the old image's."
    return Cause(verdict=RebuildVerdict.BASE_NOT_TAKEN, evidence=(said,), remedy=remedies.same_base(pair.goal.places))


def _brought_by(fate: Fate, pair: Pair) -> Cause:
    """None of the known reasons: where it is, and what brought it."""
    said = []
    for package in fate.guilty[:_MAX_SHOWN]:
        layer = pair.layer_of(package)
        where = f" at {package.path}" if package.path else ""
        if layer is None:
            said.append(f"{package.name} {package.version} is{where}; which layer brought it is not known.")
        else:
            again = ", which was not built again" if pair.is_kept(layer) else ", which was built anew"
            said.append(f"{package.name} {package.version} is{where}, brought by {_layer_name(layer, pair)}{_dated(layer)}{again}.")
    age = (pair.old.created_at, pair.new.created_at)
    if age[0] is not None and age[1] is not None and age[1] < age[0]:
        said.append(f"The new image is of {_day(age[1])} and older than the old one of {_day(age[0])}: the tag went back.")
    layers = [pair.layer_of(package) for package in fate.guilty]
    copied = any(layer is not None and instructions.is_copy(layer.created_by) for layer in layers)
    remedy = remedies.copied(fate.wanted) if copied else remedies.elsewhere(fate.wanted)
    return Cause(verdict=RebuildVerdict.NOT_FIXED, evidence=tuple(said), remedy=remedy)


def _fetching(layer: Layer, fate: Fate) -> bool:
    return instructions.fetches(layer.created_by, fate.wanted.type, _names(fate))


def _names(fate: Fate) -> frozenset[str]:
    """What the package is called in an instruction."""
    return frozenset((fate.wanted.name, *(package.name for package in fate.guilty)))


def _layer(layer: Layer | None, pair: Pair) -> str:
    text = _layer_name(layer, pair)
    return f"{text[0].upper()}{text[1:]}"


def _layer_name(layer: Layer | None, pair: Pair) -> str:
    """`layer 3 of 5 (RUN apt-get upgrade -y)`."""
    if layer is None:
        return "a layer that is not known"
    number = pair.new.layers.index(layer) + 1
    instruction = f" ({instructions.shown(layer.created_by)})" if layer.created_by else ""
    return f"layer {number} of {len(pair.new.layers)}{instruction}"


def _on(layer: Layer) -> str:
    return f" on {_day(layer.created_at)}" if layer.created_at else ""


def _dated(layer: Layer) -> str:
    return f", of {_day(layer.created_at)}" if layer.created_at else ""


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "an unknown day"


def _places(places: Sequence[BuildPlace]) -> str:
    told = [f"{place} (stage {place.stage})" if place.stage else str(place) for place in places]
    return ", ".join(told[:_MAX_SHOWN]) + (" and more" if len(told) > _MAX_SHOWN else "")
