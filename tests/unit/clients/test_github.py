"""The real client against a real server: the sandbox's GitHub."""

import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from bot.clients.git import GitAccess, GitCache
from bot.clients.github import UNPACED, AppKey, GitHubForge, Token
from bot.model.edit import FileChange
from bot.model.forge import ForgeError, StaleHeadError
from bot.model.pull_request import Proposal, PullRequestState
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import (
    CutShort,
    DroppedConnection,
    Faults,
    LostAnswer,
    SecondaryRateLimit,
    ServerError,
    StrangeAnswer,
    TooManyRequests,
)
from bot.sandbox.github.git_store import Change, Person, Signature
from bot.sandbox.github.sandbox import BOT_LOGIN, BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server

BRANCH = "rebuild-bot/shop/python"
OLD, NEW, NEWER = b"FROM python:3.12.4\n", b"FROM python:3.12.5\n", b"FROM python:3.12.6\n"


@dataclass
class Bench:
    sandbox: GitHubSandbox
    faults: Faults
    url: str
    forge: GitHubForge

    def head(self, branch: str = "main") -> str:
        return self.sandbox.repo("acme/shop").store.head(branch)

    def content(self, ref: str = BRANCH, path: str = "Dockerfile") -> bytes | None:
        return self.sandbox.read_file("acme/shop", path, ref=ref)

    def proposal(self, new: bytes = NEW, *, old: bytes = OLD, path: str = "Dockerfile", title: str = "Update python") -> Proposal:
        return Proposal(
            repo="acme/shop",
            base="main",
            base_head=self.head(),
            branch=BRANCH,
            title=title,
            body="body",
            commit_message=f"{title}\n\nDockerfile:1\n",
            changes=(FileChange(path=PurePosixPath(path), old=old, new=new),),
            updates=(),
            labels=("rebuild-bot", "base image"),
            reviewers=("@reviewer", "@acme/web"),
        )

    def pull_requests(self, prefix: str = "rebuild-bot/"):
        """Those of acme/shop, in any state."""
        return self.forge.pull_requests([self.forge.repo("acme/shop")], branch_prefix=prefix)["acme/shop"]

    def propose(self, new: bytes = NEW):
        proposal = self.proposal(new)
        pull = self.forge.write(proposal, replacing=None)
        assert self.forge.put_labels([(pull, proposal.labels)]) == []
        return pull


@pytest.fixture
def bench(tmp_path):
    sandbox = GitHubSandbox(tmp_path / "github", clock=Clock())
    sandbox.organization("acme", teams=["web"])
    sandbox.user("reviewer")
    sandbox.create_repo("acme", "shop", {"Dockerfile": OLD, "deploy/a.yaml": "a: 1\n"}, topics=["web", "bau"])
    faults = Faults(sandbox.app)
    with Server(faults) as server:
        forge = GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)
        yield Bench(sandbox, faults, server.url, forge)
        forge.close()


def test_the_survey_tells_of_every_repo(bench):
    bench.sandbox.create_repo("acme", "empty", {})
    bench.sandbox.create_repo("acme", "old", {"a": "b"}, is_archived=True)
    bench.sandbox.add_release("acme/shop", "v1")

    empty, old, shop = bench.forge.survey("acme")

    assert (empty.full_name, empty.head, empty.default_branch) == ("acme/empty", "", "")
    assert old.is_archived
    assert (shop.full_name, shop.default_branch, shop.head) == ("acme/shop", "main", bench.head())
    assert shop.clone_url == f"{bench.url}/acme/shop.git"
    assert set(shop.topics) == {"bau", "web"}
    assert shop.last_release_at == bench.sandbox.clock()
    assert bench.forge.repo("acme/shop") == shop


def test_many_repos_are_surveyed_by_pages_of_a_hundred(bench):
    for number in range(120):
        bench.sandbox.create_repo("acme", f"repo-{number:03}", {})
    bench.faults.forget()

    repos = list(bench.forge.survey("acme"))

    assert len(repos) == 121
    assert bench.faults.count() == 2


