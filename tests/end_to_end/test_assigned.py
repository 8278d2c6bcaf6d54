"""Assignees and milestones that rules name: given once, when a pull request is opened, with every write counted."""

import pytest

from bot.model.pull_request import Outcome
from tests.end_to_end.conftest import Acme, run

SHOP = "acme/shop"
RULES = "rules: [{name: who, assignees: [ana], milestone: Base images}]\n"


@pytest.fixture
def shop(acme: Acme) -> Acme:
    acme.config.write_text(acme.config.read_text(encoding="utf-8").replace("defaults:", f"{RULES}defaults:"), encoding="utf-8")
    for tag in ("3.12.4", "3.12.5"):
        acme.release(tag)
        acme.release(tag, repository="docker.io/acme/tool")
    files = {"Dockerfile": "FROM python:3.12.4\n", "tool/Dockerfile": "FROM acme/tool:3.12.4\n"}
    acme.github.create_repo("acme", "shop", files)
    acme.github.user("ana")
    return acme


def given(acme: Acme) -> list[tuple[list[str], str | None, bool]]:
    """Of each pull request: who is assigned, its milestone, whether it has labels."""
    return [
        ([who.login for who in issue.assignees], issue.milestone and issue.milestone.title, bool(issue.labels))
        for issue, _ in acme.github.repo(SHOP).pulls
    ]


def test_what_is_opened_is_assigned_and_put_into_its_milestone_once(shop):
    shop.github.add_milestone(SHOP, "Base images")
    summary = run(shop)

    assert [(sent.outcome, sent.note) for sent in summary.sent] == [(Outcome.OPENED, "")] * 2
    assert given(shop) == [(["ana"], "Base images", True)] * 2
    assert shop.faults.count("*/milestones*") == 1, "both ask for the same list"
    assert shop.faults.count("*/assignees*") == 2

    run(shop)
    assert shop.faults.writes == 0
    assert shop.faults.count("*/milestones*") == 0


def test_what_people_change_stays(shop):
    shop.github.add_milestone(SHOP, "Base images")
    run(shop)
    for issue, _ in shop.github.repo(SHOP).pulls:
        issue.assignees, issue.milestone = [], None
    shop.release("3.12.6")
    summary = run(shop)

    assert Outcome.UPDATED in {sent.outcome for sent in summary.sent}
    assert given(shop) == [([], None, True)] * 2


def test_a_milestone_that_is_not_there_is_told_and_not_made(shop):
    shop.github.add_milestone(SHOP, "Base images", is_open=False)
    summary = run(shop)

    assert {sent.note for sent in summary.sent} == {"it is in no milestone: the repo has no open one called 'Base images'"}
    assert len(shop.github.repo(SHOP).milestones) == 1
    assert shop.faults.count("*/milestones*") == 1
    assert given(shop) == [(["ana"], None, True)] * 2
    run(shop)
    assert shop.faults.writes == 0


def test_who_can_not_be_assigned_is_told(shop):
    shop.github.add_milestone(SHOP, "Base images")
    shop.github.set_permission(SHOP, "ana", "read")
    summary = run(shop)

    assert {sent.note for sent in summary.sent} == {"ana can't be assigned: unknown, or without rights in the repo"}
    assert given(shop) == [([], "Base images", True)] * 2
