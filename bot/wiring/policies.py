"""Policies of admission controllers that stand in repos, as their default branch has them."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.inspect.admission.policy import ImagePolicy
from bot.inspect.admission.read import read_policies, unread
from bot.model.failure import ToldError
from bot.model.fleet import Repo
from bot.pipeline.scanned_tree import ScannedTree
from bot.propose.forge import Forge
from bot.settings.admission import PolicyRepoEntry

_ENDINGS: Final = frozenset({".yaml", ".yml"})


def policies_in(entry: PolicyRepoEntry, forge: Forge, open_tree: Callable[[Repo], ScannedTree]) -> Iterator[ImagePolicy]:
    """The policies below a repo's folder. A repo or a file that can't be read demands what is not known; never raises ToldError."""
    try:
        found = next(iter(forge.repos([entry.repo])), None)
        if not isinstance(found, Repo):
            yield unread(entry.repo, "the repo can't be had" if found is None else str(found.what))
            return
        tree = open_tree(found)
        paths = [path for path in tree.paths() if path.suffix in _ENDINGS and _is_below(path, entry.folder)]
        if not paths:
            yield unread(f"{entry.repo}/{entry.folder}", "there is no YAML there")
        for path in paths:
            data = tree.read_bytes(path)
            named = f"{entry.repo}/{path}"
            yield from [unread(named, "it is too large, no text, or a link")] if data is None else read_policies(data, named)
    except ToldError as error:
        yield unread(entry.repo, str(error))


def _is_below(path: PurePosixPath, folder: str) -> bool:
    return not folder or path.is_relative_to(folder)
