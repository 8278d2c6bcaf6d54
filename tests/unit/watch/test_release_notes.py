"""Release notes, asked of the embedded GitHub."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from bot.watch.release_notes import LIMITS, GitHubReleaseNotes

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ROUTE = "GET /api/v3/repos/acme/{}/releases"


@dataclass(frozen=True, kw_only=True)
class Upstream:
    sandbox: GitHubSandbox
    faults: Faults
    api: GitHubApi
    memory: Path

    def notes(self, repo: str, *, at: datetime = NOW) -> list[tuple[str, str]]:
        """What one run is told."""
        silent = ShortMemory(self.memory)
        try:
            return [(note.name, note.text) for note in GitHubReleaseNotes(self.api, silent=silent, now=at).of(repo)]
        finally:
            silent.save(at)

    def asked(self, name: str) -> int:
        return self.faults.count(ROUTE.format(name))


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    sandbox = GitHubSandbox(tmp_path / "github", clock=Clock(NOW))
    sandbox.create_repo("acme", "shop", {"README.md": "shop\n"})
    faults = Faults(sandbox.app)
    with Server(faults) as server, HttpClient(reach=LOOPBACK, limits=LIMITS, sleep=lambda _: None) as http:
        api = GitHubApi(http=http, base_url=f"{server.url}/api/v3")
        yield Upstream(sandbox=sandbox, faults=faults, api=api, memory=tmp_path / "cache" / "no-notes.json")


def test_releases_come_newest_first_by_their_tags(upstream):
    upstream.sandbox.add_release("acme/shop", "v1.0.0", body="first", name="One")
    upstream.sandbox.clock.advance(timedelta(days=1))
    upstream.sandbox.add_release("acme/shop", "v1.1.0", body="second")

    assert upstream.notes("acme/shop") == [("v1.1.0", "second"), ("v1.0.0", "first")]


def test_what_has_no_releases_is_asked_once_a_day(upstream):
    assert upstream.notes("acme/shop") == []
    assert upstream.notes("acme/shop", at=NOW + timedelta(hours=23)) == []
    assert upstream.asked("shop") == 1

    upstream.sandbox.add_release("acme/shop", "v1.0.0", body="first")
    assert upstream.notes("acme/shop", at=NOW + timedelta(hours=25)) == [("v1.0.0", "first")]


def test_what_is_not_there_is_said_each_time_and_asked_once_a_day(upstream):
    for _ in range(2):
        with pytest.raises(NotListedError, match="acme/none/releases: 404"):
            upstream.notes("acme/none")

    assert upstream.asked("none") == 1


def test_a_failure_is_no_answer_and_tried_no_longer_than_notes_are_worth(upstream):
    upstream.faults.switch_on(ROUTE.format("shop"), ServerError())

    for _ in range(2):
        with pytest.raises(DatasourceError, match="502"):
            upstream.notes("acme/shop")

    assert upstream.asked("shop") == 2 * LIMITS.tries
    assert not upstream.memory.exists()


@pytest.mark.parametrize("broken", ["", "[1]", '{"a": 1}', '{"a": ["x", "soon"]}', '{"a": [1, 2]}', "[" * 100_000], ids=repr)
def test_a_broken_memory_is_none(upstream, broken):
    upstream.memory.parent.mkdir()
    upstream.memory.write_text(broken, encoding="utf-8")

    assert upstream.notes("acme/shop") == []
    assert upstream.notes("acme/shop") == []
    assert upstream.asked("shop") == 1
    assert upstream.memory.stat().st_mode & 0o077 == 0


def test_a_place_that_can_not_be_written_costs_nothing_but_the_memory(upstream):
    upstream.memory.parent.write_text("a file where the folder belongs", encoding="utf-8")

    assert upstream.notes("acme/shop") == []
