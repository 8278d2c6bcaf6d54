"""Rows of real bump commits, and the texts that belong to them."""

import gzip
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

from bot.clients.text import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One dependency that a commit moved."""

    dependency: str
    source: str
    context: str
    old_value: str | None
    old_digest: str | None
    new_value: str | None
    new_digest: str | None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        return cls(
            dependency=fields["dep"],
            source=fields["src"],
            context=fields["ctx"] or "",
            old_value=fields["old_tag"],
            old_digest=fields["old_digest"],
            new_value=fields["new_tag"],
            new_digest=fields["new_digest"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one commit did to one file."""

    name: str
    kind: str
    repo: str
    path: PurePosixPath
    parent: str
    commit: str
    moves: tuple[Move, ...]
    places: int
    """How many places the commit moved."""
    old: bytes | None
    new: bytes | None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        old = fields.get("old_text")
        return cls(
            name=fields["id"],
            kind=fields["kind"],
            repo=fields["repo"],
            path=PurePosixPath(fields["path"]),
            parent=fields["parent"],
            commit=fields["commit"],
            places=fields.get("n_edits", 0),
            moves=tuple(Move.of(update) for update in fields.get("updates") or [fields]),
            old=None if old is None else old.encode(),
            new=None if old is None else _edited(old, fields["edits"]).encode(),
        )


def read_rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [Row.of(json.loads(line)) for line in lines]


def _edited(text: str, edits: list[dict[str, Any]]) -> str:
    lines = text.split("\n")
    for edit in edits:
        number = edit["line"] - 1
        end = "\r" if lines[number].endswith("\r") and not edit["new_line"].endswith("\r") else ""
        lines[number] = edit["new_line"] + end
    return "\n".join(lines)


class Clone:
    """A bare clone, read by one `git cat-file` process."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["git", "-C", folder, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def blob(self, commit: str, path: PurePosixPath) -> bytes | None:
        kind, data = self._object(f"{commit}:{path}")
        return data if kind == "blob" else None

    def names(self, commit: str, folder: PurePosixPath) -> Iterator[str]:
        """The files directly in a folder."""
        kind, data = self._object(f"{commit}:{'' if folder == PurePosixPath() else folder}")
        while kind == "tree" and data:
            head, _, rest = data.partition(b"\0")
            mode, _, name = head.partition(b" ")
            if mode.startswith(b"100"):
                yield name.decode(errors="replace")
            data = rest[20:]

    def _object(self, name: str) -> tuple[str, bytes]:
        if "\n" in name:
            return "", b""
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        pipe_in.write(f"{name}\n".encode())
        pipe_in.flush()
        header = pipe_out.readline().decode().split()
        if len(header) != 3 or not header[2].isdigit():
            return "", b""
        data = pipe_out.read(int(header[2]))
        pipe_out.read(1)
        return header[1], data


class RowTree:
    """The files beside a row's file, before the commit: from a clone where there is one."""

    def __init__(self, row: Row, text: bytes, clone: Clone | None) -> None:
        self._row = row
        self._text = text
        self._clone = clone

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        if path == self._row.path:
            return self._text
        return self._clone.blob(self._row.parent, path) if self._clone and ".." not in path.parts else None

    def read(self, path: PurePosixPath) -> str | None:
        data = self.read_bytes(path)
        return None if data is None else decode(data)[0]

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        if self._clone is None:
            return (self._row.path,) if self._row.path.parent == folder else ()
        return tuple(sorted(folder / name for name in self._clone.names(self._row.parent, folder)))
