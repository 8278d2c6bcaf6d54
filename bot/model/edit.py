"""Edits: what is replaced where."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.model.pin import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace `old`, which must stand at `span` of `file`, by `new`."""

    file: PurePosixPath
    span: Span
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A whole file before and after its edits, as bytes exactly as they stand in the tree."""

    path: PurePosixPath
    old: bytes
    new: bytes
