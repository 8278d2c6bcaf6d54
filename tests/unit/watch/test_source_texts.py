"""Changelogs and commits of repos, asked of the embedded GitHub."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clients.http import HttpClient
from bot.clients.short_memory import ShortMemory
from bot.model.listing import DatasourceError, NotListedError
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults, ServerError
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.server import LOOPBACK, Server
from bot.watch.github import GitHubApi
from bot.watch.release_notes import LIMITS
from bot.watch.source_texts import GitHubSourceTexts

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
REPO = "acme/shop"


@dataclass(frozen=True, kw_only=True)
class Upstream:
    sandbox: GitHubSandbox
    faults: Faults
    texts: GitHubSourceTexts

    def changelog(self, ref: str | None = None, path: str | None = None) -> tuple[str, str] | None:
        found = self.texts.changelog(REPO, ref, path)
        return None if found is None else (found.path, found.text)


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    sandbox = GitHubSandbox(tmp_path / "github", clock=Clock(NOW))
    sandbox.create_repo("acme", "shop", {"README.md": "shop\n"})
    faults = Faults(sandbox.app)
    with Server(faults) as server, HttpClient(reach=LOOPBACK, limits=LIMITS, sleep=lambda _: None) as http:
        api = GitHubApi(http=http, base_url=f"{server.url}/api/v3")
        yield Upstream(sandbox=sandbox, faults=faults, texts=GitHubSourceTexts(api, silent=ShortMemory(tmp_path / "memory.json"), now=NOW))


@pytest.mark.parametrize(
    ("files", "found", "requests"),
    [
        pytest.param({"CHANGELOG.md": "a"}, "CHANGELOG.md", 2, id="usual"),
        pytest.param({"NEWS": "a", "Changes.rst": "b"}, "Changes.rst", 2, id="the likelier of two"),
        pytest.param({"CHANGELOG.txt": "a", "changelog.md": "b"}, "changelog.md", 2, id="the likelier form"),
        pytest.param({"docs/HISTORY.md": "a"}, "docs/HISTORY.md", 3, id="in a folder"),
        pytest.param({"docs/index.md": "a", "CHANGELOG/1.2.md": "a"}, None, 2, id="none, but a folder of that name"),
        pytest.param({"changelog.py": "a", "my-changelog.md": "b"}, None, 1, id="none"),
    ],
)
def test_where_a_changelog_is_found(upstream, files, found, requests):
    upstream.sandbox.commit_files(REPO, files, message="More")
    upstream.faults.forget()

    assert (upstream.changelog() or (None, ""))[0] == found
    assert upstream.faults.count() == requests


def test_a_changelog_is_read_at_the_ref_else_as_it_is_today(upstream):
    upstream.sandbox.commit_files(REPO, {"CHANGELOG.md": "# 1.0.0\n"}, message="One")
    upstream.sandbox.add_tag(REPO, "v1.0.0")
    upstream.sandbox.commit_files(REPO, {"CHANGELOG.md": "# 1.1.0\n"}, message="Two")

    assert upstream.changelog("v1.0.0") == ("CHANGELOG.md", "# 1.0.0\n")
    assert upstream.changelog("v3.0.0") == ("CHANGELOG.md", "# 1.1.0\n")
    assert upstream.changelog(path="CHANGELOG.md") == ("CHANGELOG.md", "# 1.1.0\n")


def test_a_repo_without_a_changelog_is_asked_once(upstream):
    assert upstream.changelog() is None
    upstream.faults.forget()

    assert upstream.changelog() is None
    assert upstream.faults.count() == 0


def test_a_changelog_that_is_too_large_is_not_read_and_no_failure(upstream):
    upstream.sandbox.commit_files(REPO, {"CHANGELOG.md": "x" * ((1 << 20) + 1)}, message="Long")
    upstream.faults.forget()

    with pytest.raises(NotListedError, match="larger than 1 MiB"):
        upstream.changelog("main")
    assert upstream.faults.count() == 2


def test_what_is_no_text_is_shown_as_far_as_it_goes(upstream):
    upstream.sandbox.commit_files(REPO, {"CHANGELOG.md": b"# 1.0.0\n\xff\xfe\n"}, message="Odd")

    assert upstream.changelog() == ("CHANGELOG.md", "# 1.0.0\n\ufffd\ufffd\n")


def test_a_failure_is_told(upstream):
    upstream.faults.switch_on("GET /api/v3/repos/acme/shop/contents", ServerError())

    with pytest.raises(DatasourceError, match="502"):
        upstream.changelog()


def test_the_commits_between_two_come_oldest_first_in_one_request(upstream):
    old = upstream.sandbox.repo(REPO).store.head("main")
    for number in range(12):
        upstream.sandbox.commit_files(REPO, {"a": str(number)}, message=f"Step {number}\n\nWhy.")
    new = upstream.sandbox.repo(REPO).store.head("main")
    upstream.faults.forget()

    found = upstream.texts.commits(REPO, old, new)

    assert (found.count, found.missing, found.subjects) == (12, 0, tuple(f"Step {number}" for number in range(10)))
    assert (upstream.texts.commits(REPO, new, old).count, upstream.texts.commits(REPO, new, old).missing) == (0, 12)
    assert upstream.faults.count() == 3


@pytest.mark.parametrize("old", [pytest.param("f" * 40, id="not there"), pytest.param("main", id="no commit")])
def test_commits_that_are_not_there_are_said_to_be_not_there(upstream, old):
    with pytest.raises(NotListedError):
        upstream.texts.commits(REPO, old, upstream.sandbox.repo(REPO).store.head("main"))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"ahead_by": "3", "behind_by": -1, "commits": {"a": 1}}, id="other types"),
        pytest.param({"commits": [1, {}, {"commit": 5}, {"commit": {"message": 7}}, {"commit": {"message": "\n"}}]}, id="odd commits"),
    ],
)
def test_an_odd_comparison_is_an_empty_one(upstream, answer, monkeypatch):
    monkeypatch.setattr("bot.watch.web.JsonSource.get", lambda *_args, **_options: answer)

    found = upstream.texts.commits(REPO, "a" * 40, "b" * 40)

    assert (found.count, found.missing, [subject for subject in found.subjects if subject]) == (0, 0, [])
