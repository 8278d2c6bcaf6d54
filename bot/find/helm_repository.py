"""Where a chart comes from, when a file names its repository only: Flux keeps the address in an object of another file."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final, Protocol, runtime_checkable

from bot.find.finder import Tree
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, Stream, read
from bot.find.yaml_pins import is_yaml

_GROUP: Final = "source.toolkit.fluxcd.io"
_KIND: Final = "HelmRepository"


@runtime_checkable
class WalkableTree(Tree, Hashable, Protocol):
    """A tree whose files can all be listed."""

    def paths(self) -> Iterator[PurePosixPath]:
        """The candidate files, sorted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """How an object names a HelmRepository."""

    name: str
    namespace: str
    """Empty where neither the reference nor the object says it (a Kustomization sets it then)."""


def find_repository(wanted: SourceName, *, stream: Stream, path: PurePosixPath, tree: Tree) -> str | None:
    """The address of a HelmRepository: of the same file, of a file in its folder or one above, of any file of the tree; None if unknown.

    Where several repositories have the name and no namespace tells them apart, they must have one address.
    """
    own = _address(wanted, _repositories(stream))
    if own:
        return own
    if isinstance(tree, WalkableTree):
        return _address(wanted, _of_tree(tree))
    for folder in path.parents:
        near = (text for file in tree.files(folder) if is_yaml(file) and file != path and (text := tree.read(file)))
        found = _address(wanted, tuple(repository for text in near if _KIND in text for repository in _repositories(read(text))))
        if found:
            return found
    return None


Repository = tuple[SourceName, str]


def _repositories(stream: Stream) -> tuple[Repository, ...]:
    objects = (manifest for document in stream.documents for manifest in manifests(document))
    return tuple(_repository(manifest) for manifest in objects if group_of(manifest) == _GROUP and manifest.text("kind") == _KIND)


def _repository(manifest: Mapping) -> Repository:
    name = SourceName(name=manifest.text("metadata", "name"), namespace=manifest.text("metadata", "namespace"))
    return name, manifest.text("spec", "url")


@lru_cache(maxsize=2)
def _of_tree(tree: WalkableTree) -> tuple[Repository, ...]:
    texts = (tree.read(path) for path in tree.paths() if is_yaml(path))
    return tuple(repository for text in texts if text and _KIND in text and _GROUP in text for repository in _repositories(read(text)))


def _address(wanted: SourceName, repositories: tuple[Repository, ...]) -> str | None:
    named = [(name, url) for name, url in repositories if name.name == wanted.name and url]
    exact = {url for name, url in named if name.namespace == wanted.namespace}
    loose = {url for name, url in named if not name.namespace or not wanted.namespace}
    for urls in (exact, loose):
        if len(urls) == 1:
            return urls.pop()
    return None
