"""Clones as repos: their names, and what a survey tells of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

import structlog

from bot.clients.folders.clone import Clone, NamedBy, PastCommit, is_commit
from bot.clients.folders.clones import Place, clones_below
from bot.clients.folders.names import name_of, server_and_path
from bot.clients.github.people import Bots, headlines_of, last_commit_of
from bot.clients.workers import Workers
from bot.model.failure import Failure, told
from bot.model.fleet import Repo
from bot.model.forge import ForgeError

log = structlog.get_logger()

_WORKERS: Final = 8
_COMMITS: Final = 10
"""The newest ones, which tell whether people are at work: as many as the survey of GitHub looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A clone, and what it is as a repo."""

    clone: Clone
    repo: Repo
    said_of_base: str
    """Which branch is taken for the default one, and why; empty where origin/HEAD says so."""


class Fleet:
    """The clones below a folder, looked at once. Safe to use from several threads."""

    def __init__(self, root: Path, *, branch_prefix: str, web_prefix: str, bots: Bots) -> None:
        self._root: Final = root
        self._look: Final = partial(_look_at, branch_prefix=branch_prefix, web_prefix=web_prefix, bots=bots)
        self._lock: Final = Lock()
        self._seen: tuple[dict[str, Found], list[Failure]] | None = None

    def all(self) -> Iterator[Repo | Failure]:
        """In the order of their paths; then why some can't be used."""
        found, failures = self._all()
        yield from (each.repo for each in found.values())
        yield from failures

    def at(self, full_name: str) -> Found:
        """Raises ForgeError where no clone has that name."""
        found = self._all()[0].get(full_name.lower())
        if found is None:
            raise ForgeError(f"{full_name}: no clone below {self._root} is called so. Check its origin, or clone it there.")
        return found

    def _all(self) -> tuple[dict[str, Found], list[Failure]]:
        with self._lock:
            if self._seen is None:
                places = list(clones_below(self._root))
                clones, failures = _named(one for one in places if isinstance(one, Place))
                with Workers(_WORKERS, "clones") as pool:
                    looks = list(pool.map(self._look, clones))
                failures = [one for one in (*places, *failures, *looks) if isinstance(one, Failure)]
                self._seen = {one.repo.full_name.lower(): one for one in looks if isinstance(one, Found)}, failures
            return self._seen


def _named(places: Iterable[Place]) -> tuple[list[Clone], list[Failure]]:
    """The clones by their names; of several with one name the first alone, and a failure for each of the others."""
    named: dict[str, Clone] = {}
    failures: list[Failure] = []
    for place in places:
        try:
            clone = Clone(place, name=name_of(_origin(place), place.relative))
        except ForgeError as error:
            failures.append(Failure(where=place.relative, what=told(error, where=place.relative)))
            continue
        first = named.setdefault(clone.name.lower(), clone)
        if first is not clone:
            what = f"a clone of {clone.name}, as {first.place.relative} is; that one is looked at"
            failures.append(Failure(where=place.relative, what=what, remedy="Move one of the two away."))
    return list(named.values()), failures


def _origin(place: Place) -> str:
    return Clone(place, name=place.relative).setting("remote.origin.url")


def _look_at(clone: Clone, *, branch_prefix: str, web_prefix: str, bots: Bots) -> Found | Failure:
    """What a survey tells; a failure where git can't read it, or nothing says which branch is the default one."""
    try:
        branch = clone.default_branch(not_below=branch_prefix)
        past = clone.past(branch.head, most=_COMMITS + 1) if branch.head else []
        url = _clone_url(clone, web_prefix)
    except ForgeError as error:
        return Failure(where=clone.name, what=told(error, where=clone.name), remedy=f"It lies in {clone.place.path}.")
    if branch.head and not is_commit(branch.head):
        return Failure(where=clone.name, what="its commits have names of SHA-256, which are not read yet", remedy="Leave it out.")
    history = _history(past)
    repo = Repo(
        full_name=clone.name,
        default_branch=branch.name,
        head=branch.head,
        clone_url=url,
        last_commit=last_commit_of(history, bots),
        headlines=headlines_of(history),
    )
    is_certain = branch.named_by in {NamedBy.ORIGIN, NamedBy.HEAD}
    said = "" if is_certain else f"{branch.name} is taken for the default branch: {branch.named_by.value}"
    log.info("clone.found", repo=repo.full_name, path=str(clone.place.path), base=branch.name, named_by=branch.named_by.value)
    return Found(clone=clone, repo=repo, said_of_base=said)


def _clone_url(clone: Clone, web_prefix: str) -> str:
    """By which links lead to lines of files: the address of its pages where they are those of `web_prefix`, else where it lies."""
    host, path = server_and_path(clone.setting("remote.origin.url"))
    is_there = bool(web_prefix) and f"https://{host}/" == web_prefix and path.lower() == clone.name.lower()
    return f"{web_prefix}{clone.name}.git" if is_there else clone.place.path.as_uri()


def _history(past: Sequence[PastCommit]) -> Mapping[str, Any]:
    """As GitHub tells it."""
    nodes = [
        {
            "author": {"name": commit.name, "email": commit.email},
            "committedDate": commit.committed_at.isoformat(),
            "messageHeadline": commit.headline,
        }
        for commit in past[:_COMMITS]
    ]
    return {"nodes": nodes, "pageInfo": {"hasNextPage": len(past) > _COMMITS}}
