"""Labels, which GitHub puts on by their ids."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from github.GithubException import GithubException, UnknownObjectException
from github.Label import Label
from github.Repository import Repository

from bot.clients.github.connection import Connection, Write
from bot.clients.github.failures import UnreadableError, refused, translated
from bot.model.failure import Failure
from bot.model.forge import ForgeError
from bot.model.labels import LOOKS, PLAIN
from bot.model.pull_request import PullRequest

_AT_ONCE: Final = 20
"""Pull requests that get theirs in one request."""
_TRIES: Final = 3

_Wanted = tuple[PullRequest, Sequence[str]]


class Labels:
    """The labels of repos, as far as they were met. Those that a repo lacks are made when they are first put on."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._ids: Final[dict[tuple[str, str], str]] = {}

    def learn(self, repo: str, found: Mapping[str, Mapping[str, Any] | None]) -> None:
        """What GitHub has of the labels by these names; None: there is no such label."""
        self._ids.update({(repo, name): label["id"] for name, label in found.items() if label})

    def put(self, wanted: Sequence[_Wanted]) -> list[Failure]:
        """Put labels on pull requests, many in one request; those that did not get theirs.

        To put on what is on already does nothing: whatever became of a request, it may be sent again.
        """
        failures: list[Failure] = []
        for tries_left in reversed(range(_TRIES)):
            refused = [each for start in range(0, len(wanted), _AT_ONCE) for each in self._try(wanted[start : start + _AT_ONCE])]
            failures += [_failure(pull, error) for (pull, _), error in refused if not (error.is_temporary and tries_left)]
            wanted = [each for each, error in refused if error.is_temporary]
        return failures

    def make(self, repo: str, names: Sequence[str]) -> None:
        """They exist from now on, looking like the bot's where it made them. Raises what PyGithub raises."""
        for name in names:
            self._id(repo, name)

    def _try(self, wanted: Sequence[_Wanted]) -> list[tuple[_Wanted, ForgeError]]:
        """By one request; those that did not get theirs, and why."""
        failed: list[tuple[_Wanted, ForgeError]] = []
        writes: list[tuple[_Wanted, Write]] = []
        for each in wanted:
            pull, names = each
            try:
                with translated(_name(pull)):
                    ids = [self._id(pull.repo, name) for name in names]
                writes.append((each, ("addLabelsToLabelable", {"labelableId": pull.node_id, "labelIds": ids})))
            except ForgeError as error:
                failed.append((each, error))
        try:
            with translated(", ".join(_name(pull) for (pull, _), _ in writes)):
                told = self._connection.try_writes([write for _, write in writes]) if writes else []
        except ForgeError as error:
            return [*failed, *((each, error) for each, _ in writes)]
        return [*failed, *((each, refused(_name(each[0]), refusals)) for (each, _), refusals in zip(writes, told, strict=True) if refusals)]

    def _id(self, repo: str, name: str) -> str:
        known = self._ids.get((repo, name))
        if known is not None:
            return known
        with self._connection.writer() as client:
            label = _found_or_made(client.get_repo(repo), name)
        if not isinstance(label.node_id, str):
            raise UnreadableError(f"the label {name} without an id")
        return self._ids.setdefault((repo, name), label.node_id)


def _found_or_made(repository: Repository, name: str) -> Label:
    """Of two runs at once one makes it, and the other one finds it there."""
    try:
        return _found(repository, name)
    except UnknownObjectException:
        look = LOOKS.get(name, PLAIN)
    try:
        return repository.create_label(name, look.colour, look.description)
    except GithubException as error:
        if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        try:
            return _found(repository, name)
        except UnknownObjectException:
            raise error from None


def _found(repository: Repository, name: str) -> Label:
    label = repository.get_label(name)
    label.complete()
    return label


def _name(pull: PullRequest) -> str:
    return f"{pull.repo}#{pull.number}"


def _failure(pull: PullRequest, error: ForgeError) -> Failure:
    what = str(error).partition(": ")[2] or str(error)
    return Failure(where=_name(pull), what=f"its labels are missing, the next run puts them on: {what}", resumes_at=error.resumes_at)
