"""The issues of owners: what is not known closes none, and a team's own part has its alarms."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clients.folders.forge import FolderForge
from bot.model.alarm import PinAlarm
from bot.model.exposure import Exposure, Step
from bot.model.trend import Trend
from bot.pipeline.owner_issues import publish_owner_issues
from bot.pipeline.report import Report
from bot.pipeline.report_of_owner import report_of_owner
from bot.propose.issue import IssueOutcome, PublishedIssue
from bot.report.weekly import Sight, Style, Text
from tests.unit.report.sample import CHECKOUT, JOBS, NOW
from tests.unit.report.test_alarms import ONE, entry

REPO, TEAM = "local/report", "@acme/web"
DAY = timedelta(days=1)
APP = replace(JOBS, owners=(TEAM,))
PARENT = PublishedIssue(outcome=IssueOutcome.UNCHANGED, url="", number=1)
LATE = Exposure(
    app=APP, dependency="oci: a/b", old="1", new="2", steps={Step.DETECTED: NOW - 9 * DAY}, waiting_for=Step.REBUILT, due=NOW - DAY
)
UNSURE = replace(LATE, due=None, blocked_by="whether it is rebuilt is not known: its registry does not answer")


def made(*exposures, apps=None):
    apps = (entry(APP),) if apps is None else apps
    return Report(
        now=NOW,
        text=Text(title="", body="", marker="", is_open=True),
        style=Style(),
        sight=Sight(last_run=NOW, apps=len(apps)),
        trend=Trend(),
        cleared=(),
        accepted=(),
        exposures=exposures,
        moved=(),
        kept_back=(),
        bases=(),
        fleet_bases=None,
        last_run=NOW,
        failures=(),
        pulls={},
        empty_repos=(),
        apps=apps,
        repos=(),
        followed=frozenset(),
        lived=(),
        stages=None,
        is_late=False,
    )


@pytest.fixture
def forge(tmp_path):
    return FolderForge(tmp_path, branch_prefix="rebuild-bot/", now=lambda: NOW)


def publish(forge, *exposures):
    return publish_owner_issues(forge, made(*exposures), repo=REPO, parent=PARENT, labels=())


def is_open(forge):
    return [issue.is_open for issue in forge.find_issues(REPO, marker_begins="<!-- rebuild-bot:")]


def test_an_issue_is_not_closed_because_a_registry_does_not_answer(forge):
    assert publish(forge, LATE).opened == 1
    assert publish(forge, UNSURE).closed == 0
    assert is_open(forge) == [True]

    assert publish(forge).closed == 1
    assert is_open(forge) == [False]


def test_what_is_not_known_opens_none(forge):
    assert publish(forge, UNSURE).opened == 0
    assert is_open(forge) == []


def test_the_part_of_a_team_has_the_alarms_of_its_apps_and_of_no_other():
    apps = (entry(APP, PinAlarm(alarm=ONE, is_on_it=True)), entry(CHECKOUT, PinAlarm(alarm=ONE, is_on_it=True)))
    body = report_of_owner(made(apps=apps), TEAM).body

    assert ONE.dependency.name in body
    assert APP.repo in body
    assert CHECKOUT.repo not in body
