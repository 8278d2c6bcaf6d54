"""Runs that are told to stop: they end in time, and the next one does the rest."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from bot.sandbox.faults import SlowAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.end_to_end.conftest import REPOS, TAGS

MINUTE = SlowAnswer(delay=timedelta(minutes=1))
IN_TIME_SECONDS = 15
"""Five, and what a machine takes that is busy with other tests; the answers that are waited for take longer."""


def interrupted(acme, *signals, until):
    """The exit code of a run that was sent these signals once it had written a line, and what it wrote from then on."""
    place = {"PATH": os.environ["PATH"], "HOME": str(acme.folder), "REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN, "GITHUB_ACTIONS": "true"}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "--config", str(acme.config), "run"],
        cwd=acme.folder,
        env=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        before = []
        for line in process.stderr:
            before.append(line)
            if until in line:
                break
        for number in signals:
            process.send_signal(number)
        _, rest = process.communicate(timeout=IN_TIME_SECONDS)
    return process.returncode, "".join(before) + rest


@pytest.mark.parametrize(
    ("route", "until"),
    [
        pytest.param(f"* /{REPOS[2]}.git/*", f"{REPOS[0]}: read anew", id="git is slow"),
        pytest.param("GET /v2/*/tags/list", "::group::watch", id="a registry is slow"),
    ],
)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=str)
def test_a_run_that_is_stopped_ends_in_time_and_the_next_one_does_the_rest(fleet, route, until, number, code):
    faults = fleet.registry.faults if "/v2/" in route else fleet.faults
    faults.switch_on(route, MINUTE)

    ended, told = interrupted(fleet, number, until=until)
    faults.switch_off()
    healed = fleet.run("run")

    assert ended == code, told
    assert "Traceback" not in told
    assert told.count("interrupted; what was sent and recorded until now stays") == 1
    assert told.count("::endgroup::") >= told.count("::group::")
    assert healed.returncode == 0, healed.stderr
    assert [len(fleet.github.repo(name).pulls) for name in REPOS] == [len(TAGS)] * len(REPOS)


def test_told_twice_it_ends_at_once(fleet):
    fleet.faults.switch_on(f"* /{REPOS[2]}.git/*", MINUTE)

    code, told = interrupted(fleet, signal.SIGINT, signal.SIGTERM, until=f"{REPOS[0]}: read anew")

    assert code in {130, 143}, told
    assert "Traceback" not in told
