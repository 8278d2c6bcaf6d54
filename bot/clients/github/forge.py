"""GitHub as the forge."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from github.GithubException import GithubException, UnknownObjectException
from github.Repository import Repository

from bot.clients.github.answers import author_of, repo_of
from bot.clients.github.assigning import Assigning
from bot.clients.github.attestations import AttestationReader
from bot.clients.github.auto_merge import AutoMerges
from bot.clients.github.checks import ChecksReader
from bot.clients.github.comments import Comments, is_own, write_once
from bot.clients.github.commits import Committer
from bot.clients.github.connection import GITHUB_API, AppKey, Connection, Pace, Reply, Token, Write
from bot.clients.github.documents import CLOSING, REPO, SURVEY, VIEWER, repos_named
from bot.clients.github.failures import RefusedError, TooHeavyError, translated
from bot.clients.github.identity import Identity, identity_of
from bot.clients.github.issues import Issues
from bot.clients.github.known_pull_requests import KnownPullRequests
from bot.clients.github.labels import Labels
from bot.clients.github.page_size import PageSize, ask_in_pages
from bot.clients.github.patience import RestLimits
from bot.clients.github.people import Bots
from bot.clients.github.properties import PropertyReader
from bot.clients.github.proposals import ProposalWriter
from bot.clients.github.pull_requests import PullRequestReader
from bot.clients.github.readiness import ReadinessReader
from bot.clients.github.repos import named, surveyed, variables
from bot.clients.github.runtime import RecordWriter, RuntimeReader
from bot.clients.github.storage_records import StorageRecords
from bot.clients.github.workflows import Workflows
from bot.clients.pacing import Pacing
from bot.model.attestation import Attested
from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.build import Build, BuildOrder
from bot.model.checks import Checks
from bot.model.comment import Comment, Reaction, Thread
from bot.model.failure import Failure, told
from bot.model.fleet import Property, Repo
from bot.model.forge import Abilities, BranchState, ForgeError, Issue, IssueComment, StaleHeadError
from bot.model.pull_request import OtherRequest, Proposal, PullRequest
from bot.model.readiness import Readiness
from bot.model.runtime import DeploymentRecord, Environments, NewRecord
from bot.model.secret import Secret
from bot.model.storage import NewStorage, StorageRecord

log = structlog.get_logger()

_MAX_SURVEYED: Final = 20_000
_SURVEY_PAGE: Final = 100
_SMALLEST_SURVEY_PAGE: Final = 10
_UNPROCESSABLE: Final = 422


class GitHubForge:
    """GitHub, or a GitHub Enterprise server, as `bot.propose.forge.Forge`. Safe to use from several threads."""

    abilities: Final = Abilities(merges_by_itself=True, hears_comments=True)

    def __init__(
        self,
        base_url: str = GITHUB_API,
        *,
        credential: Token | AppKey | None = None,
        pace: Pace | None = None,
        former: Collection[str] = (),
        bots: Collection[str] = (),
        known: KnownPullRequests | None = None,
        pacing: Pacing | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`base_url` is the REST API's address; GraphQL is beside it. `former` are logins that the bot had before.

        `bots` are patterns over login, name and address of authors whose commits are no person's, besides those of Apps and its own.
        What is `known` of pull requests is not asked for. `now` is this machine's clock, which is held against GitHub's.

        Raises ForgeError where an App is not installed.
        """
        self._known: Final = known
        self._former: Final = frozenset(former)
        self._bots: Final = tuple(bots)
        self._connection: Final = Connection(base_url, credential, pace or Pace(), pacing, now=now)
        self._assigning: Final = Assigning(self._connection)
        self._labels: Final = Labels(self._connection)
        self._proposals: Final = ProposalWriter(self._connection, Committer(self._connection), self._labels)
        self._survey_size: Final = PageSize(_SURVEY_PAGE)
        self._named_size: Final = PageSize(_SURVEY_PAGE)
        self._properties: Final = PropertyReader(self._connection)
        self._runtime: Final = RuntimeReader(self._connection)
        self._records: Final = RecordWriter(self._connection)
        self._storage: Final = StorageRecords(self._connection)
        self._attestations: Final = AttestationReader(self._connection)
        self._pull_requests: Final = PullRequestReader(self._connection)
        self._comments: Final = Comments(self._connection)
        self._checks: Final = ChecksReader(self._connection)
        self._readiness: Final = ReadinessReader(self._connection)
        self._auto_merges: Final = AutoMerges(self._connection)
        self._issues: Final = Issues(self._connection, self._labels, self.identity)
        self._workflows: Final = Workflows(self._connection)
        self._branches: Final[dict[str, frozenset[str]]] = {}
        """Of each repo whose pull requests were listed: all branches that begin with the prefix of that list."""
        self._others: Final[dict[str, tuple[OtherRequest, ...]]] = {}
        """The same of other bots' open pull requests."""
        self._login: str | None = None

    @property
    def git_prefix(self) -> str:
        """What the clone addresses of this GitHub begin with: the only ones that its token may be sent to."""
        return self._connection.git_prefix

    def git_token(self, _owner: str | None = None) -> Secret | None:
        """The token of this moment, for git and whoever's repos; None: nobody in particular asks. Raises ForgeError."""
        with translated("the token for git"):
            return self._connection.token()

    def rest_limits(self, longest: timedelta) -> RestLimits:
        """Those of who the token of `git_token` belongs to, for others that ask with it and wait no longer than that."""
        return self._connection.rest_limits(longest)

    def close(self) -> None:
        self._connection.close()

    def identity(self) -> frozenset[str]:
        if self._login is None:
            with translated("who the token belongs to"):
                self._login = str(self._connection.query(VIEWER, {})["viewer"]["login"])
        return self._former | {self._login}

    def examined(self, _owner: str, now: datetime) -> Identity:
        """What GitHub says of who asks, and what it may. Raises ForgeError."""
        return identity_of(self._connection, now)

    def survey(self, owner: str) -> Iterator[Repo | Failure]:
        after = None
        told = 0
        while told < _MAX_SURVEYED:
            with translated(f"the repos of {owner}"):
                reply = self._survey_page(owner, after)
                answer = reply.data.get("repositoryOwner")
                if answer is None and reply.refusals:
                    raise RefusedError(reply.refusals)
                if answer is None:
                    raise ForgeError(f"{owner}: no such organisation or user. Check the name, and that the token may see it.")
                page = answer["repositories"]
                bots = self._bots_at(reply)
                found = [surveyed(owner, place, node, reply, bots) for place, node in enumerate(page["nodes"])]
                after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
            yield from found
            told += max(1, len(found))
            if after is None:
                return
        raise ForgeError(f"{owner}: more than {_MAX_SURVEYED:,} repos. Name the repos in the fleet file.")

    def _survey_page(self, owner: str, after: str | None) -> Reply:
        while True:
            size = self._survey_size.now
            variables = {"owner": owner, "size": size, "after": after}
            try:
                reply = (self._connection.ask_briefly if size > _SMALLEST_SURVEY_PAGE else self._connection.ask)(SURVEY, variables)
            except TooHeavyError:
                self._survey_size.halve(size)
                continue
            self._survey_size.went_well()
            return reply

    def repo(self, full_name: str) -> Repo:
        owner, _, name = full_name.partition("/")
        with translated(full_name):
            reply = self._connection.ask(REPO, {"owner": owner, "name": name})
            node = reply.data.get("repository")
            if node is None and reply.refusals:
                raise RefusedError(reply.refusals)
            if node is None:
                raise ForgeError(f"{full_name}: no such repo. Check the name, and that the token may see it.")
            return repo_of(node, self._bots_at(reply))

    def repos(self, full_names: Sequence[str]) -> Iterator[Repo | Failure]:
        """Many repos by a request for each hundred, in order; those that can't be had as failures. Never raises."""
        for start in range(0, len(full_names), _SURVEY_PAGE):
            yield from self._some_repos(full_names[start : start + _SURVEY_PAGE])

    def _some_repos(self, names: Sequence[str]) -> list[Repo | Failure]:
        found: list[Repo | Failure] = []
        pages = ask_in_pages(
            names,
            self._named_size,
            lambda page: self._connection.ask_briefly(repos_named(len(page)), variables(page)),
            lambda page: self._connection.ask(repos_named(len(page)), variables(page)),
        )
        try:
            with translated("some repos"):
                for page, reply in pages:
                    bots = self._bots_at(reply)
                    found += [named(name, f"repo{number}", reply, bots) for number, name in enumerate(page)]
        except ForgeError as error:
            found += [Failure(where=name, what=told(error), resumes_at=error.resumes_at) for name in names[len(found) :]]
        return found

    def _bots_at(self, reply: Reply) -> Bots:
        """Who is no person; whom the token belongs to comes along with the answer, and is asked for when it matters where it does not."""
        viewer = reply.data.get("viewer")
        if self._login is None and isinstance(viewer, dict) and isinstance(viewer.get("login"), str):
            self._login = viewer["login"]
        return Bots.of(logins=self._former | ({self._login} if self._login else set()), patterns=self._bots)

    def environments(self, repos: Sequence[Repo]) -> Mapping[str, Environments | Failure]:
        return {repo.full_name: found for repo, found in self._runtime.environments(repos)}

    def deployment_records(self, owner: str, digest: str) -> Sequence[DeploymentRecord] | None:
        return self._runtime.records(owner, digest)

    def record_deployments(self, owner: str, cluster: str, environment: str, records: Sequence[NewRecord]) -> Sequence[str]:
        return self._records.write(owner, cluster, environment, records)

    def provenance(self, owner: str, digests: Sequence[str]) -> Attested | None:
        return self._attestations.provenance(owner, digests)

    def attesting_repos(self, owner: str) -> Mapping[int, str]:
        return self._attestations.repos(owner)

    def storage_records(self, owner: str, digest: str) -> Sequence[StorageRecord] | None:
        return self._storage.of(owner, digest)

    def record_storage(self, owner: str, record: NewStorage) -> None:
        self._storage.write(owner, record)

    def properties(self, owner: str) -> Mapping[str, tuple[Property, ...]]:
        return self._properties.of_owner(owner)

    def repo_properties(self, full_name: str) -> tuple[Property, ...]:
        return self._properties.of_repo(full_name)

    def pull_requests(self, repos: Sequence[Repo], *, branch_prefix: str) -> Mapping[str, tuple[PullRequest, ...] | Failure]:
        """By the repo's name, newest first; of the merged ones the newest 60. Only the newest 1,000 of a repo are looked at."""
        known = {} if self._known is None else {repo.full_name: self._known.of(repo, branch_prefix) for repo in repos}
        found: dict[str, tuple[PullRequest, ...] | Failure] = {name: kept[0] for name, kept in known.items() if kept is not None}
        self._others.update({name: kept[1] for name, kept in known.items() if kept is not None})
        for repo, listed in self._pull_requests.read([repo for repo in repos if repo.full_name not in found], branch_prefix):
            if isinstance(listed, Failure):
                found[repo.full_name] = listed
                continue
            found[repo.full_name] = listed.pull_requests
            self._others[repo.full_name] = listed.others
            if listed.branches is not None:
                self._branches[repo.full_name] = listed.branches
            if self._known is not None:
                self._known.keep(repo, branch_prefix, listed)
        return found

    def other_requests(self, repo: str) -> Sequence[OtherRequest]:
        return self._others.get(repo, ())

    def branch(self, repo: str, branch: str, *, base: str) -> BranchState | None:
        if repo in self._branches and branch not in self._branches[repo]:
            return None
        with translated(f"{repo}: the branch {branch}"):
            repository = self._reading(repo)
            try:
                head = repository.get_git_ref(f"heads/{branch}").object.sha
            except UnknownObjectException:
                return None
            authors = frozenset(author_of(commit) for commit in repository.compare(base, head).commits)
        return BranchState(head=head, authors=authors)

    def write(self, proposal: Proposal, *, replacing: str | None) -> PullRequest:
        self._forget(proposal.repo)
        with translated(f"{proposal.repo}: the pull request for {proposal.branch}"):
            pull = self._proposals.write(proposal, replacing=replacing)
        if proposal.repo in self._branches:
            self._branches[proposal.repo] |= {proposal.branch}
        return pull

    def edit_text(self, pull_request: PullRequest, *, title: str, body: str) -> None:
        self._forget(pull_request.repo)
        with translated(f"{pull_request.repo}#{pull_request.number}"):
            self._connection.write([("updatePullRequest", {"pullRequestId": pull_request.node_id, "title": title, "body": body})])

    def put_labels(self, wanted: Sequence[tuple[PullRequest, Sequence[str]]]) -> Sequence[Failure]:
        for repo in {pull_request.repo for pull_request, _ in wanted}:
            self._forget(repo)
        return self._labels.put(wanted)

    def request_reviews(self, pull_request: PullRequest, reviewers: Sequence[str]) -> Sequence[str]:
        with translated(f"{pull_request.repo}#{pull_request.number}: its reviewers"):
            if self._ask_for_reviews(pull_request, reviewers):
                return ()
            # One who can't be asked spoils the request for all.
            return tuple(reviewer for reviewer in reviewers if len(reviewers) == 1 or not self._ask_for_reviews(pull_request, [reviewer]))

    def assign(self, pull_request: PullRequest, people: Sequence[str]) -> Sequence[str]:
        with translated(f"{pull_request.repo}#{pull_request.number}: its assignees"):
            return self._assigning.assign(pull_request, people)

    def put_in_milestone(self, pull_request: PullRequest, title: str) -> bool:
        with translated(f"{pull_request.repo}#{pull_request.number}: its milestone"):
            return self._assigning.put_in_milestone(pull_request, title)

    def comments(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Thread | Failure]:
        return {pull.url: thread for pull, thread in self._comments.of(pull_requests)}

    def checks(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Checks | Failure]:
        return {pull.url: checks for pull, checks in self._checks.of(pull_requests)}

    def readiness(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, Readiness | Failure]:
        return {pull.url: found for pull, found in self._readiness.of(pull_requests)}

    def auto_merge_of(self, pull_requests: Sequence[PullRequest]) -> Mapping[str, AutoMerge | Failure]:
        return {pull.url: state for pull, state in self._auto_merges.of(pull_requests)}

    def turn_on_auto_merge(self, wanted: Sequence[tuple[PullRequest, MergeMethod]]) -> Mapping[str, Failure]:
        for repo in {pull_request.repo for pull_request, _ in wanted}:
            self._forget(repo)
        return {pull.url: failure for pull, failure in self._auto_merges.turn_on(wanted)}

    def turn_off_auto_merge(self, pull_request: PullRequest) -> None:
        self._forget(pull_request.repo)
        with translated(f"{pull_request.repo}#{pull_request.number}: its auto-merge"):
            self._auto_merges.turn_off(pull_request)

    def may_write(self, repo: str, login: str) -> bool:
        with translated(f"{repo}: what {login} may do there"):
            return self._comments.may_write(repo, login)

    def answer(self, pull_request: PullRequest, body: str, *, to: Comment | None = None, reaction: Reaction = Reaction.DONE) -> None:
        self._forget(pull_request.repo)
        with translated(f"{pull_request.repo}#{pull_request.number}: a comment"):
            self._comments.answer(pull_request, body, to, reaction)

    def close_pull_request(self, pull_request: PullRequest, *, comment: str) -> None:
        self._forget(pull_request.repo)
        with translated(f"{pull_request.repo}#{pull_request.number}"):
            found = self._connection.query(CLOSING, {"id": pull_request.node_id})["node"]
            if found["headRefOid"] != pull_request.head:
                raise StaleHeadError("the branch has moved since it was looked at. Run again later.", is_temporary=True)
            writes: list[Write] = []
            if found["state"] == "OPEN":
                if comment and not any(is_own(one, comment) for one in found["comments"]["nodes"] if one is not None):
                    writes.append(("addComment", {"subjectId": pull_request.node_id, "body": comment}))
                writes.append(("closePullRequest", {"pullRequestId": pull_request.node_id}))
            if found["headRef"]:
                writes.append(("deleteRef", {"refId": found["headRef"]["id"]}))
            if writes:
                write_once(self._connection, writes)

    def _forget(self, repo: str) -> None:
        if self._known is not None:
            self._known.forget(repo)

    def find_issue(self, repo: str, *, marker: str) -> Issue | None:
        with translated(f"{repo}: its issues"):
            return self._issues.find(repo, marker)

    def open_issue(self, repo: str, *, title: str, body: str, labels: Iterable[str]) -> Issue:
        with translated(f"{repo}: a new issue"):
            return self._issues.open(repo, title=title, body=body, labels=list(labels))

    def edit_issue(self, repo: str, number: int, *, title: str, body: str, is_open: bool) -> None:
        with translated(f"{repo}#{number}"):
            self._issues.edit(repo, number, title=title, body=body, is_open=is_open)

    def find_issues(self, repo: str, *, marker_begins: str) -> Sequence[Issue]:
        with translated(f"{repo}: its issues"):
            return self._issues.find_all(repo, marker_begins)

    def sub_issues(self, repo: str, number: int) -> Sequence[int]:
        with translated(f"{repo}#{number}: its sub-issues"):
            return self._issues.beneath(repo, number)

    def add_sub_issue(self, repo: str, number: int, child: Issue) -> None:
        with translated(f"{repo}#{number}: a sub-issue"):
            self._issues.put_beneath(repo, number, child.id)

    def issue_comments(self, repo: str, number: int) -> Sequence[IssueComment]:
        with translated(f"{repo}#{number}: its comments"):
            return self._issues.comments(repo, number)

    def write_issue_comment(self, repo: str, number: int, body: str) -> IssueComment:
        with translated(f"{repo}#{number}: a comment"):
            return self._issues.write_comment(repo, number, body)

    def edit_issue_comment(self, repo: str, number: int, comment: IssueComment, *, body: str) -> None:
        with translated(f"{repo}#{number}: a comment"):
            self._issues.edit_comment(repo, number, comment.id, body)

    def delete_issue_comment(self, repo: str, number: int, comment: IssueComment) -> None:
        with translated(f"{repo}#{number}: a comment"):
            self._issues.delete_comment(repo, number, comment.id)

    def newest_release(self, repo: str) -> str:
        with translated(f"{repo}: its newest release"):
            try:
                return str(self._reading(repo).get_latest_release().tag_name)
            except UnknownObjectException:
                return ""

    def start_build(self, order: BuildOrder) -> Build | None:
        return self._workflows.start(order)

    def builds_since(self, order: BuildOrder, moment: datetime) -> Sequence[Build]:
        return self._workflows.since(order, moment, self.identity())

    def build(self, repo: str, number: int) -> Build | None:
        return self._workflows.run(repo, number)

    def _reading(self, repo: str) -> Repository:
        return self._connection.reader.get_repo(repo)

    def _ask_for_reviews(self, pull_request: PullRequest, reviewers: Sequence[str]) -> bool:
        """Whether GitHub lets them be asked: it refuses who is no collaborator, and the author."""
        names = [reviewer.removeprefix("@") for reviewer in reviewers]
        teams = [name.partition("/")[2] for name in names if "/" in name]
        users = [name for name in names if "/" not in name]
        try:
            with self._connection.writer() as client:
                pull = client.get_repo(pull_request.repo).get_pull(pull_request.number)
                pull.create_review_request(reviewers=users, team_reviewers=teams)
        except GithubException as error:
            if error.status != _UNPROCESSABLE:
                raise
            log.warning("reviewers.refused", repo=pull_request.repo, number=pull_request.number, reviewers=names)
            return False
        return True
