"""Find, inspect: what the Dockerfiles of a repo stand on, at the commit that an image was built from."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from bot.clients.once import once
from bot.find.dockerfile import DockerfileFinder
from bot.find.scan import SourceTree
from bot.inspect.lineage.detector import NotHeard
from bot.inspect.lineage.dockerfile import Written, WrittenBase
from bot.model.failure import ToldError, told
from bot.model.image import ImageReference
from bot.model.pin import Pin, Role
from bot.model.update import image_in_use

_FINDER: Final = DockerfileFinder()
_MAX_FILES: Final = 200
_COMMIT: Final = re.compile("[0-9a-f]{40}", re.ASCII)


def written_bases(
    open_tree: Callable[[ImageReference, str], SourceTree], image: ImageReference, revision: str
) -> tuple[WrittenBase, ...] | NotHeard:
    """The final bases of all Dockerfiles of the repo that publishes an image, at a commit; why they can't be read."""
    try:
        return tuple(_bases(open_tree(image, revision)))
    except ToldError as error:
        return NotHeard(what=f"Dockerfiles at {revision[:12]}", reason=told(error))


def bases_of_publishers(kept_tree: Callable[[str, str], SourceTree], repos_of: Mapping[str, Sequence[str]]) -> Written:
    """The same by the clones that a run has of the repos that publish each image (`repos_of` its name). Each commit is read once.

    A label that names no commit, or one of the base's repo, is nothing that any of them has: that is told, and nothing is fetched for it.
    """

    @once
    def read(name: str, revision: str) -> tuple[WrittenBase, ...] | NotHeard:
        if not _COMMIT.fullmatch(revision):
            return NotHeard(what="Dockerfiles", reason=f"{revision[:40]!r}, which the image says it was built from, is no commit")
        problem = "no repo of this run publishes it"
        for repo in repos_of.get(name, ()):
            try:
                return tuple(_bases(kept_tree(repo, revision)))
            except ToldError as error:
                problem = told(error)
        return NotHeard(what=f"Dockerfiles at {revision[:12]}", reason=problem)

    def written(image: ImageReference, revision: str) -> tuple[WrittenBase, ...] | NotHeard:
        return read(image.name, revision)

    return written


def _bases(tree: SourceTree) -> Iterator[WrittenBase]:
    paths: list[PurePosixPath] = [path for path in tree.paths() if _FINDER.matches(path)]
    for path in paths[:_MAX_FILES]:
        text = tree.read(path)
        for finding in _FINDER.find(path, text, tree) if text is not None else ():
            if isinstance(finding, Pin) and finding.role is Role.FINAL_BASE and (base := image_in_use(finding)) is not None:
                yield WrittenBase(base=base, file=str(path))
