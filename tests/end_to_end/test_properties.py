"""Custom properties of repos: what they cost, what they say, and what is said where they can't be had."""

import json

import pytest

from bot.model.fleet import Criticality, Phase
from bot.sandbox.faults import StrangeAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import Access
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from tests.end_to_end.conftest import Acme, run

LIST = "GET /api/v3/orgs/acme/properties/values"
REPOS = 3


@pytest.fixture
def acme(acme: Acme) -> Acme:
    acme.registry.gate.access = Access.OPEN
    acme.registry.push_image("docker.io/library/python", "3.12.4")
    for number in range(REPOS):
        properties = {"lifecycle": "maintenance", "team": "payments", "criticality": "high", "languages": ["go", "c"], "cost-center": None}
        acme.github.create_repo("acme", f"app-{number}", {"Dockerfile": "FROM python:3.12.4\n"}, properties=properties)
    return acme


def read_properties(acme: Acme) -> None:
    acme.config.write_text(f"{acme.config.read_text(encoding='utf-8')}properties: {{read: true}}\n", encoding="utf-8")


def asked(acme: Acme) -> int:
    return acme.faults.count("* *properties*")


def phases(summary) -> set[tuple[Phase, str]]:
    return {(app.app.phase, app.app.phase_reason) for app in summary.apps}


def test_nobody_who_does_not_want_them_pays_for_them(acme):
    assert phases(run(acme)) == {(Phase.DEVELOPMENT, "last commit by a person today")}
    assert asked(acme) == 0


def test_one_request_for_each_hundred_repos_tells_the_phase_owners_and_criticality(acme):
    read_properties(acme)
    for number in range(100):
        acme.github.create_repo("acme", f"empty-{number}", {})

    summary = run(acme)

    assert not summary.failures
    assert acme.faults.count(LIST) == asked(acme) == 2
    assert phases(summary) == {(Phase.BAU, "property lifecycle: maintenance")}
    assert {app.app.owners for app in summary.apps} == {("@acme/payments",)}
    assert {app.app.criticality for app in summary.apps} == {Criticality.HIGH}


def test_of_a_repo_that_is_named_they_are_asked_for_alone(acme):
    read_properties(acme)
    settings = load(acme.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})

    summary = fleet_wiring.run(settings, only=["acme/app-1"], now=acme.github.clock)

    assert phases(summary) == {(Phase.BAU, "property lifecycle: maintenance")}
    assert acme.faults.count("GET /api/v3/repos/acme/app-1/properties/values") == asked(acme) == 1


BAD = {
    "no list": (StrangeAnswer(body=b'{"message": "Hello"}'), "can't be read"),
    "no repo": (StrangeAnswer(body=b"[null, 7]"), "can't be read"),
    "a value of a strange type": (
        StrangeAnswer(body=b'[{"repository_full_name": "acme/app-0", "properties": [{"property_name": "phase", "value": {"a": [1]}}]}]'),
        "neither a text nor a list of texts",
    ),
    "a name of a strange type": (
        StrangeAnswer(body=b'[{"repository_full_name": "acme/app-0", "properties": [{"property_name": 7, "value": "bau"}]}]'),
        "neither a text nor a list of texts",
    ),
    "a repo without a name": (StrangeAnswer(body=b'[{"properties": []}]'), "can't be read"),
    "properties that are none": (StrangeAnswer(body=b'[{"repository_full_name": "acme/app-0", "properties": "bau"}]'), "can't be read"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "why"), BAD.values(), ids=BAD.keys())
def test_where_they_cant_be_had_nothing_is_concluded_and_the_remedy_told(acme, answer, why):
    read_properties(acme)
    acme.faults.switch_on(LIST, answer)

    summary = run(acme)

    (failure,) = summary.failures
    assert failure.where == "the custom properties of acme's repos"
    assert why in failure.what
    assert "custom properties: read" in failure.remedy
    assert phases(summary) == {(Phase.DEVELOPMENT, "last commit by a person today (its custom properties are not known)")}
    assert len(summary.apps) == REPOS, "and the rest is done"


def test_the_second_page_that_fails_spoils_the_first(acme):
    """Of the repos on it nothing would be known, and of nothing known nothing is told by silence."""
    read_properties(acme)
    for number in range(100):
        acme.github.create_repo("acme", f"empty-{number}", {})
    acme.faults.switch_on(LIST, StrangeAnswer(), after=1)

    summary = run(acme)

    assert len(summary.failures) == 1
    assert {phase for phase, _ in phases(summary)} == {Phase.DEVELOPMENT}


def test_json_tells_whose_word_it_is(acme):
    read_properties(acme)
    acme.github.world.tokens[BOT_TOKEN].may_read_properties = False
    acme.github.create_repo("acme", "owned", {"Dockerfile": "FROM python:3.12.4\n", "CODEOWNERS": "* @dana\n"})

    done = acme.run("run", "--dry-run", "--format", "json")

    told = {app["app"]: app for app in json.loads(done.stdout)["apps"]}
    assert done.returncode == 4
    assert told["owned"]["owners_reason"] == "CODEOWNERS (its custom properties are not known)"
    assert told["owned"]["phase_reason"] == "last commit by a person today (its custom properties are not known)"
    assert "properties.read" in done.stderr + done.stdout
