"""One bad answer, whatever it is and whoever it is for, costs what it was asked for, and nothing else."""

import json
from datetime import timedelta

import pytest

from bot.decide.decider import Decider
from bot.ledger.sightings import Sightings
from bot.model.pull_request import Outcome
from bot.pipeline import propose as propose_stage
from bot.pipeline import repo_files as files_stage
from bot.pipeline import run as run_stage
from bot.propose.proposer import Proposer
from bot.sandbox.faults import DroppedConnection, LostAnswer, ServerError, StrangeAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.watch.oci import OciDatasource
from tests.end_to_end.conftest import REPOS, TAGS, Acme, outcomes, run

STRANGE = [
    pytest.param(StrangeAnswer(), id="a proxy's page"),
    pytest.param(StrangeAnswer(body=b'{"data": {"repo', kind="application/json"), id="JSON cut short"),
    pytest.param(StrangeAnswer(body=b"[]", kind="application/json"), id="a list"),
    pytest.param(StrangeAnswer(body=b"null", kind="application/json"), id="null"),
    pytest.param(StrangeAnswer(body=b"", kind="application/json"), id="nothing"),
    pytest.param(StrangeAnswer(body=b'{"data": null}', kind="application/json"), id="no data"),
    pytest.param(StrangeAnswer(body=b'{"data": {}}', kind="application/json"), id="empty data"),
    pytest.param(
        StrangeAnswer(body=b'{"data": {"repository": null, "nodes": [null], "viewer": null}}', kind="application/json"), id="nothing in it"
    ),
    pytest.param(StrangeAnswer(body=b'{"errors": "none"}', kind="application/json"), id="errors that are none"),
    pytest.param(StrangeAnswer(body=b'{"errors": [{"message": "Something went wrong"}]}', kind="application/json"), id="errors"),
]


@pytest.mark.parametrize("strange", STRANGE)
def test_what_answers_that_say_nothing_leave_undone_the_next_run_does(fleet, strange):
    fleet.faults.switch_on("POST /api/graphql", strange, after=2, times=6)  # past the survey, more than are tried again at once
    first = run(fleet)
    fleet.faults.switch_off()
    second = run(fleet)

    assert {repo for repo, outcome in outcomes(first) if outcome is Outcome.OPENED}, "the others were served"
    assert not second.failures
    assert {repo for repo, _ in outcomes(second)} == set(REPOS)
    assert {outcome for _, outcome in outcomes(second)} <= {Outcome.OPENED, Outcome.UPDATED, Outcome.UNCHANGED}


@pytest.mark.parametrize("strange", STRANGE)
def test_a_github_that_says_nothing_at_all_is_a_failure_in_plain_words(acme: Acme, strange):
    acme.faults.switch_on("POST /api/graphql", strange)

    done = acme.run("run")

    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert "failed: acme: " in done.stderr


def test_a_survey_that_keeps_a_repo_back_is_told_and_the_others_are_served(fleet, monkeypatch):
    """GraphQL answers with a hole and an error where an organisation's rules forbid the token one of the repos."""
    answer = fleet.github.app

    async def with_a_hole(scope, receive, send):
        async def holed(message):
            body = message.get("body", b"")
            if b'"repositoryOwner"' in body:
                data = json.loads(body)
                data["data"]["repositoryOwner"]["repositories"]["nodes"][1] = None
                path = ["repositoryOwner", "repositories", "nodes", 1]
                data["errors"] = [{"type": "FORBIDDEN", "path": path, "message": "Resource protected by organization SAML enforcement."}]
                message = {**message, "body": json.dumps(data).encode()}
            if message["type"] == "http.response.start":
                message = {**message, "headers": [header for header in message["headers"] if header[0] != b"content-length"]}
            await send(message)

        await answer(scope, receive, holed)

    monkeypatch.setattr(fleet.faults, "_app", with_a_hole)
    summary = run(fleet)

    assert {repo for repo, _ in outcomes(summary)} == set(REPOS) - {REPOS[1]}
    (failure,) = summary.failures
    assert (failure.where, failure.what) == (
        "a repo of acme",
        "GitHub said 403: Resource protected by organization SAML enforcement. Give the token the permissions that the README lists.",
    )


