"""The sandbox's GitHub, served, with the clients that judge it: PyGithub, git, plain HTTP. None of them knows that it is no GitHub."""

import copy
import os
import shutil
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
from github import Auth, Github
from github.Repository import Repository

from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.git_store import GitStore
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.server import Server

APP_ID = 4711
FILES = {"Dockerfile": "FROM python:3.12-slim\nRUN true\n", "README.md": "# A repo\n", "deploy/values.yaml": "image:\n  tag: '1.0'\n"}
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    sandbox: GitHubSandbox
    faults: Faults
    url: str
    http: httpx.Client
    """Knows the root of the REST API, and says who it is."""
    client: Github
    app_key: str

    @property
    def clock(self) -> Clock:
        return self.sandbox.clock

    def new_repo(self, files=FILES, **options) -> Repository:
        """A repo of its own for a test, as PyGithub sees it."""
        name = f"repo-{next(_numbers)}"
        self.sandbox.create_repo("acme", name, files, **options)
        return self.client.get_repo(f"acme/{name}")

    def copy_repo(self, full_name) -> str:
        """The name of a repo that is like another in everything but its name and where it lies: much faster than to seed it again."""
        original = self.sandbox.repo(full_name)
        same = {id(account): account for account in self.sandbox.world.accounts.values()}
        twin = copy.deepcopy(original, same)
        twin.name = f"repo-{next(_numbers)}"
        twin.store = GitStore(Path(shutil.copytree(original.store.path, original.store.path.with_name(f"{twin.name}.git"))))
        self.sandbox.world.repos[twin.full_name.lower()] = twin
        return twin.name

    def new_pull(self, repo, *, branch="bot/update", files=None, title="Update python", body="Why."):
        """A pull request with one commit by the bot."""
        changes = files or {"Dockerfile": "FROM python:3.13-slim\nRUN true\n"}
        self.sandbox.commit_files(repo.full_name, changes, message=title, author="rebuild-bot[bot]", branch=branch)
        return repo.create_pull(base=repo.default_branch, head=branch, title=title, body=body)

    def client_for(self, auth, **options) -> Github:
        return Github(base_url=f"{self.url}/api/v3", auth=auth, seconds_between_requests=0, seconds_between_writes=0, **options)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    sandbox = GitHubSandbox(tmp_path_factory.mktemp("github"), clock=Clock())
    sandbox.organization("acme", teams=["platform"])
    sandbox.user("octavia", name="Octavia Cat")
    key = sandbox.add_app(APP_ID, slug="rebuild-app", installed_for=["acme"])
    faults = Faults(sandbox.app)
    with Server(faults) as server:
        headers = {"authorization": f"Bearer {BOT_TOKEN}", "accept": "application/vnd.github+json"}
        with httpx.Client(base_url=f"{server.url}/api/v3", headers=headers) as http:
            auth = Auth.Token(BOT_TOKEN)
            client = Github(base_url=f"{server.url}/api/v3", auth=auth, retry=None, seconds_between_requests=0, seconds_between_writes=0)
            yield World(sandbox=sandbox, faults=faults, url=server.url, http=http, client=client, app_key=key)
            client.close()


@pytest.fixture
def git(tmp_path):
    """Runs git as somebody who has only git: no configuration of this machine's, no questions asked."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Octavia Cat",
        "GIT_AUTHOR_EMAIL": "octavia@example.com",
        "GIT_COMMITTER_NAME": "Octavia Cat",
        "GIT_COMMITTER_EMAIL": "octavia@example.com",
    }

    def run(*arguments: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *arguments], cwd=cwd, env=environment | more, capture_output=True, text=True, check=False)

    return run
