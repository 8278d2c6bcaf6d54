"""When a file was last changed, where it lies in a clone: a checkout gives all files the time at which it was made."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from git.cmd import Git
from git.exc import GitCommandError, GitCommandNotFound

_TIMEOUT: Final = timedelta(seconds=30)
_QUIET: Final = ("-c", "core.fsmonitor=false", "-c", "log.showSignature=false")


class NoDateError(Exception):
    """Nobody can tell how old a file is; the message says why, with the remedy."""


def changed_at(path: Path) -> datetime:
    """When what is in a file was written: its last commit, where it lies in a clone as it was committed; else its own time.

    Raises NoDateError, and OSError where there is no such file.
    """
    own = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    folder, name = path.resolve().parent, path.resolve().name
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return own
    try:
        if _git(folder, "status", "--porcelain", "--ignored", "--", name):
            return own  # changed since, or not committed at all
        commit, _, seconds = _git(folder, "log", "-1", "--format=%H %ct", "--", name).partition(" ")
        if not commit:
            return own
        shallow = Path(folder, _git(folder, "rev-parse", "--git-path", "shallow"))
        if shallow.is_file() and commit in shallow.read_text(encoding="ascii", errors="replace"):
            raise NoDateError("its age is not known, for its clone is shallow; give the list `takenAt`, or check out with fetch-depth: 0")
        return datetime.fromtimestamp(int(seconds), UTC)
    except (GitCommandError, GitCommandNotFound, ValueError) as error:
        raise NoDateError("its age is not known, for git can't be asked; give the list `takenAt`, or lay it outside the clone") from error


def _git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}
    command = ["git", *_QUIET, *arguments]
    return str(Git(folder).execute(command, env=environment, kill_after_timeout=_TIMEOUT.total_seconds())).strip()
