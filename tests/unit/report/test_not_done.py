"""What a run leaves undone is told, all of it, with the reason."""

from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.rows import run_json
from bot.model.exposure import Exposure, Step
from bot.model.failure import Failure
from bot.model.pin import Skip
from bot.model.pull_request import Outcome
from bot.model.run import AppDecisions
from bot.model.turn import Urgency, WaitsFor
from bot.model.update import OPT_OUT, Decision, Frozen, Hold, NotAllowed, Propose, Undecidable, Unknown, UpToDate
from bot.report.not_done import Why, counted, left_of, not_done
from bot.report.summary import step_summary
from tests.unit.report.sample import JOBS, NOW, SEARCH
from tests.unit.report.test_summary import PIN, RUN, UPDATE, sent, waits

EMPTY = replace(RUN, apps=(), sent=(), failures=(), closed=(), waiting=())
WAITS = waits(None, Urgency(), WaitsFor.REPO, "5 are open")
HELD = Hold(update=UPDATE, policy="cooldown", reason="too young", until=NOW + timedelta(days=1))


def decided(*verdicts, app=SEARCH, skips=()):
    return AppDecisions(app=app, decisions=tuple(Decision(pin=PIN, verdict=verdict) for verdict in verdicts), skips=tuple(skips))


@pytest.mark.parametrize(
    ("verdict", "why", "what"),
    [
        pytest.param(HELD, Why.HELD, "docker.io/library/python 3.13.0", id="held"),
        pytest.param(NotAllowed(update=UPDATE, policy="kinds", reason="no"), Why.NOT_ALLOWED, "docker.io/library/python 3.13.0", id="rule"),
        pytest.param(NotAllowed(update=UPDATE, policy=OPT_OUT, reason="no"), Why.OPTED_OUT, "docker.io/library/python 3.13.0", id="owner"),
        pytest.param(Undecidable(pin=PIN, reason="no order"), Why.UNDECIDED, "docker.io/library/python 3.12.1", id="undecided"),
        pytest.param(Frozen(pin=PIN, reason="it shrank"), Why.FROZEN, "docker.io/library/python", id="frozen"),
        pytest.param(Unknown(pin=PIN, reason="no answer"), Why.NOT_KNOWN, "docker.io/library/python", id="unknown"),
    ],
)
def test_each_verdict_that_moves_nothing_is_told_with_its_place(verdict, why, what):
    (one,) = not_done(replace(EMPTY, apps=(decided(verdict, verdict), decided(verdict, app=JOBS))))

    assert (one.why, one.what, one.count) == (why, what, 3)
    assert one.where == ("acme/search: Dockerfile:1", "acme/jobs: Dockerfile:1")


def test_what_was_done_is_not_told():
    done = decided(Propose(update=UPDATE), UpToDate(pin=PIN))

    assert not_done(replace(EMPTY, apps=(done,), sent=(sent("acme/a", Outcome.OPENED, 1),))) == []


def test_what_is_held_for_longer_than_the_app_may_wait_is_starved_since_it_was_first_seen():
    late = Exposure(
        app=SEARCH,
        dependency=str(PIN.dependency),
        old="3.12.1",
        new="3.13.0",
        steps={Step.DETECTED: NOW - timedelta(days=40)},
        waiting_for=Step.PROPOSED,
        due=NOW - timedelta(days=1),
    )
    run = replace(EMPTY, apps=(decided(HELD), decided(HELD, app=JOBS)), exposures=(late,))

    starved, held = not_done(run)

    assert (starved.why, starved.since, starved.where) == (Why.STARVED, NOW - timedelta(days=40), ("acme/search: Dockerfile:1",))
    assert (held.why, held.since, held.where) == (Why.HELD, None, ("acme/jobs: Dockerfile:1",))


