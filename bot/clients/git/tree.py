"""One commit of a bare repo as a tree of files; nothing is checked out."""

import posixpath
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import structlog

from bot.clients.folder import DEFAULT_EXCLUDED, MAX_FILE_BYTES, is_excluded, too_large
from bot.clients.git.command import BareRepo
from bot.clients.text import decode, is_binary
from bot.model.pin import Skip

log = structlog.get_logger()

_SYMLINK: Final = "120000"
_REGULAR: Final = frozenset({"100644", "100755"})
_READ_AHEAD_FILES: Final = 1_000
_READ_AHEAD_BYTES: Final = 8_000_000
_MAX_TARGET: Final = 4_096
"""No system opens a symlink that is longer."""
_NO_TARGET: Final = "x" * (_MAX_TARGET + 1)
_ROOT: Final = PurePosixPath()


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    blob: str


class GitTree:
    """The files of one commit, as `bot.find.scan.SourceTree` wants them; the same rules as for `bot.clients.folder.FolderTree`.

    A blob that is not in the repo is fetched when it is read, where there is a way to; `prefetch` gets many at once.
    """

    def __init__(
        self,
        repository: Path,
        commit: str,
        *,
        name: str = "",
        exclude: Sequence[str] = DEFAULT_EXCLUDED,
        max_file_bytes: int = MAX_FILE_BYTES,
        fetch: Callable[[Collection[str]], None] | None = None,
        hold: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(False),
    ) -> None:
        """`commit` is 40 hexadecimal digits, `fetch` brings blobs into the repo. Raises ForgeError where the commit can't be read.

        `hold` keeps others off the repo while it is read, and says whether it had to be made anew: then what was here may be missing.
        Who calls this or `prefetch` holds it.
        """
        # Without a protocol git cannot fetch on its own, object by object.
        self._bare: Final = BareRepo(repository, name=name)
        self._exclude: Final = tuple(exclude)
        self._max_file_bytes: Final = max_file_bytes
        self._fetch: Final = fetch
        self._hold: Final = hold
        self._entries: Final = _entries(self._bare.git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit))
        self._folders: Final = _by_folder(self._entries)
        self._sizes = self._bare.blobs_here()
        self._asked: Final[set[str]] = set() if fetch else set(self._sizes)
        """The blobs that somebody asked for. What else happens to be in the repo, an earlier fetch left: it must change nothing."""
        self._targets: dict[str, str] = {}
        self._problems: Final[dict[PurePosixPath, Skip]] = {}
        self._excluded: Final[dict[PurePosixPath, bool]] = {_ROOT: False}
        self._order: Final[list[PurePosixPath]] = []
        self._ahead: dict[str, bytes] = {}
        self._reading: Final = threading.RLock()

    def paths(self) -> Iterator[PurePosixPath]:
        """The regular files in the order of their paths, without the excluded and those known to be too large."""
        for path, entry in self._entries.items():
            if self._is_left_out(path):
                continue
            if not _is_text(path):
                self._pass_over(PurePosixPath(str(path).encode("utf-8", "replace").decode()), "its name is not UTF-8")
            elif entry.mode == _SYMLINK:
                self._note_symlink(path, entry)
            elif entry.blob in self._asked and self._sizes.get(entry.blob, 0) > self._max_file_bytes:
                self._note_size(path, entry)
            elif entry.mode in _REGULAR:
                yield path

    def problems(self) -> tuple[Skip, ...]:
        """The files that were passed over so far, in the order of their paths."""
        return tuple(self._problems[path] for path in sorted(self._problems))

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """The regular files directly in a folder, sorted; none where it is not a folder of the tree."""
        return self._folders.get(_inside(folder), ())

    def prefetch(self, paths: Iterable[PurePosixPath]) -> None:
        """The blobs of these files are in the repo; those that were not came by one exchange. They will be read in this order."""
        with self._reading:
            self._order[:] = paths
            links = [path for path, entry in self._entries.items() if entry.mode == _SYMLINK and not self._is_left_out(path)]
            self._get({self._entries[path].blob for path in (*self._order, *links) if path in self._entries})

    def read(self, path: PurePosixPath) -> str | None:
        """The text of a file; None where there is none, or it is binary, too large or a symlink. Raises ForgeError where a fetch fails."""
        data = self.read_bytes(path)
        return None if data is None or is_binary(data) else decode(data)[0]

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        """The bytes of a file, under the same conditions."""
        inside = _inside(path)
        entry = self._entries.get(inside)
        if entry is None or entry.mode not in _REGULAR:
            return None
        with self._reading:
            if entry.blob in self._ahead:
                return self._ahead[entry.blob]
            with self._held():
                self._get({entry.blob})
                if self._sizes.get(entry.blob, 0) > self._max_file_bytes:
                    self._note_size(inside, entry)
                    return None
                self._ahead = self._bare.contents(self._next_blobs(inside, entry))
            return self._ahead[entry.blob]

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._hold() as is_new:
            if is_new:
                self._sizes = self._bare.blobs_here()
                self._get(self._asked.copy())
            yield

    def _get(self, blobs: Collection[str]) -> None:
        self._asked.update(blobs)
        missing = {blob for blob in blobs if blob not in self._sizes}
        if missing and self._fetch is not None:
            self._fetch(missing)
            self._sizes = self._bare.blobs_here()

    def _next_blobs(self, path: PurePosixPath, entry: _Entry) -> list[str]:
        """The blob, and those that will be asked for next: one call of git for many files."""
        blobs = {entry.blob: None}
        size_bytes = self._sizes.get(entry.blob, 0)
        start = self._order.index(path) + 1 if path in self._order else len(self._order)
        for following in self._order[start : start + _READ_AHEAD_FILES]:
            blob = self._entries[following].blob
            if self._sizes.get(blob, self._max_file_bytes + 1) > self._max_file_bytes:
                continue  # It is not here, or is not read.
            size_bytes += self._sizes[blob]
            if size_bytes > _READ_AHEAD_BYTES:
                break
            blobs[blob] = None
        return list(blobs)

    def _is_left_out(self, path: PurePosixPath) -> bool:
        return is_excluded(path, self._exclude) or self._is_excluded_folder(path.parent)

    def _is_excluded_folder(self, folder: PurePosixPath) -> bool:
        known = self._excluded.get(folder)
        if known is None:
            known = is_excluded(folder, self._exclude) or self._is_excluded_folder(folder.parent)
            self._excluded[folder] = known
        return known

    def _note_symlink(self, path: PurePosixPath, entry: _Entry) -> None:
        """A link inside the tree leads to a file that is read where it stands. Before the prefetch nobody knows where it leads."""
        if entry.blob not in self._asked or entry.blob not in self._sizes:
            return
        target = self._target(entry)
        leads_to = _inside(path.parent / target)
        if target.startswith("/") or leads_to.parts[:1] == ("..",):
            self._pass_over(path, "a symlink that leaves the tree")
        elif len(target) > _MAX_TARGET or (leads_to not in self._entries and leads_to not in self._folders):
            self._pass_over(path, "a symlink that leads nowhere")

    def _target(self, link: _Entry) -> str:
        """Where a symlink leads, cut where no system follows it. All of them are looked up at once."""
        if link.blob not in self._targets:
            links = {entry.blob for entry in self._entries.values() if entry.mode == _SYMLINK} & self._asked & self._sizes.keys()
            with self._reading, self._held():
                contents = self._bare.contents(sorted(blob for blob in links if self._sizes[blob] <= _MAX_TARGET))
            self._targets = {blob: contents[blob].decode("utf-8", "replace") if blob in contents else _NO_TARGET for blob in links}
        return self._targets[link.blob]

    def _note_size(self, path: PurePosixPath, entry: _Entry) -> None:
        self._pass_over(path, too_large(self._sizes[entry.blob], self._max_file_bytes))

    def _pass_over(self, path: PurePosixPath, reason: str) -> None:
        log.info("file.passed_over", file=str(path), reason=reason)
        self._problems[path] = Skip(file=path, line=1, text="", reason=reason)


def _is_text(path: PurePosixPath) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in str(path))


def _inside(path: PurePosixPath) -> PurePosixPath:
    return PurePosixPath(posixpath.normpath(path))


def _entries(listed: bytes) -> dict[PurePosixPath, _Entry]:
    """What `git ls-tree -r -z` lists, in the order of the paths. A name that is not UTF-8 keeps its bytes as surrogates."""
    entries: dict[PurePosixPath, _Entry] = {}
    for line in listed.split(b"\0")[:-1]:
        facts, _, name = line.partition(b"\t")
        mode, _kind, blob = facts.decode("ascii").split(" ")
        entries[PurePosixPath(name.decode("utf-8", "surrogateescape"))] = _Entry(mode, blob)
    return dict(sorted(entries.items()))


def _by_folder(entries: dict[PurePosixPath, _Entry]) -> dict[PurePosixPath, tuple[PurePosixPath, ...]]:
    folders: defaultdict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for path, entry in entries.items():
        if entry.mode in _REGULAR:
            folders[path.parent].append(path)
    return {folder: tuple(paths) for folder, paths in folders.items()}
