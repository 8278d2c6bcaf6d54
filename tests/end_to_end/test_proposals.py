"""A proposal's whole life on the sandbox's GitHub, with every write counted."""

from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

import pytest

from bot.clients.github import UNPACED, GitHubForge, Token
from bot.model.dependency import OCI, Dependency, Release
from bot.model.edit import FileChange
from bot.model.fleet import App
from bot.model.notes import Notes
from bot.model.pin import Pin, Role, Site, SiteKind, Span
from bot.model.pull_request import Outcome, Sent
from bot.model.rules import Rule
from bot.model.secret import Secret
from bot.model.update import Update, UpdateKind
from bot.propose.compose import compose
from bot.propose.naming import BRANCH_PREFIX
from bot.propose.proposer import Proposer
from bot.propose.takers import Takers
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server

REPO = "acme/shop"
DEPENDENCY = Dependency(datasource=OCI, name="docker.io/library/python")
STEPS = "".join(f"# step {number}\n" for number in range(9))
PIN = Pin(
    file=PurePosixPath("Dockerfile"),
    finder="dockerfile",
    dependency=DEPENDENCY,
    name="python",
    scheme="docker",
    value="3.12.4",
    role=Role.FINAL_BASE,
    sites=(Site(kind=SiteKind.TAG, span=Span(12, 18), line=1, text="3.12.4"),),
    line=1,
    column=13,
)


def dockerfile(value: str) -> str:
    return f"{STEPS}FROM python:{value}\n{STEPS}"


class Life:
    """One app on the sandbox, and runs of the bot that each want a version."""

    def __init__(self, sandbox: GitHubSandbox, faults: Faults, forge: GitHubForge) -> None:
        self.sandbox = sandbox
        self.faults = faults
        self.forge = forge

    def run(self, value: str, *, dry_run: bool = False) -> Sent:
        """What a run comes to; only its own writes are counted from here on."""
        repo = self.forge.repo(REPO)
        text = self.sandbox.read_file(REPO, str(PIN.file), ref=repo.head)
        change = FileChange(path=PIN.file, old=text, new=text.replace(b"3.12.4", value.encode()))
        line = text[: text.index(b"FROM")].count(b"\n") + 1
        update = Update(pin=replace(PIN, line=line), release=Release(dependency=DEPENDENCY, value=value), kind=UpdateKind.PATCH)
        draft = compose(
            today=date(2026, 5, 9),
            takers=Takers.of(App(name="shop", repo=REPO)),
            repo=repo,
            updates=[update],
            explain=lambda _update: Notes(),
            changes=[change],
            rule=Rule(labels=("rebuild-bot",)),
            held=(),
        )
        self.faults.forget()
        existing = self.forge.pull_requests([repo], branch_prefix=BRANCH_PREFIX)[REPO]
        proposer = Proposer(self.forge, dry_run=dry_run)
        sent = proposer.send(draft, existing)
        assert proposer.finish() == []
        return sent

    def pull_requests(self):
        return self.forge.pull_requests([self.forge.repo(REPO)], branch_prefix=BRANCH_PREFIX)[REPO]

    def content(self, sent: Sent) -> bytes:
        return self.sandbox.read_file(REPO, "Dockerfile", ref=sent.proposal.branch)


@pytest.fixture
def life(tmp_path):
    sandbox = GitHubSandbox(tmp_path, clock=Clock())
    sandbox.create_repo("acme", "shop", {"Dockerfile": dockerfile("3.12.4")})
    faults = Faults(sandbox.app)
    with Server(faults) as server:
        forge = GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)
        yield Life(sandbox, faults, forge)
        forge.close()


def test_a_second_run_writes_nothing_and_asks_little(life):
    assert life.run("3.12.5").outcome is Outcome.OPENED

    life.forge.identity()
    assert life.run("3.12.5").outcome is Outcome.UNCHANGED
    assert life.faults.writes == 0
    assert life.faults.count() == 1


def test_a_newer_release_updates_the_same_pull_request(life):
    first = life.run("3.12.5")

    second = life.run("3.12.6")

    assert (second.outcome, second.pull_request.number) == (Outcome.UPDATED, first.pull_request.number)
    assert life.content(second) == dockerfile("3.12.6").encode()
    assert life.pull_requests()[0].title == "Update python to 3.12.6"
    assert life.run("3.12.6").outcome is Outcome.UNCHANGED
    assert life.faults.writes == 0


