"""The only file that names concrete parts."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from bot.clients.folder import FolderTree
from bot.find.proof import Changed, Wanted, change_files
from bot.find.scan import find_in_file, scan
from bot.model.edit import FileChange
from bot.model.image import Digest
from bot.model.pin import Finding, Pin
from bot.settings import Settings


def find(path: Path, settings: Settings) -> tuple[Finding, ...]:
    """The findings of a folder, or of one file, in the order of the files. `file` is relative to the folder."""
    tree = _tree(path, settings)
    if path.is_dir():
        return tuple(scan(tree, workers=os.cpu_count() or 1))
    name = PurePosixPath(path.name)
    text = tree.read(name)
    return () if text is None else find_in_file(name, text, tree)


def update_to(path: Path, settings: Settings, assignments: Sequence[tuple[str, str]]) -> Changed:
    """Every pin of the named dependencies moved to a given value, offline.

    An assignment is a dependency's name (as written or in normal form) and `value`, `value@digest` or `@digest`.
    """
    wanted = []
    for name, target in assignments:
        value, _, digest = target.partition("@")
        wanted += [
            Wanted(pin=pin, value=value or None, digest=Digest(digest) if digest else None)
            for pin in find(path, settings)
            if isinstance(pin, Pin) and name in {pin.name, pin.dependency.name} and not pin.opt_out
        ]
    return change_files(_tree(path, settings), wanted)


def write(path: Path, changes: Sequence[FileChange]) -> None:
    """Write changed files below a folder, each whole or not at all. Modes stay."""
    root = path if path.is_dir() else path.parent
    for change in changes:
        target = root / change.path
        draft = target.with_name(f".{target.name}.rebuild-bot")
        draft.write_bytes(change.new)
        draft.chmod(target.stat().st_mode)
        draft.replace(target)


def _tree(path: Path, settings: Settings) -> FolderTree:
    root = path if path.is_dir() else path.parent
    return FolderTree(root, exclude=settings.find.exclude, max_file_bytes=settings.find.max_file_bytes)
