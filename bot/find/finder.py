"""The seam of the file formats."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Protocol

from bot.model.pin import Finding


class Tree(Protocol):
    """The other files of the same tree, for formats whose values stand in two files. Reading is pure: the answer never changes."""

    def read(self, path: PurePosixPath) -> str | None:
        """The text of a file; None where it does not exist, is too large or leaves the tree."""
        ...

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """The files directly in a folder, sorted."""
        ...


class ListedTree(Tree, Protocol):
    """A tree whose files can all be listed."""

    def paths(self) -> Iterator[PurePosixPath]:
        """The candidate files, sorted."""
        ...


class Finder(Protocol):
    """A file format. Pure: the same path, text and tree give the same findings."""

    @property
    def name(self) -> str:
        """As findings name it."""
        ...

    def matches(self, path: PurePosixPath) -> bool:
        """Whether a file of this name may be of this format. Cheap; no reading."""
        ...

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        """The pins and skips in reading order. Never raises for a file's content: what can't be read is a skip."""
        ...
