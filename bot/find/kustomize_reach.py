"""Which files of a tree Kustomize builds from for a folder (kustomize: `resources`, `components`, `bases`, patches by path)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import ListedTree
from bot.find.syntax.yaml import read
from bot.find.yaml_pins import is_yaml
from bot.model.image_override import ImageOverride

NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""In the order in which Kustomize looks for them."""
_LISTS: Final = ("resources", "bases", "components", "crds", "generators", "transformers", "patchesStrategicMerge")
_WITH_PATHS: Final = ("patches", "patchesJson6902", "replacements")
_MOST_FILES: Final = 5_000


class TooManyError(Exception):
    """More files than anybody builds from; the message says so."""


def reached(tree: ListedTree, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """The files, sorted; those below the folder where it has no Kustomization of its own, as Flux then makes one of them all.

    What lies outside the tree, in other repos or behind links, is not among them. Raises TooManyError.
    """
    walk = _Walk(tree=tree)
    start = _inside(PurePosixPath(), str(folder))
    if start is not None:
        walk.from_folder(start)
    return tuple(sorted(walk.files))


def overrides(text: str) -> Iterator[ImageOverride]:
    """The `images` of a Kustomization."""
    for document in read(text).mappings():
        images = document.sequence("images")
        for image in images.mappings() if images else ():
            if image.text("name"):
                yield ImageOverride(
                    name=image.text("name"), new_name=image.text("newName"), tag=image.text("newTag"), digest=image.text("digest")
                )


@dataclass(slots=True, kw_only=True)
class _Walk:
    tree: ListedTree
    files: set[PurePosixPath] = field(default_factory=set)
    seen: set[PurePosixPath] = field(default_factory=set)

    def from_folder(self, start: PurePosixPath) -> None:
        waiting = [start] if self._own(start) else self._made(start)
        while waiting:
            folder = waiting.pop()
            own = None if folder in self.seen else self._own(folder)
            self.seen.add(folder)
            if own is None:
                continue
            self._take([own])
            for named in filter(None, (_inside(folder, entry) for entry in _entries(self.tree.read(own) or ""))):
                if named in self.tree.files(named.parent):
                    self._take([named])
                else:
                    waiting.append(named)

    def _made(self, start: PurePosixPath) -> list[PurePosixPath]:
        """The folders with a Kustomization below one that has none; the files of all others are taken (Flux: generating one)."""
        below = [path for path in self.tree.paths() if path.is_relative_to(start)]
        own = {path.parent for path in below if path.name in NAMES}
        self._take(path for path in below if is_yaml(path) and own.isdisjoint(path.parents))
        return sorted(folder for folder in own if own.isdisjoint(folder.parents))

    def _own(self, folder: PurePosixPath) -> PurePosixPath | None:
        held = self.tree.files(folder)
        return next((folder / name for name in NAMES if folder / name in held), None)

    def _take(self, files: Iterable[PurePosixPath]) -> None:
        for file in files:
            self.files.add(file)
            if len(self.files) > _MOST_FILES:
                raise TooManyError(f"it is built from more than {_MOST_FILES:,} files")


def _entries(text: str) -> Iterator[str]:
    """The paths that a Kustomization names; addresses of other repos are none of them that is there."""
    for document in read(text).mappings():
        for name in _LISTS:
            listed = document.sequence(name)
            yield from (entry.value for entry in listed.scalars()) if listed else ()
        for name in _WITH_PATHS:
            listed = document.sequence(name)
            yield from (entry.text("path") for entry in listed.mappings()) if listed else ()


def _inside(folder: PurePosixPath, written: str) -> PurePosixPath | None:
    """The path below the tree's root; None: it leads out, or is no path."""
    if not written or written.startswith("/") or "://" in written or "\n" in written:
        return None
    parts: list[str] = []
    for part in (*folder.parts, *written.split("/")):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return PurePosixPath(*parts)
