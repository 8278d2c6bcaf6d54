"""Whatever stands in the place of a field of GitHub's answers: what comes in is of the types that it says, or does not come in."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest

from bot.clients.github.answers import pull_request_of, repo_of, thread_of
from bot.clients.github.people import Bots

ODD = [None, [], {}, "", "2026-13-45", 0, -1, 2**70, 1.5, True, [None], {"nodes": None}, [[]]]
NO_ANSWER = (LookupError, TypeError, ValueError, AttributeError)
"""What the callers turn into a failure in words (`bot.clients.github.failures.translated`)."""
TIME = "2026-05-01T00:00:00Z"
ANNA = {"login": "anna", "__typename": "User"}
AUTHOR = {"name": "Anna", "email": "anna@example.org", "user": {"login": "anna"}}
COMMIT = {"message": "fix: it", "messageHeadline": "fix: it", "committedDate": TIME, "author": AUTHOR, "parents": {"totalCount": 1}}
REPO = {
    "id": "R_1",
    "nameWithOwner": "acme/shop",
    "url": "https://github.com/acme/shop",
    "isArchived": False,
    "defaultBranchRef": {"name": "main", "target": {"oid": "0" * 40}},
    "changed": {"totalCount": 1, "nodes": [{"id": "PR_1", "updatedAt": TIME}]},
    "repositoryTopics": {"nodes": [{"topic": {"name": "bau"}}]},
    "latestRelease": {"publishedAt": TIME},
}
PULL = {
    "id": "PR_1",
    "number": 1,
    "url": "https://github.com/acme/shop/pull/1",
    "state": "CLOSED",
    "headRefName": "rebuild-bot/shop/python",
    "baseRefName": "main",
    "title": "Update python",
    "body": "It closes a hole.",
    "headRefOid": "1" * 40,
    "createdAt": TIME,
    "updatedAt": TIME,
    "mergedAt": None,
    "closedAt": TIME,
    "mergeCommit": None,
    "mergeable": "MERGEABLE",
    "author": ANNA,
    "autoMergeRequest": {"enabledBy": ANNA},
    "labels": {"nodes": [{"name": "rebuild-bot"}]},
    "labellings": {"nodes": [{"label": {"name": "rebuild-bot"}}]},
    "closings": {"nodes": [{"actor": ANNA}]},
    "comments": {"totalCount": 2},
    "commits": {"nodes": [{"commit": {"author": AUTHOR}}]},
}
THREAD = {
    "comments": {
        "pageInfo": {"hasNextPage": False},
        "nodes": [
            {
                "id": "IC_1",
                "author": ANNA,
                "body": "/rebuild-bot rebase",
                "createdAt": TIME,
                "lastEditedAt": None,
                "reactionGroups": [{"content": "THUMBS_UP", "viewerHasReacted": True}],
            }
        ],
    }
}
READERS = [
    pytest.param(lambda node: repo_of(node, Bots.of(logins=(), patterns=())), REPO, id="a repo"),
    pytest.param(lambda node: pull_request_of("acme/shop", node), PULL, id="a pull request"),
    pytest.param(lambda node: thread_of([node]).comments[0], THREAD, id="a comment"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inner:
        yield from places(held, (*path, key))


def with_odd(node: dict[str, Any], path: tuple[Any, ...], odd: object) -> dict[str, Any]:
    copy = deepcopy(node)
    at: Any = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = odd
    return copy


@pytest.mark.parametrize(("read", "node"), READERS)
def test_the_answer_as_it_should_be_is_read(read, node):
    assert read(node)


@pytest.mark.parametrize(("read", "node"), READERS)
def test_odd_values_come_in_nowhere(read, node):
    known = {each.name: type(getattr(read(node), each.name)) for each in fields(read(node))}
    optional = {name for name, kind in known.items() if kind in {type(None), datetime}} | {
        "author",
        "closed_by",
        "auto_merge_by",
        "last_commit",
    }
    let_in = 0
    for path in places(node):
        for odd in ODD:
            try:
                value = read(with_odd(node, path, odd))
            except NO_ANSWER:
                continue
            let_in += 1
            for name, kind in known.items():
                held = getattr(value, name)
                assert type(held) is kind or name in optional, (path, odd, name)
                assert not isinstance(held, frozenset | tuple) or all(type(one) is not list and one is not None for one in held)
    assert let_in
