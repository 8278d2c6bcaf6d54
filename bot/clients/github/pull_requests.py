"""The bot's pull requests of many repos, asked for together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from bot.clients.github.answers import pull_request_of
from bot.clients.github.connection import Connection
from bot.clients.github.documents import MORE_PULL_REQUEST_BRANCHES, PULL_REQUEST_BRANCHES, PULL_REQUESTS
from bot.clients.github.failures import translated
from bot.clients.github.nodes import Answers, Node, asked, whole
from bot.clients.github.page_size import PageSize
from bot.clients.workers import Workers
from bot.model.failure import Failure, told
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from bot.model.pull_request import OtherRequest, PullRequest

log = structlog.get_logger()

_REPOS_PAGE: Final = 25
_BODIES_PAGE: Final = 50
_MOST_TOLD: Final = 20
_PAGE: Final = 100
_MAX_PULL_REQUEST_PAGES: Final = 10
_MAX_MERGED: Final = 60
_OTHER_BOTS: Final = ("dependabot/", "renovate/")
"""What their branches begin with, unless they are told otherwise."""
_MAX_OTHERS: Final = 200
_TITLE: Final = 300
_WORKERS: Final = 4
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What GitHub says of one repo."""

    pull_requests: tuple[PullRequest, ...]
    nodes: Sequence[Node]
    """The same as GitHub tells it."""
    branches: frozenset[str] | None
    """All branches that begin with the prefix; None: not known."""
    others: tuple[OtherRequest, ...] = ()
    """The open ones of other bots."""


class PullRequestReader:
    """Asks about some repos at once; the answer for each of them stands for itself. Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._repos_page: Final = PageSize(_REPOS_PAGE)
        self._bodies_page: Final = PageSize(_BODIES_PAGE)

    def read(self, repos: Sequence[Repo], branch_prefix: str) -> Iterator[tuple[Repo, Listed | Failure]]:
        """What there is in each repo, in order; what can't be had of one of them is its failure alone."""
        shares = [repos[start : start + _REPOS_PAGE] for start in range(0, len(repos), _REPOS_PAGE)]
        with Workers(_WORKERS, "pull-requests") as pool:
            for share in pool.map(partial(self._share, branch_prefix=branch_prefix), shares):
                yield from share

    def _share(self, repos: Sequence[Repo], branch_prefix: str) -> list[tuple[Repo, Listed | Failure]]:
        folder = branch_prefix.rpartition("/")[0]
        variables = {"refPrefix": f"refs/heads/{folder}/" if folder else "refs/heads/"}
        try:
            with translated("the pull requests of some repos"):
                nodes = self._nodes([repo.node_id for repo in repos], PULL_REQUEST_BRANCHES, self._repos_page, variables)
        except ForgeError as error:
            return [(repo, _failure(repo, error)) for repo in repos]
        firsts = {repo.full_name: _attempt(repo, partial(self._first, repo, branch_prefix, nodes)) for repo in repos}
        untold = [wanted for first in firsts.values() if not isinstance(first, Failure) for wanted in first.untold]
        try:
            with translated("the texts of some pull requests"):
                told_later = self._nodes(untold, PULL_REQUESTS, self._bodies_page, {})
        except ForgeError as error:
            told_later = {}
            firsts |= {
                repo.full_name: _failure(repo, error)
                for repo in repos
                if not isinstance(first := firsts[repo.full_name], Failure) and first.untold
            }
        return [(repo, _finished(repo, firsts[repo.full_name], told_later)) for repo in repos]

    def _nodes(self, ids: Sequence[str], document: str, size: PageSize, variables: Mapping[str, Any]) -> Answers:
        def given(page: Sequence[str]) -> dict[str, Any]:
            told_whole = {"told": max(1, min(_MOST_TOLD, _BODIES_PAGE // len(page)))} if document is PULL_REQUEST_BRANCHES else {}
            return {"ids": list(page), **variables, **told_whole}

        return asked(self._connection, document, ids, size, given)

    def _first(self, repo: Repo, branch_prefix: str, nodes: Answers) -> "_First":
        page = whole(nodes.get(repo.node_id, ()))
        listed = [node for node in self._all(repo, page["pullRequests"]) if not node["isCrossRepository"]]
        own = [node for node in listed if node["headRefName"].startswith(branch_prefix)]
        others = [node for node in listed if node["state"] == "OPEN" and node["headRefName"].startswith(_OTHER_BOTS)]
        dropped = {node["id"] for node in [node for node in own if node["state"] == "MERGED"][_MAX_MERGED:]}
        return _First(
            ids=tuple(node["id"] for node in own if node["id"] not in dropped),
            told={node["id"]: node for node in page["recent"]["nodes"] if node is not None},
            branches=_branches(page["refs"]) if branch_prefix.endswith("/") else None,
            others=tuple(
                OtherRequest(number=node["number"], branch=node["headRefName"], title=node["title"][:_TITLE])
                for node in others[:_MAX_OTHERS]
            ),
        )

    def _all(self, repo: Repo, page: Node) -> Iterator[Node]:
        owner, _, name = repo.full_name.partition("/")
        for number in range(1, _MAX_PULL_REQUEST_PAGES + 1):
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            if number == _MAX_PULL_REQUEST_PAGES:
                log.warning("pull_requests.cut", repo=repo.full_name, looked_at=_MAX_PULL_REQUEST_PAGES * _PAGE)
                return
            variables = {"owner": owner, "name": name, "after": page["pageInfo"]["endCursor"]}
            page = self._connection.query(MORE_PULL_REQUEST_BRANCHES, variables)["repository"]["pullRequests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _First:
    """What the first answer tells of a repo."""

    ids: tuple[str, ...]
    """Of the bot's pull requests, newest first."""
    told: Mapping[str, Node]
    branches: frozenset[str] | None
    others: tuple[OtherRequest, ...]

    @property
    def untold(self) -> list[str]:
        return [wanted for wanted in self.ids if wanted not in self.told]


def _finished(repo: Repo, first: "_First | Failure", told_later: Answers) -> Listed | Failure:
    if isinstance(first, Failure):
        return first

    def finish() -> Listed:
        nodes = [first.told[wanted] if wanted in first.told else whole(told_later.get(wanted, ())) for wanted in first.ids]
        pulls = tuple(pull_request_of(repo.full_name, node) for node in nodes)
        return Listed(pull_requests=pulls, nodes=nodes, branches=first.branches, others=first.others)

    return _attempt(repo, finish)


def _branches(refs: Node | None) -> frozenset[str] | None:
    if refs is None or refs["pageInfo"]["hasNextPage"]:
        return None
    return frozenset(f"{ref['prefix']}{ref['name']}".removeprefix("refs/heads/") for ref in refs["nodes"])


def _attempt(repo: Repo, do: Callable[[], _T]) -> _T | Failure:
    try:
        with translated(f"{repo.full_name}: its pull requests"):
            return do()
    except ForgeError as error:
        return _failure(repo, error)


def _failure(repo: Repo, error: ForgeError) -> Failure:
    return Failure(where=repo.full_name, what=told(error, where=repo.full_name), resumes_at=error.resumes_at)
