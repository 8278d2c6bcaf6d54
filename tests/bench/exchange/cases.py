"""Repos to exchange, made up or with the history of a real clone, and what of them is new to whoever has an older commit."""

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise
from pathlib import Path, PurePosixPath
from typing import Final

from bot.clients.folder import DEFAULT_EXCLUDED, is_excluded
from bot.clients.text import decode, is_binary
from bot.find.scan import find_in_file, is_candidate
from bot.model.pin import Pin
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.git_store import GitStore
from bot.sandbox.github.state import Repo

OWNER: Final = "acme"
MANY: Final = 20
_TIMES: Final = 5
_LONGEST_WALK: Final = 600
_REGULAR: Final = frozenset({"100644", "100755"})


class Case(StrEnum):
    NEW = "a new repo"
    ONE = "1 changed file with a pin"
    MANY = "20 changed files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an exchange has to bring: the blobs of those files at `new`, of the ones that finders read, that `old` (None: nothing) lacks."""

    old: str | None
    new: str
    blobs: dict[PurePosixPath, str]


def made_up(github: GitHubSandbox, *, apps: int = 300) -> Repo:
    """A repo with a file of values and one of code for each app, and commits that change one of the former, then 20 at a time."""
    chance = random.Random(1)
    repo = github.create_repo(OWNER, f"made-up-{apps}", {})
    files = {f"app-{number}/values.yaml": _values(number, 0) for number in range(apps)}
    code = {f"app-{number}/main.go": _code(chance) for number in range(apps)}
    github.commit_files(repo.full_name, {**files, **code}, message="All")
    for patch in range(1, _TIMES + 1):
        github.commit_files(repo.full_name, {"app-0/values.yaml": _values(0, patch)}, message="One")
    for patch in range(1, _TIMES + 1):
        changed = {f"app-{number}/values.yaml": _values(number, _TIMES + patch) for number in range(min(apps, MANY))}
        github.commit_files(repo.full_name, changed, message="Many")
    return repo


def borrowed(github: GitHubSandbox, clone: Path) -> Repo:
    """A repo with all that a whole clone on this machine has, bare or not; nothing is copied. `OWNER+NAME/repo` is called NAME."""
    command = ["git", "-C", str(clone), "rev-parse", "--path-format=absolute", "--git-path", "objects", "HEAD"]
    objects, head = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    path = clone.resolve()
    name = path.parent.name.rpartition("+")[2] if path.name == "repo" else path.name.removesuffix(".git")
    repo = github.create_repo(OWNER, name, {})
    (repo.store.path / "objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")
    repo.store.update_ref("refs/heads/main", head)
    return repo


def cases(store: GitStore) -> dict[Case, list[Step]]:
    """Up to five steps of each, the newest of the history that fit; none where nothing fits."""
    walked = store.git("rev-list", "--first-parent", f"--max-count={_LONGEST_WALK}", "refs/heads/main").decode().split()
    new = Step(old=None, new=walked[0], blobs=_read(store, walked[0]))
    return {
        Case.NEW: [new] * _TIMES,
        Case.ONE: list(islice(_singles(store, walked), _TIMES)),
        Case.MANY: list(islice(_stretches(store, walked), _TIMES)),
    }


def _singles(store: GitStore, walked: list[str]) -> Iterator[Step]:
    for new, old in pairwise(walked):
        blobs = _changed(store, old, new)
        if len(blobs) == 1 and all(_has_pin(store, path, blob) for path, blob in blobs.items()):
            yield Step(old=old, new=new, blobs=blobs)


def _stretches(store: GitStore, walked: list[str]) -> Iterator[Step]:
    """Each reaches as far back as it takes for so many files to differ, and the next begins there."""
    new = walked[0]
    for old in walked[1:]:
        blobs = _changed(store, old, new)
        if len(blobs) >= MANY:
            yield Step(old=old, new=new, blobs=blobs)
            new = old


def _read(store: GitStore, commit: str) -> dict[PurePosixPath, str]:
    entries = store.tree(commit, is_recursive=True)
    return {PurePosixPath(entry.path): entry.sha for entry in entries if entry.mode in _REGULAR and _is_read(PurePosixPath(entry.path))}


def _changed(store: GitStore, old: str, new: str) -> dict[PurePosixPath, str]:
    told = store.git("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=AMT", "--raw", "--no-abbrev", old, new).decode().split("\0")
    found = ((facts.split(" "), PurePosixPath(path)) for facts, path in zip(told[0:-1:2], told[1::2], strict=True))
    return {path: facts[3] for facts, path in found if facts[1] in _REGULAR and _is_read(path)}


def _has_pin(store: GitStore, path: PurePosixPath, blob: str) -> bool:
    """As far as the file tells alone."""
    data = store.blob(blob)
    return not is_binary(data) and any(isinstance(finding, Pin) for finding in find_in_file(path, decode(data)[0], _NoOthers()))


class _NoOthers:
    def read(self, path: PurePosixPath) -> str | None:  # noqa: ARG002 - there are none
        return None

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:  # noqa: ARG002 - the same
        return ()


def _is_read(path: PurePosixPath) -> bool:
    return is_candidate(path) and not any(is_excluded(part, DEFAULT_EXCLUDED) for part in (path, *path.parents))


def _values(number: int, patch: int) -> str:
    settings = "".join(f"setting{line}: {number * line % 97}\n" for line in range(30))
    return f"image: {{repository: acme/app-{number}, tag: 1.4.{patch}}}\n{settings}"


def _code(chance: random.Random) -> str:
    return "".join(f"var v{line} = compute({chance.getrandbits(40):#x}, {chance.getrandbits(24)})\n" for line in range(150))
