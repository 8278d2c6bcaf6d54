"""The layers on top of one another: which files are seen in the end, and which layer brought each package."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.inspect.layers.record import LayerRecord
from bot.inspect.reader import Found, Reader
from bot.model.contents import Package

_MAX_LINKS: Final = 40
"""Followed for one path, as Linux does (path_resolution(7))."""


@dataclass(slots=True)
class _Seen:
    """A file that is seen, and for each package in it the layer since which it is there."""

    found: Found
    layers: Mapping[Package, str]


@dataclass(slots=True)
class Overlay:
    """The file system so far; `put` layer after layer, the lowest first."""

    _files: dict[str, _Seen] = field(default_factory=dict)
    _links: dict[str, str] = field(default_factory=dict)

    def put(self, layer: LayerRecord, diff_id: str) -> None:
        """Lay one more layer on top. What it takes away it takes from those below, wherever in the archive that stands."""
        before = dict(self._files)
        self._take_away({self._place(path) for path in layer.removed}, {self._place(path) for path in layer.emptied})
        for shape in layer.shapes:
            self._links.pop(shape.path, None)
            if shape.link is not None:
                self._links[shape.path] = shape.link
            if shape.is_folder:
                self._files.pop(shape.path, None)
            else:
                self._take_away(set(), {shape.path})
        for file in layer.files:
            place = self._place(file.path)
            if place in self._links:
                self._files.pop(place, None)
                continue
            packages = tuple(package if package.path == place else replace(package, path=place) for package in file.found.packages)
            known = before[place].layers if place in before else {}
            layers = {package: known.get(package, diff_id) for package in packages}
            self._files[place] = _Seen(found=replace(file.found, packages=packages), layers=layers)

    def found(self) -> Iterator[tuple[str, Found]]:
        """Each file that is seen, by its path, its packages with the layer that brought them."""
        for path in sorted(self._files):
            seen = self._files[path]
            packages = tuple(replace(package, layer=layer) for package, layer in seen.layers.items())
            yield path, replace(seen.found, packages=packages)

    def strays(self, readers: Sequence[Reader]) -> Iterator[str]:
        """The fixed places whose links lead to where nothing is read."""
        for path in sorted({path for reader in readers for path in reader.paths}):
            target = self._resolve(path)
            if target is None:
                yield f"{path}: not read: its links lead in a circle"
            elif target != path and not any(target in reader.paths for reader in readers):
                yield f"{path}: not read: it is a link to {target[:200]!r}, where no database is looked for"

    def _take_away(self, removed: set[str], emptied: set[str]) -> None:
        if not removed and not emptied:
            return
        gone = removed | emptied
        for path in [path for path in self._files if path in removed or _is_below(path, gone)]:
            del self._files[path]
        for path in [path for path in self._links if path in removed or _is_below(path, gone)]:
            del self._links[path]

    def _place(self, path: str) -> str:
        """Where a path lies really: the folder that it names may be a link."""
        folder, slash, name = path.rpartition("/")
        real = self._resolve(folder) if slash else ""
        return f"{real}/{name}".removeprefix("/") if real is not None else path

    def _resolve(self, path: str) -> str | None:
        """Where a path leads through the links that are known, never out of the root; None: in a circle."""
        done: list[str] = []
        todo = [part for part in reversed(path.split("/")) if part]
        followed = 0
        while todo:
            part = todo.pop()
            if part == "..":
                if done:
                    done.pop()
                continue
            if part == ".":
                continue
            done.append(part)
            link = self._links.get("/".join(done))
            if link is None:
                continue
            followed += 1
            if followed > _MAX_LINKS:
                return None
            done = [] if link.startswith("/") else done[:-1]
            todo += [part for part in reversed(link.split("/")) if part]
        return "/".join(done)


def _is_below(path: str, folders: set[str]) -> bool:
    """Whether a path lies in one of the folders, at any depth; the root's name is empty."""
    while path:
        path = path.rpartition("/")[0]
        if path in folders:
            return True
    return False
