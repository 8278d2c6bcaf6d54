"""What every forge does alike: the real clients, one against the sandbox's GitHub and one in a folder of clones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

import pytest

from bot.clients.folders.forge import FolderForge
from bot.clients.github import UNPACED, GitHubForge, Token
from bot.model.build import BuildOrder, Trigger
from bot.model.edit import FileChange
from bot.model.forge import ForgeError, StaleHeadError
from bot.model.pull_request import Proposal, PullRequest, PullRequestState
from bot.model.secret import Secret
from bot.propose.forge import Forge
from bot.propose.marker import strangers
from bot.sandbox.clock import Clock
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server
from tests.clones import branches, clone, commit, git

REPO, BRANCH = "acme/shop", "rebuild-bot/shop/python"
OLD, NEW, NEWER = b"FROM python:3.12.4\nUSER 1\n", b"FROM python:3.12.5\nUSER 1\n", b"FROM python:3.12.6\nUSER 1\n"
FILES = {"app/Dockerfile": OLD, "README.md": b"A shop.\n"}


class World(Protocol):
    """A forge with one repo, and what people do to it."""

    def forge(self) -> Forge:
        """As a run finds it: it knows of nothing before."""
        ...

    def head(self, branch: str) -> str | None: ...

    def content(self, branch: str, path: str) -> bytes: ...

    def commit(self, branch: str, path: str, content: bytes) -> None: ...

    def merge(self) -> None: ...

    def delete(self) -> None: ...


@dataclass
class OnGitHub:
    sandbox: GitHubSandbox
    url: str

    def forge(self) -> Forge:
        return GitHubForge(f"{self.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)

    def head(self, branch: str) -> str | None:
        return self.sandbox.repo(REPO).store.head(branch)

    def content(self, branch: str, path: str) -> bytes:
        return self.sandbox.read_file(REPO, path, ref=branch) or b""

    def commit(self, branch: str, path: str, content: bytes) -> None:
        self.sandbox.commit_files(REPO, {path: content}, message="Change", author="ann", branch=branch)

    def merge(self) -> None:
        self.sandbox.merge_pull_request(REPO, 1, by="ann")

    def delete(self) -> None:
        self.sandbox.delete_branch(REPO, BRANCH)


@dataclass
class InAFolder:
    root: Path

    @property
    def shop(self) -> Path:
        return self.root / "shop"

    def forge(self) -> Forge:
        return FolderForge(self.root, branch_prefix="rebuild-bot/", now=lambda: datetime.now(UTC))

    def head(self, branch: str) -> str | None:
        return branches(self.shop).get(branch)

    def content(self, branch: str, path: str) -> bytes:
        return git(self.shop, "show", f"{branch}:{path}").encode() + b"\n"

    def commit(self, branch: str, path: str, content: bytes) -> None:
        git(self.shop, "checkout", "--quiet", branch)
        commit(self.shop, {path: content})
        git(self.shop, "checkout", "--quiet", "main")

    def merge(self) -> None:
        git(self.shop, "merge", "--quiet", "--no-ff", "--no-edit", BRANCH)

    def delete(self) -> None:
        git(self.shop, "branch", "--quiet", "-D", BRANCH)


@pytest.fixture(params=["github", "folder"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "folder":
        clone(tmp_path / "src" / "shop", FILES, origin="https://github.com/acme/shop")
        yield InAFolder(tmp_path / "src")
        return
    sandbox = GitHubSandbox(tmp_path / "github", clock=Clock())
    sandbox.user("ann")
    sandbox.create_repo("acme", "shop", FILES)
    with Server(sandbox.app) as server:
        yield OnGitHub(sandbox, server.url)


def proposal(world: World, new: bytes = NEW, *, old: bytes = OLD, title: str = "Update python") -> Proposal:
    return Proposal(
        repo=REPO,
        base="main",
        base_head=world.head("main") or "",
        branch=BRANCH,
        title=title,
        body="What it does.\n",
        commit_message=f"{title}\n\napp/Dockerfile:1\n",
        changes=(FileChange(path=PurePosixPath("app/Dockerfile"), old=old, new=new),),
        updates=(),
    )


def listed(world: World) -> list[PullRequest]:
    forge = world.forge()
    found = forge.pull_requests([forge.repo(REPO)], branch_prefix="rebuild-bot/")[REPO]
    assert not isinstance(found, str)
    return list(found)


def test_a_proposal_is_one_commit_on_its_base_and_open(world):
    base = world.head("main")
    pull = world.forge().write(proposal(world), replacing=None)
    (seen,) = listed(world)

    assert (seen.number, seen.state, seen.branch, seen.base) == (1, PullRequestState.OPEN, BRANCH, "main")
    assert (seen.title, seen.body.rstrip()) == ("Update python", "What it does.")
    assert seen.head == pull.head == world.head(BRANCH)
    assert strangers(seen, world.forge().identity()) == frozenset()
    assert world.content(BRANCH, "app/Dockerfile") == NEW
    assert world.content(BRANCH, "README.md") == FILES["README.md"]
    assert (world.head("main"), seen.has_conflict) == (base, False)


def test_the_same_again_changes_nothing(world):
    first = world.forge().write(proposal(world), replacing=None)
    again = world.forge().write(proposal(world), replacing=None)

    assert (again.number, again.head) == (first.number, first.head)
    assert len(listed(world)) == 1


def test_another_content_takes_the_place_of_the_first(world):
    first = world.forge().write(proposal(world), replacing=None)
    second = world.forge().write(proposal(world, NEWER, title="Update it further"), replacing=first.head)
    (seen,) = listed(world)

    assert (seen.number, seen.title, seen.head) == (first.number, "Update it further", second.head)
    assert world.content(BRANCH, "app/Dockerfile") == NEWER
    assert strangers(seen, world.forge().identity()) == frozenset()


def test_a_branch_that_others_moved_is_not_overwritten(world):
    first = world.forge().write(proposal(world), replacing=None)
    world.commit(BRANCH, "app/Dockerfile", b"theirs\n")
    theirs = world.head(BRANCH)

    with pytest.raises(StaleHeadError):
        world.forge().write(proposal(world, NEWER), replacing=first.head)

    (seen,) = listed(world)
    state = world.forge().branch(REPO, BRANCH, base="main")
    assert (world.head(BRANCH), seen.head, state.head) == (theirs, theirs, theirs)
    assert len(strangers(seen, world.forge().identity())) == 1
    assert len(state.authors - world.forge().identity()) == 1


def test_a_file_that_is_not_what_was_read_is_not_changed(world):
    with pytest.raises(StaleHeadError):
        world.forge().write(proposal(world, old=b"FROM python:3.12.3\n"), replacing=None)

    assert (world.head(BRANCH), listed(world)) == (None, [])


@pytest.mark.parametrize(
    ("path", "content", "has_conflict"),
    [
        pytest.param("README.md", b"Another.\n", False, id="another file"),
        pytest.param("app/Dockerfile", OLD + b"# far\n" * 9, False, id="other lines"),
        pytest.param("app/Dockerfile", b"FROM node:20\n", True, id="the same line"),
    ],
)
def test_a_conflict_with_the_base_is_seen(world, path, content, has_conflict):
    before = OLD + b"# more\n" * 9
    world.commit("main", "app/Dockerfile", before)
    world.forge().write(proposal(world, before.replace(b"3.12.4", b"3.12.5"), old=before), replacing=None)
    world.commit("main", path, content.replace(OLD, before))

    assert [pull.has_conflict for pull in listed(world)] == [has_conflict]


def test_a_merge_is_seen(world):
    world.forge().write(proposal(world), replacing=None)
    world.merge()
    (seen,) = listed(world)

    assert (seen.state, seen.merge_commit) == (PullRequestState.MERGED, world.head("main"))
    assert seen.merged_at is not None


def test_a_branch_that_people_delete_is_a_no_and_the_next_proposal_another_one(world):
    world.forge().write(proposal(world), replacing=None)
    world.delete()
    (declined,) = listed(world)
    world.forge().write(proposal(world, NEWER), replacing=None)
    newest, before = listed(world)

    assert declined.state is PullRequestState.CLOSED
    assert declined.closed_by not in world.forge().identity()
    assert (before.number, before.state) == (1, PullRequestState.CLOSED)
    assert (newest.state, newest.head) == (PullRequestState.OPEN, world.head(BRANCH))


def test_the_bots_own_closing_bears_its_name_and_takes_the_branch_away(world):
    world.forge().write(proposal(world), replacing=None)
    (pull,) = listed(world)
    world.forge().close_pull_request(pull, comment="Not needed any more.")
    (seen,) = listed(world)

    assert (seen.state, seen.comments, world.head(BRANCH)) == (PullRequestState.CLOSED, 1, None)
    assert seen.closed_by in world.forge().identity()


def test_what_has_moved_is_not_closed(world):
    world.forge().write(proposal(world), replacing=None)
    (pull,) = listed(world)
    world.commit(BRANCH, "app/Dockerfile", b"theirs\n")

    with pytest.raises(StaleHeadError):
        world.forge().close_pull_request(pull, comment="Not needed any more.")
    assert [one.state for one in listed(world)] == [PullRequestState.OPEN]


def test_labels_stay_known_when_people_take_them_away(world):
    pull = world.forge().write(proposal(world), replacing=None)
    assert list(world.forge().put_labels([(pull, ["rebuild-bot", "base image"])])) == []
    (seen,) = listed(world)

    assert seen.labels == seen.labels_ever == {"rebuild-bot", "base image"}


def test_an_issue_is_found_by_its_marker(world):
    forge = world.forge()
    made = forge.open_issue(REPO, title="Stale", body="<!-- mark -->\nNone.", labels=["report"])
    forge.edit_issue(REPO, made.number, title="Not stale", body="<!-- mark -->\nNone.", is_open=False)
    found = world.forge().find_issue(REPO, marker="<!-- mark -->")

    assert (found.number, found.title, found.is_open, found.labels) == (made.number, "Not stale", False, {"report"})
    assert world.forge().find_issue(REPO, marker="<!-- other -->") is None


def test_comments_below_an_issue_are_written_edited_and_taken_away(world):
    forge = world.forge()
    made = forge.open_issue(REPO, title="Stale", body="<!-- mark -->\nNone.", labels=[])
    first = forge.write_issue_comment(REPO, made.number, "<!-- one -->\nFirst.")
    second = forge.write_issue_comment(REPO, made.number, "<!-- two -->\nSecond.")
    forge.edit_issue_comment(REPO, made.number, first, body="<!-- one -->\nAnother.")
    seen = world.forge().issue_comments(REPO, made.number)
    forge.delete_issue_comment(REPO, made.number, second)
    forge.delete_issue_comment(REPO, made.number, second)

    assert [one.body.rstrip() for one in seen] == ["<!-- one -->\nAnother.", "<!-- two -->\nSecond."]
    assert [one.url for one in seen] == [first.url, second.url]
    assert [one.id for one in world.forge().issue_comments(REPO, made.number)] == [first.id]
    assert world.forge().find_issue(REPO, marker="<!-- mark -->").number == made.number


def test_issues_stand_beneath_issues(world):
    forge = world.forge()
    parent = forge.open_issue(REPO, title="All", body="<!-- all -->", labels=[])
    other = forge.open_issue(REPO, title="Another", body="It quotes <!-- team @a -->", labels=[])
    child = forge.open_issue(REPO, title="One", body="<!-- team @a -->\nOne.", labels=[])
    before = list(forge.sub_issues(REPO, parent.number))
    forge.add_sub_issue(REPO, parent.number, child)
    forge.add_sub_issue(REPO, parent.number, child)
    forge.add_sub_issue(REPO, other.number, child)
    forge.edit_issue(REPO, child.number, title="One", body="<!-- team @a -->\nNothing.", is_open=False)

    assert before == []
    assert list(world.forge().sub_issues(REPO, parent.number)) == [child.number]
    assert list(world.forge().sub_issues(REPO, other.number)) == []
    assert [(one.number, one.is_open) for one in world.forge().find_issues(REPO, marker_begins="<!-- team ")] == [(child.number, False)]


def test_what_a_forge_cannot_have_is_a_value(world):
    pull = world.forge().write(proposal(world), replacing=None)

    assert set(world.forge().auto_merge_of([pull])) == {pull.url}
    assert set(world.forge().checks([pull])) == ({pull.url} if isinstance(world.forge(), GitHubForge) else set())


def test_a_build_that_can_not_be_started_is_an_error_with_words(world):
    order = BuildOrder(repo=REPO, trigger=Trigger.WORKFLOW, name="none.yml", ref="main")

    with pytest.raises(ForgeError, match=r"builds nothing|404"):
        world.forge().start_build(order)
    assert world.forge().build(REPO, 1) is None
