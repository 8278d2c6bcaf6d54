"""Clones below a folder, told by what lies there; git is not run for it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from bot.model.failure import Failure

log = structlog.get_logger()

MAX_DEPTH: Final = 5
"""Folders between the one that is named and a clone: host, groups and name are fewer."""
_MAX_FOLDERS: Final = 100_000
_MAX_GITFILE_BYTES: Final = 8_192
_GIT: Final = ".git"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a clone lies."""

    path: Path
    """Its work tree; of a bare one the git folder itself."""
    git_folder: Path
    relative: str
    """The path from the folder that is looked through, with slashes."""

    @property
    def is_bare(self) -> bool:
        return self.path == self.git_folder


def is_clone(folder: Path) -> bool:
    """Whether a folder is a work tree, or a bare repo."""
    return (folder / _GIT).exists() or _is_git_folder(folder)


def clones_below(root: Path) -> Iterator[Place | Failure]:
    """Every clone below a folder, in the order of their paths, and why some can't be used.

    Hidden folders and links are not gone into, nor are work trees: what lies in one is its own affair, submodules among it. A linked work
    tree is passed over, for its clone has what it has; where that clone lies elsewhere, it is a failure.
    """
    looked_at = 0
    pending = [(root, 0)]
    while pending:
        folder, depth = pending.pop()
        looked_at += 1
        if looked_at > _MAX_FOLDERS:
            remedy = "Name a folder with less in it."
            yield Failure(where=str(root), what=f"more than {_MAX_FOLDERS:,} folders; the rest was not looked at", remedy=remedy)
            return
        if (folder / _GIT).exists() or _is_git_folder(folder):
            found = _found(root, folder)
            if found is not None:
                yield found
            continue
        try:
            below = _folders(folder)
        except OSError as error:
            yield Failure(where=str(folder), what=f"can't be read: {error.strerror}", remedy="Let the bot read it, or move it away.")
            continue
        if depth < MAX_DEPTH:
            pending += [(path, depth + 1) for path in reversed(below)]


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False))


def _found(root: Path, folder: Path) -> Place | Failure | None:
    """None: it belongs to a clone that is looked at itself."""
    git_folder = folder if _is_git_folder(folder) else folder / _GIT
    if git_folder.is_symlink():
        return Failure(where=str(folder), what="its .git is a link", remedy="Put the git folder itself there, or move the clone away.")
    if git_folder.is_file():
        return _elsewhere(root, folder, git_folder)
    if not _is_git_folder(git_folder):
        return Failure(where=str(folder), what="its .git is no git folder of a clone", remedy="Clone it again, or move it away.")
    return Place(path=folder, git_folder=git_folder, relative=folder.relative_to(root).as_posix())


def _elsewhere(root: Path, folder: Path, file: Path) -> Failure | None:
    """Of a linked work tree, a submodule or a clone with its git folder elsewhere: nothing, where that is looked at itself."""
    target = None
    with suppress(OSError, ValueError), file.open("rb") as opened:
        said = opened.read(_MAX_GITFILE_BYTES).decode("utf-8", "replace").strip()
        if said.startswith("gitdir:"):
            target = Path(os.path.normpath(folder / said.removeprefix("gitdir:").strip())).resolve()
    if target is not None and target.is_relative_to(root.resolve()):
        log.info("clone.passed_over", folder=str(folder), reason="a work tree of another clone, or a submodule", git_folder=str(target))
        return None
    return Failure(where=str(folder), what="its git folder lies elsewhere", remedy="Name the folder that holds the clone itself.")


def _is_git_folder(folder: Path) -> bool:
    """As git tells one, but no link may lead to where it writes."""
    return all(_is_real_folder(folder / name) for name in ("objects", "refs")) and (folder / "HEAD").is_file()


def _is_real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