def test_a_base_that_moved_elsewhere_changes_nothing(life):
    life.run("3.12.5")
    life.sandbox.commit_files(REPO, {"Dockerfile": "# new\n" + dockerfile("3.12.4"), "README": "x"}, message="Elsewhere")

    assert life.run("3.12.5").outcome is Outcome.UNCHANGED
    assert life.faults.writes == 0


def test_a_conflict_is_resolved_by_a_new_commit_on_the_base(life):
    life.run("3.12.5")
    life.sandbox.commit_files(REPO, {"Dockerfile": dockerfile("3.12.4").replace("FROM", "FROM --platform=linux/amd64")}, message="Conflict")

    sent = life.run("3.12.5")

    assert sent.outcome is Outcome.UPDATED
    assert b"FROM --platform=linux/amd64 python:3.12.5\n" in life.content(sent)
    assert not life.pull_requests()[0].has_conflict
    assert life.run("3.12.5").outcome is Outcome.UNCHANGED


def test_a_commit_of_somebody_else_takes_the_bots_hands_off(life):
    first = life.run("3.12.5")
    life.sandbox.commit_files(REPO, {"mine": "x"}, message="Mine", branch=first.proposal.branch, author="anna")

    sent = life.run("3.12.6")

    assert (sent.outcome, life.faults.writes) == (Outcome.EDITED_BY_HUMAN, 0)
    assert "anna" in sent.note


def test_a_closed_pull_request_is_a_no_until_something_newer(life):
    first = life.run("3.12.5")
    life.sandbox.close_issue(REPO, first.pull_request.number, by="anna")

    assert life.run("3.12.5").outcome is Outcome.DECLINED
    assert life.faults.writes == 0

    second = life.run("3.12.6")
    assert second.outcome is Outcome.OPENED
    assert second.pull_request.number != first.pull_request.number
    assert life.content(second) == dockerfile("3.12.6").encode()


def test_a_merged_pull_request_makes_way_for_the_next(life):
    first = life.run("3.12.5")
    life.sandbox.merge_pull_request(REPO, first.pull_request.number, by="anna")
    life.sandbox.commit_files(REPO, {"Dockerfile": dockerfile("3.12.4")}, message="Back")

    second = life.run("3.12.6")

    assert second.outcome is Outcome.OPENED
    assert second.pull_request.number != first.pull_request.number


@pytest.mark.parametrize("value", ["3.12.5", "3.12.6"])
def test_a_dry_run_writes_nothing(life, value):
    life.run("3.12.5", dry_run=True)
    assert life.faults.writes == 0
    life.run("3.12.5")

    life.run(value, dry_run=True)
    assert life.faults.writes == 0


def test_a_crash_before_the_labels_is_made_good(life):
    class CrashingForge(GitHubForge):
        def put_labels(self, _wanted):
            raise KeyboardInterrupt

    whole = life.forge
    life.forge = CrashingForge(whole._connection.base_url, credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)
    with pytest.raises(KeyboardInterrupt):
        life.run("3.12.5")
    life.forge.close()
    life.forge = whole

    sent = life.run("3.12.5")

    assert (sent.outcome, sent.note) == (Outcome.UPDATED, "the run that opened it was cut off")
    assert [label.name for label in life.sandbox.issue(REPO, sent.pull_request.number).labels] == ["rebuild-bot"]
    assert life.run("3.12.5").outcome is Outcome.UNCHANGED
    assert life.faults.writes == 0


def test_a_refusal_is_an_outcome_with_a_remedy(life):
    life.sandbox.add_token("reader", "reader", may_write=False)
    whole = life.forge
    life.forge = GitHubForge(whole._connection.base_url, credential=Token(text=Secret("reader")), pace=replace(UNPACED, retries=0))

    sent = life.run("3.12.5")
    life.forge.close()
    life.forge = whole

    assert sent.outcome is Outcome.FAILED
    assert sent.note.startswith(f"{REPO}: the pull request for rebuild-bot/shop/python: GitHub said 403")
    assert sent.note.endswith("Give the token the permissions that the README lists.")
