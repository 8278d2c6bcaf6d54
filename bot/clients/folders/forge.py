"""A folder of clones as `bot.propose.forge.Forge`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.clients.folders.clone import BOT_EMAIL, Clone
from bot.clients.folders.clones import is_clone
from bot.clients.folders.fleet import Fleet
from bot.clients.folders.issues import Issues
from bot.clients.folders.names import is_name
from bot.clients.folders.proposals import Proposals
from bot.clients.github.people import Bots
from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.build import Build, BuildOrder
from bot.model.checks import Checks
from bot.model.comment import Comment, Reaction, Thread
from bot.model.failure import Failure, told
from bot.model.fleet import Property, Repo
from bot.model.forge import Abilities, BranchState, ForgeError, Issue, IssueComment, NoAccessError
from bot.model.pull_request import OtherRequest, Proposal, PullRequest
from bot.model.readiness import Readiness

FOLDER: Final = ".rebuild-bot"
"""Beside the clones, where no other place is named for the Markdown files. Hidden, so that nothing in it is taken for a clone."""


class FolderForge:
    """Clones below a folder. In a dry run nothing is written. Safe to use from several threads and processes."""

    abilities: Final = Abilities(merges_by_itself=False, hears_comments=False)

    def __init__(
        self,
        root: Path,
        *,
        branch_prefix: str,
        now: Callable[[], datetime],
        is_dry_run: bool = False,
        web_prefix: str = "",
        former: Collection[str] = (),
        bots: Collection[str] = (),
    ) -> None:
        """`web_prefix` (`https://github.com/`) is of the server whose pages show a repo's files as GitHub's do.

        `former` are addresses that the bot had before; `bots` are patterns over name and address of authors whose commits are no person's.
        Raises NoAccessError where the folder is none, or is itself a clone.
        """
        if not root.is_dir():
            raise NoAccessError(f"{root} is no folder. Name the one that holds the clones.")
        if is_clone(root):
            raise NoAccessError(f"{root} is a clone itself. Name the folder that holds it.")
        self._root: Final = root.resolve()
        self._now: Final = now
        self._identity: Final = frozenset({BOT_EMAIL, *former})
        known_bots = Bots.of(logins=self._identity, patterns=bots)
        self._fleet: Final = Fleet(self._root, branch_prefix=branch_prefix, web_prefix=web_prefix, bots=known_bots)
        self._proposals: Final = Proposals(self._root / FOLDER, self._fleet, now=now, is_dry_run=is_dry_run)
        self._issues: Final = Issues(self._root / FOLDER)

    def close(self) -> None:
        """Nothing is held open."""

    def identity(self) -> frozenset[str]:
        """The e-mail addresses of the bot's commits."""
        return self._identity

    # Repos

    def fleet(self) -> Iterator[Repo | Failure]:
        """Every clone, in the order of their paths, and why some can't be used."""
        yield from self._fleet.all()

    def survey(self, owner: str) -> Iterator[Repo | Failure]:
        """Those of one owner; a clone that can't be used may be anybody's."""
        for one in self.fleet():
            if isinstance(one, Failure) or one.full_name.partition("/")[0].lower() == owner.lower():
                yield one

    def repo(self, full_name: str) -> Repo:
        return self._fleet.at(full_name).repo

    def repos(self, full_names: Sequence[str]) -> Iterator[Repo | Failure]:
        for name in full_names:
            try:
                yield self.repo(name)
            except ForgeError as error:
                yield Failure(where=name, what=told(error, where=name))

    def clone(self, full_name: str) -> Clone:
        """Raises ForgeError where there is none of that name."""
        return self._fleet.at(full_name).clone

    def said_of_base(self, full_name: str) -> str:
        """Which branch is taken for the default one, and why; empty where origin/HEAD says so."""
        return self._fleet.at(full_name).said_of_base

    def properties(self, owner: str) -> Mapping[str, tuple[Property, ...]]:
        raise ForgeError(f"{owner}: a folder of clones has no custom properties. Say it in the fleet file.")

    def repo_properties(self, full_name: str) -> tuple[Property, ...]:
        raise ForgeError(f"{full_name}: a folder of clones has no custom properties. Say it in the fleet file.")

    # Proposals

    def pull_requests(self, repos: Sequence[Repo], *, branch_prefix: str) -> Mapping[str, Sequence[PullRequest] | Failure]:
        return self._proposals.pull_requests(repos, branch_prefix=branch_prefix)

    def other_requests(self, repo: str) -> Sequence[OtherRequest]:  # noqa: ARG002
        """None: what other bots ask for is no file of this folder."""
        return ()

    def branch(self, repo: str, branch: str, *, base: str) -> BranchState | None:
        return self._proposals.branch(repo, branch, base=base)

    def write(self, proposal: Proposal, *, replacing: str | None) -> PullRequest:
        return self._proposals.write(proposal, replacing=replacing)

    def edit_text(self, pull_request: PullRequest, *, title: str, body: str) -> None:
        self._proposals.edit_text(pull_request, title=title, body=body)

    def put_labels(self, wanted: Sequence[tuple[PullRequest, Sequence[str]]]) -> Sequence[Failure]:
        return self._proposals.put_labels(wanted)

    def request_reviews(self, pull_request: PullRequest, reviewers: Sequence[str]) -> Sequence[str]:
        """Their names go into the file: nobody is told, and nobody is refused."""
        self._proposals.name_reviewers(pull_request, reviewers)
        return ()

    def assign(self, pull_request: PullRequest, people: Sequence[str]) -> Sequence[str]:
        """Their names go into the file."""
        self._proposals.name_assignees(pull_request, people)
        return ()

    def put_in_milestone(self, pull_request: PullRequest, title: str) -> bool:
        """Its title goes into the file."""
        self._proposals.name_milestone(pull_request, title)
        return True

    def close_pull_request(self, pull_request: PullRequest, *, comment: str) -> None:
        self._proposals.close(pull_request, comment=comment)

    # What people say

    def comments(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Thread | Failure]:
        """What the bot itself wrote: a file has no place for answers of others."""
        return self._proposals.remarks(pull_requests)

    def checks(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Checks | Failure]:  # noqa: ARG002
        """None: checks run where a branch is pushed to, if anywhere. That they are not known here fails no run."""
        return {}

    def readiness(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Readiness | Failure]:  # noqa: ARG002
        """None: nobody is asked for a review of a file."""
        return {}

    def auto_merge_of(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, AutoMerge | Failure]:
        return {pull.url: _merges_nothing(pull) for pull in pull_requests}

    def turn_on_auto_merge(self, wanted: Sequence[tuple[PullRequest, MergeMethod]]) -> Mapping[str, Failure]:
        return {pull.url: _merges_nothing(pull) for pull, _ in wanted}

    def turn_off_auto_merge(self, pull_request: PullRequest) -> None:
        """It was never on."""

    def may_write(self, repo: str, login: str) -> bool:
        raise ForgeError(f"{repo}: a folder of clones does not know what {login} may do. Give orders by the branch and its file.")

    def answer(self, pull_request: PullRequest, body: str, *, to: Comment | None = None, reaction: Reaction = Reaction.DONE) -> None:  # noqa: ARG002
        """Below the text of the file; signs have no place there."""
        if body:
            self._proposals.remark(pull_request, body)

    # Issues

    def find_issue(self, repo: str, *, marker: str) -> Issue | None:
        return self._issues.find(_checked(repo), marker)

    def open_issue(self, repo: str, *, title: str, body: str, labels: Iterable[str]) -> Issue:
        with self._proposals.held():
            return self._issues.open(_checked(repo), title=title, body=body, labels=labels, now=self._now())

    def edit_issue(self, repo: str, number: int, *, title: str, body: str, is_open: bool) -> None:
        with self._proposals.held():
            self._issues.edit(_checked(repo), number, title=title, body=body, is_open=is_open, now=self._now())

    def find_issues(self, repo: str, *, marker_begins: str) -> Sequence[Issue]:
        return self._issues.find_all(_checked(repo), marker_begins)

    def sub_issues(self, repo: str, number: int) -> Sequence[int]:
        return self._issues.beneath(_checked(repo), number)

    def add_sub_issue(self, repo: str, number: int, child: Issue) -> None:
        with self._proposals.held():
            self._issues.put_beneath(_checked(repo), number, child.number, self._now())

    def issue_comments(self, repo: str, number: int) -> Sequence[IssueComment]:
        return self._issues.comments(_checked(repo), number)

    def write_issue_comment(self, repo: str, number: int, body: str) -> IssueComment:
        with self._proposals.held():
            return self._issues.write_comment(_checked(repo), number, body, self._now())

    def edit_issue_comment(self, repo: str, number: int, comment: IssueComment, *, body: str) -> None:
        with self._proposals.held():
            self._issues.edit_comment(_checked(repo), number, comment, body, self._now())

    def delete_issue_comment(self, repo: str, number: int, comment: IssueComment) -> None:
        with self._proposals.held():
            self._issues.delete_comment(_checked(repo), number, comment)

    # Builds

    def newest_release(self, repo: str) -> str:  # noqa: ARG002
        """None: releases are no files of a clone."""
        return ""

    def start_build(self, order: BuildOrder) -> Build | None:
        raise ForgeError(f"{order.repo}: a folder of clones builds nothing. Have the image built where it is built, or use GitHub.")

    def builds_since(self, order: BuildOrder, moment: datetime) -> Sequence[Build]:  # noqa: ARG002
        """None: nothing is built here."""
        return ()

    def build(self, repo: str, number: int) -> Build | None:  # noqa: ARG002
        """There is none."""
        return None


def _checked(repo: str) -> str:
    if not is_name(repo):
        raise ForgeError(f"{repo[:200]!r} is no name of a repo. Give it as owner/name.")
    return repo


def _merges_nothing(pull: PullRequest) -> Failure:
    return Failure(where=f"{pull.repo}#{pull.number}", what="a folder of clones merges nothing by itself")
