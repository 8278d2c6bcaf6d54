"""Alarms of tags that moved, in the step summary, the weekly issue and the JSON of a run."""

import json
import re
from dataclasses import replace

import pytest

from bot.cli.rows import run_json
from bot.model.alarm import Alarm, AlarmKind, MovedTag, PinAlarm
from bot.model.dependency import GITHUB_TAGS, Dependency
from bot.model.run import AppDecisions, RunSummary
from bot.model.shard import Shard
from bot.model.update import Decision, UpToDate
from bot.report.alarms import alarms
from bot.report.summary import step_summary
from bot.report.weekly import weekly_issue
from bot.wiring.handed_on import ShardResult, read_result, write_result
from tests.unit.report.sample import CHECKOUT, JOBS, NOW
from tests.unit.report.test_summary import PIN

GOOD, BAD = "a" * 40, "b" * 40


def alarm(*values: str, reason: str = "a release tag stands at another commit", name: str = PIN.dependency.name) -> Alarm:
    tags = tuple(MovedTag(value=value, last_good=GOOD, now=BAD, at=NOW) for value in values)
    return Alarm(dependency=Dependency(datasource=GITHUB_TAGS, name=name), kind=AlarmKind.RELEASE_TAG, reason=reason, tags=tags)


def entry(app, *told: PinAlarm | None) -> AppDecisions:
    pins = [replace(PIN, line=number) for number, _ in enumerate(told, 1)]
    decisions = [Decision(pin=pin, verdict=UpToDate(pin=pin), alarm=one) for pin, one in zip(pins, told, strict=True)]
    return AppDecisions(app=app, decisions=tuple(decisions))


def summary_of(*apps: AppDecisions) -> RunSummary:
    return RunSummary(started_at=NOW, repos=len(apps), apps=apps, sent=(), exposures=(), failures=())


ONE = alarm("v1.2.3", "v1.2.4")
APPS = (
    entry(JOBS, PinAlarm(alarm=ONE, is_on_it=False, asked=("v1.2.4",)), None),
    entry(CHECKOUT, PinAlarm(alarm=ONE, is_on_it=True)),
)


def test_one_alarm_has_all_places_and_those_that_take_what_moved_come_first():
    (told,) = alarms(APPS)

    assert [(place.place, place.takes_it, place.asked) for place in told.places] == [
        (f"{CHECKOUT.repo}: Dockerfile:1", True, ()),
        (f"{JOBS.repo}: Dockerfile:1", False, ("v1.2.4",)),
    ]


def test_the_shard_that_saw_most_of_it_is_believed():
    apps = (entry(JOBS, PinAlarm(alarm=alarm("v1.2.3"), is_on_it=True)), entry(CHECKOUT, PinAlarm(alarm=ONE, is_on_it=True)))

    assert [(one.alarm, len(one.places)) for one in alarms(apps)] == [(ONE, 2)]


@pytest.mark.parametrize(
    "text", [step_summary(summary_of(*APPS)), weekly_issue([], alarms=alarms(APPS), now=NOW).body], ids=["run", "week"]
)
def test_both_reports_tell_it_before_all_else(text):
    head, _, section = text.partition("## Alarms")

    assert "## " not in head.removeprefix("# ")
    assert f"`v1.2.3`: `{GOOD}` → `{BAD[:12]}`" in section, "the last good commit is whole, to be pinned"
    assert f"`{CHECKOUT.repo}: Dockerfile:1` **takes it**" in section
    assert "an open pull request asks for `v1.2.4`: do not merge it" in section


def test_an_alarm_keeps_the_weekly_issue_open_and_without_one_nothing_is_said():
    assert weekly_issue([], alarms=alarms(APPS), now=NOW).is_open
    quiet = weekly_issue([], now=NOW)
    assert (quiet.is_open, "Alarms" in quiet.body, "Alarms" in step_summary(summary_of(entry(JOBS, None)))) == (False, False, False)


def test_text_of_others_in_it_stays_text():
    odd = "@all #1 | <img src=x> [a](javascript:b) `"
    told = [entry(JOBS, PinAlarm(alarm=alarm(odd, reason=odd.removesuffix("`")), is_on_it=True, asked=(odd,)))]

    for text in (step_summary(summary_of(*told)), weekly_issue([], alarms=alarms(told), now=NOW).body):
        rows = [row for row in text.partition("## Alarms")[2].splitlines() if row.startswith("| `")]
        assert [row.replace("\\|", "").count("|") for row in rows] == [5]
        outside = re.sub("`[^`]*`", "", rows[0])
        assert not any(acts in outside for acts in ("@all", "#1", " <img", "[a]")), outside


def test_it_survives_the_way_from_a_shard_and_stands_in_the_json(tmp_path):
    result = ShardResult(plan="p", shard=Shard(number=1, of=1), is_dry_run=False, summary=summary_of(*APPS))
    write_result(result, tmp_path / "result.json")
    read = read_result(tmp_path / "result.json").summary

    (told,) = json.loads(json.dumps(run_json(read)))["alarms"]
    assert (told["kind"], told["tags"][0]["last_good"], told["where"][0]["takes_it"]) == ("release tag moved", GOOD, True)
    assert read.has_alarm


def test_repositories_of_one_project_that_moved_together_are_one_row_with_all_places():
    apps = [entry(app, PinAlarm(alarm=alarm("v1.2.3", name=f"acme/{name}"), is_on_it=True)) for name, app in (("a", JOBS), ("b", CHECKOUT))]
    pins = [replace(PIN, dependency=one.decisions[0].alarm.alarm.dependency) for one in apps]
    apps = [replace(one, decisions=(replace(one.decisions[0], pin=each),)) for one, each in zip(apps, pins, strict=True)]

    (told,) = alarms(apps)

    assert (told.name, len(told.places), len(told.alarms)) == ("github.com/acme", 2, 2)
    section = step_summary(summary_of(*apps)).partition("## Alarms")[2]
    assert "`acme/a`: `v1.2.3`<br>`acme/b`: `v1.2.3`" in section
    assert f"`acme/b` `v1.2.3`: `{GOOD}` → `{BAD[:12]}`" in section
    (row,) = run_json(summary_of(*apps))["alarms"]
    assert (row["project"], [one["dependency"] for one in row["others"]]) == ("github.com/acme", ["acme/b"])
