"""One GitHub App at several owners: each of them has an installation of its own, with its own token and budget."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, TypeVar

from bot.clients.github.forge import GitHubForge
from bot.clients.github.identity import Identity
from bot.clients.github.patience import RestLimits
from bot.model.attestation import Attested
from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.build import Build, BuildOrder
from bot.model.checks import Checks
from bot.model.comment import Comment, Reaction, Thread
from bot.model.failure import Failure, told
from bot.model.fleet import Property, Repo
from bot.model.forge import BranchState, ForgeError, Issue, IssueComment
from bot.model.pull_request import OtherRequest, Proposal, PullRequest
from bot.model.readiness import Readiness
from bot.model.runtime import DeploymentRecord, Environments, NewRecord
from bot.model.secret import Secret
from bot.model.storage import NewStorage, StorageRecord

_T = TypeVar("_T")


class Installations:
    """`bot.propose.forge.Forge` by the installation of whose repo it is. Safe to use from several threads.

    An owner whose installation can't be had fails whatever is asked of their repos, and nothing else.
    """

    abilities: Final = GitHubForge.abilities

    def __init__(self, forge_of: Callable[[str], GitHubForge], *, owners: Sequence[str], git_prefix: str) -> None:
        """`forge_of` makes the forge of an owner, once one is needed; it raises ForgeError where the App is not installed for them."""
        self._forge_of: Final = forge_of
        self._owners: Final = tuple(owners)
        self._lock: Final = Lock()
        self._forges: Final[dict[str, GitHubForge | ForgeError]] = {}
        self.git_prefix: Final = git_prefix
        """What the clone addresses of this GitHub begin with; the token of an owner is for what follows with their name."""

    def git_token(self, owner: str | None = None) -> Secret | None:
        """The token of this moment for the repos of an owner; None: of whichever installation there is. Raises ForgeError."""
        return (self._any() if owner is None else self._of(owner)).git_token()

    def rest_limits(self, longest: timedelta) -> RestLimits:
        """Of the installation whose token `git_token` gives where no owner is named. Raises ForgeError."""
        return self._any().rest_limits(longest)

    def close(self) -> None:
        for forge in self._forges.values():
            if isinstance(forge, GitHubForge):
                forge.close()

    def identity(self) -> frozenset[str]:
        """An App has one name, wherever it is installed."""
        return self._any().identity()

    def examined(self, owner: str, now: datetime) -> Identity:
        return self._of(owner).examined(owner, now)

    def survey(self, owner: str) -> Iterator[Repo | Failure]:
        yield from self._of(owner).survey(owner)

    def repo(self, full_name: str) -> Repo:
        return self._of(full_name).repo(full_name)

    def repos(self, full_names: Sequence[str]) -> Iterator[Repo | Failure]:
        found: dict[str, Repo | Failure] = {}
        for owner, names in _by_owner(full_names, str).items():
            try:
                found |= dict(zip(names, self._of(owner).repos(names), strict=True))
            except ForgeError as error:
                found |= {name: _failure(name, error) for name in names}
        yield from (found[name] for name in full_names)

    def environments(self, repos: Sequence[Repo]) -> Mapping[str, Environments | Failure]:
        found: dict[str, Environments | Failure] = {}
        for owner, of in _by_owner(repos, lambda repo: repo.full_name).items():
            try:
                found |= self._of(owner).environments(of)
            except ForgeError as error:
                found |= {repo.full_name: _failure(repo.full_name, error) for repo in of}
        return found

    def deployment_records(self, owner: str, digest: str) -> Sequence[DeploymentRecord] | None:
        return self._of(owner).deployment_records(owner, digest)

    def record_deployments(self, owner: str, cluster: str, environment: str, records: Sequence[NewRecord]) -> Sequence[str]:
        return self._of(owner).record_deployments(owner, cluster, environment, records)

    def provenance(self, owner: str, digests: Sequence[str]) -> Attested | None:
        return self._of(owner).provenance(owner, digests)

    def attesting_repos(self, owner: str) -> Mapping[int, str]:
        return self._of(owner).attesting_repos(owner)

    def storage_records(self, owner: str, digest: str) -> Sequence[StorageRecord] | None:
        return self._of(owner).storage_records(owner, digest)

    def record_storage(self, owner: str, record: NewStorage) -> None:
        self._of(owner).record_storage(owner, record)

    def properties(self, owner: str) -> Mapping[str, tuple[Property, ...]]:
        return self._of(owner).properties(owner)

    def repo_properties(self, full_name: str) -> tuple[Property, ...]:
        return self._of(full_name).repo_properties(full_name)

    def pull_requests(self, repos: Sequence[Repo], *, branch_prefix: str) -> Mapping[str, Sequence[PullRequest] | Failure]:
        found: dict[str, Sequence[PullRequest] | Failure] = {}
        for owner, of in _by_owner(repos, lambda repo: repo.full_name).items():
            try:
                found |= self._of(owner).pull_requests(of, branch_prefix=branch_prefix)
            except ForgeError as error:
                found |= {repo.full_name: _failure(repo.full_name, error) for repo in of}
        return {repo.full_name: found[repo.full_name] for repo in repos}

    def other_requests(self, repo: str) -> Sequence[OtherRequest]:
        return self._of(repo).other_requests(repo)

    def branch(self, repo: str, branch: str, *, base: str) -> BranchState | None:
        return self._of(repo).branch(repo, branch, base=base)

    def write(self, proposal: Proposal, *, replacing: str | None) -> PullRequest:
        return self._of(proposal.repo).write(proposal, replacing=replacing)

    def edit_text(self, pull_request: PullRequest, *, title: str, body: str) -> None:
        self._of(pull_request.repo).edit_text(pull_request, title=title, body=body)

    def put_labels(self, wanted: Sequence[tuple[PullRequest, Sequence[str]]]) -> Sequence[Failure]:
        failures: list[Failure] = []
        for owner, of in _by_owner(wanted, lambda each: each[0].repo).items():
            try:
                failures += self._of(owner).put_labels(of)
            except ForgeError as error:
                failures += [_failure(f"{pull.repo}#{pull.number}", error) for pull, _ in of]
        return failures

    def request_reviews(self, pull_request: PullRequest, reviewers: Sequence[str]) -> Sequence[str]:
        return self._of(pull_request.repo).request_reviews(pull_request, reviewers)

    def assign(self, pull_request: PullRequest, people: Sequence[str]) -> Sequence[str]:
        return self._of(pull_request.repo).assign(pull_request, people)

    def put_in_milestone(self, pull_request: PullRequest, title: str) -> bool:
        return self._of(pull_request.repo).put_in_milestone(pull_request, title)

    def comments(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Thread | Failure]:
        return self._each(pull_requests, lambda forge, of: forge.comments(of))

    def checks(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Checks | Failure]:
        return self._each(pull_requests, lambda forge, of: forge.checks(of))

    def readiness(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Readiness | Failure]:
        return self._each(pull_requests, lambda forge, of: forge.readiness(of))

    def auto_merge_of(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, AutoMerge | Failure]:
        return self._each(pull_requests, lambda forge, of: forge.auto_merge_of(of))

    def turn_on_auto_merge(self, wanted: Sequence[tuple[PullRequest, MergeMethod]]) -> Mapping[str, Failure]:
        refused: dict[str, Failure] = {}
        for owner, of in _by_owner(wanted, lambda each: each[0].repo).items():
            try:
                refused |= self._of(owner).turn_on_auto_merge(of)
            except ForgeError as error:
                refused |= {pull.url: _failure(f"{pull.repo}#{pull.number}", error) for pull, _ in of}
        return refused

    def turn_off_auto_merge(self, pull_request: PullRequest) -> None:
        self._of(pull_request.repo).turn_off_auto_merge(pull_request)

    def _each(
        self, pulls: Sequence[PullRequest], ask: Callable[[GitHubForge, Sequence[PullRequest]], Mapping[str, _T | Failure]]
    ) -> dict[str, _T | Failure]:
        """By the pull request's address, what the forge of each owner answers."""
        found: dict[str, _T | Failure] = {}
        for owner, of in _by_owner(pulls, lambda pull: pull.repo).items():
            try:
                found |= ask(self._of(owner), of)
            except ForgeError as error:
                found |= {pull.url: _failure(f"{pull.repo}#{pull.number}", error) for pull in of}
        return found

    def may_write(self, repo: str, login: str) -> bool:
        return self._of(repo).may_write(repo, login)

    def answer(self, pull_request: PullRequest, body: str, *, to: Comment | None = None, reaction: Reaction = Reaction.DONE) -> None:
        self._of(pull_request.repo).answer(pull_request, body, to=to, reaction=reaction)

    def close_pull_request(self, pull_request: PullRequest, *, comment: str) -> None:
        self._of(pull_request.repo).close_pull_request(pull_request, comment=comment)

    def find_issue(self, repo: str, *, marker: str) -> Issue | None:
        return self._of(repo).find_issue(repo, marker=marker)

    def open_issue(self, repo: str, *, title: str, body: str, labels: Iterable[str]) -> Issue:
        return self._of(repo).open_issue(repo, title=title, body=body, labels=labels)

    def edit_issue(self, repo: str, number: int, *, title: str, body: str, is_open: bool) -> None:
        self._of(repo).edit_issue(repo, number, title=title, body=body, is_open=is_open)

    def find_issues(self, repo: str, *, marker_begins: str) -> Sequence[Issue]:
        return self._of(repo).find_issues(repo, marker_begins=marker_begins)

    def sub_issues(self, repo: str, number: int) -> Sequence[int]:
        return self._of(repo).sub_issues(repo, number)

    def add_sub_issue(self, repo: str, number: int, child: Issue) -> None:
        self._of(repo).add_sub_issue(repo, number, child)

    def issue_comments(self, repo: str, number: int) -> Sequence[IssueComment]:
        return self._of(repo).issue_comments(repo, number)

    def write_issue_comment(self, repo: str, number: int, body: str) -> IssueComment:
        return self._of(repo).write_issue_comment(repo, number, body)

    def edit_issue_comment(self, repo: str, number: int, comment: IssueComment, *, body: str) -> None:
        self._of(repo).edit_issue_comment(repo, number, comment, body=body)

    def delete_issue_comment(self, repo: str, number: int, comment: IssueComment) -> None:
        self._of(repo).delete_issue_comment(repo, number, comment)

    def newest_release(self, repo: str) -> str:
        return self._of(repo).newest_release(repo)

    def start_build(self, order: BuildOrder) -> Build | None:
        return self._of(order.repo).start_build(order)

    def builds_since(self, order: BuildOrder, moment: datetime) -> Sequence[Build]:
        return self._of(order.repo).builds_since(order, moment)

    def build(self, repo: str, number: int) -> Build | None:
        return self._of(repo).build(repo, number)

    def _of(self, name: str) -> GitHubForge:
        """The forge for an owner, or for whose repo it is. Raises ForgeError; of one that lasts, the same one each time."""
        owner = name.partition("/")[0]
        with self._lock:
            forge = self._forges.get(owner.lower())
            if forge is None:
                try:
                    forge = self._forge_of(owner)
                except ForgeError as error:
                    if error.is_temporary:
                        raise
                    forge = error
                self._forges[owner.lower()] = forge
        if isinstance(forge, ForgeError):
            raise forge
        return forge

    def _any(self) -> GitHubForge:
        """Of the first owner who has one. Raises the first owner's ForgeError where nobody has."""
        refused: ForgeError | None = None
        for owner in self._owners:
            try:
                return self._of(owner)
            except ForgeError as error:
                refused = refused or error
        raise refused or ForgeError("no owner is named. Set github.owners in the configuration.")


def _by_owner(wanted: Iterable[_T], name: Callable[[_T], str]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = {}
    for each in wanted:
        found.setdefault(name(each).partition("/")[0].lower(), []).append(each)
    return found


def _failure(where: str, error: ForgeError) -> Failure:
    return Failure(where=where, what=told(error), resumes_at=error.resumes_at)
