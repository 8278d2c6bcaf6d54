"""When a person last committed, read from what GitHub tells of a branch's newest commits."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clients.github import UNPACED, GitHubForge, Token
from bot.clients.github.people import Bots, headlines_of, last_commit_of
from bot.model.fleet import OnlyBots, PersonsCommit
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.github.sandbox import BOT_LOGIN, BOT_TOKEN, GitHubSandbox
from bot.sandbox.github.state import MergeMethod
from bot.sandbox.server import Server
from bot.settings.sections import Phases

DAY = timedelta(days=1)
NEWEST, OLDER, OLDEST = (datetime(2026, 11, day, 7, tzinfo=UTC) for day in (20, 10, 1))
DANA = {"name": "Dana", "email": "dana@acme.example", "user": {"login": "dana"}}
APP = {"name": "renovate[bot]", "email": "29139614+renovate[bot]@users.noreply.github.com", "user": None}
OURS = {"name": "acme-ci", "email": "1+acme-ci@users.noreply.github.com", "user": None}
BOTS = Bots.of(logins={"acme-ci", "old-ci[bot]"}, patterns=(*Phases().bots, "*@robots.acme.example"))


def history(*commits, has_more: bool = False):
    """Authors, or authors with the first line of a message, newest first."""
    nodes = []
    for time, commit in zip((NEWEST, OLDER, OLDEST), commits, strict=False):
        author, headline = commit if isinstance(commit, tuple) else (commit, "Change")
        nodes.append({"committedDate": f"{time:%Y-%m-%dT%H:%M:%SZ}", "messageHeadline": headline, "author": author})
    return {"nodes": nodes, "pageInfo": {"hasNextPage": has_more}}


WHOSE = {
    "a person": (DANA, True),
    "a person whom GitHub does not know": ({"name": "Dana", "email": "dana@home.example", "user": None}, True),
    "a person whose name ends like a bot's": ({"name": "Talbot", "email": "talbot@acme.example", "user": {"login": "talbot"}}, True),
    "nobody knows who": ({"name": None, "email": None, "user": None}, True),
    "no author": (None, True),
    "an App, which is no user": (
        {"name": "renovate[bot]", "email": "29139614+renovate[bot]@users.noreply.github.com", "user": None},
        False,
    ),
    "an App by its address alone": ({"name": "Renovate", "email": "29139614+renovate[bot]@users.noreply.github.com", "user": None}, False),
    "an App by its name alone": ({"name": "acme-sync[bot]", "email": "ci@acme.example", "user": None}, False),
    "an App on an Enterprise server": ({"name": "x", "email": "3+x[bot]@users.noreply.git.acme.example", "user": None}, False),
    "an App that is told as a user": ({"name": "x", "email": "", "user": {"login": "dependabot[bot]"}}, False),
    "a workflow": ({"name": "github-actions", "email": "github-actions@github.com", "user": None}, False),
    "a workflow of old": ({"name": "GitHub Action", "email": "action@github.com", "user": None}, False),
    "Renovate of one's own": ({"name": "Renovate Bot", "email": "bot@renovateapp.com", "user": {"login": "renovate-bot"}}, False),
    "this bot as a user": (OURS, False),
    "this bot as it was called": (
        {"name": "Old", "email": "2+old-ci[bot]@users.noreply.github.com", "user": {"login": "Old-CI[bot]"}},
        False,
    ),
    "one that the settings name": ({"name": "Sync", "email": "Sync@Robots.acme.example", "user": {"login": "sync"}}, False),
}


@pytest.mark.parametrize(("author", "is_person"), WHOSE.values(), ids=WHOSE.keys())
def test_whose_a_commit_is(author, is_person):
    assert last_commit_of(history(author), BOTS) == (
        PersonsCommit(at=NEWEST) if is_person else OnlyBots(commits=1, since=NEWEST, is_all=True)
    )


MERGE = "Merge pull request #7 from acme/{}"
HISTORIES = {
    "a bot's last, a person's before": (history(APP, DANA, DANA), PersonsCommit(at=OLDER)),
    "a bot's pull request that a person merged": (history((DANA, MERGE.format("redis")), APP, DANA), PersonsCommit(at=OLDEST)),
    "a person's pull request": (history((DANA, MERGE.format("login")), DANA, APP), PersonsCommit(at=OLDER)),
    "only bots among the newest": (history(APP, APP, OURS, has_more=True), OnlyBots(commits=3, since=OLDEST, is_all=False)),
    "only bots at all": (history(APP, APP), OnlyBots(commits=2, since=OLDER, is_all=True)),
    "holes": (history(APP) | {"nodes": [None, *history(APP)["nodes"]]}, OnlyBots(commits=1, since=NEWEST, is_all=True)),
    "no commit": (history(), None),
}


@pytest.mark.parametrize(("told", "last"), HISTORIES.values(), ids=HISTORIES.keys())
def test_the_last_commit_of_a_person(told, last):
    assert last_commit_of(told, BOTS) == last


def surveyed(sandbox, **options):
    with Server(sandbox.app) as server:
        forge = GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED, **options)
        try:
            (repo,) = forge.survey("acme")
            assert list(forge.repos(["acme/shop"])) == [forge.repo("acme/shop")] == [repo]
        finally:
            forge.close()
    return repo.last_commit


def committed(sandbox, *authors, branch=None):
    for author in authors:
        sandbox.clock.advance(DAY)
        sandbox.commit_files("acme/shop", {"a": f"{sandbox.clock()}"}, message=f"By {author}", author=author, branch=branch)


@pytest.fixture
def sandbox(tmp_path):
    sandbox = GitHubSandbox(tmp_path, clock=Clock())
    sandbox.create_repo("acme", "shop", {"a": "0"}, author="dana")
    return sandbox


@pytest.mark.parametrize("method", MergeMethod)
def test_a_bots_merged_pull_request_is_no_persons_commit(sandbox, method):
    began = sandbox.clock()
    for number in (1, 2):
        committed(sandbox, BOT_LOGIN, branch=f"rebuild-bot/{number}")
        with Server(sandbox.app) as server:
            forge = GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)
            forge._connection.reader.get_repo("acme/shop").create_pull(base="main", head=f"rebuild-bot/{number}", title="T", body="")
            forge.close()
        sandbox.merge_pull_request("acme/shop", number, by="dana", method=method)

    assert surveyed(sandbox) == PersonsCommit(at=began)


def test_further_back_than_ten_commits_nothing_is_known(sandbox):
    began = sandbox.clock()
    committed(sandbox, *["renovate[bot]"] * 9)
    within = surveyed(sandbox)
    committed(sandbox, "renovate[bot]")

    assert within == PersonsCommit(at=began)
    assert surveyed(sandbox) == OnlyBots(commits=10, since=began + DAY, is_all=False)


def test_of_logins_the_settings_know_which_are_bots(sandbox):
    began = sandbox.clock()
    committed(sandbox, "acme-sync", "old-bot")

    assert surveyed(sandbox) == PersonsCommit(at=began + 2 * DAY)
    assert surveyed(sandbox, bots=["*-sync"], former=["old-bot"]) == PersonsCommit(at=began)


def test_headlines_are_those_of_all_commits_but_merges():
    nodes = [
        {"messageHeadline": "feat: a cart"},
        {"messageHeadline": "Merge pull request #3 from acme/x"},
        None,
        {"messageHeadline": "x" * 300},
    ]

    assert headlines_of({"nodes": nodes}) == ("feat: a cart", "x" * 100)
