"""How far a run is, as those see it who read along."""

import os
import pty
import re
import subprocess
import sys

import pytest

from bot.sandbox.faults import ServerError
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.end_to_end.conftest import REPOS, rebuild_bot

COMMAND = re.compile(r"^\s*::([a-z-]+)|##\[")


def in_actions(acme, *arguments):
    environment = {"GITHUB_ACTIONS": "true", "CI": "true", "REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}
    return rebuild_bot("--config", str(acme.config), *arguments, folder=acme.folder, environment=environment)


def commands(done):
    return [found[1] for line in (done.stdout + "\n" + done.stderr).splitlines() if (found := COMMAND.search(line))]


def test_in_a_workflow_stages_are_groups_and_failures_annotations(fleet):
    fleet.faults.switch_on(f"* /{REPOS[1]}.git/*", ServerError(status=500))

    done = in_actions(fleet, "run")

    lines = done.stderr.splitlines()
    assert done.returncode == 4, done.stderr
    assert [line for line in lines if line.startswith("::group::")] == [
        "::group::survey",
        "::group::find (4)",
        "::group::watch (2)",
        "::group::decide (12)",
        "::group::propose (3)",
    ]
    assert commands(done).count("endgroup") == 5
    assert f"{REPOS[0]}: read anew: 4 findings" in lines
    assert [line for line in lines if line.startswith(f"{REPOS[0]}: pull request #1 opened: ")]
    assert [line for line in lines if line.startswith(f"::error title=failed%3A {REPOS[1]}::{REPOS[1]}: git fetch failed")]
    assert not [line for line in lines if line.startswith("{")], "no events, where nobody asked for them"


def test_in_a_workflow_a_quiet_night_says_nothing_of_single_repos(fleet):
    in_actions(fleet, "run")

    done = in_actions(fleet, "run")

    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if line.startswith("acme/")]


def test_in_a_workflow_what_others_wrote_commands_nothing(fleet):
    hostile = "::add-mask::x ##[group]y"
    fleet.github.create_repo("acme", "platform", {"README.md": "the leads' repo\n"})
    fleet.github.create_repo(
        "acme",
        "evil",
        {
            f"{hostile}/Dockerfile": f"# {hostile}\nFROM python:3.12.4\n{hostile}\n\t::warning::z\n",
            "Dockerfile": f"FROM {hostile}\n::set-output name=a::b\nFROM $X\n",
        },
    )
    fleet.registry.push_image(
        "docker.io/library/python", "3.12.7", labels={"org.opencontainers.image.source": "https://github.com/up/stream"}
    )
    fleet.github.add_release("up/stream", "v3.12.7", name=hostile, body=f"{hostile}\n\n::error::pwned\n\n##[error]pwned\n")

    for arguments in (
        ["run", "--dry-run"],
        ["run", "--format", "json"],
        ["report", "--format", "markdown"],
        ["report", "--format", "json"],
    ):
        done = in_actions(fleet, *arguments)

        told = commands(done)
        ours = [line for line in done.stderr.splitlines() if line.startswith("::error title=failed%3A ")]
        assert set(told) <= {"group", "endgroup", "warning", "error"}, arguments
        assert told.count("error") == len(ours)
        assert "group" in told


@pytest.mark.parametrize("command", ["run", "report"])
def test_a_group_is_closed_whatever_ends_the_call(fleet, command):
    fleet.faults.switch_on("* *", ServerError(status=500), after=6)

    done = in_actions(fleet, command)

    told = commands(done)
    assert done.returncode == 4, done.stderr
    assert told.count("group") == told.count("endgroup")
    assert "error" in told


def on_a_terminal(acme, *arguments):
    """What is drawn on a terminal of 100 columns."""
    leader, follower = pty.openpty()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(acme.folder),
        "TERM": "xterm",
        "COLUMNS": "100",
        "REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "--config", str(acme.config), *arguments],
        cwd=acme.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=follower,
    ) as process:
        os.close(follower)
        drawn = b""
        try:
            while piece := os.read(leader, 65536):
                drawn += piece
        except OSError:  # how Linux says that the other end is closed
            pass
        finally:
            os.close(leader)
    return process.returncode, drawn.decode()


def test_on_a_terminal_each_stage_is_a_bar_with_count_elapsed_and_left(fleet):
    code, drawn = on_a_terminal(fleet, "run")

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert code == 0, drawn
    assert re.search(r"find .*4/4 0:00:\d\d left 0:00:00", plain), plain
    assert re.search(r"propose .*4/4", plain), plain
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l"), "the cursor is shown again"
