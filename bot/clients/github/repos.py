"""Repos in GitHub's answers: each as a value, or as the reason why GitHub keeps it back."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.clients.github.answers import repo_of
from bot.clients.github.connection import Reply
from bot.clients.github.failures import RefusedError, UnreadableError, translated
from bot.clients.github.people import Bots
from bot.model.failure import Failure, told
from bot.model.fleet import Repo
from bot.model.forge import ForgeError

_MAY_BE_NULL: Final = ("defaultBranchRef", "latestRelease")
"""Where null is an answer, unless it stands for one that was kept back."""


def surveyed(owner: str, place: int, node: Mapping[str, Any] | None, reply: Reply, bots: Bots) -> Repo | Failure:
    """One repo of a page; where GitHub keeps something of it back (an organisation's rules for tokens), why."""
    given = (node or {}).get("nameWithOwner")
    name = given if isinstance(given, str) and given else f"a repo of {owner}"
    about = [refusal for refusal in reply.refusals if refusal.path[:4] == ("repositoryOwner", "repositories", "nodes", place)]
    if node is not None and any(node.get(part) is None for part in _MAY_BE_NULL):
        # A refusal that names no place may stand for what this one lacks: an empty repo, or one that nobody knows.
        about += [refusal for refusal in reply.refusals if not refusal.path]
    try:
        with translated(name):
            if node is None or about:
                raise RefusedError(about) if about else UnreadableError("the survey has nothing in its place")
            return repo_of(node, bots)
    except ForgeError as error:
        return Failure(where=name, what=str(error).removeprefix(f"{name}: "))


def named(name: str, key: str, reply: Reply, bots: Bots) -> Repo | Failure:
    """One of those that were asked for by their names; where GitHub keeps something of it back, why."""
    about = [refusal for refusal in reply.refusals if refusal.path[:1] in {(), (key,)}]
    try:
        with translated(name):
            node = reply.data.get(key)
            if node is None or about:
                raise RefusedError(about) if about else UnreadableError("nothing in its place")
            return repo_of(node, bots)
    except ForgeError as error:
        return Failure(where=name, what=told(error, where=name), resumes_at=error.resumes_at)


def variables(names: Sequence[str]) -> dict[str, str]:
    """Of `documents.repos_named`."""
    parts = [name.partition("/") for name in names]
    return {key: text for n, (owner, _, name) in enumerate(parts) for key, text in ((f"owner{n}", owner), (f"name{n}", name))}
