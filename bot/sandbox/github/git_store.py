"""One bare git repository on disk, read and written through the git command line.

Needs git >= 2.38 (`git merge-tree --write-tree`).
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ZERO: Final = "0" * 40
"""The object name that stands for no object."""

OLDEST_GIT: Final = (2, 38)

EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
    "PATH": os.environ.get("PATH", os.defpath),
}

_CONFIG: Final = (
    ("http", (("receivepack", "true"),)),
    ("uploadpack", (("allowFilter", "true"), ("allowAnySHA1InWant", "true"))),
    ("receive", (("hideRefs", "refs/pull"), ("autogc", "false"))),
    ("core", (("repositoryformatversion", "0"), ("bare", "true"), ("logAllRefUpdates", "false"))),
    ("gc", (("auto", "0"),)),
)


class GitError(Exception):
    """git refused; the message is what it said."""


class ConflictError(GitError):
    """A reference moved meanwhile, or two changes cannot be merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who made a commit, and when."""

    name: str
    email: str
    at: datetime

    def __str__(self) -> str:
        """As git's plumbing reads it."""
        return f"{self.name} <{self.email}> {int(self.at.timestamp())} +0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a tree; a size is known of blobs alone."""

    mode: str
    kind: str
    sha: str
    path: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file at a path, or none (`content` None). The mode is kept where the file exists and no other is given."""

    path: str
    content: bytes | None
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    message: str
    author: Person
    committer: Person


def require_git() -> None:
    """Raises GitError where git is missing or too old."""
    wanted = ".".join(map(str, OLDEST_GIT))
    try:
        said = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise GitError(f"git {wanted} or newer is needed and none was found; on Debian and Ubuntu: apt-get install git") from error
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        raise GitError(f"git {wanted} or newer is needed, and this is {said.strip()}; install a newer one")


def is_allowed_path(path: str) -> bool:
    """Whether a file may lie there: within the repo, and not among git's own."""
    return not {"", ".", "..", ".git"} & {part.lower() for part in path.split("/")}