def test_identity_is_asked_for_once(bench):
    assert bench.forge.identity() == bench.forge.identity() == {BOT_LOGIN}
    assert bench.faults.count() == 1


def test_a_proposal_becomes_one_commit_and_a_labelled_pull_request(bench):
    pull = bench.propose()

    assert (pull.title, pull.body, pull.branch, pull.base, pull.state) == ("Update python", "body", BRANCH, "main", PullRequestState.OPEN)
    assert pull.head == bench.head(BRANCH)
    assert bench.content() == NEW
    assert bench.content("main") == OLD
    state = bench.forge.branch("acme/shop", BRANCH, base="main")
    assert (state.head, state.authors) == (pull.head, {BOT_LOGIN})
    (listed,) = bench.pull_requests()
    assert listed.authors == {BOT_LOGIN}
    assert not listed.has_conflict
    assert (listed.number, listed.head, listed.title) == (pull.number, pull.head, pull.title)
    assert listed.labels == listed.labels_ever == {"rebuild-bot", "base image"}


def test_a_new_pull_request_is_one_read_and_one_write_and_labels_are_one_for_many(bench):
    pulls = []
    for path in ("a", "b", "c"):
        bench.sandbox.commit_files("acme/shop", {path: OLD}, message=path)
        bench.faults.forget()
        proposal = replace(bench.proposal(path=path), branch=f"rebuild-bot/{path}")
        pulls.append((bench.forge.write(proposal, replacing=None), proposal.labels))
        assert (bench.faults.count(), bench.faults.writes) == (2, 1)
    bench.faults.forget()

    assert bench.forge.put_labels(pulls) == []
    assert bench.faults.writes_to("POST /api/graphql") == 1
    assert bench.faults.writes_to("POST /api/v3/repos/acme/shop/labels") == 2, "each is made once"
    bench.faults.forget()
    assert bench.forge.put_labels(pulls) == []
    assert bench.faults.count() == 1


def test_the_same_again_writes_nothing(bench):
    pull = bench.propose()
    bench.faults.forget()

    again = bench.forge.write(bench.proposal(), replacing=pull.head)

    assert (again.number, again.head, bench.faults.writes) == (pull.number, pull.head, 0)


def test_a_new_commit_replaces_the_old_one_and_the_pull_request_stays_open(bench):
    pull = bench.propose()
    bench.sandbox.commit_files("acme/shop", {"README": "new"}, message="Elsewhere")

    bench.faults.forget()
    changed = bench.forge.write(bench.proposal(NEWER, title="Update more"), replacing=pull.head)
    assert (bench.faults.count(), bench.faults.writes) == (3, 2)

    (after,) = bench.pull_requests(BRANCH)
    assert (after.number, after.state, after.head) == (pull.number, PullRequestState.OPEN, changed.head)
    assert (after.title, changed.title) == ("Update more", "Update more")
    assert bench.content() == NEWER
    assert list(bench.sandbox.repo("acme/shop").store.commit(changed.head).parents) == [bench.head()]
    assert sorted(bench.sandbox.repo("acme/shop").store.branches()) == ["main", BRANCH]


def test_a_scratch_branch_that_a_crash_left_behind_does_no_harm(bench):
    pull = bench.propose()
    bench.sandbox.commit_files("acme/shop", {"x": "y"}, message="Left", branch=f"{BRANCH}.next")

    bench.forge.write(bench.proposal(NEWER), replacing=pull.head)

    assert bench.content() == NEWER
    assert bench.content(path="x") is None
    assert sorted(bench.sandbox.repo("acme/shop").store.branches()) == ["main", BRANCH]


