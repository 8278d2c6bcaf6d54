"""Three open pull requests of the bot on the sandbox's GitHub."""

from contextlib import closing

import pytest

from bot.clients.github import UNPACED, GitHubForge, Token
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github.sandbox import BOT_LOGIN, BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server

SHOP = "acme/shop"
PREFIX = "rebuild-bot/"


@pytest.fixture
def github(tmp_path):
    sandbox = GitHubSandbox(tmp_path, clock=Clock())
    sandbox.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})
    return sandbox


@pytest.fixture
def faults(github):
    return Faults(github.app)


@pytest.fixture
def forge(github, faults):
    with (
        Server(faults) as server,
        closing(GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)) as made,
    ):
        for number in range(3):
            branch = f"{PREFIX}{number}"
            github.commit_files(SHOP, {"Dockerfile": f"FROM python:3.12.{number}\n"}, message="x", branch=branch, author=BOT_LOGIN)
            with made._connection.writer() as client:
                client.get_repo(SHOP).create_pull(base="main", head=branch, title="t", body="b")
        yield made
