"""What a run over a fleet costs: `python -m tests.bench.fleet [REPOS]` prints a table for REPOS repos (default 100) on loopback.

The repos share a few base images, each has a Dockerfile of two stages and a Compose file, and all of them are behind: the first run
opens a pull request for each image, the second finds nothing to do but to read what became of them, the third not even that. A folder of
the system's temporary ones is used and removed.
"""

import logging
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Final

import structlog

from bot.model.run import RunSummary
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import RegistrySandbox
from bot.sandbox.server import Server
from bot.settings import load
from bot.wiring import fleet

CONFIG: Final = Template("""\
github: {api_url: "$github/api/v3", upstream_api_url: "$github/api/v3", owners: [acme]}
registries: {docker.io: {location: "$registry/docker.io", plain_http: true}}
defaults: {cooldown_days: 0}
limits: {pull_requests_per_run: 100000, pull_requests_per_hour: 100000}
cache_folder: "$folder/cache"
assess: {advisories: off}
ledger: {url: "sqlite:///$folder/ledger.sqlite3"}
""")
BASES: Final = ("python:3.12", "node:22.11", "golang:1.23")
"""Each with the line that is in use."""
CACHE: Final = "redis:7.2"
BUILDS: Final = 20
"""How many tags each line has; the repos are on the first ones."""


def seed(github: GitHubSandbox, registry: RegistrySandbox, repos: int) -> None:
    for image in (*BASES, CACHE):
        name, line = image.split(":")
        github.create_repo("upstream", name, {"README.md": f"{name}\n"})
        labels = {"org.opencontainers.image.source": f"https://github.com/upstream/{name}"}
        for build in range(BUILDS):
            registry.push_image(f"docker.io/library/{name}", f"{line}.{build}", labels=labels)
            github.add_release(f"upstream/{name}", f"v{line}.{build}", body="Fixes.\n")
    for number in range(repos):
        image = f"{BASES[number % len(BASES)]}.{number % (BUILDS // 2)}"
        files = {
            "Dockerfile": f"FROM {image} AS build\nRUN make app-{number}\n\nFROM {image}\nCOPY --from=build /app /app\n",
            "compose.yaml": f"services:\n  app: {{build: .}}\n  cache: {{image: '{CACHE}.0'}}\n",
            "README.md": f"App {number}\n",
        }
        github.create_repo("acme", f"app-{number:04}", files)


def row(name: str, config: Path, github: Faults, registry: Faults, clock: Clock) -> str:
    """A run as a line of the table. Raises RuntimeError where something failed: such a run is not worth measuring."""
    github.forget()
    registry.forget()
    settings = load(config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
    started = time.perf_counter()
    summary: RunSummary = fleet.run(settings, now=clock)
    seconds = time.perf_counter() - started
    if summary.failures:
        raise RuntimeError(f"{name}: {len(summary.failures)} failed, the first: {summary.failures[0]}")
    writes, git = github.writes + registry.writes, github.count("* *.git/*")
    return f"| {name} | {seconds:.1f} | {github.count() - git} | {git} | {registry.count()} | {writes} | {len(summary.sent)} |\n"


def main(repos: int = 100) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), Clock()
        github, registry = GitHubSandbox(folder / "github", clock=clock, requests_per_hour=1_000_000), RegistrySandbox(clock=clock)
        seed(github, registry, repos)
        faults = Faults(github.app)
        with Server(faults) as github_server, Server(registry.app) as registry_server:
            config = folder / "rebuild-bot.yaml"
            address = registry_server.url.removeprefix("http://")
            config.write_text(CONFIG.substitute(github=github_server.url, registry=address, folder=folder), encoding="utf-8")
            sys.stdout.write(f"| {repos} repos | seconds | GitHub's API | git | registry | writes | pull requests |\n")
            sys.stdout.write("|---|---:|---:|---:|---:|---:|---:|\n")
            for run in ("first run", "second night", "quiet night"):
                sys.stdout.write(row(run, config, faults, registry.faults, clock))
                sys.stdout.flush()
                clock.advance(timedelta(days=1))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
