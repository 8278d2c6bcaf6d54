"""Of repos where nothing happened to a pull request nobody is asked, and the list is the one that GitHub would tell."""

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath

import pytest

from bot.clients.github import UNPACED, GitHubForge, Token
from bot.clients.github.known_pull_requests import KnownPullRequests
from bot.clients.shelf import Shelf
from bot.model.edit import FileChange
from bot.model.forge import StaleHeadError
from bot.model.pull_request import Proposal, PullRequestState
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server

PREFIX = "rebuild-bot/"
BRANCH = f"{PREFIX}shop/python"
OLD, NEW, NEWER = b"FROM python:3.12.4\n", b"FROM python:3.12.5\n", b"FROM python:3.12.6\n"
SHOP = "acme/shop"


@dataclass
class Nights:
    sandbox: GitHubSandbox
    faults: Faults
    url: str
    shelf: Path

    @contextmanager
    def night(self, *, after: timedelta = timedelta(days=1)):
        """A run's forge, a day after what came before; only its own requests are counted."""
        self.sandbox.clock.advance(after)
        with closing(Shelf(self.shelf)) as shelf, closing(self.forge(KnownPullRequests(shelf, now=self.sandbox.clock()))) as forge:
            self.faults.forget()
            yield forge

    def forge(self, known=None):
        return GitHubForge(f"{self.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED, known=known)

    def listed(self, forge):
        return forge.pull_requests(list(forge.survey("acme")), branch_prefix=PREFIX)

    def proposal(self, new: bytes = NEW) -> Proposal:
        return Proposal(
            repo=SHOP,
            base="main",
            base_head=self.sandbox.repo(SHOP).store.head("main"),
            branch=BRANCH,
            title="Update python",
            body="body",
            commit_message="Update python\n",
            changes=(FileChange(path=PurePosixPath("Dockerfile"), old=OLD, new=new),),
            updates=(),
        )


@pytest.fixture
def nights(tmp_path):
    sandbox = GitHubSandbox(tmp_path / "github", clock=Clock())
    sandbox.organization("acme")
    sandbox.user("anna")
    for name in ("shop", "quiet", "empty"):
        sandbox.create_repo("acme", name, {"Dockerfile": OLD})
    faults = Faults(sandbox.app)
    with Server(faults) as server:
        made = Nights(sandbox, faults, server.url, tmp_path / "repos.sqlite3")
        with closing(made.forge()) as forge:
            for name in ("shop", "quiet"):
                head = sandbox.repo(f"acme/{name}").store.head("main")
                forge.write(replace(made.proposal(), repo=f"acme/{name}", base_head=head), replacing=None)
        with made.night() as forge:
            made.listed(forge)
        yield made


def by_rest(nights, change):
    with closing(nights.forge()) as forge:
        change(forge._connection.reader.get_repo(SHOP).get_pull(1))


CHANGES = [
    pytest.param(lambda nights: nights.sandbox.close_issue(SHOP, 1, by="anna"), id="closed"),
    pytest.param(lambda nights: nights.sandbox.merge_pull_request(SHOP, 1, by="anna"), id="merged"),
    pytest.param(
        lambda nights: nights.sandbox.commit_files(SHOP, {"mine": "x"}, message="Mine", branch=BRANCH, author="anna"), id="pushed to"
    ),
    pytest.param(lambda nights: nights.sandbox.commit_files(SHOP, {"Dockerfile": "FROM x\n"}, message="Conflict"), id="in conflict"),
    pytest.param(lambda nights: by_rest(nights, lambda pull: pull.edit(title="Mine", body="Mine.")), id="edited"),
    pytest.param(lambda nights: by_rest(nights, lambda pull: pull.add_to_labels("later")), id="labelled"),
    pytest.param(lambda nights: by_rest(nights, lambda pull: pull.create_issue_comment("Hm")), id="commented on"),
]


def test_nobody_is_asked_where_nothing_happened(nights):
    with nights.night() as forge:
        known = nights.listed(forge)

    assert nights.faults.count() == 1, "the survey"
    with closing(nights.forge()) as forge:
        assert known == nights.listed(forge)
    assert [len(pulls) for pulls in known.values()] == [0, 1, 1]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_happened_to_one_is_seen_the_next_night_at_the_price_of_one_request(nights, change):
    change(nights)
    with nights.night() as forge:
        told = nights.listed(forge)

    assert nights.faults.count() == 2, "the survey, and the one repo"
    with closing(nights.forge()) as forge:
        assert told == nights.listed(forge)
    with nights.night() as forge:
        again = nights.listed(forge)
    assert (nights.faults.count(), again) == (1, told)


@pytest.mark.parametrize("change", CHANGES)
def test_what_happened_in_the_same_second_after_a_look_is_seen(nights, change):
    """GitHub's times are whole seconds: two changes may leave the same one behind."""
    nights.sandbox.close_issue("acme/quiet", 1, by="anna")
    by_rest(nights, lambda pull: pull.edit(title="First"))
    with nights.night(after=timedelta()) as forge:
        nights.listed(forge)
    change(nights)
    with nights.night(after=timedelta(hours=1)) as forge:
        told = nights.listed(forge)

    with closing(nights.forge()) as forge:
        assert told == nights.listed(forge)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda nights, forge, pull: forge.write(nights.proposal(NEWER), replacing=pull.head), id="written"),
        pytest.param(lambda _, forge, pull: forge.edit_text(pull, title="Other", body="Other"), id="edited"),
        pytest.param(lambda _, forge, pull: forge.put_labels([(pull, ["rebuild-bot"])]), id="labelled"),
        pytest.param(lambda _, forge, pull: forge.close_pull_request(pull, comment="Not needed."), id="closed"),
    ],
)
def test_what_the_bot_itself_did_is_known_though_the_survey_lags_behind(nights, write):
    with nights.night() as forge:
        surveyed = list(forge.survey("acme"))
        write(nights, forge, forge.pull_requests(surveyed, branch_prefix=PREFIX)[SHOP][0])

    with nights.night(after=timedelta(minutes=1)) as forge:
        told = forge.pull_requests(surveyed, branch_prefix=PREFIX)
    with closing(nights.forge()) as forge:
        assert told == nights.listed(forge)


