"""The seam of the place where repos live: GitHub, or anything that can do the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.build import Build, BuildOrder
from bot.model.checks import Checks
from bot.model.comment import Comment, Reaction, Thread
from bot.model.failure import Failure
from bot.model.fleet import Property, Repo
from bot.model.forge import Abilities, BranchState, ForgeError, Issue, IssueComment, StaleHeadError
from bot.model.pull_request import OtherRequest, Proposal, PullRequest
from bot.model.readiness import Readiness

__all__ = ["BranchState", "Forge", "ForgeError", "Issue", "IssueComment", "StaleHeadError"]


class Forge(Protocol):
    """Each call is safe to make twice. Raises ForgeError."""

    @property
    def abilities(self) -> Abilities: ...

    def identity(self) -> frozenset[str]:
        """The logins under which the bot's own commits appear, those that it had before among them."""
        ...

    def survey(self, owner: str) -> Iterator[Repo | Failure]:
        """Every repo of an organisation or user that the token may see, archived ones included, by name; where one is kept back, why."""
        ...

    def repo(self, full_name: str) -> Repo: ...

    def repos(self, full_names: Sequence[str]) -> Iterator[Repo | Failure]:
        """Repos by their names (each once), many at once, in order; where one can't be had, why. Never raises."""
        ...

    def properties(self, owner: str) -> Mapping[str, tuple[Property, ...]]:
        """The custom properties of an organisation's repos, by their full names in small letters; a request for each 100 repos."""
        ...

    def repo_properties(self, full_name: str) -> tuple[Property, ...]:
        """Those of one repo."""
        ...

    def pull_requests(self, repos: Sequence[Repo], *, branch_prefix: str) -> Mapping[str, Sequence[PullRequest] | Failure]:
        """By the repo's name: the pull requests, in any state, whose branch in the repo itself begins so, newest first; or why not.

        Never raises.
        """
        ...

    def other_requests(self, repo: str) -> Sequence[OtherRequest]:
        """Open pull requests of other bots that update dependencies, as far as `pull_requests` came across them: nobody is asked."""
        ...

    def branch(self, repo: str, branch: str, *, base: str) -> BranchState | None:
        """None: no such branch."""
        ...

    def write(self, proposal: Proposal, *, replacing: str | None) -> PullRequest:
        """The open pull request with the proposal's title and text, whose branch holds exactly one commit on its base; without its labels.

        What is there already is not written again. `replacing` is the head that the branch may have by now; None: there is none.
        Raises StaleHeadError where the branch has another, or a file at the base is not what the proposal was made from.
        """
        ...

    def edit_text(self, pull_request: PullRequest, *, title: str, body: str) -> None: ...

    def put_labels(self, wanted: Sequence[tuple[PullRequest, Sequence[str]]]) -> Sequence[Failure]:
        """Add labels to many pull requests at once; those that did not get theirs. Never raises."""
        ...

    def request_reviews(self, pull_request: PullRequest, reviewers: Sequence[str]) -> Sequence[str]:
        """Ask people (`@login`) and teams (`@owner/team`) for a review; those who can't be asked."""
        ...

    def assign(self, pull_request: PullRequest, people: Sequence[str]) -> Sequence[str]:
        """Assign people (`@login`), besides whoever is; those who can't be."""
        ...

    def put_in_milestone(self, pull_request: PullRequest, title: str) -> bool:
        """Whether it is in the repo's open milestone of this title now; not where there is none, for none is made."""
        ...

    def comments(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Thread | Failure]:
        """By the pull request's address: what was written below it last, many at once; or why that can't be had. Never raises."""
        ...

    def checks(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Checks | Failure]:
        """By the pull request's address: what its checks say of the newest commit, many at once; or why that is not known. Never raises.

        A forge that has no checks at all says nothing of any: what is not known to be green waits on, and that is no failure.
        """
        ...

    def readiness(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Readiness | Failure]:
        """By the address: what stands between each and its merge, many at once; or why that is not known. Never raises.

        A forge that has neither checks nor reviews says nothing of any, and that is no failure.
        """
        ...

    def auto_merge_of(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, AutoMerge | Failure]:
        """By the address: whether the forge would merge each by itself, many at once; or why that is not known. Never raises."""
        ...

    def turn_on_auto_merge(self, wanted: Sequence[tuple[PullRequest, MergeMethod]]) -> Mapping[str, Failure]:
        """By the address, those for which the forge refused it. Never raises, and merges nothing itself."""
        ...

    def turn_off_auto_merge(self, pull_request: PullRequest) -> None: ...

    def may_write(self, repo: str, login: str) -> bool:
        """Whether somebody may push to the repo."""
        ...

    def answer(self, pull_request: PullRequest, body: str, *, to: Comment | None = None, reaction: Reaction = Reaction.DONE) -> None:
        """Write a comment below the pull request (empty: none), after a sign put on the one that it answers."""
        ...

    def close_pull_request(self, pull_request: PullRequest, *, comment: str) -> None:
        """Close with a reason (empty: without a word), and delete the branch."""
        ...

    def find_issue(self, repo: str, *, marker: str) -> Issue | None:
        """The newest issue of the bot whose body holds the marker, open before closed."""
        ...

    def open_issue(self, repo: str, *, title: str, body: str, labels: Iterable[str]) -> Issue: ...

    def edit_issue(self, repo: str, number: int, *, title: str, body: str, is_open: bool) -> None: ...

    def issue_comments(self, repo: str, number: int) -> Sequence[IssueComment]:
        """The bot's own comments below an issue, the first one first."""
        ...

    def write_issue_comment(self, repo: str, number: int, body: str) -> IssueComment: ...

    def edit_issue_comment(self, repo: str, number: int, comment: IssueComment, *, body: str) -> None: ...

    def delete_issue_comment(self, repo: str, number: int, comment: IssueComment) -> None:
        """It is gone afterwards, whoever took it away."""
        ...

    def newest_release(self, repo: str) -> str:
        """The tag of its newest release that is no prerelease; empty: there is none."""
        ...

    def start_build(self, order: BuildOrder) -> Build | None:
        """Have an image built; None: it is started, and the forge does not say as which build.

        The one call that is not safe to make twice: where an answer is lost, look with `builds_since` before it is made again.
        """
        ...

    def builds_since(self, order: BuildOrder, moment: datetime) -> Sequence[Build]:
        """The builds of that kind that the bot started from a moment on, newest first, at most 100."""
        ...

    def build(self, repo: str, number: int) -> Build | None:
        """None: there is no such build any more."""
        ...

    def find_issues(self, repo: str, *, marker_begins: str) -> Sequence[Issue]:
        """The bot's issues whose body begins so, open and closed."""
        ...

    def sub_issues(self, repo: str, number: int) -> Sequence[int]:
        """The numbers of those beneath an issue, in the same repo."""
        ...

    def add_sub_issue(self, repo: str, number: int, child: Issue) -> None:
        """Put an issue of the same repo beneath another; one that stands beneath any other stays there."""
        ...
