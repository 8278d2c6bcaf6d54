"""What people write below a pull request, and how the bot answers there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reaction(StrEnum):
    """A sign on a comment, in the words of GitHub's GraphQL."""

    DONE = "THUMBS_UP"
    NOT_DONE = "THUMBS_DOWN"
    NOT_UNDERSTOOD = "CONFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment below a pull request, as it reads now."""

    node_id: str
    author: str | None
    """Login; None: an account that is gone."""
    is_by_person: bool
    """Not by an App."""
    body: str
    written_at: datetime
    """When it was edited last, else when it was written: a sign put on it changes nothing."""
    reactions: frozenset[Reaction] = frozenset()
    """The bot's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The comments of a pull request, those that changed last first."""

    comments: tuple[Comment, ...]
    is_cut: bool = False
    """There are more, which changed longer ago."""
