"""Clones in a folder, made and used by the git that is installed, as people use it."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.clients.folders.forge import FOLDER

PERSON = ("-c", "user.name=Ann", "-c", "user.email=ann@acme.example")


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """What git prints, with no configuration of this machine."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(folder), *PERSON, *arguments]
    done = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout.strip()


def commit(folder: Path, files: Mapping[str, str | bytes], message: str = "Change") -> str:
    """A person's commit on what is checked out."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def clone(folder: Path, files: Mapping[str, str | bytes], *, origin: str = "", branch: str = "main") -> Path:
    """A work tree with one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch", branch)
    if origin:
        git(folder, "remote", "add", "origin", origin)
    commit(folder, files, "Begin")
    return folder


def branches(folder: Path) -> dict[str, str]:
    """Names and heads."""
    lines = git(folder, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
    return dict(line.split(" ") for line in lines)


def texts(root: Path) -> dict[str, str]:
    """The Markdown files that the bot wrote, by their paths."""
    below = root / FOLDER
    return {file.relative_to(below).as_posix(): file.read_text(encoding="utf-8") for file in sorted(below.rglob("*.md"))}


@dataclass(frozen=True)
class Snapshot:
    """All files below a folder, to the byte and the nanosecond."""

    files: Mapping[str, tuple[bytes, int]]

    @classmethod
    def of(cls, root: Path) -> "Snapshot":
        files = [file for file in root.rglob("*") if file.is_file() and not file.is_symlink()]
        return cls({str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files})