def test_skips_failures_refused_pull_requests_and_what_the_limits_left_are_told():
    run = replace(
        EMPTY,
        apps=(decided(skips=(Skip(file=PurePosixPath("a.yaml"), line=7, text="{{ x }}", reason="a template"),)),),
        sent=(sent("acme/a", Outcome.DECLINED, 3, "#3 was closed"), sent("acme/b", Outcome.EDITED_BY_HUMAN, note="holds commits of dana")),
        failures=(Failure(where="acme/c", what="GitHub said 403.", remedy="Give the token more."),),
        waiting=(WAITS,),
    )

    assert [(one.why, one.what, one.reason, one.where) for one in not_done(run)] == [
        (Why.FAILED, "acme/c", "GitHub said 403. Give the token more.", ()),
        (Why.EDITED_BY_HUMAN, "Update python to 3.12.4", "holds commits of dana", ("acme/b: rebuild-bot/python",)),
        (Why.DECLINED, "Update python to 3.12.4", "#3 was closed", ("acme/a: https://github.com/acme/a/pull/3",)),
        (Why.POSTPONED, "Update redis to 7.4", "waits for its repo: 5 are open", ("acme/shop: shop",)),
        (Why.SKIPPED, "{{ x }}", "a template", ("acme/search: a.yaml:7",)),
    ]
    assert counted(not_done(run)) == "1 failed, 1 edited by hand, 1 declined, 1 waiting, 1 skipped"


def test_what_fails_says_since_when_and_a_late_run_says_so_first():
    last = NOW - timedelta(days=9)
    run = replace(
        EMPTY,
        apps=(decided(Unknown(pin=PIN, reason="no answer")),),
        failures=(
            Failure(where=str(PIN.dependency), what="no answer", last_good=last),
            Failure(where="acme/c", what="GitHub said 403.", remedy="Give it more.", last_good=last),
        ),
        last_run=last,
        is_late=True,
    )

    assert [(one.why, one.what, one.since) for one in not_done(run)] == [
        (Why.LATE, "this run", last),
        (Why.FAILED, "acme/c", last),
        (Why.NOT_KNOWN, "docker.io/library/python", last),
    ]
    told = step_summary(run).replace("\N{NO-BREAK SPACE}", " ")
    assert told.count("no answer") == 1, "once, with the places of its pins"
    assert "| `docker.io/library/python` | no answer | since 14 Nov | 1 | `acme/search: Dockerfile:1` |" in told
    assert "| `acme/c` | GitHub said 403. Give it more. | since 14 Nov | 1 |  |" in told


def test_a_repo_without_a_commit_is_told():
    (one,) = not_done(replace(EMPTY, empty_repos=("acme/new",)))

    assert (one.why, one.what, one.reason) == (Why.SKIPPED, "acme/new", "the repo has no commit yet")


def test_of_a_folder_the_places_are_those_of_its_files():
    skip = Skip(file=PurePosixPath("x.yaml"), line=7, text="{{ image }}", reason="a template")
    entry = decided(HELD, UpToDate(pin=PIN), skips=[skip], app=replace(SEARCH, repo=""))

    assert [(one.why, one.where) for one in left_of(entry)] == [(Why.HELD, ("Dockerfile:1",)), (Why.SKIPPED, ("x.yaml:7",))]


VERDICTS = st.sampled_from(
    [HELD, replace(HELD, reason="frozen"), Undecidable(pin=PIN, reason="no order"), Frozen(pin=PIN, reason="short"), UpToDate(pin=PIN)]
)


@given(st.lists(st.lists(VERDICTS, max_size=5), max_size=4))
def test_nothing_is_lost_between_the_verdicts_and_the_list(verdicts):
    run = replace(EMPTY, apps=tuple(decided(*one, app=replace(SEARCH, repo=f"acme/{number}")) for number, one in enumerate(verdicts)))

    undone = not_done(run)

    assert sum(one.count for one in undone) == sum(not isinstance(verdict, UpToDate) for one in verdicts for verdict in one)
    assert sum(one["count"] for one in run_json(run)["not_done"]) == sum(one.count for one in undone)


def test_the_step_summary_has_all_of_it_as_far_as_github_shows_one():
    def with_skips(count):
        skips = [
            Skip(file=PurePosixPath(f"{number}.yaml"), line=1, text=f"text {number} " * 20, reason="a template") for number in range(count)
        ]
        return step_summary(replace(EMPTY, apps=(decided(skips=skips),)))

    assert "text 1499 " in with_skips(1_500)
    assert "more row" not in with_skips(1_500)
    assert len(with_skips(20_000).encode()) <= 1_000_000
    assert "18000 more rows not shown" in with_skips(20_000)
