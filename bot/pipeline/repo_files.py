"""What the files of a repo say at its head: read once for each head, and remembered."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from threading import Lock
from typing import Final, Protocol

from bot.find.finder import Finder
from bot.find.publishes.read import find_published
from bot.find.scan import scan
from bot.model.fleet import Repo
from bot.model.pin import Finding, Skip
from bot.model.published import Published
from bot.pipeline.scanned_tree import ScannedTree
from bot.track import codeowners


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoFiles:
    """All that a run has to know of a repo's files before something in them is to be changed."""

    findings: tuple[Finding, ...]
    published: tuple[Published, ...]
    codeowners: str | None
    """The text of the CODEOWNERS that counts; None: there is none."""

    def read_owners(self, path: PurePosixPath) -> str | None:
        """The files where CODEOWNERS may stand, as `bot.track.codeowners.read` asks for them."""
        return self.codeowners if path == codeowners.PLACES[0] else None


def read_files(tree: ScannedTree, repo: Repo, finders: Sequence[Finder]) -> RepoFiles:
    """Raises ForgeError where one of them can't be had."""
    return RepoFiles(
        findings=tuple(scan(tree, finders=finders)),
        published=tuple(find_published(tree, repo=repo.full_name)),
        codeowners=next((text for place in codeowners.PLACES if (text := tree.read(place)) is not None), None),
    )


class KnownFiles(Protocol):
    """Remembers what was read. Never raises: what is not known is read again."""

    def of(self, repo: Repo) -> RepoFiles | None:
        """What the files say at just this head, as just these finders read them."""
        ...

    def keep(self, repo: Repo, files: RepoFiles) -> None: ...


class LaterTree:
    """A tree that is opened when somebody looks into it. Each call raises ForgeError where that fails."""

    def __init__(self, open_tree: Callable[[], ScannedTree]) -> None:
        self._open_tree: Final = open_tree
        self._lock: Final = Lock()
        self._tree: ScannedTree | None = None

    def paths(self) -> Iterator[PurePosixPath]:
        return self._opened().paths()

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return self._opened().files(folder)

    def read(self, path: PurePosixPath) -> str | None:
        return self._opened().read(path)

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        return self._opened().read_bytes(path)

    def problems(self) -> tuple[Skip, ...]:
        return self._opened().problems()

    def _opened(self) -> ScannedTree:
        with self._lock:
            if self._tree is None:
                self._tree = self._open_tree()
            return self._tree
