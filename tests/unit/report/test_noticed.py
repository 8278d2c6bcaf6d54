"""What is in use and wrong, in the step summary and in the weekly issue."""

from dataclasses import replace

from bot.model.run import AppDecisions, RunSummary
from bot.model.update import Candidate, Decision, UpToDate
from bot.report.noticed import noticed
from bot.report.summary import step_summary
from bot.report.weekly import weekly_issue
from tests.unit.report.sample import CHECKOUT, JOBS, NOW
from tests.unit.report.test_summary import PIN

MOVED_TAG = Candidate(value="3.12.1", verdict="moved", reason="the tag 3.12.1 was moved on 2026-10-01")
CHOSEN = Candidate(value="3.12.4", verdict="chosen", reason="the newest")
HOSTILE = Candidate(value="x", verdict="deprecated", reason="its publisher warns: @all closes #1 | <img src=x> [a](javascript:b)")


def app(of, *candidates: Candidate) -> AppDecisions:
    return AppDecisions(app=of, decisions=(Decision(pin=PIN, verdict=UpToDate(pin=PIN), candidates=candidates),))


APPS = (app(CHECKOUT, CHOSEN, MOVED_TAG), app(JOBS, MOVED_TAG, HOSTILE))


def test_each_thing_stands_once_with_its_places_and_what_was_merely_looked_at_is_none():
    first, second = noticed(APPS)

    assert (first.what, first.reason) == ("docker.io/library/python 3.12.1", MOVED_TAG.reason)
    assert first.where == (f"{CHECKOUT.repo}: Dockerfile:1", f"{JOBS.repo}: Dockerfile:1")
    assert second.reason == HOSTILE.reason


def test_both_reports_tell_it():
    summary = RunSummary(started_at=NOW, repos=2, apps=APPS, sent=(), exposures=(), failures=())
    issue = weekly_issue([], wrong=noticed(APPS), now=NOW)

    for text in (step_summary(summary), issue.body):
        _, _, section = text.partition("In use and wrong")
        assert f"| `docker.io/library/python 3.12.1` | {MOVED_TAG.reason} | `{CHECKOUT.repo}: Dockerfile:1`<br>" in section
        rows = [row for row in section.splitlines() if row.startswith("|")]
        assert {row.replace("\\|", "").count("|") for row in rows} == {4}
        assert not any(acts in section for acts in ("@all", "#1 ", " <img", "a]("))
    assert not issue.is_open


def test_where_nothing_is_wrong_nothing_is_said():
    clean = replace(APPS[0], decisions=(Decision(pin=PIN, verdict=UpToDate(pin=PIN), candidates=(CHOSEN,)),))

    assert "wrong" not in weekly_issue([], wrong=noticed([clean]), now=NOW).body
