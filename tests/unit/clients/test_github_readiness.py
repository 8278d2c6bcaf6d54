"""What stands between pull requests and their merge: checks by name, reviews, rules, and never "ready" where nobody knows."""

import pytest

from bot.model.checks import Checks
from bot.model.failure import Failure
from bot.model.readiness import Check, CheckState
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.unit.clients.conftest import PREFIX, SHOP


def pulls(forge):
    return sorted(forge.pull_requests([forge.repo(SHOP)], branch_prefix=PREFIX)[SHOP], key=lambda pull: pull.number)


def first(forge):
    (pull, *_) = pulls(forge)
    return forge.readiness([pull])[pull.url]


def names(found, state):
    return [check.name for check in found.not_green if check.state is state]


def test_checks_are_told_by_name_the_required_ones_first(github, forge):
    github.protect(SHOP, "unit", "never/begun")
    for name, state in {"lint": "FAILURE", "unit": "ERROR", "docs": "SUCCESS", "e2e": "PENDING", "ci/jenkins": "FAILURE"}.items():
        github.set_check(SHOP, 1, state, name=name)
    github.repo(SHOP).statuses.add("ci/jenkins")

    found = first(forge)

    assert found.checks is Checks.RED
    assert names(found, CheckState.RED) == ["unit", "ci/jenkins", "lint"]
    assert names(found, CheckState.PENDING) == ["e2e"]
    assert names(found, CheckState.NOT_BEGUN) == ["never/begun"]
    (unit, status, *_) = found.not_green
    assert (unit.is_required, unit.said) == (True, "timed out")
    assert unit.url is not None
    assert unit.url.startswith("http")
    assert status.url is not None
    assert not status.is_required


@pytest.mark.parametrize("has_ruleset", [pytest.param(False, id="classic protection"), pytest.param(True, id="ruleset")])
def test_a_required_check_that_never_began_is_told_where_nothing_was_reported_at_all(github, forge, has_ruleset):
    github.protect(SHOP, "build", has_ruleset=has_ruleset)

    found = first(forge)

    assert (found.checks, found.not_green) == (Checks.NONE, (Check(name="build", state=CheckState.NOT_BEGUN, is_required=True),))


def test_of_more_checks_than_are_looked_at_it_is_told_how_many_are_not(github, forge):
    github.protect(SHOP, "z")
    for number in range(103):
        github.set_check(SHOP, 1, "FAILURE", name=f"job {number}")

    found = first(forge)

    assert (len(found.not_green), found.unlisted) == (100, 3)
    assert names(found, CheckState.NOT_BEGUN) == []  # it may be one of those three


@pytest.mark.parametrize("has_ruleset", [pytest.param(False, id="classic protection"), pytest.param(True, id="ruleset")])
def test_an_approval_that_a_rule_wants_is_missed(github, forge, has_ruleset):
    repo = github.repo(SHOP)
    repo.required_approvals, repo.has_ruleset = 1, has_ruleset
    assert (first(forge).needs_approval, first(forge).approvals) == (True, 0)

    github.review(SHOP, 1, "APPROVED", by="ana")

    assert (first(forge).needs_approval, first(forge).approvals) == (False, 1)


def test_reviews_are_told_with_who_is_asked_and_who_wants_changes(github, forge):
    (pull, *_) = pulls(forge)
    github.user("ana")
    github.user("ben")
    forge.request_reviews(pull, ["ana", "ben"])
    github.review(SHOP, 1, "CHANGES_REQUESTED", by="ana")
    github.issue(SHOP, 1).pull.is_draft = True

    found = first(forge)

    assert (found.asked, found.changes_wanted_by, found.is_draft) == (("@ben",), ("@ana",), True)


def test_owners_that_nobody_is_are_told_with_their_line(github, forge):
    github.repo(SHOP).unknown_owners = ("@acme/gone",)

    assert first(forge).unknown_owners == ("@acme/gone (.github/CODEOWNERS line 1)",)


def test_many_are_asked_by_one_request_and_none_by_no_request(github, faults, forge):
    github.set_check(SHOP, 1, "SUCCESS")
    all_of_them = pulls(forge)
    faults.forget()

    assert [found.checks for found in forge.readiness(all_of_them).values()] == [Checks.GREEN, Checks.NONE, Checks.NONE]
    assert faults.count() == 1
    assert forge.readiness([]) == {}
    assert faults.count() == 1


def test_without_the_permission_nothing_is_known_and_it_is_said(github, forge):
    github.set_check(SHOP, 1, "SUCCESS")
    github.world.tokens[BOT_TOKEN].may_read_checks = False

    found = first(forge)

    assert isinstance(found, Failure)
    assert "Resource not accessible by integration" in found.what


def test_one_that_is_gone_fails_alone(github, forge):
    all_of_them = pulls(forge)
    del github.repo(SHOP).issues[2]

    assert [isinstance(found, Failure) for found in forge.readiness(all_of_them).values()] == [False, True, False]
