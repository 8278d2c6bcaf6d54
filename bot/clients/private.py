"""Files for their owner alone: what the bot keeps may tell of private repos and registries."""

import os
from contextlib import suppress
from pathlib import Path


def private_folder(path: Path) -> None:
    """Make the folder, and whatever is missing above it, for the owner alone; one of our own that is there already becomes so.

    Raises OSError.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    _restrict(path, 0o700)


def private_file(path: Path) -> None:
    """Make the file, empty, for the owner alone; one that is there keeps its content and becomes so. Raises OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    _restrict(path, 0o600)


def _restrict(path: Path, mode: int) -> None:
    """Somebody else's file, or a file system without modes, stays as it is."""
    with suppress(OSError):
        if path.stat().st_mode & 0o077:
            path.chmod(mode)
