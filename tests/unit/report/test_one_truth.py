"""Issue, terminal, dashboard, chat and metrics tell the same of a fix: its place, how bad it is, where it is stuck, what is not known."""

import csv
import io
from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bot.model.exposure import Exposure, Known, StageState, Step
from bot.model.fleet import App
from bot.model.severity import Severity
from bot.report.app_state import AppState, state_of
from bot.report.board import Board
from bot.report.export import exposures_json
from bot.report.exports.announcement import announcement
from bot.report.exports.csv_files import exposures_csv
from bot.report.exports.openmetrics import openmetrics
from bot.report.look import Look
from bot.report.site.pages.app import app_values
from bot.report.site.pages.overview import tiles, verdict, worst_table
from bot.report.site.pages.updates import updates_table
from bot.report.weekly import weekly_issue
from bot.report.weekly_table import exposure_rows
from tests.boards import NOW

DAY = timedelta(days=1)


def one(name, severity, *, closes="", due=-3, blocked_by="", waiting_for=Step.MERGED, built=None):
    app = App(name=name, repo=f"acme/{name}", owners=("@acme/web",))
    return Exposure(
        app=app,
        dependency="oci: docker.io/library/python",
        old="3.12.1",
        new="3.12.2",
        steps={Step.DETECTED: NOW - 20 * DAY, Step.PROPOSED: NOW - 10 * DAY},
        waiting_for=waiting_for,
        severity=severity,
        closes=closes,
        due=None if due is None else NOW + due * DAY,
        pull_request_url=f"https://github.com/acme/{name}/pull/7",
        blocked_by=blocked_by,
        built=built,
    )


UNSEEN = StageState(stage="", image="ghcr.io/acme/shop", has_fix=Known.UNKNOWN, why="its tags could not be listed")
NONE = one("no-hole", Severity.UNKNOWN, closes="closes no known hole")
UNRATED = one("unrated", Severity.UNKNOWN, closes="closes 1 hole (1 of unknown severity)")
MEDIUM = one("medium", Severity.MEDIUM, closes="closes 1 hole (1 medium)", blocked_by="declined")
SOON = one("soon", Severity.CRITICAL, closes="closes 1 hole (1 critical)", due=3)
UNSURE = one(
    "unsure", Severity.HIGH, closes="closes 1 hole (1 high)", due=None, waiting_for=Step.REBUILT, built=UNSEEN, blocked_by="merged, unseen"
)
ALL = (NONE, UNRATED, MEDIUM, SOON, UNSURE)
WORST_FIRST = ["unrated", "medium", "no-hole", "soon", "unsure"]


def board(*exposures):
    return Board(now=NOW, looks=[Look(app=each.app) for each in exposures], exposures=exposures)


def test_all_begin_with_the_same_worst_one():
    made = board(*ALL)

    assert [row["app"] for row in exposure_rows(ALL, NOW)] == WORST_FIRST
    assert [row[0].text for row in updates_table(made).rows] == WORST_FIRST
    assert [row[0].text for row in worst_table(made).rows] == WORST_FIRST
    assert [line.split(":")[0] for line in announcement(made)["text"].splitlines() if line.startswith("•")] == [
        "• unrated",
        "• medium",
        "• no-hole",
    ]
    assert "**Worst:** **unrated**" in weekly_issue(ALL, now=NOW).body


@pytest.mark.parametrize(
    ("exposure", "severity", "why"),
    [
        pytest.param(NONE, "no known hole", "PR 7 waits for review, open 10 days; review and merge it", id="waits for review"),
        pytest.param(MEDIUM, "medium", "PR 7 closed without a merge; take it another way, or accept", id="declined"),
        pytest.param(UNSURE, "high", "PR 7 merged, unseen; ", id="not known whether it is rebuilt"),
    ],
)
def test_the_dashboard_says_where_it_is_stuck_in_the_words_of_the_issue(exposure, severity, why):
    row = dict(zip([column.title for column in updates_table(board()).columns], updates_table(board(exposure)).rows[0], strict=True))
    (told,) = exposure_rows([exposure], NOW)

    assert row["Severity"] == severity
    assert str(row["Why, and what would help"]).startswith(why)
    assert str(told["stuck"]).replace(f" {exposure.pull_request_url}", "") in str(row["Why, and what would help"])
    assert row["Pull request"].text == "#7"


def test_what_nobody_can_tell_is_no_exposure_and_no_all_clear_anywhere():
    made = board(UNSURE)
    said = "Of 1 fix it is not known whether it is where it should be"
    (sample,) = next(
        family.samples for family in text_string_to_metric_families(openmetrics(made)) if family.name == "rebuild_bot_exposures"
    )

    assert state_of(made, made.looks[0]) is AppState.NOT_KNOWN
    assert tiles(made)[0].number == 0
    assert verdict(made) == f"No app is known to be behind; not all could be looked at. {said}."
    assert announcement(made)["text"].splitlines()[1] == f"{said}."
    assert sample.labels["stale"] == "not known"
    assert said.lower() in weekly_issue([UNSURE], now=NOW).body.splitlines()[2].lower()


def test_what_closes_no_known_hole_is_not_called_unrated():
    made = board(NONE, UNRATED)
    severities = {
        sample.labels["severity"]
        for family in text_string_to_metric_families(openmetrics(made))
        if family.name == "rebuild_bot_exposures"
        for sample in family.samples
    }

    assert severities == {"no known hole", "unknown"}
    assert {tile.label: tile.number for tile in tiles(made)}["updates of unknown severity"] == 1
    assert app_values(made, made.looks[0], "")["ways"][0].severity == "no known hole"


def test_exports_say_the_same_of_what_a_fix_waits_for_and_whether_it_is_stale():
    made = board(MEDIUM, UNSURE)
    rows = list(csv.DictReader(io.StringIO(exposures_csv(made.exposures, now=NOW))))
    data = exposures_json(made.exposures, now=NOW)["exposures"]
    samples = [
        sample.labels
        for family in text_string_to_metric_families(openmetrics(made))
        if family.name == "rebuild_bot_exposures"
        for sample in family.samples
    ]

    assert [row["waiting_for"] for row in rows] == [one["waiting_for"] for one in data] == ["merge", "rebuild"]
    assert sorted(sample["waiting_for"] for sample in samples) == ["merge", "rebuild"]
    assert [row["stale"] for row in rows] == ["true", "not known"]
    assert [(one["is_stale"], one["due"] is None) for one in data] == [(True, False), (False, True)]
