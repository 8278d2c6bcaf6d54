"""GitHub as the forge."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Final

import structlog
from github import Github
from github.GithubException import GithubException, UnknownObjectException
from github.Repository import Repository

from bot.clients.github.answers import author_of, issue_of, opened_of, pull_request_of, repo_of
from bot.clients.github.commits import Committer
from bot.clients.github.connection import GITHUB_API, AppKey, Connection, Pace, Reply, Token
from bot.clients.github.documents import PULL_REQUEST_BRANCHES, PULL_REQUESTS, REPO, SURVEY, VIEWER
from bot.clients.github.failures import RefusedError, UnreadableError, translated
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.forge import BranchState, ForgeError, Issue
from bot.model.notes import ReleaseNote
from bot.model.pull_request import Proposal, PullRequest
from bot.model.secret import Secret

log = structlog.get_logger()

_MAX_SURVEY_PAGES: Final = 200
_MAX_PULL_REQUEST_PAGES: Final = 10
_MAX_MERGED: Final = 60
_BODIES_PAGE: Final = 30
_MAX_ISSUES: Final = 300
_MAX_RELEASES: Final = 300
_PAGE: Final = 100
_UNPROCESSABLE: Final = 422
_LABEL_COLOUR: Final = "0e8a16"
_LABEL_DESCRIPTION: Final = "Made by rebuild-bot"


class GitHubForge:
    """GitHub, or a GitHub Enterprise server, as `bot.propose.forge.Forge`. Safe to use from several threads."""

    def __init__(self, base_url: str = GITHUB_API, *, credential: Token | AppKey | None = None, pace: Pace | None = None) -> None:
        """`base_url` is the REST API's address; GraphQL is beside it. Raises ForgeError where an App is not installed."""
        self._connection: Final = Connection(base_url, credential, pace or Pace())
        self._committer: Final = Committer(self._connection)
        self._known_labels: Final[set[tuple[str, str]]] = set()

    @property
    def git_prefix(self) -> str:
        """What the clone addresses of this GitHub begin with: the only ones that its token may be sent to."""
        return self._connection.git_prefix

    def git_token(self) -> Secret | None:
        """The token of this moment, for git; None: nobody in particular asks. Raises ForgeError."""
        with translated("the token for git"):
            return self._connection.token()

    def close(self) -> None:
        self._connection.close()

    def identity(self) -> frozenset[str]:
        return self._identity

    @cached_property
    def _identity(self) -> frozenset[str]:
        with translated("who the token belongs to"):
            login: str = self._connection.query(VIEWER, {})["viewer"]["login"]
        return frozenset({login})

    def survey(self, owner: str) -> Iterator[Repo | Failure]:
        after = None
        for _page in range(_MAX_SURVEY_PAGES):
            with translated(f"the repos of {owner}"):
                reply = self._connection.ask(SURVEY, {"owner": owner, "after": after})
                answer = reply.data.get("repositoryOwner")
                if answer is None and reply.refusals:
                    raise RefusedError(reply.refusals)
                if answer is None:
                    raise ForgeError(f"{owner}: no such organisation or user. Check the name, and that the token may see it.")
                page = answer["repositories"]
                found = [self._surveyed(owner, place, node, reply) for place, node in enumerate(page["nodes"])]
                after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
            yield from found
            if after is None:
                return
        raise ForgeError(f"{owner}: more than {_MAX_SURVEY_PAGES * _PAGE:,} repos. Name the repos in the fleet file.")

    def repo(self, full_name: str) -> Repo:
        owner, _, name = full_name.partition("/")
        with translated(full_name):
            node = self._connection.query(REPO, {"owner": owner, "name": name})["repository"]
            if node is None:
                raise ForgeError(f"{full_name}: no such repo. Check the name, and that the token may see it.")
            return repo_of(node)

    @staticmethod
    def _surveyed(owner: str, place: int, node: Mapping[str, Any] | None, reply: Reply) -> Repo | Failure:
        """One repo of a page; where GitHub keeps something of it back (an organisation's rules for tokens), why."""
        name = (node or {}).get("nameWithOwner") or f"a repo of {owner}"
        about = [refusal for refusal in reply.refusals if refusal.path[:4] == ("repositoryOwner", "repositories", "nodes", place)]
        try:
            with translated(name):
                if node is None or about:
                    raise RefusedError(about) if about else UnreadableError("the survey has nothing in its place")
                return repo_of(node)
        except ForgeError as error:
            return Failure(where=name, what=str(error).removeprefix(f"{name}: "))

    def pull_requests(self, repo: str, *, branch_prefix: str) -> Sequence[PullRequest]:
        """The pull requests whose branch in the repo itself begins so, newest first; of the merged ones the newest 60.

        Only the newest 1,000 of the repo are looked at.
        """
        with translated(f"{repo}: its pull requests"):
            own = [
                node
                for node in self._pull_request_branches(repo)
                if node["headRefName"].startswith(branch_prefix) and not node["isCrossRepository"]
            ]
            merged = [node["id"] for node in own if node["state"] == "MERGED"]
            dropped = set(merged[_MAX_MERGED:])
            ids = [node["id"] for node in own if node["id"] not in dropped]
            pages = [ids[start : start + _BODIES_PAGE] for start in range(0, len(ids), _BODIES_PAGE)]
            answers = [self._connection.query(PULL_REQUESTS, {"ids": page})["nodes"] for page in pages]
            return tuple(pull_request_of(repo, node) for nodes in answers for node in nodes if node is not None)

    def branch(self, repo: str, branch: str, *, base: str) -> BranchState | None:
        with translated(f"{repo}: the branch {branch}"):
            repository = self._reading(repo)
            try:
                head = repository.get_git_ref(f"heads/{branch}").object.sha
            except UnknownObjectException:
                return None
            authors = frozenset(author_of(commit) for commit in repository.compare(base, head).commits)
        return BranchState(head=head, authors=authors)

    def file(self, repo: str, path: PurePosixPath, *, ref: str) -> bytes | None:
        with translated(f"{repo}: {path} at {ref}"):
            return self._committer.file(repo, path, ref=ref)

    def commit(self, proposal: Proposal, *, onto: str) -> str:
        with translated(f"{proposal.repo}: the commit on {proposal.branch}"):
            return self._committer.commit(proposal, onto=onto)

    def open_pull_request(self, proposal: Proposal) -> PullRequest:
        with translated(f"{proposal.repo}: the pull request for {proposal.branch}"):
            number = self._open(proposal)
            with self._connection.writer() as client:
                self._label(client, proposal.repo, number, proposal.labels)
                self._request_reviews(client, proposal, number)
            return opened_of(proposal.repo, self._reading(proposal.repo).get_pull(number))

    def edit_pull_request(self, pull_request: PullRequest, *, title: str, body: str, labels: Iterable[str]) -> None:
        """Labels are added, never taken away. What is the same already is not written."""
        with translated(f"{pull_request.repo}#{pull_request.number}"), self._connection.writer() as client:
            if (title, body) != (pull_request.title, pull_request.body):
                client.get_repo(pull_request.repo).get_pull(pull_request.number).edit(title=title, body=body)
            self._label(client, pull_request.repo, pull_request.number, [label for label in labels if label not in pull_request.labels])

    def close_pull_request(self, pull_request: PullRequest, *, comment: str) -> None:
        with translated(f"{pull_request.repo}#{pull_request.number}"), self._connection.writer() as client:
            pull = client.get_repo(pull_request.repo).get_pull(pull_request.number)
            if pull.state == "open":
                pull.create_issue_comment(comment)
                pull.edit(state="closed")
            self._committer.delete_branch(pull_request.repo, pull_request.branch)

    def find_issue(self, repo: str, *, marker: str) -> Issue | None:
        with translated(f"{repo}: its issues"):
            for state in ("open", "closed"):
                # By date of change: an issue that is edited every week stays among the first, however many others there are.
                issues = self._reading(repo).get_issues(state=state, sort="updated", direction="desc")
                for issue in islice(issues, _MAX_ISSUES):
                    if marker in (issue.body or "") and issue.pull_request is None and issue.user.login in self.identity():
                        return issue_of(issue)
        return None

    def open_issue(self, repo: str, *, title: str, body: str, labels: Iterable[str]) -> Issue:
        wanted = list(labels)
        with translated(f"{repo}: a new issue"), self._connection.writer() as client:
            self._make_labels(client, repo, wanted)
            return issue_of(client.get_repo(repo).create_issue(title=title, body=body, labels=wanted))

    def edit_issue(self, repo: str, number: int, *, title: str, body: str, is_open: bool) -> None:
        with translated(f"{repo}#{number}"), self._connection.writer() as client:
            client.get_repo(repo).get_issue(number).edit(title=title, body=body, state="open" if is_open else "closed")

    def release_notes(self, repo: str) -> Sequence[ReleaseNote]:
        with translated(f"{repo}: its releases"):
            releases = [release for release in islice(self._reading(repo).get_releases(), _MAX_RELEASES) if not release.draft]
            return tuple(
                ReleaseNote(name=release.tag_name, text=release.body or "", url=release.html_url, published_at=release.published_at)
                for release in releases
            )

    def _reading(self, repo: str) -> Repository:
        return self._connection.reader.get_repo(repo)

    def _pull_request_branches(self, repo: str) -> Iterator[Mapping[str, Any]]:
        owner, _, name = repo.partition("/")
        after = None
        for _page in range(_MAX_PULL_REQUEST_PAGES):
            answer = self._connection.query(PULL_REQUEST_BRANCHES, {"owner": owner, "name": name, "after": after})["repository"]
            if answer is None:
                raise ForgeError(f"{repo}: no such repo. Check the name, and that the token may see it.")
            page = answer["pullRequests"]
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
        log.warning("pull_requests.cut", repo=repo, looked_at=_MAX_PULL_REQUEST_PAGES * _PAGE)

    def _open(self, proposal: Proposal) -> int:
        with self._connection.writer() as client:
            repository = client.get_repo(proposal.repo)
            try:
                return repository.create_pull(proposal.base, proposal.branch, title=proposal.title, body=proposal.body).number
            except GithubException as error:
                if error.status != _UNPROCESSABLE:
                    raise
                # A run that stopped halfway, or an answer that got lost, has opened it already.
                owner = proposal.repo.partition("/")[0]
                for pull in repository.get_pulls(state="open", head=f"{owner}:{proposal.branch}"):
                    return pull.number
                raise

    def _label(self, client: Github, repo: str, number: int, labels: Sequence[str]) -> None:
        if labels:
            self._make_labels(client, repo, labels)
            client.get_repo(repo).get_issue(number).add_to_labels(*labels)

    def _make_labels(self, client: Github, repo: str, labels: Iterable[str]) -> None:
        for label in labels:
            if (repo, label) in self._known_labels:
                continue
            repository = client.get_repo(repo)
            try:
                repository.get_label(label).complete()
            except UnknownObjectException:
                repository.create_label(label, _LABEL_COLOUR, _LABEL_DESCRIPTION)
            self._known_labels.add((repo, label))

    def _request_reviews(self, client: Github, proposal: Proposal, number: int) -> None:
        """Ask for reviews. Somebody who can't be asked (not a member, the author) costs nothing but a warning."""
        names = [reviewer.removeprefix("@") for reviewer in proposal.reviewers]
        teams = [name.partition("/")[2] for name in names if "/" in name]
        users = [name for name in names if "/" not in name]
        if not names:
            return
        try:
            client.get_repo(proposal.repo).get_pull(number).create_review_request(reviewers=users, team_reviewers=teams)
        except GithubException as error:
            log.warning("reviewers.refused", repo=proposal.repo, number=number, reviewers=names, status=error.status)
