"""What the files of a repo say at its head, and what is to be changed in them: read once for each head, and remembered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import PurePosixPath
from threading import Lock
from typing import Final, Protocol

from bot.find.finder import Finder
from bot.find.git_sources import git_sources, may_have_sources
from bot.find.kustomize_bases import with_set_elsewhere
from bot.find.proof import ByteTree, Changed, Wanted, change_files
from bot.find.publishes.read import find_published
from bot.find.scan import scan
from bot.find.template_parameters import address
from bot.find.yaml_pins import is_yaml
from bot.model.edit import FileChange
from bot.model.fleet import Repo
from bot.model.git_source import GitSource
from bot.model.pin import Finding, Skip
from bot.model.published import Published
from bot.model.repo_rules import MAX_CHARACTERS, PLACES
from bot.pipeline.scanned_tree import ScannedTree
from bot.track import backstage, codeowners
from bot.track.backstage import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoFiles:
    """All that a run has to know of a repo's files before something in them is to be changed."""

    findings: tuple[Finding, ...]
    published: tuple[Published, ...]
    codeowners: str | None
    """The text of the CODEOWNERS that counts; None: there is none."""

    own_file: str | None = None
    """The text of the file that makes the bot quieter here, no longer than it is ever read; None: there is none that can be read."""
    has_own_file: bool = False
    """Whether there is one, readable or not."""

    catalogue: tuple[Component, ...] = ()
    """What its Backstage catalogue lists."""

    git_sources: tuple[GitSource, ...] = ()
    """What Argo CD and Flux apply by these files."""

    def read_owners(self, path: PurePosixPath) -> str | None:
        """The files where CODEOWNERS may stand, as `bot.track.codeowners.read` asks for them."""
        return self.codeowners if path == codeowners.PLACES[0] else None


def read_files(tree: ScannedTree, repo: Repo, finders: Sequence[Finder]) -> RepoFiles:
    """Raises ForgeError where one of them can't be had."""
    noting = _Noting(tree)
    findings = tuple(with_set_elsewhere(scan(noting, finders=finders)))
    own = (address(repo.clone_url), address(f"https://github.com/{repo.full_name}"))
    own_file = place_of_own_file(tree)
    own_text = None if own_file is None else tree.read(own_file)
    return RepoFiles(
        findings=findings,
        published=tuple(find_published(tree, repo=repo.full_name)),
        codeowners=next((text for place in codeowners.PLACES if (text := tree.read(place)) is not None), None),
        own_file=None if own_text is None else own_text[: MAX_CHARACTERS + 1],
        has_own_file=own_file is not None,
        catalogue=tuple(_catalogue(tree)),
        git_sources=tuple(git_sources(filter(is_yaml, sorted(noting.noted)), tree, own=own)),
    )


class _Noting:
    """A tree that notes which of the files that are read may hold objects of Argo CD or Flux: nothing is read twice for them."""

    def __init__(self, tree: ScannedTree) -> None:
        self._tree: Final = tree
        self.noted: Final[dict[PurePosixPath, None]] = {}

    def read(self, path: PurePosixPath) -> str | None:
        text = self._tree.read(path)
        if text is not None and may_have_sources(text):
            self.noted[path] = None
        return text

    def paths(self) -> Iterator[PurePosixPath]:
        return self._tree.paths()

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return self._tree.files(folder)

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        return self._tree.read_bytes(path)

    def problems(self) -> tuple[Skip, ...]:
        return self._tree.problems()


def _catalogue(tree: ScannedTree) -> Iterator[Component]:
    places = (path for path in tree.paths() if path.name in backstage.NAMES)
    for path in islice(places, backstage.MAX_FILES):
        yield from backstage.components(path, tree.read(path) or "")


def place_of_own_file(tree: ScannedTree) -> PurePosixPath | None:
    """Where the file is that makes the bot quieter in a repo; None: there is none."""
    return next((place for place in PLACES if _is_there(tree, place)), None)


def _is_there(tree: ScannedTree, place: PurePosixPath) -> bool:
    """Whether a file of that name is in a tree that was scanned, also one that is too large; a symlink is followed nowhere, and is none."""
    return place in tree.files(place.parent) or any(problem.file == place for problem in tree.problems())


KnownChanges = Mapping[str, tuple[FileChange, ...]]
"""Proved changes by a text that stands for what was wanted."""


def changes(tree: ByteTree, wanted: Sequence[Wanted], finders: Sequence[Finder], known: KnownChanges) -> tuple[Changed, KnownChanges]:
    """What `change_files` gives, without a look into the files where the same was done before; and what to know of it from now on.

    Only what was done wholly is known: what failed is tried again.
    """
    key = sha256(repr(wanted).encode()).hexdigest()
    if key in known:
        return Changed(changes=known[key], failures=(), done=tuple(wanted)), {key: known[key]}
    changed = change_files(tree, wanted, finders=finders)
    is_whole = not changed.failures and changed.done == tuple(wanted)
    return changed, {key: changed.changes} if is_whole else {}


class KnownFiles(Protocol):
    """Remembers what was read. Never raises: what is not known is read again."""

    def of(self, repo: Repo) -> RepoFiles | None:
        """What the files say at just this head, as just these finders read them."""
        ...

    def keep(self, repo: Repo, files: RepoFiles) -> None: ...

    def changes_of(self, repo: Repo, app: str) -> KnownChanges:
        """What was changed in an app's files at just this head, by just this code; empty: nothing is known."""
        ...

    def keep_changes(self, repo: Repo, app: str, changes: KnownChanges) -> None: ...


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
