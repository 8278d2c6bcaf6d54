"""The pages' source tells what happened on the sandbox's GitHub."""

from datetime import timedelta

import pytest

from bot.sandbox.clock import START, Clock
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.pages.views import State
from bot.sandbox.pages.world import WorldSource
from bot.sandbox.server import Server
from tests.unit.sandbox.wire import Wire

REPO = "acme/shop"


@pytest.fixture
def github(tmp_path):
    sandbox = GitHubSandbox(tmp_path, clock=Clock())
    sandbox.create_repo("acme", "shop", {"Dockerfile": "FROM a:1\nUSER b\n"}, topics=["bau"], description="Sells")
    sandbox.commit_files(REPO, {"Dockerfile": "FROM a:2\nUSER b\n", "logo.png": b"\x89PNG\0"}, message="Update a", branch="rebuild-bot/a")
    sandbox.commit_files(REPO, {"README.md": "# Shop\n"}, message="Meanwhile")
    with Server(sandbox.app) as server, Wire.to(server.url) as wire:
        wire.post(f"/repos/{REPO}/pulls", title="Update a", head="rebuild-bot/a", base="main", body="**a**")
        wire.post(f"/repos/{REPO}/issues/1/labels", labels=["rebuild-bot"])
        wire.post(f"/repos/{REPO}/issues", title="Stale", body=None)
    return sandbox


@pytest.fixture
def source(github):
    return WorldSource(github.world)


def test_a_repo_counts_what_is_open(source):
    repo = source.repo("ACME/Shop")

    assert [found.full_name for found in source.repos()] == [REPO]
    assert (repo.description, repo.topics, repo.open_pulls, repo.open_issues) == ("Sells", ("bau",), 1, 1)


def test_a_pull_request_shows_what_its_branch_changed_and_not_what_the_base_gained(source):
    pull = source.pull(REPO, 1)

    assert (pull.head, pull.base, pull.thread.title, pull.thread.author) == ("rebuild-bot/a", "main", "Update a", "rebuild-bot[bot]")
    assert [label.name for label in pull.thread.labels] == ["rebuild-bot"]
    assert [(file.path, file.additions, file.deletions) for file in pull.files] == [("Dockerfile", 1, 1), ("logo.png", 0, 0)]
    assert pull.files[0].hunks.splitlines()[1:] == ["-FROM a:1", "+FROM a:2", " USER b"]
    assert pull.files[1].hunks is None


def test_issues_and_pull_requests_are_told_apart(source):
    assert [thread.number for thread in source.pulls(REPO)] == [1]
    assert [(thread.number, thread.body) for thread in source.issues(REPO)] == [(2, "")]
    assert source.pull(REPO, 2) is None
    assert source.issue(REPO, 1) is None
    assert source.pulls("acme/none") == source.issues("acme/none") == []


@pytest.mark.parametrize(("state", "act"), [(State.MERGED, "merge_pull_request"), (State.CLOSED, "close_issue")])
def test_who_ended_it_and_when(github, source, state, act):
    github.clock.advance(timedelta(days=2))

    getattr(github, act)(REPO, 1, by="mara")
    github.comment(REPO, 1, "Done.", by="mara")

    pull = source.pull(REPO, 1)
    assert (pull.thread.state, pull.thread.closed_by, pull.thread.closed_at) == (state, "mara", START + timedelta(days=2))
    assert [(said.author, said.body) for said in pull.thread.comments] == [("mara", "Done.")]
    assert [file.path for file in pull.files] == ["Dockerfile", "logo.png"]
    assert source.repo(REPO).open_pulls == 0


def test_files_and_releases(github, source):
    github.add_release(REPO, "v1", body="First")
    github.clock.advance(timedelta(days=1))
    github.add_release(REPO, "v2", name="Second")

    assert [(release.tag, release.name, release.body) for release in source.releases(REPO)] == [("v2", "Second", ""), ("v1", "v1", "First")]
    assert source.file(REPO, "rebuild-bot/a", "Dockerfile") == "FROM a:2\nUSER b\n"
    assert source.file(REPO, "v1", "README.md") == "# Shop\n"
    assert source.file(REPO, "rebuild-bot/a", "logo.png") == "\ufffdPNG\0"


@pytest.mark.parametrize(
    ("repo", "ref", "path"),
    [
        (REPO, "v3", "Dockerfile"),
        (REPO, "main", ""),
        (REPO, "main", "../a"),
        (REPO, "main", "/a"),
        (REPO, "main", "a\0b"),
        (REPO, "--help", "a"),
        ("acme/none", "main", "a"),
    ],
)
def test_a_file_that_is_none(source, repo, ref, path):
    assert source.file(repo, ref, path) is None
