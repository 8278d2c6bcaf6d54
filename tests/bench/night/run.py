"""One run of the bot, measured from inside: `python -m tests.bench.night.run CONFIG TIME` prints what it took as JSON.

A process of its own, so that its memory and its seconds of CPU are the bot's alone. --result names a file for the run's JSON, by which two
versions of the bot can be compared, --profile one for cProfile's. With --unfetched the files of the repos are not fetched but made up
here, as the fleet has them at first: a quick first night where the later ones are what matters.
"""

import argparse
import cProfile
import json
import logging
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path, PurePosixPath
from unittest.mock import patch

import structlog

from bot.cli.rows import run_json
from bot.model.fleet import Repo
from bot.model.pin import Skip
from bot.report.json_text import json_text
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet
from tests.bench.night.fleet import files_in


class _MadeUpTree:
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {PurePosixPath(path): text for path, text in files.items()}

    def paths(self) -> Iterator[PurePosixPath]:
        return iter(sorted(self._files))

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return tuple(path for path in sorted(self._files) if path.parent == folder)

    def read(self, path: PurePosixPath) -> str | None:
        return self._files.get(path)

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        text = self._files.get(path)
        return None if text is None else text.encode()

    def problems(self) -> tuple[Skip, ...]:
        return ()


class _MadeUpClones:
    """In the place of `bot.clients.git.cache.GitCache`."""

    def __init__(self, repos: int) -> None:
        self._repos = repos

    def tree(self, repo: Repo, _wants: object) -> _MadeUpTree:
        return _MadeUpTree(files_in(repo.full_name, repos=self._repos))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("at", type=datetime.fromisoformat)
    parser.add_argument("--result", type=Path)
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--unfetched", type=int, metavar="REPOS")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    profiler = cProfile.Profile() if given.profile else None
    clones = patch("bot.wiring.home.GitCache", lambda *_, **__: _MadeUpClones(given.unfetched)) if given.unfetched else nullcontext()
    started = time.perf_counter()
    with profiler or nullcontext(), clones:
        summary = fleet.run(load(given.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}), now=lambda: given.at)
    seconds = time.perf_counter() - started
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    if profiler:
        profiler.dump_stats(given.profile)
    if given.result:
        given.result.write_text(json_text(run_json(summary)), encoding="utf-8")
    measured = {
        "seconds": seconds,
        "cpu_seconds": own.ru_utime + own.ru_stime,
        "cpu_seconds_of_git": children.ru_utime + children.ru_stime,
        "peak_kib": own.ru_maxrss,
        "repos": summary.repos,
        "pins": summary.pins,
        "sent": len(summary.sent),
        "failures": list(map(str, summary.failures)),
    }
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main()
