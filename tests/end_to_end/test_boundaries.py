"""A run that is killed around a write, around each of them, and run again: what stands then is what an undisturbed run makes.

One of each kind of request is looked at; `BOUNDARIES=all pytest tests/end_to_end/test_boundaries.py` looks at every one, and between the
changes of each request that makes several.
"""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.github.git_store import Change, Signature
from bot.sandbox.github.merging import follow, person
from bot.sandbox.registry import Access
from tests.end_to_end.boundaries import Boundaries, Boundary, a_run, kept, killed_at, state, to_its_end
from tests.end_to_end.conftest import Acme, organisation

SHOP, DESK = "acme/shop", "acme/desk"
RULES = """\
rules: [{name: all, match: {files: ['**']}, reviewers: [anna], assignees: [anna], milestone: Bases, labels: [bases]}]
"""
IMAGES = {"python": "3.12.4", "redis": "7.2.4", "haproxy": "2.9.1", "nginx": "1.27.1", "memcached": "1.6.1", "postgres": "16.1.0"}
HOUR = timedelta(hours=1)
_PLACE = re.compile(r"acme/[a-z]+|[0-9]+")


def publish(acme: Acme, name: str, tag: str) -> None:
    acme.release(tag, repository=f"docker.io/library/{name}")


def next_tag(tag: str, step: int = 1) -> str:
    head, _, last = tag.rpartition(".")
    return f"{head}.{int(last) + step}"


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[tuple[Acme, Boundaries]]:
    fronts: list[Boundaries] = []

    def front(app):
        fronts.append(Boundaries(app=app))
        return fronts[0]

    with organisation(tmp_path_factory.mktemp("boundaries"), front=front) as acme:
        acme.config.write_text(acme.config.read_text() + RULES, encoding="utf-8")
        acme.registry.gate.access = Access.OPEN
        acme.github.user("anna")
        for name, tag in IMAGES.items():
            publish(acme, name, tag)
            publish(acme, name, next_tag(tag))
        acme.github.create_repo("acme", "platform", {"README.md": "platform\n"})
        for repo, names in ((SHOP, ("python", "redis", "haproxy")), (DESK, ("nginx", "memcached", "postgres"))):
            acme.github.create_repo(*repo.split("/"), {f"{name}/Dockerfile": f"FROM {name}:{IMAGES[name]}\n" for name in names})
            acme.github.add_milestone(repo, "Bases")
        make_executable(acme, SHOP, "haproxy/Dockerfile")
        acme.github.clock.advance(HOUR)
        yield acme, fronts[0]


def make_executable(acme: Acme, name: str, path: str) -> None:
    repo, now = acme.github.repo(name), acme.github.clock()
    me = person(acme.github.user("anna"), now)
    change = Change(path=path, content=acme.github.read_file(name, path), mode="100755")
    repo.store.commit_changes("main", [change], Signature(message="x", author=me, committer=me), parent=repo.store.head("main"))
    follow(repo, now)


def number_of(acme: Acme, repo: str, image: str) -> int:
    return next(issue.number for issue, pull in acme.github.repo(repo).pulls if pull.head.endswith(f"/{image}"))


def first_night(acme: Acme) -> None:
    """All is opened, labelled, asked to be reviewed, assigned, put into its milestone; the weekly issue is opened."""
    acme.github.clock.advance(HOUR)


def second_night(acme: Acme) -> None:
    """Something of all else: updated by each of the ways, closed, obeyed, answered, left to others; the weekly issue is edited."""
    acme.github.clock.advance(timedelta(hours=20))
    for name in ("python", "haproxy"):
        publish(acme, name, next_tag(IMAGES[name], 2))
    publish(acme, "caddy", "2.8.1")
    publish(acme, "caddy", "2.8.2")
    acme.github.commit_files(SHOP, {"redis/Dockerfile": f"FROM redis:{next_tag(IMAGES['redis'])}\n"}, message="By hand")
    acme.github.commit_files(SHOP, {"caddy/Dockerfile": "FROM caddy:2.8.1\n"}, message="New")
    acme.github.commit_files(DESK, {"README.md": "new\n"}, message="Elsewhere")
    acme.github.comment(DESK, number_of(acme, DESK, "nginx"), "/rebuild-bot snooze 14d", by="anna")
    acme.github.comment(DESK, number_of(acme, DESK, "memcached"), "/rebuild-bot rebase", by="anna")
    branch = next(pull.head for _, pull in acme.github.repo(DESK).pulls if pull.head.endswith("/postgres"))
    acme.github.commit_files(DESK, {"mine": "x"}, message="Mine", branch=branch, author="anna")
    acme.github.clock.advance(HOUR)


def boundaries_of(front: Boundaries, known: set[tuple[tuple[str, ...], int]]) -> Iterator[Boundary]:
    """Before and after each request of a kind that was not `known`: one kind are those that make the same changes.

    With `BOUNDARIES=all` around every request, and between all changes of each.
    """
    for number, written in enumerate(front.written):
        changes = tuple(_PLACE.sub("", change) for change in written.changes)
        for done in range(len(changes) + 1) if is_whole() else (0, len(changes)):
            if is_whole() or (changes, done) not in known:
                known.add((changes, done))
                yield Boundary(request=number, changes=done)


def is_whole() -> bool:
    return os.environ.get("BOUNDARIES") == "all"


def test_a_run_killed_at_a_write_and_run_again_ends_as_an_undisturbed_one(world):
    acme, front = world
    known: set[tuple[tuple[str, ...], int]] = set()
    differences: dict[tuple[str, Boundary], object] = {}
    for begin in (first_night, second_night):
        begin(acme)
        with kept(acme) as restore:
            front.begin()
            to_its_end(a_run(acme))
            boundaries = list(boundaries_of(front, known))
            acme.github.clock.advance(HOUR)
            to_its_end(a_run(acme))
            undisturbed = state(acme)
            for boundary in boundaries:
                restore()
                killed_at(acme, front, boundary)
                is_between = 0 < boundary.changes < len(front.written[-1].changes)
                acme.github.clock.advance(HOUR)
                to_its_end(a_run(acme))
                ended = state(acme)
                if is_between:
                    # GitHub itself broke off after it had closed: the branch stays, for whoever restores one would lose it again.
                    ended = without_branches_of_closed_ones(ended, undisturbed)
                if ended != undisturbed:
                    differences[begin.__name__, boundary] = differing(undisturbed, ended)
                if is_whole():
                    assert_writes_nothing(acme, front)
            restore()
            to_its_end(a_run(acme))
    assert differences == {}


def assert_writes_nothing(acme: Acme, front: Boundaries) -> None:
    front.begin()
    to_its_end(a_run(acme))
    assert front.written == []


def without_branches_of_closed_ones(ended: dict[str, Any], undisturbed: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: repo["branches"].keys() for name, repo in undisturbed.items()}
    closed = {
        name: {issue["from"][0] for issue in repo["issues"] if issue["from"] and not issue["is open"]} for name, repo in ended.items()
    }
    return {
        name: repo
        | {"branches": {branch: told for branch, told in repo["branches"].items() if branch in wanted[name] or branch not in closed[name]}}
        for name, repo in ended.items()
    }


def differing(one: object, other: object, path: str = "") -> list[str]:
    """Where two states are not the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [each for key in one.keys() | other.keys() for each in differing(one.get(key), other.get(key), f"{path}/{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [each for place, pair in enumerate(zip(one, other, strict=True)) for each in differing(*pair, f"{path}/{place}")]
    return [] if one == other else [f"{path}: {one!r} is {other!r}"]