@pytest.mark.parametrize("is_known", [pytest.param(True, id="a pull request"), pytest.param(False, id="a branch that nobody saw")])
def test_a_branch_that_somebody_moved_meanwhile_is_left_alone(bench, is_known):
    seen = bench.propose().head if is_known else None
    theirs = bench.sandbox.commit_files("acme/shop", {"mine": "x"}, message="Mine", branch=BRANCH, author="reviewer")
    bench.faults.forget()

    with pytest.raises(StaleHeadError, match="somebody moved the branch"):
        bench.forge.write(bench.proposal(NEWER), replacing=seen)

    assert (bench.head(BRANCH), bench.faults.writes) == (theirs, 0)


def test_a_branch_that_was_made_and_got_no_commit_is_gone_on_with(bench):
    bench.sandbox.repo("acme/shop").store.update_ref(f"refs/heads/{BRANCH}", bench.head())

    bench.propose()

    assert bench.content() == NEW


def test_a_file_that_is_not_what_was_read_stops_the_commit(bench):
    with pytest.raises(StaleHeadError, match=r"Dockerfile at .* is not what was read"):
        bench.forge.write(bench.proposal(old=b"FROM debian\n"), replacing=None)
    assert bench.head(BRANCH) is None


def test_an_executable_file_stays_executable(bench):
    store = bench.sandbox.repo("acme/shop").store
    anna = Person(name="Anna", email="anna@example.org", at=bench.sandbox.clock())
    change = Change(path="run.sh", content=OLD, mode="100755")
    commit = store.commit_changes("main", [change], Signature(message="run", author=anna, committer=anna), parent=bench.head())

    assert commit == bench.head()
    for new in (NEW, NEWER):
        pull = bench.forge.write(bench.proposal(new, path="run.sh"), replacing=bench.head(BRANCH))

        assert pull.head == bench.head(BRANCH)
        assert store.entry(pull.head, "run.sh").mode == "100755"
        assert bench.content(path="run.sh") == new


def test_an_open_pull_request_is_found_instead_of_opened_twice(bench):
    pull = bench.propose()

    again = bench.forge.write(bench.proposal(title="Said otherwise"), replacing=None)

    assert (again.number, again.title) == (pull.number, "Said otherwise")


@pytest.mark.parametrize(
    ("reviewers", "refused", "asked"),
    [
        pytest.param(["@reviewer", "@acme/web"], (), ["reviewer", "web"], id="all can be asked"),
        pytest.param(["@reviewer", "@nobody"], ("@nobody",), ["reviewer"], id="one of them does not exist"),
        pytest.param(["@nobody", "@acme/none", "@acme/web"], ("@nobody", "@acme/none"), ["web"], id="one of them exists"),
        pytest.param(["@nobody"], ("@nobody",), [], id="nobody can be asked"),
        pytest.param([f"@{BOT_LOGIN}", "@reviewer"], (f"@{BOT_LOGIN}",), ["reviewer"], id="the author"),
    ],
)
def test_who_can_be_asked_for_a_review_is_asked_and_the_others_are_told(bench, reviewers, refused, asked):
    pull = bench.propose()

    assert bench.forge.request_reviews(pull, reviewers) == refused

    there = bench.sandbox.issue("acme/shop", pull.number).pull
    assert [who.login for who in there.reviewers] + [team.slug for team in there.team_reviewers] == asked


@pytest.mark.parametrize(
    ("people", "refused", "there"),
    [
        pytest.param(["@reviewer", "ana"], (), ["reviewer", "ana"], id="all can be assigned"),
        pytest.param(["@reviewer", "nobody"], ("nobody",), ["reviewer"], id="one of them does not exist"),
        pytest.param(["reader"], ("reader",), [], id="who may only read"),
    ],
)
def test_who_can_be_assigned_is_assigned_and_the_others_are_told(bench, people, refused, there):
    pull = bench.propose()
    bench.sandbox.user("ana")
    bench.sandbox.user("reader")
    bench.sandbox.set_permission("acme/shop", "reader", "read")

    assert bench.forge.assign(pull, people) == refused
    assert bench.forge.assign(pull, people) == refused
    assert [who.login for who in bench.sandbox.issue("acme/shop", pull.number).assignees] == there


