"""What a run costs at the pace that GitHub asks for: `python -m tests.bench.paced [PULL_REQUESTS...]` prints a table (default: 4 and 100).

One repo is behind with as many images: the first run opens that many pull requests, the second finds nothing to do, and the third, after
a new release of each, changes them all. On loopback the bot goes without pauses; here it takes them as at GitHub: a second between writes.
"""

import logging
import sys
import tempfile
import time
from pathlib import Path
from string import Template
from typing import Final
from unittest.mock import patch

import structlog

from bot.clients.github import Pace
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
limits: {pull_requests_per_run: 100000, pull_requests_per_hour: 100000, open_pull_requests_per_repo: 100000}
cache_folder: "$folder/cache"
assess: {advisories: off}
ledger: {url: "sqlite:///$folder/ledger.sqlite3"}
""")


def runs(pull_requests: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), Clock()
        github, registry = GitHubSandbox(folder / "github", clock=clock, requests_per_hour=1_000_000), RegistrySandbox(clock=clock)
        images = [f"docker.io/acme/image-{number}" for number in range(pull_requests)]
        for image in images:
            for tag in ("1.4.0", "1.4.1"):
                registry.push_image(image, tag)
        files = {f"{number}/Dockerfile": f"FROM acme/image-{number}:1.4.0\n" for number in range(pull_requests)}
        github.create_repo("acme", "shop", {**files, "rebuild-bot.yaml": ""})
        faults = Faults(github.app)
        with Server(faults) as github_server, Server(registry.app) as registry_server:
            config = folder / "rebuild-bot.yaml"
            address = registry_server.url.removeprefix("http://")
            config.write_text(CONFIG.substitute(github=github_server.url, registry=address, folder=folder), encoding="utf-8")
            for run in ("first run", "second run", "a release of each"):
                if run == "a release of each":
                    for image in images:
                        registry.push_image(image, "1.4.2")
                faults.forget()
                started = time.perf_counter()
                summary = fleet.run(load(config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}), now=clock)
                seconds = time.perf_counter() - started
                if summary.failures or len(summary.sent) != pull_requests:
                    raise RuntimeError(f"{run}: {len(summary.sent)} sent, {summary.failures[:1]}")
                git = faults.count("* *.git/*")
                reads = faults.count() - git - faults.writes
                sys.stdout.write(f"| {run} | {pull_requests} | {seconds:.1f} | {reads} | {faults.writes} | {git} |\n")
                sys.stdout.flush()


def main(*pull_requests: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sys.stdout.write("| at GitHub's pace | pull requests | seconds | reads | writes | git |\n|---|---:|---:|---:|---:|---:|\n")
    with patch("bot.wiring.forge.UNPACED", Pace()):
        for number in pull_requests or (4, 100):
            runs(number)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
