"""What changed between two trees, file by file, as GitHub lists it."""

from dataclasses import dataclass
from typing import Final

from bot.sandbox.github.git_store import ZERO, GitStore

_STATUSES: Final = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """One changed file; `patch` holds the hunks, None for binary files and for changes of mode or name alone."""

    path: str
    previous_path: str | None
    status: str
    blob: str
    """The file's new blob; of a removed file, the old one."""
    additions: int
    deletions: int
    patch: str | None


def diff(store: GitStore, old: str, new: str) -> tuple[FileDiff, ...]:
    """By path, renames found, content never interpreted by filters of the repo."""
    options = ("--no-ext-diff", "--no-textconv", "--full-index", "-M", "-r")
    listing = store.git("diff-tree", "-z", "--raw", "--numstat", *options, old, new).decode(errors="surrogateescape")
    raw, counts = _split(listing.split("\0")[:-1])
    patches = _patches(store.git("diff-tree", "-p", *options, old, new))
    return tuple(
        FileDiff(
            path=path,
            previous_path=previous,
            status=_STATUSES.get(status[0], "changed"),
            blob=old_blob if new_blob == ZERO else new_blob,
            additions=added,
            deletions=deleted,
            patch=patch,
        )
        for (status, old_blob, new_blob, previous, path), (added, deleted), patch in zip(raw, counts, patches, strict=True)
    )


def _split(fields: list[str]) -> tuple[list[tuple[str, str, str, str | None, str]], list[tuple[int, int]]]:
    """The raw records (status, old blob, new blob, previous path, path) and the line counts that follow them."""
    raw: list[tuple[str, str, str, str | None, str]] = []
    counts: list[tuple[int, int]] = []
    rest = iter(fields)
    for field in rest:
        if field.startswith(":"):
            _old_mode, _new_mode, old_blob, new_blob, status = field[1:].split(" ")
            first = next(rest)
            previous, path = (first, next(rest)) if status[0] in "RC" else (None, first)
            raw.append((status, old_blob, new_blob, previous, path))
        else:
            added, deleted, path = field.split("\t", 2)
            if not path:  # a rename: both names follow
                next(rest)
                next(rest)
            counts.append((0, 0) if added == "-" else (int(added), int(deleted)))
    return raw, counts


def _patches(text: bytes) -> list[str | None]:
    """The hunks of each file. Every line of content has a mark before it, so that a header cannot be feigned."""
    files = ("\n" + text.decode(errors="replace")).split("\ndiff --git ")[1:]
    return [_hunks(file) for file in files]


def _hunks(file: str) -> str | None:
    _, found, hunks = file.partition("\n@@ ")
    return f"@@ {hunks}".rstrip("\n") if found else None
