"""What the pages show: plain values, and the seam through which they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    """Of an issue, or of a pull request without a merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    name: str
    color: str
    """Six hexadecimal digits, as GitHub stores it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    author: str
    at: datetime
    body: str
    """Markdown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """An issue, or what a pull request has in common with one."""

    number: int
    title: str
    body: str
    """Markdown."""
    state: State
    author: str
    created_at: datetime
    closed_at: datetime | None = None
    """When it was closed or merged."""
    closed_by: str | None = None
    labels: tuple[LabelView, ...] = ()
    assignees: tuple[str, ...] = ()
    comments: tuple[CommentView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file that a pull request changes."""

    path: str
    additions: int
    deletions: int
    hunks: str | None
    """As git writes them; None for a binary file and where only mode or name changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    thread: ThreadView
    head: str
    """The branch."""
    base: str
    reviewers: tuple[str, ...] = ()
    files: tuple[FileView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoView:
    full_name: str
    """`owner/name`."""
    description: str = ""
    topics: tuple[str, ...] = ()
    is_archived: bool = False
    pushed_at: datetime | None = None
    open_pulls: int = 0
    open_issues: int = 0
    """Pull requests not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    tag: str
    name: str
    body: str
    """Markdown."""
    published_at: datetime


class Source(Protocol):
    """Where the pages read. What does not exist is None."""

    def repos(self) -> Sequence[RepoView]:
        """By name."""
        ...

    def repo(self, full_name: str) -> RepoView | None: ...

    def pulls(self, full_name: str) -> Sequence[ThreadView]:
        """In any state, newest first."""
        ...

    def pull(self, full_name: str, number: int) -> PullView | None: ...

    def issues(self, full_name: str) -> Sequence[ThreadView]:
        """In any state, newest first; no pull requests."""
        ...

    def issue(self, full_name: str, number: int) -> ThreadView | None: ...

    def releases(self, full_name: str) -> Sequence[ReleaseView]:
        """Published ones, newest first."""
        ...

    def file(self, full_name: str, ref: str, path: str) -> str | None:
        """A text file at a commit, branch or tag; bytes that are no UTF-8 are replaced."""
        ...
