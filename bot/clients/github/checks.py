"""What the checks of pull requests say: many asked for at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.clients.github.connection import Connection
from bot.clients.github.documents import CHECKS
from bot.clients.github.failures import UnreadableError, translated
from bot.clients.github.nodes import asked, whole
from bot.clients.github.page_size import PageSize
from bot.model.checks import Checks
from bot.model.failure import Failure, told
from bot.model.forge import ForgeError
from bot.model.pull_request import PullRequest

_PAGE: Final = 100
_STATES: Final = {
    "SUCCESS": Checks.GREEN,
    "FAILURE": Checks.RED,
    "ERROR": Checks.RED,
    "PENDING": Checks.PENDING,
    "EXPECTED": Checks.PENDING,
}
"""GitHub's StatusState: of the worst of all check runs and statuses of a commit."""


class ChecksReader:
    """Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._page: Final = PageSize(_PAGE)

    def of(self, pulls: Sequence[PullRequest]) -> Iterator[tuple[PullRequest, Checks | Failure]]:
        """The checks of each, by one request for a hundred of them; or why they can't be had. Never raises."""
        by_id = {pull.node_id: pull for pull in pulls}
        try:
            with translated("the checks of some pull requests"):
                answers = asked(self._connection, CHECKS, list(by_id), self._page, lambda page: {"ids": list(page)})
        except ForgeError as error:
            yield from ((pull, _failure(pull, error)) for pull in by_id.values())
            return
        for wanted, pull in by_id.items():
            try:
                with translated(f"{pull.repo}#{pull.number}: its checks"):
                    found = _checks_of(whole(answers.get(wanted, ())))
            except ForgeError as error:
                yield pull, _failure(pull, error)
            else:
                yield pull, found


def _checks_of(node: Mapping[str, Any]) -> Checks:
    """A node of `CHECKS`. Raises UnreadableError."""
    return rollup_state(head_commit(node)["statusCheckRollup"])


def head_commit(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newest commit of a pull request. Raises UnreadableError: what GitHub tells of another commit is not known of this one."""
    commits: list[Mapping[str, Any]] = [each["commit"] for each in node["commits"]["nodes"]]
    if len(commits) != 1 or commits[0]["oid"] != node["headRefOid"]:
        raise UnreadableError("nothing of the newest commit")
    return commits[0]


def rollup_state(rollup: Mapping[str, Any] | None) -> Checks:
    """What all checks of a commit come to. Raises UnreadableError: what GitHub tells in other words is not known."""
    if rollup is None:
        return Checks.NONE
    if rollup["state"] not in _STATES:
        raise UnreadableError(f"a state that nobody knows: {str(rollup['state'])[:40]}")
    return _STATES[rollup["state"]]


def _failure(pull: PullRequest, error: ForgeError) -> Failure:
    where = f"{pull.repo}#{pull.number}"
    return Failure(where=where, what=told(error, where=where), resumes_at=error.resumes_at)
