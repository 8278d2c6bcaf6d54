"""The weekly issue over weeks: edited in place, what the body has no room for in comments, and the weeks before kept."""

import json
import re
from datetime import timedelta

import pytest

from bot.propose.issue import IssueOutcome
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet as fleet_wiring

WEEK = timedelta(days=7)
REPORTS = "acme/platform"


@pytest.fixture
def behind(fleet):
    """Four repos that are behind with two images, asked once."""
    fleet.github.create_repo("acme", "platform", {"README.md": "the weekly issue\n"})
    fleet_wiring.run(settings(fleet), now=fleet.github.clock)
    fleet.github.clock.advance(timedelta(days=1))
    return fleet


def settings(fleet):
    return load(fleet.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})


def reported(fleet):
    """What became of the issue, and how many writes that took."""
    before = fleet.faults.writes
    outcome = fleet_wiring.report(settings(fleet), now=fleet.github.clock).issue.outcome
    return outcome, fleet.faults.writes - before


def test_the_weeks_before_are_kept_once_each_and_linked(behind):
    first, again = reported(behind), reported(behind)
    behind.github.clock.advance(WEEK)
    second, once_more = reported(behind), reported(behind)
    issue = behind.github.issue(REPORTS, 1)
    (kept,) = issue.comments

    assert first[0] is IssueOutcome.OPENED
    assert again == (IssueOutcome.UNCHANGED, 0)
    assert second == (IssueOutcome.UPDATED, 2), "last week's comment, and the body"
    assert once_more == (IssueOutcome.UNCHANGED, 0)
    assert "4 of 5 apps are exposed and stale" in kept.body
    assert f"/{REPORTS}/issues/1#issuecomment-{kept.id})" in issue.body
    assert "**Weeks before:** [20" in issue.body


def test_the_trend_is_read_from_the_record(behind):
    reported(behind)
    alone = behind.github.issue(REPORTS, 1).body
    behind.github.clock.advance(2 * WEEK)
    behind.github.merge_pull_request("acme/app-0", 1, by="mara")
    reported(behind)
    later = behind.github.issue(REPORTS, 1).body

    assert "not known of a week ago" in alone
    assert "xychart-beta" not in alone
    assert re.search(r"\*\*Trend:\*\* \d+ stale fixes \(▼ \d from \d+\)", later)
    assert "- **Cleared:** 1 app, " in later
    assert "xychart-beta" in later
    counts = [line for line in later.splitlines() if line.startswith("    bar [")]
    assert len(counts) == 1
    assert counts[0].count(",") >= 2, "a point for each week, and now"


def test_whoever_is_stopped_between_two_writes_goes_on_from_there(behind):
    reported(behind)
    behind.github.clock.advance(WEEK)
    issue = behind.github.issue(REPORTS, 1)
    last_week = issue.body
    reported(behind)
    body = issue.body
    issue.body = last_week  # the comment was written, the body was not

    assert reported(behind) == (IssueOutcome.UPDATED, 1)
    assert (issue.body, len(issue.comments)) == (body, 1)


def test_a_team_sees_what_it_is_asked_for_and_nothing_is_written(behind):
    behind.github.commit_files("acme/app-0", {"CODEOWNERS": "* @acme/web\n"}, message="Own it")
    behind.github.commit_files("acme/app-1", {"CODEOWNERS": "* @acme/data @acme/web\n"}, message="Own it")
    behind.github.commit_files("acme/app-2", {"CODEOWNERS": "* @acme/data\n"}, message="Own it")
    writes = behind.writes

    table = behind.run("report", "--owner", "@Acme/web")
    markdown = behind.run("report", "--owner", "acme/web", "--format", "markdown")
    data = behind.run("report", "--owner", "@acme/web", "--format", "json")
    nobody = behind.run("report", "--owner", "@acme/wep")

    assert table.returncode == 0, table.stderr
    assert {line.split()[0] for line in table.stdout.splitlines()[2:]} == {"app-0", "app-1"}
    assert "**2 of 2 apps are exposed and stale**" in markdown.stdout
    assert {one["app"]["name"] for one in json.loads(data.stdout)["exposures"]} == {"app-0", "app-1"}
    assert nobody.returncode == 2
    assert "no app of the fleet is owned by '@acme/wep'; did you mean '@acme/web'?" in nobody.stderr
    assert behind.writes == writes