def test_a_pull_request_goes_into_a_milestone_that_is_there_and_none_is_made(bench):
    pull = bench.propose()
    bench.sandbox.add_milestone("acme/shop", "Last year", is_open=False)
    bench.sandbox.add_milestone("acme/shop", "Base images")

    assert bench.forge.put_in_milestone(pull, "Base images")
    assert not bench.forge.put_in_milestone(pull, "Last year")
    assert not bench.forge.put_in_milestone(pull, "base images")
    assert bench.sandbox.issue("acme/shop", pull.number).milestone.title == "Base images"
    assert len(bench.sandbox.repo("acme/shop").milestones) == 2


def test_labels_that_can_not_be_put_on_are_a_failure_of_that_pull_request_alone(bench):
    pull = bench.propose()
    gone = replace(pull, number=99, node_id="PR_gone")

    (failure,) = bench.forge.put_labels([(gone, ["more"]), (pull, ["more"])])

    assert failure.where == "acme/shop#99"
    assert failure.what.startswith("its labels are missing, the next run puts them on: GitHub said 404")
    (after,) = bench.pull_requests(BRANCH)
    assert after.labels == {"rebuild-bot", "base image", "more"}


def test_labels_that_people_took_away_are_remembered(bench):
    pull = bench.propose()
    issue = bench.sandbox.issue("acme/shop", pull.number)
    issue.labels.clear()

    (after,) = bench.pull_requests(BRANCH)

    assert (after.labels, after.labels_ever) == (frozenset(), {"rebuild-bot", "base image"})


def test_a_text_is_edited_by_one_request(bench):
    pull = bench.propose()
    bench.faults.forget()

    bench.forge.edit_text(pull, title="Other", body="text")
    assert (bench.faults.count(), bench.faults.writes) == (1, 1)

    (after,) = bench.pull_requests(BRANCH)
    assert (after.title, after.body, after.head) == ("Other", "text", pull.head)


def test_closing_says_why_and_removes_the_branch_and_may_be_done_twice(bench):
    pull = bench.propose()

    bench.faults.forget()
    bench.forge.close_pull_request(pull, comment="Nobody needs it any more.")
    assert (bench.faults.count(), bench.faults.writes) == (2, 1)
    bench.forge.close_pull_request(pull, comment="Nobody needs it any more.")
    assert (bench.faults.count(), bench.faults.writes) == (3, 1)

    (after,) = bench.pull_requests(BRANCH)
    assert after.state is PullRequestState.CLOSED
    assert bench.head(BRANCH) is None
    assert [comment.body for comment in bench.sandbox.issue("acme/shop", pull.number).comments] == ["Nobody needs it any more."]


def test_what_became_of_a_pull_request_is_told(bench):
    pull = bench.propose()
    bench.sandbox.clock.advance(timedelta(days=2))
    merged = bench.sandbox.merge_pull_request("acme/shop", pull.number, by="reviewer")

    (after,) = bench.pull_requests()

    assert after.state is PullRequestState.MERGED
    assert (after.merge_commit, after.merged_at) == (merged, bench.sandbox.clock())


def test_a_conflict_and_the_commits_of_others_are_seen_from_outside(bench):
    bench.propose()
    bench.sandbox.commit_files("acme/shop", {"Dockerfile": "FROM debian\n"}, message="Conflict")
    bench.sandbox.commit_files("acme/shop", {"more": "x"}, message="Mine", branch=BRANCH, author="reviewer")

    (pull,) = bench.pull_requests(BRANCH)

    assert pull.has_conflict
    assert pull.authors == {BOT_LOGIN, "reviewer"}
    assert bench.forge.branch("acme/shop", BRANCH, base="main").authors == {BOT_LOGIN, "reviewer"}


