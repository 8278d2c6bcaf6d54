"""What checks of pull requests say: many asked at once, and never green where nobody knows."""

import pytest

from bot.model.checks import Checks
from bot.model.failure import Failure
from bot.sandbox.faults import ServerError
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.unit.clients.conftest import PREFIX, SHOP


def pulls(forge):
    listed = forge.pull_requests([forge.repo(SHOP)], branch_prefix=PREFIX)[SHOP]
    return sorted(listed, key=lambda pull: pull.number)


@pytest.mark.parametrize(
    ("states", "checks"),
    [
        pytest.param([], Checks.NONE, id="none"),
        pytest.param(["SUCCESS"], Checks.GREEN, id="one"),
        pytest.param(["SUCCESS", "PENDING"], Checks.PENDING, id="one is not done"),
        pytest.param(["SUCCESS", "EXPECTED"], Checks.PENDING, id="one has not begun"),
        pytest.param(["SUCCESS", "FAILURE", "PENDING"], Checks.RED, id="one failed"),
        pytest.param(["ERROR"], Checks.RED, id="error"),
    ],
)
def test_the_worst_of_all_checks_counts(github, forge, states, checks):
    for number, state in enumerate(states):
        github.set_check(SHOP, 1, state, name=f"job {number}")
    (pull, *_) = pulls(forge)

    assert forge.checks([pull]) == {pull.url: checks}


def test_many_are_asked_by_one_request_and_none_by_no_request(github, faults, forge):
    github.set_check(SHOP, 1, "SUCCESS")
    github.set_check(SHOP, 2, "FAILURE")
    all_of_them = pulls(forge)
    faults.forget()

    assert list(forge.checks(all_of_them).values()) == [Checks.GREEN, Checks.RED, Checks.NONE]
    assert faults.count() == 1
    assert forge.checks([]) == {}
    assert faults.count() == 1


def test_checks_of_the_newest_commit_alone_count(github, forge):
    github.set_check(SHOP, 1, "FAILURE")
    github.commit_files(SHOP, {"Dockerfile": "FROM python:3.13\n"}, message="y", branch=f"{PREFIX}0")
    (pull, *_) = pulls(forge)

    assert forge.checks([pull])[pull.url] is Checks.NONE


def test_what_was_merged_keeps_its_checks(github, forge):
    github.set_check(SHOP, 1, "FAILURE")
    github.merge_pull_request(SHOP, 1, by="ana")
    (pull, *_) = pulls(forge)

    assert forge.checks([pull])[pull.url] is Checks.RED


def test_one_that_is_gone_fails_alone(github, forge):
    all_of_them = pulls(forge)
    github.set_check(SHOP, 1, "SUCCESS")
    del github.repo(SHOP).issues[2]

    found = list(forge.checks(all_of_them).values())

    assert found[0] is Checks.GREEN
    assert isinstance(found[1], Failure)
    assert found[2] is Checks.NONE


def test_without_the_permission_nothing_is_known_and_it_is_said(github, forge):
    github.set_check(SHOP, 1, "SUCCESS")
    (pull, *_) = pulls(forge)
    github.world.tokens[BOT_TOKEN].may_read_checks = False

    found = forge.checks([pull])[pull.url]

    assert isinstance(found, Failure)
    assert found.where == "acme/shop#1"
    assert "Resource not accessible by integration" in found.what


def test_what_cannot_be_had_is_a_failure_of_each(faults, forge):
    all_of_them = pulls(forge)
    faults.switch_on("POST /api/graphql", ServerError(status=500))

    assert [type(each) for each in forge.checks(all_of_them).values()] == [Failure] * 3
