"""Find, inspect: what the Dockerfiles of a repo stand on, at the commit that an image was built from."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.dockerfile import DockerfileFinder
from bot.find.scan import SourceTree
from bot.inspect.lineage.detector import NotHeard
from bot.inspect.lineage.dockerfile import WrittenBase
from bot.model.failure import ToldError, told
from bot.model.image import ImageReference
from bot.model.pin import Pin, Role
from bot.model.update import image_in_use

_FINDER: Final = DockerfileFinder()
_MAX_FILES: Final = 200


def written_bases(
    open_tree: Callable[[ImageReference, str], SourceTree], image: ImageReference, revision: str
) -> tuple[WrittenBase, ...] | NotHeard:
    """The final bases of all Dockerfiles of the repo that publishes an image, at a commit; why they can't be read."""
    try:
        return tuple(_bases(open_tree(image, revision)))
    except ToldError as error:
        return NotHeard(what=f"Dockerfiles at {revision[:12]}", reason=told(error))


def _bases(tree: SourceTree) -> Iterator[WrittenBase]:
    paths: list[PurePosixPath] = [path for path in tree.paths() if _FINDER.matches(path)]
    for path in paths[:_MAX_FILES]:
        text = tree.read(path)
        for finding in _FINDER.find(path, text, tree) if text is not None else ():
            if isinstance(finding, Pin) and finding.role is Role.FINAL_BASE and (base := image_in_use(finding)) is not None:
                yield WrittenBase(base=base, file=str(path))
