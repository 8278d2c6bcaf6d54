"""Files for their owner alone: what the bot keeps may tell of private repos and registries.

Where it keeps them is a setting, and a wrong one may name anything: what was there before is left as it is, but for the bot's own files.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

_SQLITE: Final = b"SQLite format 3\0"


def private_folder(path: Path) -> None:
    """Make the folder, and whatever is missing above it, for the owner alone; one that is there stays as it is. Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)


def private_file(path: Path) -> None:
    """Make the file, empty, for the owner alone; a database or an empty file that is there becomes so. Raises OSError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if path.is_file() and not path.is_symlink() and _is_ours(path):
            _restrict(path, 0o600)


def _restrict(path: Path, mode: int) -> None:
    """Take what others may do with something of the bot's own; a file system without modes leaves it as it is."""
    with suppress(OSError):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(mode)


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) in {b"", _SQLITE}
