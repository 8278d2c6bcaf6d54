"""Builds that are started on GitHub, and what became of them, against the sandbox's GitHub."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clients.github import UNPACED, GitHubForge, Token
from bot.model.build import BuildOrder, BuildState, Trigger
from bot.model.forge import ForgeError
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults, LostAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.github.state import RunDetails
from bot.sandbox.server import Server

SHOP = "acme/shop"
WORKFLOW = """\
name: Release
run-name: rebuild ${{ inputs.key }}
on:
  workflow_dispatch: {inputs: {key: {type: string}}}
  repository_dispatch: {types: [rebuild]}
"""
ORDER = BuildOrder(repo=SHOP, trigger=Trigger.WORKFLOW, name="release.yml", ref="main", inputs={"key": "k1"})
EVENT = BuildOrder(repo=SHOP, trigger=Trigger.REPOSITORY, name="rebuild", ref="main", inputs={"key": "k1"})


@pytest.fixture
def github(tmp_path):
    sandbox = GitHubSandbox(tmp_path, clock=Clock())
    sandbox.create_repo("acme", "shop", {".github/workflows/release.yml": WORKFLOW, ".github/workflows/test.yml": "on: push\n"})
    return sandbox


@pytest.fixture
def faults(github):
    return Faults(github.app)


@pytest.fixture
def forge(faults):
    with (
        Server(faults) as server,
        closing(GitHubForge(f"{server.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=UNPACED)) as made,
    ):
        yield made


def before(github):
    return github.clock() - timedelta(minutes=1)


def test_the_run_that_was_started_is_known(github, forge):
    started = forge.start_build(ORDER)

    [run] = github.repo(SHOP).runs
    assert (started.id, started.state) == (run.id, BuildState.RUNNING)
    assert (run.ref, run.inputs) == ("main", {"key": "k1"})
    assert forge.build(SHOP, run.id) == replace(started, title="rebuild k1", said="queued")


@pytest.mark.parametrize("details", [RunDetails.IGNORED, RunDetails.REFUSED], ids=str)
def test_a_server_that_does_not_tell_starts_it_once_and_it_is_found(github, forge, details):
    github.world.run_details = details

    assert forge.start_build(ORDER) is None
    assert [build.id for build in forge.builds_since(ORDER, before(github))] == [run.id for run in github.repo(SHOP).runs]
    assert len(github.repo(SHOP).runs) == 1


def test_an_event_starts_what_listens_to_it(github, forge):
    assert forge.start_build(EVENT) is None

    [build] = forge.builds_since(EVENT, before(github))
    assert (build.id, build.title) == (github.repo(SHOP).runs[0].id, "rebuild k1")


def test_builds_of_others_and_of_earlier_are_not_its_own(github, forge):
    forge.start_build(ORDER)
    github.repo(SHOP).runs[0].actor = github.user("ann")
    forge.start_build(EVENT)

    assert forge.builds_since(ORDER, before(github)) == []
    assert len(forge.builds_since(EVENT, before(github))) == 1
    assert forge.builds_since(EVENT, github.clock() + timedelta(minutes=5)) == []


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [("success", BuildState.SUCCEEDED), ("failure", BuildState.FAILED), ("cancelled", BuildState.FAILED)],
)
def test_how_a_build_ended(github, forge, conclusion, state):
    started = forge.start_build(ORDER)
    github.end_run(SHOP, started.id, conclusion)

    ended = forge.build(SHOP, started.id)

    assert (ended.state, ended.said) == (state, conclusion)
    assert forge.build(SHOP, 1) is None


@pytest.mark.parametrize(
    ("order", "said"),
    [
        pytest.param(replace(ORDER, name="none.yml"), "404", id="no such workflow"),
        pytest.param(replace(ORDER, name="test.yml"), "workflow_dispatch", id="one that is not started so"),
        pytest.param(replace(ORDER, ref="gone"), "No ref found", id="no such branch"),
        pytest.param(replace(ORDER, inputs={"odd": "1"}), "Unexpected inputs", id="inputs that it does not take"),
        pytest.param(replace(EVENT, name="x" * 101), "event_type", id="an event with too long a name"),
    ],
)
def test_what_github_refuses_is_no_doubt(github, forge, order, said):
    with pytest.raises(ForgeError, match=said) as caught:
        forge.start_build(order)

    assert not caught.value.is_temporary
    assert github.repo(SHOP).runs == []


def test_a_lost_answer_is_a_doubt_and_nothing_is_sent_twice(github, forge, faults):
    faults.switch_on("POST */dispatches", LostAnswer(), times=1)

    with pytest.raises(ForgeError) as caught:
        forge.start_build(ORDER)

    assert caught.value.is_temporary
    assert len(forge.builds_since(ORDER, before(github))) == len(github.repo(SHOP).runs) == 1


def test_without_the_permission_it_is_refused(github, forge):
    github.world.tokens[BOT_TOKEN].may_start_workflows = False

    with pytest.raises(ForgeError, match="permissions"):
        forge.start_build(ORDER)
