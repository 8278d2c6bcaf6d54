"""Comments below pull requests: read many at once, answered, and whose they are."""

from contextlib import closing
from datetime import timedelta

import pytest

from bot.clients.github.comments import HeardPullRequests
from bot.clients.shelf import Shelf
from bot.model.comment import Reaction, Thread
from bot.model.failure import Failure
from bot.model.forge import ForgeError
from bot.sandbox.faults import ServerError
from tests.unit.clients.conftest import PREFIX, SHOP


def pulls(forge):
    return {pull.number: pull for pull in forge.pull_requests([forge.repo(SHOP)], branch_prefix=PREFIX)[SHOP]}


def test_the_list_tells_how_many_comments_there_are(github, forge):
    github.comment(SHOP, 2, "Hm", by="alice")

    assert {number: pull.comments for number, pull in pulls(forge).items()} == {1: 0, 2: 1, 3: 0}


def test_comments_of_many_come_by_one_request_the_last_changed_first(github, faults, forge):
    first = github.comment(SHOP, 1, "First", by="alice")
    github.clock.advance(timedelta(minutes=1))
    github.comment(SHOP, 1, "Second", by="renovate[bot]")
    github.comment(SHOP, 2, "Other", by="bob")
    github.clock.advance(timedelta(minutes=1))
    github.edit_comment(SHOP, 1, first.id, "First, edited")
    wanted = pulls(forge)
    faults.forget()

    found = forge.comments([wanted[1], wanted[2], wanted[3]])

    assert faults.count() == 1
    one = found[wanted[1].url]
    assert isinstance(one, Thread)
    assert [(comment.body, comment.author, comment.is_by_person) for comment in one.comments] == [
        ("First, edited", "alice", True),
        ("Second", "renovate[bot]", False),
    ]
    assert one.comments[0].written_at == github.clock()
    assert found[wanted[3].url] == Thread(comments=())


@pytest.mark.parametrize(
    ("written", "requests"),
    [
        pytest.param(50, 1, id="a page"),
        pytest.param(60, 2, id="more than a page"),
        pytest.param(150, 2, id="two pages"),
        pytest.param(151, 3, id="more than two"),
        pytest.param(560, 6, id="a flood"),
    ],
)
def test_of_very_many_comments_the_newest_are_read_and_it_is_said(github, faults, forge, written, requests):
    for number in range(written):
        github.clock.advance(timedelta(seconds=1))
        github.comment(SHOP, 1, f"No {number}", by="mallory")
    pull = pulls(forge)[1]
    faults.forget()

    thread = forge.comments([pull])[pull.url]

    assert isinstance(thread, Thread)
    assert [comment.body for comment in thread.comments] == [f"No {number}" for number in reversed(range(written))][:550]
    assert (thread.is_cut, faults.count()) == (written > 550, requests)


def test_a_later_page_that_cannot_be_had_is_a_failure_of_that_pull_request_alone(github, faults, forge):
    for _ in range(60):
        github.comment(SHOP, 1, "Hm", by="mallory")
    github.comment(SHOP, 2, "Hm", by="alice")
    wanted = pulls(forge)
    faults.switch_on("POST /api/graphql", ServerError(status=500), after=1)

    found = forge.comments([wanted[1], wanted[2]])

    assert isinstance(found[wanted[1].url], Failure)
    assert found[wanted[2].url] == Thread(comments=found[wanted[2].url].comments)


def test_a_pull_request_that_is_gone_fails_alone(github, forge):
    wanted = pulls(forge)
    github.comment(SHOP, 1, "Hm", by="alice")
    del github.repo(SHOP).issues[2]

    found = forge.comments([wanted[1], wanted[2]])

    assert isinstance(found[wanted[1].url], Thread)
    assert isinstance(found[wanted[2].url], Failure)


def test_what_cannot_be_had_is_a_failure_of_each(faults, forge):
    wanted = pulls(forge)
    faults.switch_on("POST /api/graphql", ServerError(status=500))

    found = forge.comments(list(wanted.values()))

    assert [type(each) for each in found.values()] == [Failure] * 3


@pytest.mark.parametrize(
    ("permission", "may"),
    [("admin", True), ("maintain", True), ("write", True), ("triage", False), ("read", False), ("none", False)],
)
def test_who_may_write_is_asked_once(github, faults, forge, permission, may):
    github.set_permission(SHOP, "alice", permission)
    faults.forget()

    assert [forge.may_write(SHOP, "alice") for _ in range(3)] == [may] * 3
    assert faults.count() == 1


def test_an_account_that_is_none_may_nothing(forge):
    assert not forge.may_write(SHOP, "nobody-of-that-name")
    assert not forge.may_write(SHOP, "../../acme")


def test_a_permission_that_is_not_told_is_no_permission(github, faults, forge):
    github.user("alice")
    faults.switch_on("GET *", ServerError(status=403))

    with pytest.raises(ForgeError):
        forge.may_write(SHOP, "alice")


def test_an_answer_is_a_sign_and_a_comment_by_one_request(github, faults, forge):
    github.comment(SHOP, 1, "Do", by="alice")
    pull = pulls(forge)[1]
    comment = forge.comments([pull])[pull.url].comments[0]
    faults.forget()

    forge.answer(pull, "Done.", to=comment)

    assert faults.count() == faults.writes == 1
    done, answer = forge.comments([pull])[pull.url].comments[::-1]
    assert done.reactions == {Reaction.DONE}
    assert (answer.body, answer.author) == ("Done.", "rebuild-bot[bot]")
    forge.answer(pull, "", to=comment)
    assert len(github.issue(SHOP, 1).comments) == 2
    assert [len(people) for people in github.issue(SHOP, 1).comments[0].reactions.values()] == [1]


def test_what_was_heard_is_known_until_something_changes(github, forge, tmp_path):
    github.comment(SHOP, 1, "Hm", by="alice")
    pull = pulls(forge)[1]
    with closing(Shelf(tmp_path / "shelf.sqlite3")) as shelf:
        HeardPullRequests(shelf, now=github.clock()).keep(pull)
        assert not HeardPullRequests(shelf, now=github.clock()).holds(pull), "it changed this very moment, and may have changed twice"

        heard = HeardPullRequests(shelf, now=github.clock() + timedelta(hours=1))
        heard.keep(pull)
        assert heard.holds(pull)

        github.clock.advance(timedelta(hours=2))
        github.comment(SHOP, 1, "Hm, hm", by="alice")
        assert not heard.holds(pulls(forge)[1])
