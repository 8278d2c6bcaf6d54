"""The files of a repo, for all that a run does with them."""

from typing import Protocol

from bot.find.proof import ByteTree
from bot.find.scan import SourceTree


class ScannedTree(SourceTree, ByteTree, Protocol):
    """A tree to find pins in and to edit."""
