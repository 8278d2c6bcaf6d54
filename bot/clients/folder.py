"""A local folder as a tree of files: nothing outside it is ever read."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from fnmatch import translate
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

import structlog

from bot.clients.text import decode, is_binary
from bot.model.pin import Skip
from bot.model.sizes import in_words

log = structlog.get_logger()

MAX_FILE_BYTES: Final = 5_000_000
"""Larger files are no work of people; the largest bundles of CustomResourceDefinitions have some 4 MB."""

DEFAULT_EXCLUDED: Final[tuple[str, ...]] = (
    ".git",
    ".hg",
    ".svn",
    ".terraform",
    ".tox",
    ".venv",
    "__fixtures__",
    "__pycache__",
    "__snapshots__",
    "_vendor",
    "bower_components",
    "fixtures",
    "node_modules",
    "site-packages",
    "test-data",
    "testdata",
    "third_party",
    "vendor",
    "venv",
)
"""Folders of vendored, generated and test data."""
_WHOLE_FOLDER: Final = "folder"
"""The finder of a skip that speaks of all files below."""


def is_excluded(path: PurePosixPath, patterns: Sequence[str]) -> bool:
    """Whether a folder or file is left out by one of the shell globs.

    One without a slash speaks of a name at any depth, one with a slash of a path from the root.
    """
    of_name, of_path = _compiled(tuple(patterns))
    return of_name.match(path.name) is not None or of_path.match(str(path)) is not None


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    of_paths = [pattern for pattern in patterns if "/" in pattern.rstrip("/")]
    of_names = [pattern for pattern in patterns if pattern not in of_paths]
    return _any_of(of_names), _any_of(of_paths)


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern.strip("/")) for pattern in patterns) or "(?!)")


def too_large(size_bytes: int, max_bytes: int) -> str:
    """Why a file is not read, with the remedy."""
    remedy = "raise find.max_file_bytes, or leave it out by find.exclude"
    return f"too large: {in_words(size_bytes)}, read are files up to {in_words(max_bytes)}; {remedy}"


class FolderTree:
    """The files below `root`, as `bot.find.scan.SourceTree` wants them.

    Symlinks are never followed: a link inside the tree points to a file that is read where it stands, any other leaves the tree.
    """

    def __init__(self, root: Path, *, exclude: Sequence[str] = DEFAULT_EXCLUDED, max_file_bytes: int = MAX_FILE_BYTES) -> None:
        self.root: Final = root.resolve()
        self._exclude: Final = tuple(exclude)
        self._max_file_bytes: Final = max_file_bytes
        self._problems: dict[PurePosixPath, Skip] = {}
        self._real_folders: dict[PurePosixPath, bool] = {}

    def paths(self) -> Iterator[PurePosixPath]:
        """The regular files of the tree in the order of their paths, without the excluded and the too large ones."""
        return self._walk()

    def problems(self) -> tuple[Skip, ...]:
        """The files that were passed over so far, in the order of their paths."""
        return tuple(self._problems[path] for path in sorted(self._problems))

    def read(self, path: PurePosixPath) -> str | None:
        """The text of a file; None where there is none, it is binary or too large, or a symlink stands in its path."""
        data = self.read_bytes(path)
        return None if data is None else decode(data)[0]

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        """The bytes of a file, under the same conditions."""
        data = self._read(path)
        return None if data is None or is_binary(data) else data

    def _read(self, path: PurePosixPath) -> bytes | None:
        inside = PurePosixPath(os.path.normpath(path))
        if inside.is_absolute() or ".." in inside.parts or not self._is_real_folder(inside.parent):
            return None
        try:
            # Not blocking, for a pipe of that name would wait for a writer.
            descriptor = os.open(self.root / inside, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > self._max_file_bytes:
            os.close(descriptor)
            if stat.S_ISREG(status.st_mode):
                self._pass_over(inside, too_large(status.st_size, self._max_file_bytes))
            return None
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
            return file.read(self._max_file_bytes)

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """The regular files directly in a folder, sorted; none where it is not a folder of the tree."""
        inside = PurePosixPath(os.path.normpath(folder))
        if inside.is_absolute() or ".." in inside.parts or not self._is_real_folder(inside):
            return ()
        return tuple(inside / entry.name for entry in self._entries(inside) if entry.is_file(follow_symlinks=False))

    def _walk(self) -> Iterator[PurePosixPath]:
        # A stack and not recursion: a hostile tree may be deeper than Python's.
        pending = [self._candidates(PurePosixPath())]
        while pending:
            path, is_folder = next(pending[-1], (None, False))
            if path is None:
                pending.pop()
            elif is_folder:
                pending.append(self._candidates(path))
            else:
                yield path

    def _candidates(self, folder: PurePosixPath) -> Iterator[tuple[PurePosixPath, bool]]:
        for entry in self._entries(folder):
            path = folder / entry.name
            if is_excluded(path, self._exclude):
                continue
            if entry.is_symlink():
                self._note_symlink(path)
            elif entry.is_dir(follow_symlinks=False):
                self._real_folders[path] = True
                yield path, True
            elif entry.is_file(follow_symlinks=False):
                size_bytes = entry.stat(follow_symlinks=False).st_size
                if size_bytes > self._max_file_bytes:
                    self._pass_over(path, too_large(size_bytes, self._max_file_bytes))
                else:
                    yield path, False

    def _entries(self, folder: PurePosixPath) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._pass_over(folder, f"the folder can't be read: {error.strerror}", finder=_WHOLE_FOLDER)
            return []

    def _is_real_folder(self, folder: PurePosixPath) -> bool:
        if folder not in self._real_folders:
            target = self.root / folder
            self._real_folders[folder] = target.is_dir() and target.resolve() == target
        return self._real_folders[folder]

    def _note_symlink(self, path: PurePosixPath) -> None:
        try:
            target = (self.root / path).resolve(strict=True)
        except (OSError, RuntimeError):
            self._pass_over(path, "a symlink that leads nowhere")
            return
        if not target.is_relative_to(self.root):
            self._pass_over(path, "a symlink that leaves the tree", finder=_WHOLE_FOLDER if target.is_dir() else "")

    def _pass_over(self, path: PurePosixPath, reason: str, *, finder: str = "") -> None:
        log.info("file.passed_over", file=str(path), reason=reason)
        self._problems[path] = Skip(file=path, line=1, text="", reason=reason, finder=finder)
