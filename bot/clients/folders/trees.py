"""The files of commits, as git's plumbing lists and writes them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from git.cmd import Git

from bot.clients.git.command import BareRepo

NOTHING: Final = "0" * 40
_TIMEOUT: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a commit."""

    mode: str
    blob: str


def changed(bare: BareRepo, old: str, new: str) -> dict[PurePosixPath, Entry | None]:
    """The files that differ between two commits, as they are in the new one; None: it has none of that name."""
    fields = bare.git("diff-tree", "-r", "-z", "--raw", "--no-renames", "--end-of-options", old, new).split(b"\0")[:-1]
    found: dict[PurePosixPath, Entry | None] = {}
    for facts, name in zip(fields[::2], fields[1::2], strict=True):
        _, mode, _, blob, _ = facts.decode("ascii").split()
        found[_path(name)] = None if blob == NOTHING else Entry(mode=mode, blob=blob)
    return found


def entries(bare: BareRepo, commit: str, paths: Sequence[PurePosixPath]) -> dict[PurePosixPath, Entry]:
    """Those of the files that a commit has."""
    listed = bare.git("ls-tree", "-z", "--full-tree", "--end-of-options", commit, *map(str, paths)).split(b"\0")[:-1] if paths else []
    return {path: Entry(mode=mode, blob=blob) for path, (mode, _, blob) in map(_listed, listed)}


def written(bare: BareRepo, commit: str, files: Mapping[PurePosixPath, tuple[str, bytes]]) -> str:
    """A new tree: that of a commit with files (mode and content) put in; their folders are there already."""
    put = {
        path.parts: Entry(mode=mode, blob=_name(bare.git("hash-object", "-w", "--no-filters", "--stdin", stdin=content)))
        for path, (mode, content) in files.items()
    }
    return _tree(bare, f"{commit}^{{tree}}", put)


def _tree(bare: BareRepo, tree: str, files: Mapping[tuple[str, ...], Entry]) -> str:
    listed = bare.git("ls-tree", "-z", "--full-tree", "--end-of-options", tree).split(b"\0")[:-1]
    inside = {str(path): facts for path, facts in map(_listed, listed)}
    below: dict[str, dict[tuple[str, ...], Entry]] = {}
    for (first, *rest), entry in files.items():
        if rest:
            below.setdefault(first, {})[tuple(rest)] = entry
        else:
            inside[first] = (entry.mode, "blob", entry.blob)
    for name, held in below.items():
        mode, kind, folder = inside[name]
        inside[name] = (mode, kind, _tree(bare, folder, held))
    made = "".join(f"{mode} {kind} {name}\t{path}\0" for path, (mode, kind, name) in inside.items())
    return _name(bare.git("mktree", "-z", "--missing", stdin=made.encode("utf-8", "surrogateescape")))


def conflicts(bare: BareRepo, fork: str, ours: str, theirs: str) -> bool:
    """Whether two commits changed the same lines since `fork`. Never by a merge in the clone: that runs drivers which it names."""
    mine = changed(bare, fork, ours)
    both = {path: entry for path, entry in changed(bare, fork, theirs).items() if path in mine and entry != mine[path]}
    before = entries(bare, fork, list(both))
    return any(_cannot_merge(bare, before.get(path), mine[path], both[path]) for path in both)


def _cannot_merge(bare: BareRepo, before: Entry | None, ours: Entry | None, theirs: Entry | None) -> bool:
    if before is None or ours is None or theirs is None:
        return True
    contents = bare.contents(list(dict.fromkeys([ours.blob, before.blob, theirs.blob])))
    with TemporaryDirectory() as folder:
        places = {"ours": ours, "before": before, "theirs": theirs}
        for name, entry in places.items():
            (Path(folder) / name).write_bytes(contents[entry.blob])
        # In a folder of its own, without any repo's configuration.
        status, _, _ = Git(folder).execute(
            ["git", "merge-file", "--quiet", "--stdout", *places],
            env={"GIT_DIR": str(Path(folder) / "none"), "GIT_CONFIG_COUNT": "0", "GIT_CONFIG_PARAMETERS": ""},
            with_extended_output=True,
            with_exceptions=False,
            kill_after_timeout=_TIMEOUT.total_seconds(),
        )
    return status != 0


def blob_id(data: bytes) -> str:
    """The name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _listed(line: bytes) -> tuple[PurePosixPath, tuple[str, str, str]]:
    """A line of `git ls-tree -z`: the path; mode, kind and name of what is there."""
    facts, _, name = line.partition(b"\t")
    mode, kind, blob = facts.decode("ascii").split(" ")
    return _path(name), (mode, kind, blob)


def _path(name: bytes) -> PurePosixPath:
    return PurePosixPath(name.decode("utf-8", "surrogateescape"))


def _name(printed: bytes) -> str:
    return printed.decode("ascii").strip()
