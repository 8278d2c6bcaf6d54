"""The packages and layers of two images, side by side."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.model.comparison import Change, Comparison, Difference, PackageChange
from bot.model.contents import Contents, KnownBy, Layer, Package
from bot.versions.packages import compare_versions

_FIRST: Final = tuple(Change)

_Key = tuple[str, str, str]


def compare(old: Contents, new: Contents, differences: Sequence[Difference] = ()) -> Comparison:
    """What became of packages and layers. Packages that are only declared count where both images have a declaration, else nobody knows."""
    before, after = {layer.diff_id for layer in old.layers}, {layer.diff_id for layer in new.layers}
    are_declared = all(any(source.known_by is KnownBy.DECLARED for source in each.sources) for each in (old, new))
    changes = _changes(_versions(old.packages, are_declared=are_declared), _versions(new.packages, are_declared=are_declared))
    return Comparison(
        old=old,
        new=new,
        packages=tuple(sorted(changes, key=lambda one: (_FIRST.index(one.change), one.type, one.namespace, one.name))),
        kept_layers=_layers(new.layers, before & after),
        old_layers=_layers(old.layers, before - after),
        new_layers=_layers(new.layers, after - before),
        differences=tuple(differences),
        not_compared=tuple(_not_compared(old, new, are_declared=are_declared)),
    )


def _versions(packages: Iterable[Package], *, are_declared: bool) -> dict[_Key, set[str]]:
    found: dict[_Key, set[str]] = defaultdict(set)
    for package in packages:
        if are_declared or package.known_by is KnownBy.LAYERS:
            found[package.type, package.namespace, package.name].add(package.version)
    return found


def _changes(old: dict[_Key, set[str]], new: dict[_Key, set[str]]) -> Iterator[PackageChange]:
    for key in old.keys() | new.keys():
        before, after = old.get(key, set()), new.get(key, set())
        if before != after:
            kind, namespace, name = key
            gone, come = tuple(sorted(before - after)), tuple(sorted(after - before))
            yield PackageChange(type=kind, namespace=namespace, name=name, change=_change(kind, before, after), old=gone, new=come)


def _change(kind: str, before: set[str], after: set[str]) -> Change:
    if not before:
        return Change.ADDED
    if not after:
        return Change.REMOVED
    gone, come = before - after, after - before
    if len(gone) != 1 or len(come) != 1:
        return Change.CHANGED
    return _step(kind, *gone, *come)


def _step(kind: str, old: str, new: str) -> Change:
    order = compare_versions(kind, old, new)
    return Change.UPGRADED if order == -1 else Change.DOWNGRADED if order == 1 else Change.CHANGED


def _layers(layers: Iterable[Layer], wanted: set[str]) -> tuple[Layer, ...]:
    return tuple(layer for layer in layers if layer.diff_id in wanted)


def _not_compared(old: Contents, new: Contents, *, are_declared: bool) -> Iterator[str]:
    for which, image in (("the old image", old), ("the new image", new)):
        yield from (f"{which}: {missing}" for missing in image.not_read)
        if not image.packages:
            yield f"{which}: no list of packages of a known form"
        declared = sum(package.known_by is KnownBy.DECLARED for package in image.packages)
        if declared and not are_declared:
            many = f"{declared} package{'' if declared == 1 else 's'}"
            yield f"{which}: {many} that only its bill of materials declares; the other image has none"
    if old.platform != new.platform:
        yield f"they are for two platforms, {old.platform} and {new.platform}"
