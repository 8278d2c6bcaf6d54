"""A git repository that is written when somebody fetches it: until then only its head is known, which costs a few hashes."""

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Final

from bot.sandbox.github.git_store import Commit, GitStore, Person

_BRANCH: Final = "main"
_HEAD: Final = f"refs/heads/{_BRANCH}"
_Objects = dict[str, bytes]


class LaterStore(GitStore):
    """A repository of one commit. Whatever looks for more than that commit finds it written."""

    def __init__(self, path: Path, files: Mapping[str, str], author: Person) -> None:
        super().__init__(path)
        self._files: Final = files
        self._author: Final = author
        self._lock: Final = Lock()
        self._is_written = False
        tree = _tree({}, files)
        self._commit: Final = Commit(
            sha=_put({}, "commit", _commit(tree, author)), tree=tree, parents=(), author=author, committer=author, message="Initial commit"
        )

    @property
    def path(self) -> Path:
        with self._lock:
            if not self._is_written:
                self._write()
                self._is_written = True
        return self._path

    def refs(self) -> dict[str, str]:
        return super().refs() if self._is_written else {_HEAD: self._commit.sha}

    def commit(self, sha: str) -> Commit:
        return self._commit if sha == self._commit.sha else super().commit(sha)

    def commits(self, tip: str, *, without: str | None = None, path: str = "", limit: int | None = None) -> tuple[Commit, ...]:
        is_known = tip == self._commit.sha and without is None and not path and limit != 0
        return (self._commit,) if is_known else super().commits(tip, without=without, path=path, limit=limit)

    def commit_id(self, name: str) -> str | None:
        return self._commit.sha if name == _BRANCH and not self._is_written else super().commit_id(name)

    def _write(self) -> None:
        GitStore.create(self._path, default_branch=_BRANCH)
        objects: _Objects = {}
        _put(objects, "commit", _commit(_tree(objects, self._files), self._author))
        for sha, data in objects.items():
            folder = self._path / "objects" / sha[:2]
            folder.mkdir(exist_ok=True)
            (folder / sha[2:]).write_bytes(zlib.compress(data, 1))
        (self._path / _HEAD).write_text(f"{self._commit.sha}\n", encoding="ascii")


def _put(objects: _Objects, kind: str, data: bytes) -> str:
    """The object's name, as git makes it."""
    whole = b"%s %d\0%s" % (kind.encode(), len(data), data)
    sha = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    objects[sha] = whole
    return sha


def _tree(objects: _Objects, files: Mapping[str, str]) -> str:
    folders: dict[str, dict[str, str]] = {}
    entries: list[tuple[str, bytes, str]] = []
    for path, text in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(name, {})[rest] = text
        else:
            entries.append((name, b"100644", _put(objects, "blob", text.encode())))
    # git sorts a folder as if its name ended in a slash.
    entries += [(f"{name}/", b"40000", _tree(objects, inside)) for name, inside in folders.items()]
    lines = (mode + b" " + name.rstrip("/").encode() + b"\0" + bytes.fromhex(sha) for name, mode, sha in sorted(entries))
    return _put(objects, "tree", b"".join(lines))


def _commit(tree: str, author: Person) -> bytes:
    return f"tree {tree}\nauthor {author}\ncommitter {author}\n\nInitial commit".encode()
