"""A folder, a clone or one file: what is in it, and what is written to it. No network."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from bot.clients.folder import FolderTree
from bot.find.config_maps import OPTIONAL as CONFIG_MAPS
from bot.find.finder import Finder
from bot.find.kustomize_bases import with_set_elsewhere
from bot.find.plugins import FINDERS, with_optional
from bot.find.publishes.read import find_published
from bot.find.scan import find_in_file, scan
from bot.model.edit import FileChange
from bot.model.pin import Finding
from bot.model.published import Published
from bot.pipeline.progress import Progress, silent
from bot.settings import Settings


def tree(path: Path, settings: Settings) -> FolderTree:
    root = path if path.is_dir() else path.parent
    return FolderTree(root, exclude=settings.find.exclude, max_file_bytes=settings.find.max_file_bytes)


def finders(settings: Settings) -> tuple[Finder, ...]:
    """The finders that are on."""
    return with_optional(CONFIG_MAPS) if settings.find.config_map_images else FINDERS


def find(path: Path, settings: Settings, *, progress: Progress = silent) -> tuple[Finding, ...]:
    """The findings of a folder, or of one file, in the order of the files. `file` is relative to the folder."""
    files = tree(path, settings)
    if path.is_dir():
        found = scan(files, finders=finders(settings), workers=os.cpu_count() or 1, how_far=partial(progress, "find"))
        return tuple(with_set_elsewhere(found))
    name = PurePosixPath(path.name)
    text = files.read(name)
    return () if text is None else find_in_file(name, text, files, finders=finders(settings))


def published(path: Path, settings: Settings) -> tuple[Published, ...]:
    """The images that the builds in a folder, or in one file, make; in the order of the files."""
    files = tree(path, settings)
    found = find_published(files)
    return tuple(found if path.is_dir() else (one for one in found if one.file == PurePosixPath(path.name)))


def write(path: Path, changes: Sequence[FileChange]) -> None:
    """Write changed files below a folder, each whole or not at all. Modes stay."""
    root = path if path.is_dir() else path.parent
    for change in changes:
        target = root / change.path
        draft = target.with_name(f".{target.name}.rebuild-bot")
        draft.write_bytes(change.new)
        draft.chmod(target.stat().st_mode)
        draft.replace(target)
