"""What we ask for (a proposal) and what GitHub says exists (a pull request)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.edit import FileChange
from bot.model.turn import Urgency
from bot.model.update import Update


class PullRequestState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    """Closed without a merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request of the bot as GitHub says it is."""

    repo: str
    number: int
    url: str
    state: PullRequestState
    branch: str
    base: str
    title: str
    body: str
    head: str
    """Commit of its branch."""
    labels: frozenset[str]
    created_at: datetime
    updated_at: datetime
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    merge_commit: str | None = None
    author: str | None = None
    """Login of who opened it; None: an account that is gone."""
    authors: frozenset[str] = frozenset()
    """Logins, or e-mail addresses where no login is known, of the authors of its commits."""
    has_conflict: bool = False
    """GitHub knows that it can't be merged as it is."""
    closed_by: str | None = None
    """Login of who closed it without a merge; None: it was not, or GitHub does not know."""
    labels_ever: frozenset[str] = frozenset()
    """The labels that it has or had: what people took away stands here still."""
    node_id: str = ""
    """GitHub's global id."""
    auto_merge_by: str | None = None
    """Login of who has GitHub merge it once all that its base requires is there; None: nobody, or an account that is gone."""
    comments: int = 0
    """How many there are below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRequest:
    """An open pull request of another bot that updates dependencies, as lists tell it."""

    number: int
    branch: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One branch and one pull request that shall exist, whatever exists now."""

    repo: str
    base: str
    base_head: str
    """The commit of the base that the files were read at: the optimistic lock."""
    branch: str
    title: str
    body: str
    commit_message: str
    changes: tuple[FileChange, ...]
    updates: tuple[Update, ...]
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: str | None = None
    """The title of one that the repo has."""
    is_draft: bool = False
    """Of one that is opened: what people make of it later stays."""
    is_auto_merged: bool = False
    """Whether the rules let GitHub merge it once all that its base requires is there."""
    not_merged_for: str = ""
    """Why they do not, of one whose kinds they let it; else empty."""
    needs_check: bool = False
    """Whether they let it only where the base requires a check."""

    @property
    def is_migration(self) -> bool:
        """Whether it asks for another base; it asks for nothing else then."""
        return any(update.is_migration for update in self.updates)


class Outcome(StrEnum):
    """What sending a proposal came to."""

    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DECLINED = "declined"
    """A maintainer closed the same request before; it is not opened again."""
    EDITED_BY_HUMAN = "edited by human"
    """Somebody else committed to the branch: hands off."""
    FAILED = "failed"
    NOT_REACHED = "not reached"
    """The forge's limit was used up before its turn came; the next run sends it."""
    DRY_RUN = "dry run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A proposal, what became of it, and the pull request where there is one."""

    proposal: Proposal
    outcome: Outcome
    pull_request: PullRequest | None = None
    note: str = ""
    is_temporary: bool = False
    """A failure that may be gone by itself, so that another try is worth it."""
    urgency: Urgency | None = None
    """Of what was new in its run."""
    resumes_at: datetime | None = None
    """Of what was not reached: when it may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A pull request that the bot itself closed, or would close in a dry run. Its own closing is no person's no."""

    pull_request: PullRequest
    reason: str
    is_done: bool
