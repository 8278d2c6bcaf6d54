"""Assignees and milestones, which GitHub keeps with the issue that every pull request is too."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

import structlog
from github.GithubException import GithubException

from bot.clients.github.connection import Connection
from bot.clients.github.failures import UnreadableError
from bot.model.pull_request import PullRequest

log = structlog.get_logger()
_UNPROCESSABLE: Final = 422
_MOST_MILESTONES: Final = 100
"""That one request gives."""


class Assigning:
    """Assigns people, and puts into milestones that are there: none is ever made. Raises what PyGithub raises, and UnreadableError."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._milestones: Final[dict[str, dict[str, int]]] = {}
        """By repo: the numbers of its open milestones by their titles, asked for once."""
        self._lock: Final = Lock()

    def assign(self, pull: PullRequest, people: Sequence[str]) -> tuple[str, ...]:
        """Those who could not be assigned: GitHub passes over in silence who may not be, and refuses all where somebody does not exist."""
        names = [name.removeprefix("@") for name in people]
        try:
            answer = self._write(pull, "POST", "/assignees", {"assignees": names})
        except GithubException as error:
            if error.status != _UNPROCESSABLE:
                raise
            log.warning("assignees.refused", repo=pull.repo, number=pull.number, assignees=names)
            return tuple(people) if len(people) == 1 else tuple(one for name in people for one in self.assign(pull, [name]))
        there = {str(one["login"]).lower() for one in _dicts(answer.get("assignees") if isinstance(answer, dict) else None, "login")}
        return tuple(name for name in people if name.removeprefix("@").lower() not in there)

    def put_in_milestone(self, pull: PullRequest, title: str) -> bool:
        """Whether it is in it now; not where the repo has no open milestone of just that title among the 100 that are due first."""
        with self._lock:
            if pull.repo not in self._milestones:
                self._milestones[pull.repo] = self._asked(pull.repo)
        number = self._milestones[pull.repo].get(title)
        if number is not None:
            self._write(pull, "PATCH", "", {"milestone": number})
        return number is not None

    def _asked(self, repo: str) -> dict[str, int]:
        asked = {"state": "open", "sort": "due_on", "per_page": _MOST_MILESTONES}
        _, answer = self._connection.reader.requester.requestJsonAndCheck("GET", f"/repos/{repo}/milestones", parameters=asked)
        return {str(one["title"]): int(one["number"]) for one in _dicts(answer, "title", "number")}

    def _write(self, pull: PullRequest, verb: str, place: str, given: dict[str, Any]) -> object:
        with self._connection.writer() as client:
            _, answer = client.requester.requestJsonAndCheck(verb, f"/repos/{pull.repo}/issues/{pull.number}{place}", input=given)
        return answer


def _dicts(answer: object, *keys: str) -> list[dict[str, Any]]:
    """A list of objects that have these keys. Raises UnreadableError."""
    if not isinstance(answer, list) or not all(isinstance(one, dict) and set(keys) <= one.keys() for one in answer):
        raise UnreadableError(f"not a list of things with {', '.join(keys)}")
    return answer
