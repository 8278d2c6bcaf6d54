"""The moments around each write of a run, in order, and a run in a process of its own that can be stopped at one of them."""

import json
import multiprocessing
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.clients.github.documents import writing
from bot.sandbox.faults import DROP_CONNECTION
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.github.state import World
from bot.settings import load
from bot.wiring import fleet
from tests.end_to_end.conftest import Acme

_SECONDS: Final = 60
_CHANGE: Final = re.compile(r"^  done[0-9]+: ([A-Za-z]+)\(", re.MULTILINE)
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


@dataclass(frozen=True, kw_only=True)
class Written:
    """A request that changes something: one change, or several that GitHub does one after another."""

    route: str
    changes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """After so many requests were done and answered, and so many changes of the next one; its answer never comes."""

    request: int
    changes: int = 0


@dataclass(kw_only=True)
class Boundaries:
    """ASGI middleware in front of GitHub: knows what was written, and calls `reached` at a boundary before it goes on."""

    app: ASGIApp
    written: list[Written] = field(default_factory=list)
    stop_at: Boundary | None = None
    reached: Callable[[], Awaitable[bool]] | None = None

    def begin(self, stop_at: Boundary | None = None, reached: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Count from one again. At the boundary `reached` is waited for, once: whether what is left of that request is done as usual.

        Else its connection closes without an answer, and so it does where some of it was done.
        """
        self.written.clear()
        self.stop_at, self.reached = stop_at, reached

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"} or ".git/" in scope["path"]:
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        found = _written(scope, body)
        if found is not None:
            self.written.append(found)
        if found is None or self.stop_at is None or len(self.written) != self.stop_at.request + 1 or self.reached is None:
            await self.app(scope, _again(body, receive), send)
            return
        reached, self.reached = self.reached, None
        if self.stop_at.changes:
            part = _beginning(found, body, self.stop_at.changes)
            headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
            scope = {**scope, "headers": [*headers, (b"content-length", str(len(part)).encode())]}
            await self.app(scope, _again(part, receive), _unheard)
        if await reached() and not self.stop_at.changes:
            await self.app(scope, _again(body, receive), send)
            return
        scope["extensions"][DROP_CONNECTION]()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(given, None) or await receive()

    return again


async def _unheard(_message: Message) -> None:
    """Nobody hears the answer."""


def _written(scope: Scope, body: bytes) -> Written | None:
    route = f"{scope['method']} {scope['path']}"
    if not scope["path"].endswith("/graphql"):
        return Written(route=route, changes=(route,))
    document: str = json.loads(body)["query"]
    return Written(route=route, changes=tuple(_CHANGE.findall(document))) if document.lstrip().startswith("mutation") else None


def _beginning(found: Written, body: bytes, count: int) -> bytes:
    """The request with its first changes alone."""
    if count == len(found.changes):
        return body
    asked: dict[str, Any] = json.loads(body)
    variables = {f"input{number}": asked["variables"][f"input{number}"] for number in range(count)}
    return json.dumps({"query": writing(found.changes[:count]), "variables": variables}).encode()


def a_run(acme: Acme, *, config: Path | None = None) -> multiprocessing.process.BaseProcess:
    """The bot, at work in a process of its own: the run over the fleet, then the weekly issue."""
    process = _FORKS.Process(target=_go, args=(config or acme.config, acme.github.clock()), daemon=True)
    process.start()
    return process


def _go(config: Path, moment: datetime) -> None:
    log = os.open(config.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    settings = load(config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
    fleet.run(settings, now=lambda: moment)
    fleet.report(settings, now=lambda: moment)


def to_its_end(process: multiprocessing.process.BaseProcess) -> None:
    process.join(_SECONDS)
    assert process.exitcode == 0, process.exitcode


def killed_at(acme: Acme, front: Boundaries, boundary: Boundary) -> None:
    """A run that is killed there. Raises AssertionError where it ends before."""
    at_work: list[multiprocessing.process.BaseProcess] = []

    async def kill() -> bool:
        at_work[0].kill()
        return False

    front.begin(boundary, kill)
    process = a_run(acme)
    at_work.append(process)
    process.join(_SECONDS)
    assert process.exitcode == -9, (boundary, process.exitcode)


@contextmanager
def kept(acme: Acme) -> Iterator[Callable[[], None]]:
    """What sets GitHub, the cache and the ledger back to what they are now."""
    world = deepcopy(acme.github.world)
    moment = acme.github.clock()
    copies = acme.folder.with_name(f"{acme.folder.name}-kept")
    shutil.copytree(acme.folder, copies)

    def restore() -> None:
        shutil.rmtree(acme.folder)
        shutil.copytree(copies, acme.folder)
        again = deepcopy(world)
        for each in fields(World):
            setattr(acme.github.world, each.name, getattr(again, each.name))
        acme.github.clock.set(moment)

    yield restore
    shutil.rmtree(copies)


def state(acme: Acme) -> dict[str, object]:
    """All that people see on GitHub, but for the names of commits."""
    return {name: _repo(acme, name) for name in sorted(acme.github.world.repos)}


def _repo(acme: Acme, name: str) -> dict[str, object]:
    repo = acme.github.repo(name)
    return {
        "labels": sorted((label.name, label.color, label.description) for label in repo.labels.values()),
        "branches": {
            branch: _branch(repo.store, head, repo.store.head(repo.default_branch)) for branch, head in repo.store.branches().items()
        },
        "issues": [
            {
                "number": issue.number,
                "title": issue.title,
                "body": issue.body,
                "is open": issue.is_open,
                "merged": issue.pull is not None and issue.pull.merged_at is not None,
                "from": issue.pull and (issue.pull.head, issue.pull.base),
                "labels": sorted(label.name for label in issue.labels),
                "ever": sorted(label.name for label, _ in issue.labellings),
                "assignees": [who.login for who in issue.assignees],
                "milestone": issue.milestone and issue.milestone.title,
                "reviewers": [who.login for who in issue.pull.reviewers] if issue.pull else [],
                "comments": [
                    (comment.author.login, comment.body, sorted((sign, len(people)) for sign, people in comment.reactions.items()))
                    for comment in issue.comments
                ],
            }
            for issue in repo.issues.values()
        ],
    }


def _branch(store: Any, head: str, base: str | None) -> dict[str, object]:
    return {
        "files": sorted((entry.path, entry.mode, entry.sha) for entry in store.tree(head, is_recursive=True)),
        "messages": [commit.message for commit in store.commits(head, without=base if base != head else None)],
        "on": [commit.parents for commit in store.commits(head, without=base)][-1:],
    }
