"""The weekly issue over weeks: edited in place, what the body has no room for in comments, and the weeks before kept."""

import json
import re
import shutil
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
    nobody = behind.run("report", "--owner", "@acme/wep", "--format", "json")

    assert table.returncode == 0, table.stderr
    assert {line.split()[0] for line in table.stdout.splitlines()[2:]} == {"app-0", "app-1"}
    assert "**2 of 2 apps are exposed and stale**" in markdown.stdout
    assert {one["app"]["name"] for one in json.loads(data.stdout)["exposures"]} == {"app-0", "app-1"}
    assert nobody.returncode == 2
    assert "error: no app of the fleet is owned by '@acme/wep'; did you mean '@acme/web'?" in nobody.stderr
    assert json.loads(nobody.stdout)["exit_code"] == 2
    assert behind.writes == writes


def comments(fleet, repo, number):
    return [comment.body for comment in fleet.github.issue(repo, number).comments]


def test_what_is_past_due_is_escalated_step_by_step_each_once(behind):
    text = behind.config.read_text(encoding="utf-8")
    ladder = "{comment_after_days: 5, mention_owners_after_days: 10, mention_leads_after_days: 10, leads: ['@acme/leads']}"
    behind.config.write_text(f"{text}report: {{escalation: {ladder}}}\n", encoding="utf-8")
    behind.github.commit_files("acme/app-0", {"CODEOWNERS": "* @acme/web\n"}, message="Own it")
    behind.github.close_issue("acme/app-1", 1, by="mara")

    reported(behind)
    labels = {label.name for label in behind.github.issue("acme/app-0", 1).labels}
    quiet = comments(behind, "acme/app-0", 1)
    behind.github.clock.advance(WEEK)
    reported(behind)
    once = comments(behind, "acme/app-0", 1)
    behind.github.clock.advance(WEEK)
    reported(behind)
    twice = comments(behind, "acme/app-0", 1)
    again = reported(behind)

    assert "overdue" in labels
    assert "overdue" not in {label.name for label in behind.github.issue("acme/app-1", 1).labels}, "it was declined"
    assert quiet == []
    assert len(once) == 1
    assert "\ncc " not in once[0]
    assert len(twice) == 2
    assert "cc @acme/web @acme/leads" in twice[1]
    assert again == (IssueOutcome.UNCHANGED, 0)
    assert comments(behind, "acme/app-1", 1) == []


def test_a_label_that_people_took_away_and_what_is_accepted_stay_as_they_are(behind):
    reported(behind)
    pull = behind.github.issue("acme/app-0", 1)
    pull.labels = [label for label in pull.labels if label.name != "overdue"]
    text = behind.config.read_text(encoding="utf-8")
    until = (behind.github.clock() + 10 * WEEK).date()
    more = f"accepted: [{{app: app-1, reason: replaced, by: '@dana', until: {until}}}]\nreport: {{escalation: {{comment_after_days: 0}}}}\n"
    behind.config.write_text(text + more, encoding="utf-8")
    reported(behind)

    assert "overdue" not in {label.name for label in pull.labels}
    assert len(comments(behind, "acme/app-0", 1)) == 1
    assert comments(behind, "acme/app-1", 1) == []
    assert "3 of 5 apps are exposed and stale" in behind.github.issue(REPORTS, 1).body


def test_each_owner_has_an_issue_beneath_until_nothing_is_left(behind):
    text = behind.config.read_text(encoding="utf-8")
    behind.config.write_text(f"{text}report: {{owner_issues: true}}\n", encoding="utf-8")
    behind.github.commit_files("acme/app-0", {"CODEOWNERS": "* @acme/web\n"}, message="Own it")
    behind.github.commit_files("acme/app-1", {"CODEOWNERS": "* @acme/data\n"}, message="Own it")

    reported(behind)
    parent = behind.github.issue(REPORTS, 1)
    first = {issue.title.rpartition(": ")[2]: issue for issue in parent.sub_issues}
    again = reported(behind)
    behind.github.merge_pull_request("acme/app-0", 1, by="mara")
    behind.github.merge_pull_request("acme/app-0", 2, by="mara")
    reported(behind)

    assert set(first) == {"@acme/web", "@acme/data"}
    assert "**app-0**" in first["@acme/web"].body
    assert "**app-1**" not in first["@acme/web"].body
    assert again == (IssueOutcome.UNCHANGED, 0)
    assert [first[owner].is_open for owner in ("@acme/web", "@acme/data")] == [False, True]
    assert parent.is_open
    assert len(parent.sub_issues) == 2


def test_no_owner_is_told_that_nothing_is_left_while_repos_could_not_be_looked_at(behind):
    text = behind.config.read_text(encoding="utf-8")
    behind.config.write_text(f"{text}report: {{owner_issues: true}}\n", encoding="utf-8")
    behind.github.commit_files("acme/app-0", {"CODEOWNERS": "* @acme/web\n"}, message="Own it")
    reported(behind)
    behind.github.merge_pull_request("acme/app-0", 1, by="mara")
    behind.github.merge_pull_request("acme/app-0", 2, by="mara")
    behind.github.commit_files("acme/app-3", {"CODEOWNERS": "* @acme/web\n"}, message="Own it")
    broken = behind.github.repo("acme/app-3").store.path / "objects"
    shutil.rmtree(broken)
    broken.mkdir()

    reported(behind)

    (issue,) = behind.github.issue(REPORTS, 1).sub_issues
    assert issue.is_open
    assert "**No app is known to be stale**, but 1 repo could not be read." in issue.body


def test_what_keeps_a_pull_request_from_its_merge_is_told(behind):
    behind.github.set_check("acme/app-0", 1, "FAILURE")
    behind.github.set_check("acme/app-1", 1, "PENDING")
    behind.github.set_check("acme/app-2", 1, "SUCCESS")
    behind.github.review("acme/app-2", 1, "APPROVED", by="ana")
    behind.faults.forget()

    reported(behind)

    body = behind.github.issue(REPORTS, 1).body.replace("\N{NO-BREAK SPACE}", " ")
    rows = {
        repo: next(line for line in body.splitlines() if f"/acme/{repo}/pull/1)" in line) for repo in ("app-0", "app-1", "app-2", "app-3")
    }
    assert re.search(r"its checks fail: \[build\]\(http[^)]+\); nobody is asked to review it, open 1 day", rows["app-0"])
    assert "see why its checks fail; ask" in rows["app-0"]
    assert "its checks are not done: [build]" in rows["app-1"]
    assert "is approved, and nobody merged it, open 1 day" in rows["app-2"]
    assert "nobody is asked to review it" in rows["app-3"]
    assert reported(behind) == (IssueOutcome.UNCHANGED, 0)
