"""Runs that are told to stop: they end in time, tell what was done and what was left, and the next one does the rest."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.ledger.last_times import RUN
from bot.ledger.ledger import Ledger
from bot.sandbox.faults import SlowAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.end_to_end.conftest import REPOS, TAGS, Acme

MINUTE = SlowAnswer(delay=timedelta(minutes=1))
IN_TIME_SECONDS = 15
"""Five, and what a machine takes that is busy with other tests; the answers that are waited for take longer."""
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
WRITES = "POST /api/graphql"
ALL = len(REPOS) * len(TAGS)


@dataclass(frozen=True, kw_only=True)
class Ended:
    code: int
    told: str
    """On standard error."""
    result: dict[str, Any]
    """What `--format json` wrote."""
    step_summary: str


def interrupted(
    acme: Acme, *signals: signal.Signals, until: str, at_work: Callable[[], bool] = lambda: True, command: str = "run"
) -> Ended:
    """A run, or another command over the fleet, that was sent these signals once it had written a line and was at work on something."""
    summary = acme.folder / "summary.md"
    place = {"PATH": os.environ["PATH"], "HOME": str(acme.folder), "REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "--config", str(acme.config), command, "--format", "json"],
        cwd=acme.folder,
        env={**place, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        before = []
        for line in process.stderr or ():
            before.append(line)
            if until in line:
                break
        while not at_work() and process.poll() is None:
            time.sleep(0.002)
        for number in signals:
            process.send_signal(number)
        out, rest = process.communicate(timeout=IN_TIME_SECONDS)
    text = summary.read_text(encoding="utf-8") if summary.exists() else ""
    return Ended(code=process.returncode, told="".join(before) + rest, result=json.loads(out or "{}"), step_summary=text)


def in_the_ledger(acme: Acme) -> tuple[list[str], int]:
    """Which repos count as looked at, and how many pull requests as opened."""
    with closing(Ledger.open(f"sqlite:///{acme.folder}/ledger.sqlite3")) as ledger:
        looked_at = [name for name in REPOS if ledger.last_times.of([f"scan of {name}"])]
        return looked_at, ledger.events.proposed_since(acme.github.clock() - timedelta(days=1))


def is_of_the_whole_fleet(acme: Acme) -> bool:
    """Whether the ledger has a run that went through it all."""
    with closing(Ledger.open(f"sqlite:///{acme.folder}/ledger.sqlite3")) as ledger:
        return ledger.last_times.of([RUN]).get(RUN) is not None


@pytest.mark.parametrize(
    ("route", "until", "stage", "left"),
    [
        pytest.param(f"* /{REPOS[2]}.git/*", f"{REPOS[0]}: read anew", "find", "not looked at", id="git is slow"),
        pytest.param("GET /v2/*/tags/list", "::group::watch", "watch", "4 repos read but not judged", id="a registry is slow"),
    ],
)
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_run_that_is_stopped_tells_what_it_left_and_the_next_one_does_it(fleet, route, until, stage, left, by):  # noqa: PLR0917 - a table
    faults = fleet.registry.faults if "/v2/" in route else fleet.faults
    faults.switch_on(route, MINUTE)

    ended = interrupted(fleet, by, until=until)
    was_whole = is_of_the_whole_fleet(fleet)
    faults.switch_off()
    healed = fleet.run("run")

    assert ended.code == CODES[by], ended.told
    assert "Traceback" not in ended.told
    assert ended.told.count(f"interrupted ({stage}): ") == 1, ended.told
    assert left in ended.told.splitlines()[-1]
    assert ended.told.count("::endgroup::") == ended.told.count("::group::")
    assert ended.result["interruption"]["stage"] == stage
    assert {*ended.result["interruption"]["unread"], *ended.result["interruption"]["unjudged"]} == set(REPOS)
    assert (ended.result["pull_requests"], ended.result["failures"]) == ([], [])
    assert ended.step_summary.startswith(f"# rebuild-bot: interrupted ({stage}): ")
    assert "## Interrupted" in ended.step_summary
    assert not was_whole
    assert healed.returncode == 0, healed.stderr
    assert [len(fleet.github.repo(name).pulls) for name in REPOS] == [len(TAGS)] * len(REPOS)


def test_what_was_sent_is_told_and_labelled_and_the_next_run_begins_with_what_was_not(fleet):
    fleet.faults.switch_on(WRITES, MINUTE, times=1, after=8)

    ended = interrupted(fleet, signal.SIGINT, until=f"{REPOS[1]}: pull request #1 opened", at_work=lambda: fleet.faults.count(WRITES) > 8)
    fleet.faults.switch_off()
    looked_at, proposed = in_the_ledger(fleet)
    labels = [{label.name for label in issue.labels} for name in REPOS for issue, _ in fleet.github.repo(name).pulls]
    healed = fleet.run("run", "--format", "json")
    outcomes = [one["outcome"] for one in json.loads(healed.stdout)["pull_requests"]]

    left = ended.result["interruption"]
    assert ended.code == 130, ended.told
    assert [(one["repo"], one["outcome"]) for one in ended.result["pull_requests"]] == [
        (REPOS[0], "opened"),
        (REPOS[0], "opened"),
        (REPOS[1], "opened"),
    ]
    assert left["in_doubt"] == [f"{REPOS[1]}: rebuild-bot/app-1/redis"]
    assert left["unsent"] == [REPOS[2], REPOS[2], REPOS[3], REPOS[3]]
    assert (left["unread"], left["unjudged"], left["unlabelled"]) == ([], [], [])
    assert "interrupted (propose): 4 pull requests not sent, 1 pull request in doubt; the next run begins with them" in ended.told
    assert ended.step_summary.startswith("# rebuild-bot: interrupted (propose): 4 pull requests not sent, ")
    assert "pull requests 3 opened" in ended.step_summary
    assert labels == [{"rebuild-bot"}] * 3
    assert (looked_at, proposed) == ([REPOS[0]], 3)
    assert (outcomes.count("unchanged"), outcomes.count("opened")) == (3, ALL - 3)


def test_where_the_labels_can_not_be_put_in_time_that_is_told_and_the_next_run_does_it(fleet):
    fleet.faults.switch_on(WRITES, MINUTE, after=5)

    ended = interrupted(fleet, signal.SIGTERM, until=f"{REPOS[0]}: pull request #1 opened", at_work=lambda: fleet.faults.count(WRITES) > 5)
    fleet.faults.switch_off()
    healed = fleet.run("run")

    assert ended.code == 143, ended.told
    assert ended.result["interruption"]["unlabelled"] == [f"{REPOS[0]}#1"]
    assert "1 pull request without labels" in ended.told
    assert healed.returncode == 0, healed.stderr
    assert {label.name for issue, _ in fleet.github.repo(REPOS[0]).pulls for label in issue.labels} == {"rebuild-bot"}


def test_told_twice_it_ends_at_once(fleet):
    fleet.faults.switch_on(f"* /{REPOS[2]}.git/*", MINUTE)

    ended = interrupted(fleet, signal.SIGINT, signal.SIGTERM, until=f"{REPOS[0]}: read anew")

    assert ended.code in {130, 143}, ended.told
    assert "Traceback" not in ended.told


@pytest.mark.parametrize("arguments", ["check .", "update .", "update --apply ."])
def test_a_look_at_a_folder_that_is_stopped_changes_and_shows_nothing(acme, arguments):
    acme.registry.faults.switch_on("*", MINUTE)
    (acme.folder / "Dockerfile").write_text("FROM python:3.12.4\n")
    command = [sys.executable, "-m", "bot", "--config", str(acme.config), *arguments.split()]
    with subprocess.Popen(
        command,
        cwd=acme.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(acme.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not acme.registry.faults.count() and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=IN_TIME_SECONDS)

    assert (process.returncode, out) == (130, ""), told
    assert told.splitlines()[-1] == "interrupted; nothing was changed, and nothing is shown, for it would not be all"
    assert (acme.folder / "Dockerfile").read_text() == "FROM python:3.12.4\n"


def test_a_find_in_a_large_folder_shows_how_far_it_is_and_ends_with_all_its_processes(tmp_path):
    for number in range(1_000):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "Dockerfile").write_text("FROM python:3.12.4\n" * 100)
    place = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GITHUB_ACTIONS": "true"}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "find", "."],
        cwd=tmp_path,
        env=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        first = (process.stderr or sys.stdin).readline()
        # As a terminal's Ctrl-C: to all processes that it began.
        os.killpg(process.pid, signal.SIGINT)
        # Not before all of them have ended, for each holds the same standard error.
        out, told = process.communicate(timeout=IN_TIME_SECONDS)

    assert first == "::group::find (1000)\n"
    assert (process.returncode, out) == (130, ""), told
    assert "Traceback" not in told
    assert told.splitlines()[-1] == "interrupted; nothing was changed, and nothing is shown, for it would not be all"


def test_a_plan_that_is_stopped_shows_no_half_of_it(fleet):
    fleet.faults.switch_on(f"* /{REPOS[2]}.git/*", MINUTE)
    ended = interrupted(fleet, signal.SIGINT, until=f"{REPOS[0]}: read anew", command="plan")

    assert ended.code == CODES[signal.SIGINT]
    assert ended.result == {}
    assert ended.told.endswith("interrupted; nothing was changed, and nothing is shown, for it would not be all\n")
