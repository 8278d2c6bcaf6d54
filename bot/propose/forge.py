"""The seam of the place where repos live: GitHub, or anything that can do the same."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.forge import BranchState, ForgeError, Issue, StaleHeadError
from bot.model.notes import ReleaseNote
from bot.model.pull_request import Proposal, PullRequest

__all__ = ["BranchState", "Forge", "ForgeError", "Issue", "StaleHeadError"]


class Forge(Protocol):
    """Each call is safe to make twice. Raises ForgeError."""

    def identity(self) -> frozenset[str]:
        """The logins and e-mail addresses under which the bot's own commits appear."""
        ...

    def survey(self, owner: str) -> Iterator[Repo | Failure]:
        """Every repo of an organisation or user that the token may see, archived ones included, by name; where one is kept back, why."""
        ...

    def repo(self, full_name: str) -> Repo: ...

    def pull_requests(self, repo: str, *, branch_prefix: str) -> Sequence[PullRequest]:
        """The pull requests, in any state, whose branch in the repo itself begins so; newest first."""
        ...

    def branch(self, repo: str, branch: str, *, base: str) -> BranchState | None:
        """None: no such branch."""
        ...

    def file(self, repo: str, path: PurePosixPath, *, ref: str) -> bytes | None:
        """None: no such file."""
        ...

    def commit(self, proposal: Proposal, *, onto: str) -> str:
        """Make the proposal's branch hold exactly one commit on `onto` with its changes; the new head. Raises StaleHeadError."""
        ...

    def open_pull_request(self, proposal: Proposal) -> PullRequest:
        """Open it with labels and reviewers; where one is open for the branch already, that one is returned."""
        ...

    def edit_pull_request(self, pull_request: PullRequest, *, title: str, body: str, labels: Iterable[str]) -> None:
        """Labels are added, never taken away."""
        ...

    def close_pull_request(self, pull_request: PullRequest, *, comment: str) -> None:
        """Close with a reason, and delete the branch."""
        ...

    def find_issue(self, repo: str, *, marker: str) -> Issue | None:
        """The newest issue of the bot whose body holds the marker, open before closed."""
        ...

    def open_issue(self, repo: str, *, title: str, body: str, labels: Iterable[str]) -> Issue: ...

    def edit_issue(self, repo: str, number: int, *, title: str, body: str, is_open: bool) -> None: ...

    def release_notes(self, repo: str) -> Sequence[ReleaseNote]:
        """The published releases of a repo, newest first, at most a few hundred."""
        ...
