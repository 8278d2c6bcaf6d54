"""A GitHub and a registry on loopback, and the command line as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template

import pytest

from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import RegistrySandbox
from bot.sandbox.server import Server

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
ledger: {url: "sqlite:///$folder/ledger.sqlite3"}
"""


def rebuild_bot(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """One call of the command line, with nothing of this machine's environment but the path."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **(environment or {})}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=folder, env=clean, input=stdin, capture_output=True, text=True, timeout=120, check=False)


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

    def run(self, *arguments: str, token: str = BOT_TOKEN) -> subprocess.CompletedProcess[str]:
        return rebuild_bot("--config", str(self.config), *arguments, folder=self.folder, environment={"REBUILD_BOT_GITHUB_TOKEN": token})

    def release(self, tag: str, *, repository: str = "docker.io/library/python") -> str:
        """Publish an image whose content is its tag, and return its digest."""
        return self.registry.push_image(repository, tag, layers=[{"release": f"{tag}\n".encode()}])


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Acme]:
    clock = Clock(datetime.now(UTC))
    github, registry = GitHubSandbox(tmp_path / "github", clock=clock), RegistrySandbox(clock=clock)
    faults = Faults(github.app)
    with Server(faults) as github_server, Server(registry.app) as registry_server:
        config = tmp_path / "rebuild-bot.yaml"
        address = registry_server.url.removeprefix("http://")
        config.write_text(Template(CONFIG).substitute(github=github_server.url, registry=address, folder=tmp_path), encoding="utf-8")
        yield Acme(github=github, registry=registry, faults=faults, folder=tmp_path, config=config)
