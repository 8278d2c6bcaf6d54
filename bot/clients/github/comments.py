"""The comments below pull requests: read many at once, and answered; and who of their authors may write to a repo."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

import structlog
from github.GithubException import GithubException

from bot.clients.github.answers import thread_of
from bot.clients.github.connection import Connection, Write
from bot.clients.github.documents import COMMENTS
from bot.clients.github.failures import RefusedError, UnreadableError, translated
from bot.clients.github.page_size import PageSize, ask_in_pages
from bot.clients.shelf import Shelf
from bot.model.comment import Comment, Reaction, Thread
from bot.model.failure import Failure, told
from bot.model.forge import ForgeError
from bot.model.pull_request import PullRequest

log = structlog.get_logger()

_THREADS_PAGE: Final = 20
_MOST: Final = 50
"""Comments that are asked for below each of a page of pull requests."""
_MORE: Final = 100
"""And then at once below one that has more."""
_MORE_PAGES: Final = 5
"""So 550 in all: a flood costs six requests, and takes no memory without bound."""
_NOT_FOUND: Final = 404
_KIND: Final = "comments"
_SETTLED_AFTER: Final = timedelta(minutes=10)
"""Times are whole seconds: what changed so lately may have changed twice."""


class Comments:
    """Asks for comments and writes answers. Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._page: Final = PageSize(_THREADS_PAGE)
        self._may_write: Final[dict[tuple[str, str], bool]] = {}
        self._lock: Final = Lock()

    def of(self, pulls: Sequence[PullRequest]) -> Iterator[tuple[PullRequest, Thread | Failure]]:
        """The comments of each, by one request for twenty of them; or why they can't be had. Never raises."""
        by_id = {pull.node_id: pull for pull in pulls}
        left = dict(by_id)
        pages = ask_in_pages(
            list(by_id),
            self._page,
            lambda page: self._connection.ask_briefly(COMMENTS, {"ids": list(page), "most": _MOST}),
            lambda page: self._connection.ask(COMMENTS, {"ids": list(page), "most": _MOST}),
        )
        try:
            with translated("the comments of some pull requests"):
                for page, reply in pages:
                    nodes = reply.data.get("nodes")
                    if not isinstance(nodes, list) or len(nodes) != len(page):
                        raise RefusedError(reply.refusals) if reply.refusals else UnreadableError("not one node for each id")
                    for wanted, node in zip(page, nodes, strict=True):
                        pull = left.pop(wanted)
                        yield pull, self._thread(pull, node)
        except ForgeError as error:
            for pull in left.values():
                where = f"{pull.repo}#{pull.number}"
                yield pull, Failure(where=where, what=told(error, where=where), resumes_at=error.resumes_at)

    def _thread(self, pull: PullRequest, node: Mapping[str, Any] | None) -> Thread | Failure:
        """All comments that are looked at, of which the first page is here."""
        where = f"{pull.repo}#{pull.number}"
        try:
            with translated(f"{where}: its comments"):
                pages = [_checked(node)]
                while pages[-1]["comments"]["pageInfo"]["hasNextPage"] and len(pages) <= _MORE_PAGES:
                    after = pages[-1]["comments"]["pageInfo"]["endCursor"]
                    reply = self._connection.ask(COMMENTS, {"ids": [pull.node_id], "most": _MORE, "after": after})
                    nodes = reply.data.get("nodes")
                    if reply.refusals:
                        raise RefusedError(reply.refusals)
                    pages.append(_checked(nodes[0] if isinstance(nodes, list) and nodes else None))
                return thread_of(pages)
        except ForgeError as error:
            return Failure(where=where, what=told(error, where=where), resumes_at=error.resumes_at)

    def may_write(self, repo: str, login: str) -> bool:
        """Whether somebody may push to the repo, asked once.

        The association that a comment tells of its author would not do: members whose membership is private show as strangers, and a
        member or an invited collaborator may hold the right to read only.
        """
        key = (repo, login)
        with self._lock:
            if key not in self._may_write:
                self._may_write[key] = self._asked(repo, login)
            return self._may_write[key]

    def _asked(self, repo: str, login: str) -> bool:
        try:
            permission = self._connection.reader.get_repo(repo).get_collaborator_permission(login)
        except GithubException as error:
            if error.status == _NOT_FOUND:
                return False
            raise
        return permission in {"admin", "write"}

    def answer(self, pull: PullRequest, body: str, to: Comment | None, reaction: Reaction) -> None:
        """Put a sign on a comment and write another one below; an empty body: the sign alone.

        The sign goes first: it may be put there twice, and once the answer is there, both are.
        """
        writes: list[Write] = [] if to is None else [("addReaction", {"subjectId": to.node_id, "content": reaction.value})]
        if body:
            writes.append(("addComment", {"subjectId": pull.node_id, "body": body}))
        write_once(self._connection, writes)


def write_once(connection: Connection, writes: Sequence[Write]) -> None:
    """Do all of these by one request; what another run of the bot wrote meanwhile with the same words does not stay twice.

    Of two comments the later one is deleted, also where GitHub refused the rest: it can't be asked to write only what is not there
    yet, and its answer tells what is there then. Raises RefusedError where one was refused.
    """
    reply = connection.written(writes)
    for number, (name, given) in enumerate(writes):
        said = reply.data.get(f"done{number}")
        if name != "addComment" or said is None:
            continue
        own = said["commentEdge"]["node"]["id"]
        alike = [one["id"] for one in said["subject"]["comments"]["nodes"] if one is not None and is_own(one, given["body"])]
        if own in alike[1:]:
            connection.write([("deleteIssueComment", {"id": own})])


def is_own(comment: Mapping[str, Any], body: str) -> bool:
    """Whether the bot wrote just this."""
    written: str = comment["body"]
    return bool(comment["viewerDidAuthor"]) and written.replace("\r\n", "\n").strip() == body.strip()


def _checked(node: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not isinstance(node, Mapping) or "comments" not in node:
        raise UnreadableError("nothing in its place")
    return node


class HeardPullRequests:
    """Which pull requests hold no comment that waits for an answer, for as long as nothing changes there.

    Losing it costs a request for each twenty pull requests with comments.
    """

    def __init__(self, shelf: Shelf, *, now: datetime) -> None:
        self._shelf: Final = shelf
        self._now: Final = now

    def holds(self, pull: PullRequest) -> bool:
        return self._shelf.get(_KIND, pull.url, mark=_mark(pull)) is not None

    def keep(self, pull: PullRequest) -> None:
        if pull.updated_at <= self._now - _SETTLED_AFTER:
            self._shelf.put(_KIND, pull.url, 1, mark=_mark(pull))


def _mark(pull: PullRequest) -> str:
    return f"v1 {pull.updated_at.isoformat()} {pull.comments}"
