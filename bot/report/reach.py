"""What stands on what: the blast radius of a base or chart, and how many versions of it are about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.model.dependency import OCI
from bot.model.pin import Role
from bot.report.look import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One dependency, and the apps that it is in."""

    dependency: str
    values: Mapping[str, Sequence[Look]]
    """Its values in use, each with the apps that name it; those of the most apps first. An empty value: the file names none."""
    through: Mapping[str, str] = field(default_factory=dict)
    """Apps that stand on it only by an image of the fleet that is built on it: `App.key`, and that image."""
    looks: Sequence[Look] = ()
    """All of them, the direct ones first, by name."""


def reaches(looks: Sequence[Look]) -> Sequence[Reach]:
    """Each dependency of the fleet, those of the most apps first.

    What an app publishes stands on the one base that its final stages name. Where they name several, nobody knows which of its images is
    on which, and nothing is counted through it (`unclear`).
    """
    direct: dict[str, dict[str, dict[str, Look]]] = defaultdict(lambda: defaultdict(dict))
    for look in looks:
        for use in look.uses:
            direct[use.dependency][use.value][look.app.key] = look
    by_key = {look.app.key: look for look in looks}
    through = _through(looks, direct)
    found = [_reach(name, values, through.get(name, {}), by_key) for name, values in direct.items()]
    return sorted(found, key=lambda one: (-len(one.looks), one.dependency))


def unclear(looks: Iterable[Look]) -> Sequence[Look]:
    """Apps that publish images and name several bases: what stands on those is not told through them."""
    return [look for look in looks if look.app.images and len(_final_bases(look)) > 1]


def _reach(name: str, values: Mapping[str, Mapping[str, Look]], through: Mapping[str, str], by_key: Mapping[str, Look]) -> Reach:
    ordered = sorted(values.items(), key=lambda one: (-len(one[1]), one[0]))
    keys = dict.fromkeys(key for _, holders in ordered for key in holders)
    only_through = {key: image for key, image in through.items() if key not in keys}
    return Reach(
        dependency=name,
        values={value: tuple(holders.values()) for value, holders in ordered},
        through=only_through,
        looks=tuple(sorted(map(by_key.__getitem__, keys), key=_by_name) + sorted(map(by_key.__getitem__, only_through), key=_by_name)),
    )


def _by_name(look: Look) -> tuple[str, str]:
    return look.app.name, look.app.key


def _final_bases(look: Look) -> set[str]:
    return {use.dependency for use in look.uses if use.role == Role.FINAL_BASE}


def _through(looks: Iterable[Look], direct: Mapping[str, Mapping[str, Mapping[str, Look]]]) -> Mapping[str, Mapping[str, str]]:
    """For each dependency the apps that stand on an image built on it, over any number of images; circles end."""
    built_on: dict[str, set[str]] = defaultdict(set)
    for look in looks:
        bases = _final_bases(look)
        if len(bases) == 1:
            built_on[bases.pop()].update(f"{OCI}: {image}" for image in look.app.images)
    found: dict[str, dict[str, str]] = {}
    for base, images in tuple(built_on.items()):
        seen, left, holders = {base}, list(images), dict[str, str]()
        while left:
            image = left.pop()
            if image in seen:
                continue
            seen.add(image)
            for apps in direct.get(image, {}).values():
                holders.update({key: image for key in apps if key not in holders})
            left += built_on.get(image, ())
        found[base] = holders
    return found