def test_a_pull_request_that_a_lagging_survey_hides_is_not_opened_twice(nights):
    """Somebody else's ledger, another machine's cache: the list lacks what is there."""
    nights.sandbox.close_issue(SHOP, 1, by="anna")
    with nights.night() as forge:
        nights.listed(forge)
    with nights.night() as forge:
        surveyed = list(forge.survey("acme"))
    with closing(nights.forge()) as elsewhere:
        opened = elsewhere.write(nights.proposal(NEWER), replacing=nights.sandbox.repo(SHOP).store.head(BRANCH))
    with nights.night() as forge:
        hidden = forge.pull_requests(surveyed, branch_prefix=PREFIX)[SHOP]
        state = forge.branch(SHOP, BRANCH, base="main")
        again = forge.write(nights.proposal(NEWER), replacing=state.head)

    assert [pull.state for pull in hidden] == [PullRequestState.CLOSED]
    assert (again.number, len(nights.sandbox.repo(SHOP).pulls)) == (opened.number, 2)


def test_a_branch_that_somebody_pushed_to_since_the_look_is_not_closed(nights):
    with nights.night() as forge:
        pull = nights.listed(forge)[SHOP][0]
        nights.sandbox.commit_files(SHOP, {"mine": "x"}, message="Mine", branch=BRANCH, author="anna")
        with pytest.raises(StaleHeadError, match="has moved"):
            forge.close_pull_request(pull, comment="Not needed.")

    assert nights.sandbox.issue(SHOP, 1).is_open


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.unlink(), id="lost"),
        pytest.param(lambda path: path.write_bytes(b"x" * 9000), id="broken"),
    ],
)
def test_a_shelf_that_is_lost_is_filled_again(nights, spoil):
    spoil(nights.shelf)
    with nights.night() as forge:
        told = nights.listed(forge)
    assert nights.faults.count() == 2
    with nights.night() as forge:
        assert nights.listed(forge) == told
    assert nights.faults.count() == 1
