"""The weekly issue in a forge, over weeks in which the fleet grows and shrinks: body, comments, and what is kept."""

from datetime import timedelta

import pytest

from bot.clients.folders.forge import FolderForge
from bot.pipeline.weekly_issue import weekly_issue as wanted
from bot.propose.issue import IssueOutcome, publish_issue
from bot.report.weekly import MARKER, Style, weekly_issue
from tests.unit.report.sample import NOW
from tests.unit.report.test_weekly import many

REPO = "local/report"
WEEK = timedelta(days=7)


@pytest.fixture
def forge(tmp_path):
    return FolderForge(tmp_path, branch_prefix="rebuild-bot/", now=lambda: NOW)


def publish(forge, apps, *, at=NOW):
    text = weekly_issue(many(apps, owners=20), now=at, style=Style(max_comments=8))
    return publish_issue(forge, wanted(text, REPO, (), at)).outcome, len(text.comments)


def bodies(forge):
    return [one.body for one in forge.issue_comments(REPO, 1)]


def test_comments_come_and_go_with_what_the_body_has_no_room_for(forge):
    opened, count = publish(forge, 400)
    there = bodies(forge)
    again, _ = publish(forge, 400)
    smaller, none = publish(forge, 5)

    assert (opened, again, smaller) == (IssueOutcome.OPENED, IssueOutcome.UNCHANGED, IssueOutcome.UPDATED)
    assert count > 1
    assert len(there) == count
    assert none == 0
    assert bodies(forge) == []


def test_a_week_is_kept_once_beside_comments_that_go_on(forge):
    publish(forge, 400)
    publish(forge, 400, at=NOW + WEEK)
    second = bodies(forge)
    again, count = publish(forge, 400, at=NOW + WEEK)
    publish(forge, 5, at=NOW + 2 * WEEK)
    issue = forge.find_issue(REPO, marker=MARKER)

    assert again is IssueOutcome.UNCHANGED
    assert len(second) == count + 1
    assert [body.splitlines()[0] for body in bodies(forge)] == [
        "<!-- rebuild-bot:weekly-issue:week:2026-W48 -->",
        "<!-- rebuild-bot:weekly-issue:week:2026-W49 -->",
    ]
    assert "**Weeks before:** [2026-W49](" in issue.body or "**Weeks before:** 2026-W49, 2026-W48" in issue.body


def test_who_is_stopped_after_some_comments_goes_on_from_there(forge):
    publish(forge, 400)
    expected = bodies(forge)
    for comment in forge.issue_comments(REPO, 1)[1:]:
        forge.delete_issue_comment(REPO, 1, comment)

    outcome, _ = publish(forge, 400)

    assert outcome is IssueOutcome.UPDATED
    assert bodies(forge) == expected