def test_of_the_merged_only_the_newest_are_told_and_of_the_others_all(bench, monkeypatch):
    monkeypatch.setattr("bot.clients.github.pull_requests._MAX_MERGED", 1)
    monkeypatch.setattr("bot.clients.github.pull_requests._BODIES_PAGE", 2)
    numbers = []
    for value, then in ((b"1", "close"), (b"2", "merge"), (b"3", "merge"), (b"4", "close"), (b"5", "keep")):
        proposal = bench.proposal(value, old=bench.content("main"))
        numbers.append(bench.forge.write(proposal, replacing=bench.head(BRANCH)).number)
        if then == "merge":
            bench.sandbox.merge_pull_request("acme/shop", numbers[-1], by="reviewer")
        elif then == "close":
            bench.sandbox.close_issue("acme/shop", numbers[-1], by="reviewer")

    told = bench.pull_requests()

    assert [pull.number for pull in told] == [numbers[4], numbers[3], numbers[2], numbers[0]]


def test_pull_requests_of_others_are_not_the_bots(bench):
    bench.sandbox.commit_files("acme/shop", {"x": "y"}, message="m", branch="feature")
    person = GitHubForge(f"{bench.url}/api/v3", credential=Token(text=Secret(bench.sandbox.add_token("p", "reviewer"))), pace=UNPACED)
    proposal = bench.proposal()
    person.write(replace(proposal, branch="feature"), replacing=bench.head("feature"))
    person.close()

    assert bench.pull_requests() == ()


def test_a_missing_branch_is_none(bench):
    assert bench.forge.branch("acme/shop", "nothing", base="main") is None


def test_an_issue_is_opened_found_by_its_marker_and_edited(bench):
    opened = bench.forge.open_issue("acme/shop", title="Stale", body="<!-- weekly -->\n1 app", labels=["report"])
    assert bench.forge.find_issue("acme/shop", marker="<!-- weekly -->") == opened
    assert bench.forge.find_issue("acme/shop", marker="<!-- other -->") is None

    bench.forge.edit_issue("acme/shop", opened.number, title="Stale", body="<!-- weekly -->\nnone", is_open=False)
    closed = bench.forge.find_issue("acme/shop", marker="<!-- weekly -->")
    assert (closed.number, closed.is_open, closed.labels) == (opened.number, False, {"report"})


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        pytest.param(ServerError(), 2, id="bad gateway"),
        pytest.param(SecondaryRateLimit(retry_after=timedelta()), 1, id="secondary limit"),
        pytest.param(TooManyRequests(retry_after=timedelta()), 1, id="too many requests"),
        pytest.param(LostAnswer(), 1, id="lost answer"),
    ],
)
def test_a_passing_fault_is_retried(bench, fault, times):
    bench.faults.switch_on("* *", fault, times=times)

    assert bench.forge.repo("acme/shop").full_name == "acme/shop"


@pytest.mark.parametrize(
    "after", [pytest.param(0, id="of the read"), pytest.param(1, id="of the write"), pytest.param(2, id="of the labels")]
)
def test_an_answer_that_got_lost_leads_to_one_pull_request(bench, after):
    bench.faults.switch_on("POST /api/graphql", LostAnswer(), times=1, after=after)

    try:
        bench.propose()
    except ForgeError:
        bench.propose()

    assert len(bench.pull_requests(BRANCH)) == 1
    assert bench.content() == NEW


@pytest.mark.parametrize(
    ("call", "says", "is_temporary"),
    [
        pytest.param(lambda forge: forge.repo("acme/none"), "acme/none.*Check the name", False, id="no repo"),
        pytest.param(lambda forge: list(forge.survey("nobody")), "nobody.*Check the name", False, id="no owner"),
        pytest.param(
            lambda forge: forge.edit_issue("acme/shop", 99, title="x", body="", is_open=True), "acme/shop#99", False, id="no issue by REST"
        ),
    ],
)
def test_a_refusal_says_what_where_and_the_remedy(bench, call, says, is_temporary):
    with pytest.raises(ForgeError, match=says) as caught:
        call(bench.forge)

    assert caught.value.is_temporary is is_temporary


