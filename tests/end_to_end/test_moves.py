"""What people do to repos and pull requests between two runs, or during one; with every write counted."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bot.model.pull_request import Outcome
from bot.model.run import RunSummary
from bot.sandbox.github.git_store import GitStore
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.github.state import Label
from bot.sandbox.registry import Access
from tests.end_to_end.boundaries import Boundaries, Boundary
from tests.end_to_end.conftest import Acme, organisation, outcomes, run

SHOP, DESK = "acme/shop", "acme/desk"
BRANCH = "rebuild-bot/shop/python"
TITLE = "Update python to 3.12.5"


@pytest.fixture
def fronted(tmp_path) -> Iterator[tuple[Acme, Boundaries]]:
    fronts: list[Boundaries] = []

    def front(app):
        fronts.append(Boundaries(app=app))
        return fronts[0]

    with organisation(tmp_path, front=front) as acme:
        acme.registry.gate.access = Access.OPEN
        for tag in ("3.12.4", "3.12.5"):
            acme.release(tag)
        acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})
        yield acme, fronts[0]


@pytest.fixture
def shop(fronted: tuple[Acme, Boundaries]) -> Acme:
    """One repo, and a night in which its image was asked for."""
    acme, _ = fronted
    assert outcomes(night(acme)) == [(SHOP, Outcome.OPENED)]
    return acme


def night(acme: Acme) -> RunSummary:
    acme.github.clock.advance(timedelta(days=1))
    return run(acme)


def pulls(acme: Acme, name: str = SHOP) -> list[tuple[int, bool, str, str, str]]:
    """Number, is open, from, to, title."""
    return [(issue.number, issue.is_open, pull.head, pull.base, issue.title) for issue, pull in acme.github.repo(name).pulls]


def changed(acme: Acme, branch: str = BRANCH, *, name: str = SHOP) -> tuple[int, list[str]]:
    """How many commits a branch is ahead of the default one, and which files it changes."""
    repo = acme.github.repo(name)
    base, head = repo.store.head(repo.default_branch), repo.store.head(branch)
    before, after = (files(repo.store, commit) for commit in (base, head))
    return repo.store.count(head, without=base), sorted({path for path, _ in before ^ after})


def files(store: GitStore, commit: str) -> set[tuple[str, str]]:
    return {(entry.path, entry.sha) for entry in store.tree(commit, is_recursive=True) if entry.kind == "blob"}


def assert_quiet(acme: Acme, outcome: Outcome = Outcome.UNCHANGED, name: str = SHOP) -> None:
    for _ in range(2):
        summary = night(acme)
        assert outcomes(summary) == [(name, outcome)]
        assert (acme.faults.writes, summary.failures) == (0, ())


def test_a_file_that_was_renamed_is_followed(shop):
    shop.github.commit_files(SHOP, {"Dockerfile": None, "docker/Dockerfile": "FROM python:3.12.4\n"}, message="Moved")

    assert outcomes(night(shop)) == [(SHOP, Outcome.UPDATED)]

    assert shop.faults.writes == 2
    assert pulls(shop) == [(1, True, BRANCH, "main", TITLE)]
    assert changed(shop) == (1, ["docker/Dockerfile"])
    assert_quiet(shop)


def test_a_base_that_has_it_by_now_ends_the_pull_request(shop):
    shop.github.commit_files(SHOP, {"Dockerfile": "FROM python:3.12.5\n"}, message="By hand")

    summary = night(shop)

    assert (outcomes(summary), [closed.reason for closed in summary.closed]) == ([], ["`main` has what this asks for by now."])
    assert shop.faults.writes == 1
    assert pulls(shop) == [(1, False, BRANCH, "main", TITLE)]
    assert BRANCH not in shop.github.repo(SHOP).store.branches()
    night(shop)
    assert shop.faults.writes == 0


def test_a_branch_that_was_deleted_by_hand_is_a_no(shop):
    shop.github.delete_branch(SHOP, BRANCH)

    assert_quiet(shop, Outcome.DECLINED)

    shop.release("3.12.6")
    assert outcomes(night(shop)) == [(SHOP, Outcome.OPENED)]
    assert [(number, is_open) for number, is_open, *_ in pulls(shop)] == [(1, False), (2, True)]
    assert_quiet(shop)


def test_the_branch_of_a_closed_pull_request_may_go(shop):
    shop.github.close_issue(SHOP, 1, by="anna")
    night(shop)
    shop.github.delete_branch(SHOP, BRANCH)

    assert_quiet(shop, Outcome.DECLINED)


@pytest.mark.parametrize("is_first", [True, False])
def test_what_comes_from_a_fork_is_not_the_bots_whatever_its_branch_is_called(fronted, is_first):
    acme, _ = fronted

    def fork() -> None:
        acme.github.open_pull_request_from_fork(SHOP, BRANCH, {"x": "y"}, by="mallory", title="Mine", body="Mine, too")

    if is_first:
        fork()
    assert outcomes(night(acme)) == [(SHOP, Outcome.OPENED)]
    if not is_first:
        fork()
    own, theirs = (2, 1) if is_first else (1, 2)
    assert_quiet(acme)
    acme.release("3.12.6")

    assert outcomes(night(acme)) == [(SHOP, Outcome.UPDATED)]
    issue = acme.github.issue(SHOP, theirs)
    assert (issue.title, issue.body, issue.is_open, issue.labels, issue.comments) == ("Mine", "Mine, too", True, [], [])
    assert acme.github.issue(SHOP, own).title == "Update python to 3.12.6"
    assert_quiet(acme)


def test_a_pull_request_that_was_turned_against_another_branch_is_left_alone(shop):
    shop.github.commit_files(SHOP, {"y": "z"}, message="Release", branch="release")
    shop.github.set_base(SHOP, 1, "release")
    assert_quiet(shop, Outcome.EDITED_BY_HUMAN)
    shop.release("3.12.6")

    summary = night(shop)

    assert (outcomes(summary), shop.faults.writes) == ([(SHOP, Outcome.EDITED_BY_HUMAN)], 0)
    assert summary.sent[0].note == "#1 was turned against release; turn it back to main, or close it, to let the bot go on"
    assert pulls(shop) == [(1, True, BRANCH, "release", TITLE)]
    shop.github.set_base(SHOP, 1, "main")
    assert outcomes(night(shop)) == [(SHOP, Outcome.UPDATED)]
    assert pulls(shop) == [(1, True, BRANCH, "main", "Update python to 3.12.6")]
    assert_quiet(shop)


def test_a_pull_request_that_was_turned_against_another_branch_is_not_closed_for_what_the_default_one_has(shop):
    shop.github.commit_files(SHOP, {"y": "z"}, message="Release", branch="release")
    shop.github.set_base(SHOP, 1, "release")
    shop.github.commit_files(SHOP, {"Dockerfile": "FROM python:3.12.5\n"}, message="By hand")

    assert night(shop).closed == ()
    assert (pulls(shop), shop.faults.writes) == ([(1, True, BRANCH, "release", TITLE)], 0)


def test_another_default_branch_takes_its_pull_requests_along(shop):
    shop.github.commit_files(SHOP, {"y": "z"}, message="Trunk", branch="trunk")
    shop.github.set_default_branch(SHOP, "trunk")

    summary = night(shop)

    assert (outcomes(summary), summary.sent[0].note) == ([(SHOP, Outcome.UPDATED)], "the default branch is another one now")
    assert shop.faults.writes == 2
    assert pulls(shop) == [(1, True, BRANCH, "trunk", TITLE)]
    assert changed(shop) == (1, ["Dockerfile"])
    assert_quiet(shop)


def test_a_default_branch_that_was_renamed_changes_nothing(shop):
    shop.github.rename_branch(SHOP, "main", "trunk")

    assert_quiet(shop)
    assert pulls(shop) == [(1, True, BRANCH, "trunk", TITLE)]


def test_a_repo_that_was_renamed_keeps_its_pull_request(shop):
    shop.github.rename_repo(SHOP, "acme/store")

    assert_quiet(shop, name="acme/store")

    shop.release("3.12.6")
    assert outcomes(night(shop)) == [("acme/store", Outcome.UPDATED)]
    assert pulls(shop, "acme/store") == [(1, True, BRANCH, "main", "Update python to 3.12.6")]
    assert_quiet(shop, name="acme/store")
    shop.github.commit_files("acme/store", {"Dockerfile": "FROM python:3.12.6\n"}, message="By hand")
    night(shop)
    assert pulls(shop, "acme/store") == [(1, False, BRANCH, "main", "Update python to 3.12.6")]


def test_a_repo_that_was_renamed_has_still_declined(shop):
    shop.github.close_issue(SHOP, 1, by="anna")
    shop.github.rename_repo(SHOP, "acme/store")

    assert_quiet(shop, Outcome.DECLINED, name="acme/store")


def test_a_repo_that_is_renamed_meanwhile_is_told_and_gets_its_pull_request_the_next_night(fronted):
    acme, front = fronted
    when_it_writes(front, lambda: acme.github.rename_repo(SHOP, "acme/store"))

    first = night(acme)

    assert [failure.where for failure in first.failures] == [SHOP]
    assert outcomes(night(acme)) == [("acme/store", Outcome.OPENED)]
    assert [(number, is_open) for number, is_open, *_ in pulls(acme, "acme/store")] == [(1, True)]
    assert_quiet(acme, name="acme/store")


def test_title_and_text_of_people_stay(shop):
    issue = shop.github.issue(SHOP, 1)
    issue.title, issue.body = f"fix: {TITLE}", f"{issue.body}\nAnna: on Monday."
    issue.updated_at = shop.github.clock.advance(timedelta(hours=1))

    assert_quiet(shop)


def when_it_writes(front: Boundaries, do: Callable[[], object]) -> None:
    """Somebody does it after the survey, before the first write."""

    async def reached() -> bool:
        do()
        return True

    front.begin(Boundary(request=0), reached)


def with_desk(acme: Acme) -> None:
    acme.github.create_repo("acme", "desk", {"Dockerfile": "FROM python:3.12.4\n"})


def test_a_repo_that_is_archived_meanwhile_stops_no_other(fronted):
    acme, front = fronted
    with_desk(acme)
    when_it_writes(front, lambda: acme.github.archive(DESK))

    summary = night(acme)

    assert outcomes(summary) == [(DESK, Outcome.FAILED), (SHOP, Outcome.OPENED)]
    assert [failure.where for failure in summary.failures] == [DESK]
    assert summary.sent[0].note.endswith("Repository was archived so is read-only. Nothing is to be done: the next run passes it over.")
    assert pulls(acme, DESK) == []
    assert_quiet(acme)


def test_a_repo_that_is_archived_before_the_labels_come_is_told_and_left(fronted):
    acme, front = fronted
    acme.config.write_text(acme.config.read_text().replace("owners: [acme]", "owners: [acme], labels: [bot]"), encoding="utf-8")

    async def reached() -> bool:
        acme.github.archive(SHOP)
        return True

    front.begin(Boundary(request=1), reached)

    summary = night(acme)

    assert (outcomes(summary), [failure.where for failure in summary.failures]) == ([(SHOP, Outcome.OPENED)], [f"{SHOP}#1"])
    assert night(acme).failures == ()


def test_a_label_that_another_run_makes_meanwhile_is_put_on(fronted):
    acme, front = fronted

    async def reached() -> bool:
        acme.github.repo(SHOP).labels["rebuild-bot"] = Label(id=900, name="rebuild-bot", color="ededed", description=None)
        return True

    front.begin(Boundary(request=1), reached)

    assert night(acme).failures == ()
    assert [label.name for label in acme.github.issue(SHOP, 1).labels] == ["rebuild-bot"]


def test_a_pull_request_that_another_run_closes_meanwhile_says_why_once(fronted):
    acme, front = fronted
    night(acme)
    acme.github.commit_files(SHOP, {"Dockerfile": "FROM python:3.12.5\n"}, message="By hand")
    reason = "`main` has what this asks for by now."

    def other() -> None:
        acme.github.comment(SHOP, 1, reason, by=acme.github.world.tokens[BOT_TOKEN].account.login)
        acme.github.close_issue(SHOP, 1, by=acme.github.world.tokens[BOT_TOKEN].account.login)
        acme.github.delete_branch(SHOP, BRANCH)

    when_it_writes(front, other)
    night(acme)

    assert [comment.body for comment in acme.github.issue(SHOP, 1).comments] == [reason]
    assert night(acme).failures == ()


def test_a_repo_that_the_bot_may_only_read_stops_no_other(fronted):
    acme, _ = fronted
    with_desk(acme)
    acme.github.world.tokens[BOT_TOKEN].may_not_change.add(DESK)

    summary = night(acme)

    assert outcomes(summary) == [(DESK, Outcome.FAILED), (SHOP, Outcome.OPENED)]
    assert acme.faults.writes == 4, "one that is refused; a pull request, its label and that label put on"
    assert summary.sent[0].note.endswith("Give the token the permissions that the README lists.")
    assert pulls(acme, DESK) == []


def test_branches_that_nobody_may_make_are_told_with_the_remedy(fronted):
    acme, _ = fronted
    with_desk(acme)
    acme.github.repo(DESK).kept_from_making = ("rebuild-bot/*",)

    summary = night(acme)

    assert outcomes(summary) == [(DESK, Outcome.FAILED), (SHOP, Outcome.OPENED)]
    assert acme.faults.writes == 4, "one that is refused; a pull request, its label and that label put on"
    assert "creations being restricted" in summary.sent[0].note
    assert summary.sent[0].note.endswith("Let the bot bypass that rule, or set github.branch_prefix to what no rule holds.")
    assert pulls(acme, DESK) == []


def test_a_repo_that_goes_to_another_owner_keeps_its_pull_request(shop):
    shop.config.write_text(shop.config.read_text().replace("owners: [acme]", "owners: [acme, other]"), encoding="utf-8")
    shop.github.rename_repo(SHOP, "other/shop")

    assert_quiet(shop, name="other/shop")

    shop.release("3.12.6")
    assert outcomes(night(shop)) == [("other/shop", Outcome.UPDATED)]
    assert pulls(shop, "other/shop") == [(1, True, BRANCH, "main", "Update python to 3.12.6")]
    shop.github.close_issue("other/shop", 1, by="anna")
    assert_quiet(shop, Outcome.DECLINED, name="other/shop")


def test_a_repo_that_goes_to_an_owner_who_is_not_looked_at_is_let_go(shop):
    shop.github.rename_repo(SHOP, "other/shop")

    summary = night(shop)

    assert (summary.sent, summary.closed, summary.failures, shop.faults.writes) == ((), (), (), 0)
    assert pulls(shop, "other/shop") == [(1, True, BRANCH, "main", TITLE)]


def test_a_repo_without_pull_requests_is_told_with_the_remedy_and_pushed_to_once(fronted):
    acme, _ = fronted
    with_desk(acme)
    acme.github.repo(DESK).has_pull_requests = False
    heads = set()

    for outcome in (Outcome.OPENED, Outcome.UNCHANGED):
        summary = night(acme)

        told = {sent.proposal.repo: sent for sent in summary.sent}
        assert {repo: sent.outcome for repo, sent in told.items()} == {DESK: Outcome.FAILED, SHOP: outcome}
        assert told[DESK].note.endswith("Turn them on in the settings of that repo, or leave it out by github.repos.exclude.")
        heads.add(acme.github.repo(DESK).store.head("rebuild-bot/desk/python"))
    # Another push each night would start its CI; the branch is the one that a pull request takes once there may be one.
    assert (len(heads), acme.faults.writes) == (1, 1)
    acme.github.repo(DESK).has_pull_requests = True
    assert dict(outcomes(night(acme))) == {DESK: Outcome.OPENED, SHOP: Outcome.UNCHANGED}


def test_a_pull_request_that_somebody_opens_again_is_asked_for_again(shop):
    shop.github.close_issue(SHOP, 1, by="anna")
    assert_quiet(shop, Outcome.DECLINED)

    shop.github.reopen(SHOP, 1)

    assert_quiet(shop)
    shop.release("3.12.6")
    assert outcomes(night(shop)) == [(SHOP, Outcome.UPDATED)]
    assert pulls(shop) == [(1, True, BRANCH, "main", "Update python to 3.12.6")]


def test_a_pull_request_that_the_bot_closed_and_somebody_opens_again_is_closed_no_second_time_for_the_same(shop):
    shop.github.commit_files(SHOP, {"Dockerfile": "FROM python:3.12.5\n"}, message="By hand")
    head = shop.github.repo(SHOP).store.head(BRANCH)
    night(shop)
    shop.github.restore_branch(SHOP, BRANCH, head)
    shop.github.reopen(SHOP, 1)
    said = len(shop.github.issue(SHOP, 1).comments)

    for _ in range(3):
        night(shop)

    assert len(shop.github.issue(SHOP, 1).comments) == said
    shop.github.commit_files(SHOP, {"Dockerfile": "FROM python:3.12.4\n"}, message="Back")
    night(shop)
    assert [(number, is_open) for number, is_open, *_ in pulls(shop)][-1] == (pulls(shop)[-1][0], True)
    assert sum(is_open for _, is_open, *_ in pulls(shop)) == 1