class GitStore:
    """Raises GitError. Not locked: the sandbox has one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._refs: dict[str, str] | None = None
        self._history: tuple[str, tuple[Commit, ...]] | None = None

    @property
    def path(self) -> Path:
        """The folder of the repository."""
        return self._path

    @classmethod
    def create(cls, path: Path, *, default_branch: str) -> "GitStore":
        """An empty repository, laid out by hand: `git init` for each of hundreds of repos would cost seconds."""
        for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n", encoding="utf-8")
        sections = (f"[{section}]\n" + "".join(f"\t{key} = {value}\n" for key, value in entries) for section, entries in _CONFIG)
        (path / "config").write_text("".join(sections), encoding="utf-8")
        return cls(path)

    def git(self, *arguments: str, given: bytes = b"", index: Path | None = None, environment: Mapping[str, str] | None = None) -> bytes:
        """What git printed. Raises GitError with what it complained of."""
        done = self.attempt(*arguments, given=given, index=index, environment=environment)
        if done.returncode != 0:
            raise GitError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def attempt(
        self, *arguments: str, given: bytes = b"", index: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """What git did, be it success or failure."""
        variables = {**ENVIRONMENT, "GIT_DIR": str(self.path), **(environment or {})}
        if index is not None:
            variables["GIT_INDEX_FILE"] = str(index)
        return subprocess.run(["git", *arguments], input=given, env=variables, capture_output=True, check=False)

    # References

    def refs(self) -> dict[str, str]:
        """Every reference and the object it names, sorted; kept until `forget_refs`."""
        if self._refs is None:
            lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
            self._refs = dict(line.rsplit(" ", 1) for line in lines)
        return self._refs

    def forget_refs(self) -> None:
        """After something else, a push, has written the repository."""
        self._refs = None

    def head(self, branch: str) -> str | None:
        return self.refs().get(f"refs/heads/{branch}")

    def branches(self) -> dict[str, str]:
        return self._under("refs/heads/")

    def tags(self) -> dict[str, str]:
        return self._under("refs/tags/")

    def _under(self, prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): sha for name, sha in self.refs().items() if name.startswith(prefix)}

    def update_ref(self, name: str, new: str, *, old: str | None = None) -> None:
        """`old` is what the reference must name now (ZERO: nothing; None: anything). Raises ConflictError."""
        done = self.attempt("update-ref", name, new, *([] if old is None else [old]))
        self.forget_refs()
        if done.returncode != 0:
            raise ConflictError(done.stderr.decode(errors="replace").strip())

    def delete_ref(self, name: str) -> None:
        self.git("update-ref", "-d", name)
        self.forget_refs()

    def is_valid_ref(self, name: str) -> bool:
        return self.attempt("check-ref-format", name).returncode == 0

    def commit_id(self, name: str) -> str | None:
        """The commit that a branch, tag, full reference or object name stands for; branches go before tags, as on GitHub."""
        refs = self.refs()
        for full in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if full in refs:
                return self._peel(refs[full], "commit")
        is_id = len(name) >= 7 and all(letter in "0123456789abcdef" for letter in name)  # noqa: PLR2004 - the shortest id GitHub takes
        return self._peel(name, "commit") if is_id else None

    def tree_id(self, name: str) -> str | None:
        """The tree that a branch, tag, commit or tree name stands for."""
        return self._peel(self.commit_id(name) or name, "tree")

    def _peel(self, name: str, kind: str) -> str | None:
        done = self.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{{kind}}}")
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    # Objects

    def kind(self, sha: str) -> str | None:
        """blob, tree, commit or tag; None where there is no such object."""
        done = self.attempt("cat-file", "-t", sha)
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def blob(self, sha: str) -> bytes:
        return self.git("cat-file", "blob", sha)

    def write_blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", given=content).decode().strip()

    def tree(self, treeish: str, *, is_recursive: bool = False) -> tuple[Entry, ...]:
        """The entries in git's order; recursive, the trees stand before what is in them, as in GitHub's answer."""
        options = ["-r", "-t"] if is_recursive else []
        records = self.git("ls-tree", "-z", "--long", *options, treeish).decode(errors="surrogateescape").split("\0")
        return tuple(_entry(record) for record in records if record)

    def entry(self, commit: str, path: str) -> Entry | None:
        """What is at a path; the root is a tree without a name."""
        if not path:
            tree = self._peel(commit, "tree")
            return Entry(mode="040000", kind="tree", sha=tree, path="", size_bytes=None) if tree else None
        records = (
            self.git("--literal-pathspecs", "ls-tree", "-z", "--long", commit, "--", path).decode(errors="surrogateescape").split("\0")
        )
        entries = [_entry(record) for record in records if record]
        return next((entry for entry in entries if entry.path == path), None)

    def write_tree(self, base: str | None, entries: Iterable[tuple[str, str, str | None]]) -> str:
        """`base` with (path, mode, object) put in; object None takes the path out, a tree replaces what was below."""
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            if base is not None:
                self.git("read-tree", base, index=index)
            for path, mode, sha in entries:
                if mode == "040000" and sha is not None:
                    self.attempt("rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", path, index=index)
                    self.git("read-tree", f"--prefix={path}/", sha, index=index)
                else:
                    line = f"{mode if sha else '0'} {sha or ZERO}\t{path}\0"
                    self.git("update-index", "-z", "--index-info", given=line.encode(errors="surrogateescape"), index=index)
            return self.git("write-tree", index=index).decode().strip()

    def write_commit(self, tree: str, parents: Sequence[str], signature: Signature) -> str:
        options = [option for parent in parents for option in ("-p", parent)]
        people = {
            f"GIT_{role}_{key}": value
            for role, person in (("AUTHOR", signature.author), ("COMMITTER", signature.committer))
            for key, value in (("NAME", person.name), ("EMAIL", person.email), ("DATE", f"@{int(person.at.timestamp())} +0000"))
        }
        return self.git("commit-tree", tree, *options, given=signature.message.encode(), environment=people).decode().strip()

    def commit_changes(self, branch: str, changes: Iterable[Change], signature: Signature, *, parent: str | None) -> str:
        """The new head of a branch, which stood at `parent` (None: it did not exist)."""
        modes = {} if parent is None else {entry.path: entry.mode for entry in self.tree(parent, is_recursive=True)}
        stream = [
            b"commit refs/heads/%s\n" % branch.encode(),
            f"author {signature.author}\ncommitter {signature.committer}\n".encode(),
            _data(signature.message.encode()),
            b"from %s\n" % parent.encode() if parent else b"",
        ]
        for change in changes:
            path = _quoted(change.path)
            if change.content is None:
                stream.append(b"D %s\n" % path)
            else:
                mode = change.mode or modes.get(change.path, "100644")
                stream += [b"M %s inline %s\n" % (mode.encode(), path), _data(change.content)]
        self.git("fast-import", "--quiet", "--date-format=raw", given=b"".join(stream))
        self.forget_refs()
        head = self.head(branch)
        if head is None or head == parent:
            raise ConflictError(f"{branch} did not move")
        return head

    # History

    def commits(self, tip: str, *, without: str | None = None, path: str = "", limit: int | None = None) -> tuple[Commit, ...]:
        """The commits that `tip` reaches and `without` does not, newest first."""
        options = [] if limit is None else [f"--max-count={limit}"]
        fields = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"
        range_ = tip if without is None else f"{without}..{tip}"
        text = self.git("log", "-z", f"--format={fields}", *options, "--end-of-options", range_, "--", *([path] if path else []))
        parts = text.decode(errors="replace").split("\0")
        return tuple(_commit(parts[start : start + 10]) for start in range(0, len(parts) - 9, 10))

    def history(self, tip: str) -> tuple[Commit, ...]:
        """All commits that `tip`, the name of one, reaches, newest first; asked again for the same one, git need not look."""
        if self._history is None or self._history[0] != tip:
            self._history = tip, self.commits(tip)
        return self._history[1]

    def commit(self, sha: str) -> Commit:
        return self.commits(sha, limit=1)[0]

    def merge_base(self, one: str, other: str) -> str | None:
        done = self.attempt("merge-base", one, other)
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def is_ancestor(self, old: str, new: str) -> bool:
        return old == new or self.attempt("merge-base", "--is-ancestor", old, new).returncode == 0

    def count(self, tip: str, *, without: str) -> int:
        return int(self.git("rev-list", "--count", f"{without}..{tip}"))


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    """A path as fast-import reads it."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode(errors="surrogateescape")


def _entry(record: str) -> Entry:
    about, path = record.split("\t", 1)
    mode, kind, sha, size = about.split()
    return Entry(mode=mode, kind=kind, sha=sha, path=path, size_bytes=None if size == "-" else int(size))


def _commit(fields: Sequence[str]) -> Commit:
    sha, tree, parents, author, author_email, authored, committer, committer_email, committed, message = fields
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=Person(name=author, email=author_email, at=datetime.fromtimestamp(int(authored), UTC)),
        committer=Person(name=committer, email=committer_email, at=datetime.fromtimestamp(int(committed), UTC)),
        message=message.rstrip("\n"),
    )
