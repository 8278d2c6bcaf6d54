"""What it costs to bring the files of a repo: `python -m tests.bench.exchange [CLONE...]` prints a table for each of these whole clones.

Without a clone the repo is made up. Three ways are held against each other over loopback: git as the bot uses it, the tarball of the
commit, and the list of all files with the texts of the changed ones by GraphQL. The mean of up to five steps, the newest of the history
that fit (the median of their times): what a client sends and receives, HTTP headers included, TCP and TLS not; how many requests, and
how many of them GitHub's API counts; and how many files did not come byte for byte. GitHub's own headers, about a kilobyte for each
answer of its API, are not here, nor is the way there and back, which each request takes. No part of `make bench`: it tells nothing
of the bot that changes from day to day.
"""

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from bot.clients.git.command import BareRepo
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.state import Repo
from bot.sandbox.server import Server
from tests.bench.exchange.cases import Case, Step, borrowed, cases, made_up
from tests.bench.exchange.served import Relay, Served
from tests.bench.exchange.ways import WAYS, Place, Way

HEADER: Final = (
    "| {name} | steps | files | way | sent kB | received kB | requests | of the API | ms | not the same |\n"
    "|---|---:|---:|---|---:|---:|---:|---:|---:|---:|\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    sent_bytes: int
    received_bytes: int
    requests: int
    api_requests: int
    milliseconds: float
    unlike: int
    """Files that did not come, or with other bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    case: Case
    steps: list[Step]
    way: str
    costs: list[Cost]

    def __str__(self) -> str:
        def mean(name: str, unit: int = 1) -> str:
            return f"{statistics.mean(getattr(cost, name) for cost in self.costs) / unit:.1f}"

        files = statistics.mean(len(step.blobs) for step in self.steps)
        size = f"{mean('sent_bytes', 1000)} | {mean('received_bytes', 1000)}"
        milliseconds = statistics.median(cost.milliseconds for cost in self.costs)
        told = f"{size} | {mean('requests')} | {mean('api_requests')} | {milliseconds:.0f} | {mean('unlike')}"
        return f"| {self.case} | {len(self.steps)} | {files:.1f} | {self.way} | {told} |"


def rows(github: GitHubSandbox, repo: Repo) -> Iterator[Row]:
    """Each case by each way; a case that the history does not hold has no rows."""
    faults = Faults(Served(github))
    with Server(faults) as server, Relay(server.url) as relay:
        for case, steps in cases(repo.store).items():
            for way in WAYS if steps else ():
                costs = []
                for step in steps:
                    with tempfile.TemporaryDirectory() as folder:
                        costs.append(
                            cost(way(Place(url=relay.url, full_name=repo.full_name, folder=Path(folder))), step, repo, faults, relay)
                        )
                yield Row(case=case, steps=steps, way=way.name, costs=costs)


def cost(way: Way, step: Step, repo: Repo, faults: Faults, relay: Relay) -> Cost:
    truth = BareRepo(repo.store.path).contents(list(set(step.blobs.values())))
    if step.old is not None:
        way.prepare(step.old)
    faults.forget()
    relay.forget()
    started = time.perf_counter()
    found = way.bring(step)
    seconds = time.perf_counter() - started
    return Cost(
        sent_bytes=relay.sent,
        received_bytes=relay.received,
        requests=faults.count(),
        api_requests=faults.count("* /api/*"),
        milliseconds=seconds * 1000,
        unlike=sum(found.get(path) != truth[blob] for path, blob in step.blobs.items()),
    )


def main(*clones: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        github = GitHubSandbox(Path(folder), clock=Clock(), requests_per_hour=1_000_000)
        for repo in (borrowed(github, Path(clone)) for clone in clones) if clones else (made_up(github),):
            sys.stdout.write(HEADER.format(name=repo.name))
            for row in rows(github, repo):
                sys.stdout.write(f"{row}\n")
                sys.stdout.flush()
            sys.stdout.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
