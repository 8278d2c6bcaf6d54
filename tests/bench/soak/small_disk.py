"""A real file system that is nearly full, for one process: a tmpfs in a mount namespace of its own, which needs no root."""

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

_PAGE_BYTES: Final = 4096
_UNSHARE: Final = ("unshare", "--user", "--map-root-user", "--mount", "--")
_SCRIPT: Final = """
set -e
mkdir -p "$1.behind"
mount --bind "$1" "$1.behind"
mount -t tmpfs -o "size=$2" tmpfs "$1"
cp -a "$1.behind/." "$1/"
folder=$1
shift 2
code=0
"$@" || code=$?
find "$folder.behind" -mindepth 1 -delete
cp -a "$folder/." "$folder.behind/"
exit $code
"""


@cache
def why_not() -> str:
    """Why this machine has no such thing to offer; empty: it has."""
    try:
        done = subprocess.run([*_UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"unshare can't be started: {error.strerror}"
    return "" if done.returncode == 0 else f"no mount namespace of one's own is allowed here: {done.stderr.strip()[:200]}"


def on_small_disk(folder: Path, command: Sequence[str], *, free_bytes: int) -> list[str]:
    """The command that runs the given one with `folder`, and all that is in it, on a disk where so much is free."""
    paths = [folder, *folder.rglob("*")]
    pages = sum(1 + (path.stat().st_size // _PAGE_BYTES if path.is_file() else 0) for path in paths)
    return [*_UNSHARE, "sh", "-c", _SCRIPT, "sh", str(folder), str(pages * _PAGE_BYTES + free_bytes), *command]
