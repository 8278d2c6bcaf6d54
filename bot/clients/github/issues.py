"""The bot's own issues and its comments below them, over GitHub's REST API."""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Final

import structlog
from github.GithubException import GithubException, UnknownObjectException
from github.Issue import Issue as GithubIssue
from github.IssueComment import IssueComment as GithubComment

from bot.clients.github.answers import issue_of
from bot.clients.github.connection import Connection
from bot.clients.github.labels import Labels
from bot.clients.github.typed import typed
from bot.model.forge import Issue, IssueComment

_MAX_ISSUES: Final = 300
_MAX_COMMENTS: Final = 1_000
"""Looked at below one issue: of one a week, those of many years."""
_MAX_OPENED_MEANWHILE: Final = 10
_MAX_BENEATH: Final = 200
"""GitHub lets an issue have 100."""
_UNPROCESSABLE: Final = 422

log = structlog.get_logger()


class Issues:
    """Raises what PyGithub raises."""

    def __init__(self, connection: Connection, labels: Labels, identity: Callable[[], Collection[str]]) -> None:
        self._connection: Final = connection
        self._labels: Final = labels
        self._identity: Final = identity

    def find(self, repo: str, marker: str) -> Issue | None:
        """The newest one of the bot that holds the marker, open before closed."""
        for state in ("open", "closed"):
            found = next((issue for issue in self._listed(repo, state) if marker in (issue.body or "")), None)
            if found is not None:
                return issue_of(found)
        return None

    def find_all(self, repo: str, marker_begins: str) -> list[Issue]:
        """Those of the bot whose body begins so, open and closed."""
        found = (issue for state in ("open", "closed") for issue in self._listed(repo, state))
        return [issue_of(issue) for issue in found if (issue.body or "").startswith(marker_begins)]

    def beneath(self, repo: str, number: int) -> list[int]:
        """The numbers of the sub-issues that are in the same repo."""
        listed = self._connection.reader.get_repo(repo).get_issue(number).get_sub_issues()
        at = f"/repos/{repo}/issues/".lower()
        return [one.number for one in islice(listed, _MAX_BENEATH) if at in one.url.lower()]

    def put_beneath(self, repo: str, number: int, child: int) -> None:
        """By the child's id; one that stands beneath another stays there."""
        with self._connection.writer() as client:
            try:
                client.get_repo(repo).get_issue(number).add_sub_issue(child)
            except GithubException as error:
                if error.status != _UNPROCESSABLE:
                    raise
                log.warning("sub_issue.refused", repo=repo, number=number, reason=str(error.data)[:200])

    def open(self, repo: str, *, title: str, body: str, labels: Sequence[str]) -> Issue:
        with self._connection.writer() as client:
            self._labels.make(repo, labels)
            repository = client.get_repo(repo)
            made = repository.create_issue(title=title, body=body, labels=list(labels))
            # Another run may have opened one meanwhile: of two, the first stays.
            for issue in islice(repository.get_issues(state="open", sort="created", direction="desc"), _MAX_OPENED_MEANWHILE):
                if issue.number < made.number and issue.title == title and issue.user.login in self._identity():
                    made.edit(state="closed", state_reason="not_planned")
                    return issue_of(issue)
            return issue_of(made)

    def edit(self, repo: str, number: int, *, title: str, body: str, is_open: bool) -> None:
        with self._connection.writer() as client:
            client.get_repo(repo).get_issue(number).edit(title=title, body=body, state="open" if is_open else "closed")

    def comments(self, repo: str, number: int) -> list[IssueComment]:
        """The bot's own, the first one first."""
        listed = self._connection.reader.get_repo(repo).get_issue(number).get_comments()
        # An author whose account is gone may be null in GitHub's answer, which PyGithub's type denies.
        own = (one for one in islice(listed, _MAX_COMMENTS) if getattr(one.user, "login", None) in self._identity())
        return [_comment_of(one) for one in own]

    def write_comment(self, repo: str, number: int, body: str) -> IssueComment:
        with self._connection.writer() as client:
            return _comment_of(client.get_repo(repo).get_issue(number).create_comment(body))

    def edit_comment(self, repo: str, number: int, comment: int, body: str) -> None:
        with self._connection.writer() as client:
            client.get_repo(repo).get_issue(number).get_comment(comment).edit(body)

    def delete_comment(self, repo: str, number: int, comment: int) -> None:
        """It is gone afterwards, whoever took it away."""
        with self._connection.writer() as client:
            try:
                client.get_repo(repo).get_issue(number).get_comment(comment).delete()
            except UnknownObjectException:
                return

    def _listed(self, repo: str, state: str) -> Iterator[GithubIssue]:
        # By date of change: an issue that is edited every week stays among the first, however many others there are.
        issues = self._connection.reader.get_repo(repo).get_issues(state=state, sort="updated", direction="desc")
        for issue in islice(issues, _MAX_ISSUES):
            if issue.pull_request is None and issue.user.login in self._identity():
                yield issue


def _comment_of(comment: GithubComment) -> IssueComment:
    return typed(IssueComment(id=comment.id, url=comment.html_url, body=(comment.body or "").replace("\r\n", "\n")))