def test_a_server_that_stays_broken_is_a_passing_failure(bench):
    bench.faults.switch_on("* *", ServerError())

    with pytest.raises(ForgeError, match="acme/shop: ") as caught:
        bench.forge.repo("acme/shop")

    assert caught.value.is_temporary


def test_a_wrong_token_is_refused_and_never_shown(bench):
    forge = GitHubForge(f"{bench.url}/api/v3", credential=Token(text=Secret("s3cret-token")), pace=UNPACED)

    with pytest.raises(ForgeError, match="Give a token that is valid") as caught:
        forge.repo("acme/shop")

    forge.close()
    assert "s3cret" not in str(caught.value)


def test_an_app_acts_by_its_installation_and_git_gets_its_token(bench, tmp_path):
    key = bench.sandbox.add_app(7, slug="keeper", installed_for=["acme"])
    forge = GitHubForge(f"{bench.url}/api/v3", credential=AppKey(app_id="7", private_key=Secret(key), owner="acme"), pace=UNPACED)

    assert forge.identity() == {"keeper[bot]"}
    repo = forge.repo("acme/shop")
    cache = GitCache(tmp_path / "cache", access=GitAccess(prefix=forge.git_prefix, token=forge.git_token))
    tree = cache.tree(repo, lambda path: path.name == "Dockerfile")
    forge.close()

    assert tree.read(PurePosixPath("Dockerfile")) == OLD.decode()
    kept = subprocess.run(
        ["git", "config", "--list", "--local"], cwd=tmp_path / "cache/acme/shop.git", capture_output=True, check=True
    ).stdout
    assert b"authorization" not in kept.lower()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(ServerError(), id="server error"),
        pytest.param(ServerError(status=429), id="asked too much"),
        pytest.param(DroppedConnection(), id="dropped connection"),
        pytest.param(LostAnswer(), id="lost answer"),
        pytest.param(CutShort(), id="cut short"),
        pytest.param(StrangeAnswer(), id="a proxy's page"),
    ],
)
def test_a_fetch_that_breaks_off_is_tried_again(bench, tmp_path, fault):
    waits: list[float] = []
    repo = bench.forge.repo("acme/shop")
    clones = GitCache(tmp_path / "cache", sleep=waits.append)
    bench.faults.switch_on("* *.git/*", fault, times=2)

    assert clones.tree(repo, lambda _: True).read(PurePosixPath("Dockerfile")) == OLD.decode()
    assert waits[0] == 2


def test_a_fetch_that_breaks_off_each_time_is_told_with_a_remedy(bench, tmp_path):
    waits: list[float] = []
    repo = bench.forge.repo("acme/shop")
    bench.faults.switch_on("* *.git/*", ServerError(status=500))

    with pytest.raises(ForgeError, match=r"returned error: 500.*Check the network and the server's state, or run again later"):
        GitCache(tmp_path / "cache", sleep=waits.append).tree(repo, lambda _: True)
    assert bench.faults.count("* *.git/*") == 3
    assert waits == [2, 4]


def test_a_private_repo_is_fetched_with_the_token_alone(bench, tmp_path):
    bench.sandbox.create_repo("acme", "private", {"Dockerfile": OLD}, is_private=True)
    repo = bench.forge.repo("acme/private")
    access = GitAccess(prefix=bench.forge.git_prefix, token=bench.forge.git_token)

    assert GitCache(tmp_path / "a", access=access).tree(repo, lambda _: True).read(PurePosixPath("Dockerfile")) == OLD.decode()
    with pytest.raises(ForgeError, match=r"acme/private: git fetch failed.*Check that the token may read the repo"):
        GitCache(tmp_path / "b", sleep=pytest.fail).tree(repo, lambda _: True)