PLACES = [
    pytest.param(files_stage, "scan", id="a file that breaks a finder"),
    pytest.param(Decider, "answer", id="a pin that breaks a policy"),
    pytest.param(OciDatasource, "releases", id="a look-up that breaks a datasource"),
    pytest.param(Sightings, "compared", id="a list that breaks the memory"),
    pytest.param(propose_stage, "drafts_of", id="an app that breaks the composing"),
    pytest.param(Proposer, "_send", id="a proposal that breaks the sending"),
    pytest.param(run_stage, "track", id="a history that breaks the tracking"),
]


@pytest.mark.parametrize("error", [KeyError("x"), AssertionError(), RecursionError()])
@pytest.mark.parametrize(("place", "name"), PLACES)
def test_whatever_is_thrown_is_a_failure_of_one_part(fleet, monkeypatch, place, name, error):
    whole, thrown = getattr(place, name), []

    def broken(*args, **kwargs):
        if not thrown:
            thrown.append(True)
            raise error
        return whole(*args, **kwargs)

    monkeypatch.setattr(place, name, broken)
    summary = run(fleet)

    unknown = [decision for app in summary.apps for decision in app.decisions if "Report it" in getattr(decision.verdict, "reason", "")]
    assert thrown
    assert summary.failures or unknown
    assert sum(outcome is Outcome.OPENED for _, outcome in outcomes(summary)) >= len(REPOS)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(ServerError(), id="server error"),
        pytest.param(DroppedConnection(), id="dropped connection"),
        pytest.param(LostAnswer(), id="lost answer"),
        pytest.param(StrangeAnswer(), id="a proxy's page"),
    ],
)
def test_where_every_tenth_answer_fails_everything_is_sent_in_one_run(fleet, fault):
    for place in range(3, 400, 10):
        fleet.faults.switch_on("* /api/*", fault, after=place, times=1)
    first = run(fleet)
    fleet.faults.switch_off()
    second = run(fleet)
    third = run(fleet)

    assert sorted(outcomes(first)) == sorted((name, Outcome.OPENED) for name in REPOS for _ in TAGS)
    assert not first.failures
    # Where the notes were what failed, their text comes later.
    assert {sent.note for sent in second.sent if sent.outcome is not Outcome.UNCHANGED} <= {"more is known now"}
    assert {outcome for _, outcome in outcomes(third)} == {Outcome.UNCHANGED}
    assert fleet.writes == 0


@pytest.mark.parametrize("log_format", ["pretty", "json"])
def test_a_traceback_in_the_log_shows_no_secret(acme: Acme, log_format):
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})
    acme.faults.switch_on("POST /api/graphql", StrangeAnswer(body=b'{"data": {"repositoryOwner": 7}}', kind="application/json"))

    done = acme.run("--log-format", log_format, "--verbose", "run")

    assert "TypeError" in done.stderr
    assert BOT_TOKEN not in done.stderr


def test_of_the_repos_that_are_named_an_unknown_one_stops_no_other(fleet):
    done = fleet.run("run", "--repo", "acme/none", "--repo", REPOS[0])

    assert done.returncode == 4
    assert "failed: acme/none: GitHub said 404: Could not resolve to a Repository with the name 'acme/none'." in done.stderr
    assert len(fleet.github.repo(REPOS[0]).pulls) == len(TAGS)


def test_what_fails_says_when_it_worked_last_and_a_late_run_says_so(fleet):
    run(fleet)
    last = fleet.github.clock()
    fleet.github.clock.advance(timedelta(days=9))
    fleet.registry.faults.switch_on("GET /v2/docker.io/library/redis/tags/list", StrangeAnswer())
    fleet.faults.switch_on(f"* /{REPOS[1]}.git/*", ServerError())
    fleet.github.commit_files(REPOS[1], {"README.md": "changed\n"}, message="Change")
    late = run(fleet)
    fleet.github.clock.advance(timedelta(days=1))
    soon = run(fleet)

    assert {failure.where: failure.last_good for failure in late.failures} == {
        REPOS[1]: last.replace(microsecond=0),
        "oci: docker.io/library/redis": last.replace(microsecond=0),
    }
    assert (late.last_run, late.is_late) == (last.replace(microsecond=0), True)
    assert not soon.is_late
