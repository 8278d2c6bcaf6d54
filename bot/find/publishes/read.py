"""What a repo's own builds publish, by the files that say so. These are outputs, never pins.

Each module reads one way of building, and ends with `PLUGIN: Final[Reader]`.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes import bake, commands, compose, jib, skaffold, workflows
from bot.find.publishes.reader import Context, Reader
from bot.find.scan import SourceTree
from bot.model.published import Published

READERS: Final[tuple[Reader, ...]] = (bake.PLUGIN, commands.PLUGIN, compose.PLUGIN, jib.PLUGIN, skaffold.PLUGIN, workflows.PLUGIN)


def may_publish(path: PurePosixPath) -> bool:
    """Whether a file of this name may say what a build makes."""
    return any(reader.matches(path) for reader in READERS)


def find_published(tree: SourceTree, *, repo: str = "") -> Iterator[Published]:
    """The images that the builds in a tree make, file by file, each name once a line. `repo`: `owner/name`, where it is known."""
    context = Context(repo=repo)
    for path in tree.paths():
        readers = [reader for reader in READERS if reader.matches(path)]
        text = tree.read(path) if readers else None
        if text is not None:
            yield from dict.fromkeys(found for reader in readers for found in reader.read(path, text, context))
