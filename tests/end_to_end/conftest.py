"""A GitHub and a registry on loopback, and the command line as a process of its own."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template

import pytest
from starlette.types import ASGIApp

from bot.model.pull_request import Outcome
from bot.model.run import RunSummary
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import Server
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from tests.command_line import call

CONFIG = """\
github: {api_url: "$github/api/v3", upstream_api_url: "$github/api/v3", owners: [acme], report_repo: acme/platform}
registries: {docker.io: {location: "$registry/docker.io", plain_http: true}}
defaults: {cooldown_days: 0}
stale:
  days_allowed:
    high: {critical: 0, high: 0, medium: 0, low: 0, unknown: 0}
    medium: {critical: 0, high: 0, medium: 0, low: 0, unknown: 0}
    low: {critical: 0, high: 0, medium: 0, low: 0, unknown: 0}
cache_folder: "$folder/cache"
assess: {advisories: off}
ledger: {url: "sqlite:///$folder/ledger.sqlite3"}
"""

REPOS = [f"acme/app-{number}" for number in range(4)]
FILES = {
    "Dockerfile": "FROM python:3.12.4 AS build\nFROM python:3.12.4\n",
    "worker/Dockerfile": "FROM python:3.12.5\n",
    "cache/Dockerfile": "FROM redis:7.2.4\n",
}
TAGS = {"docker.io/library/python": ("3.12.4", "3.12.5", "3.12.6"), "docker.io/library/redis": ("7.2.4", "7.2.5")}


def rebuild_bot(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """One call of the command line, with nothing of this machine's environment but the path."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **(environment or {})}
    return call(*arguments, folder=folder, environment=clean, stdin=stdin)


@dataclass(frozen=True, kw_only=True)
class Acme:
    """The organisation that the tests run the bot on."""

    github: GitHubSandbox
    registry: RegistrySandbox
    faults: Faults
    folder: Path
    config: Path

    @property
    def writes(self) -> int:
        return self.faults.writes + self.registry.faults.writes

    def run(self, *arguments: str, token: str = BOT_TOKEN, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {"REBUILD_BOT_GITHUB_TOKEN": token}
        return rebuild_bot("--config", str(self.config), *arguments, folder=self.folder, environment=environment, stdin=stdin)

    def release(self, tag: str, *, repository: str = "docker.io/library/python") -> str:
        """Publish an image whose content is its tag, and return its digest."""
        return self.registry.push_image(repository, tag, layers=[{"release": f"{tag}\n".encode()}])


@contextmanager
def organisation(folder: Path, *, front: Callable[[ASGIApp], ASGIApp] = lambda app: app) -> Iterator[Acme]:
    """The organisation in a folder, empty. `front` puts something between its GitHub and the bot."""
    clock = Clock(datetime.now(UTC))
    github, registry = GitHubSandbox(folder / "github", clock=clock), RegistrySandbox(clock=clock)
    faults = Faults(github.app)
    with Server(front(faults)) as github_server, Server(registry.app) as registry_server:
        config = folder / "rebuild-bot.yaml"
        address = registry_server.url.removeprefix("http://")
        config.write_text(Template(CONFIG).substitute(github=github_server.url, registry=address, folder=folder), encoding="utf-8")
        yield Acme(github=github, registry=registry, faults=faults, folder=folder, config=config)


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Acme]:
    with organisation(tmp_path) as made:
        yield made


@pytest.fixture
def fleet(acme: Acme) -> Acme:
    return with_repos(acme)


def with_repos(acme: Acme) -> Acme:
    """Four repos that are behind with two images; the images name the repo that they were built from, which has release notes."""
    acme.registry.gate.access = Access.OPEN  # which look-up is the first to be sent for a token is left to chance
    for repository, tags in TAGS.items():
        for tag in tags:
            acme.registry.push_image(repository, tag, labels={"org.opencontainers.image.source": "https://github.com/up/stream"})
    acme.github.create_repo("up", "stream", {"README.md": "upstream\n"})
    acme.github.add_release("up/stream", "v3.12.6", body="Fixed.")
    for name in REPOS:
        acme.github.create_repo(*name.split("/"), {path: f"# {name}\n{text}" for path, text in FILES.items()})
    return acme


def run(acme: Acme) -> RunSummary:
    """A run whose requests alone are counted."""
    settings = load(acme.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
    acme.faults.forget()
    acme.registry.faults.forget()
    return fleet_wiring.run(settings, now=acme.github.clock)


def outcomes(summary: RunSummary) -> list[tuple[str, Outcome]]:
    return [(sent.proposal.repo, sent.outcome) for sent in summary.sent]
