"""Open pull requests of stages that have their own: each is judged by the pins of its stage."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from proposal_samples import APP, pin, update

from bot.model.dependency import Dependency, Release
from bot.model.pin import Skip
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import Decision, Hold, NotAllowed, Propose, Unknown, UpdateKind, UpToDate, Verdict
from bot.propose.marker import Marker, parts_of, targets_of
from bot.propose.obsolete import obsolete

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UPDATE = update()


def pull(stage: str) -> PullRequest:
    marker = Marker(app=APP.name, stage=stage, targets=targets_of([UPDATE]), content="x")
    return PullRequest(
        repo=APP.repo,
        number=7,
        url="https://github.com/acme/shop/pull/7",
        state=PullRequestState.OPEN,
        branch="rebuild-bot/shop/python",
        base="main",
        title="Update python",
        body=marker.write(),
        head="b" * 40,
        labels=frozenset(),
        created_at=NOW,
        updated_at=NOW,
    )


def waiting(stage: str, *, policy: str = "soak", until: datetime | None = NOW, value: str = UPDATE.release.value) -> Decision:
    wanted = replace(UPDATE, stage=stage, release=replace(UPDATE.release, value=value))
    return Decision(pin=pin(), verdict=Hold(update=wanted, policy=policy, reason="young", until=until), stage=stage)


def there(stage: str) -> Decision:
    newer = pin(value=UPDATE.release.value)
    return Decision(pin=newer, verdict=UpToDate(pin=newer), stage=stage)


SKIP = Skip(file=UPDATE.pin.file, line=1, text="", reason="odd")
DEPENDENCY = str(UPDATE.pin.dependency)


@pytest.mark.parametrize(
    ("stage", "decisions", "skips", "reason"),
    [
        pytest.param("", [there(""), waiting("production")], (), "`main` has what this asks for by now.", id="only a stage apart waits"),
        pytest.param("", [waiting(""), waiting("production")], (), None, id="it is asked for"),
        pytest.param("production", [there(""), waiting("production")], (), None, id="its stage waits"),
        pytest.param(
            "qa", [there("qa"), waiting("production")], (), "`main` has what this asks for by now.", id="its stage has it, another waits"
        ),
        pytest.param(
            "",
            [waiting("qa"), waiting("production")],
            (SKIP,),
            f"each stage gets pull requests of its own for {DEPENDENCY} now.",
            id="the stages went apart",
        ),
        pytest.param(
            "production",
            [waiting("")],
            (),
            f"production has no pull requests of its own for {DEPENDENCY} any more.",
            id="they came together",
        ),
        pytest.param(
            "production",
            [waiting("production", until=None)],
            (),
            f"{DEPENDENCY} {UPDATE.release.value}: young. It is proposed anew once the rules allow it.",
            id="the stage before fell back behind it",
        ),
        pytest.param("production", [waiting("production", until=None, value="3.12.9-slim")], (), None, id="it never had something newer"),
        pytest.param("production", [waiting("production", policy="follow", until=None)], (), None, id="another hold without an end"),
        pytest.param("production", [waiting("")], (SKIP,), None, id="its pin may be in what could not be read"),
    ],
)
def test_a_pull_request_is_judged_by_the_pins_of_its_stage(stage, decisions, skips, reason):
    found = obsolete([AppDecisions(app=APP, decisions=tuple(decisions), skips=skips)], [pull(stage)])

    assert [one.reason for one in found] == ([reason] if reason else [])


API = replace(APP, name="api")


@pytest.mark.parametrize(
    ("shop", "api", "reason"),
    [
        pytest.param([there("")], [waiting("")], None, id="one of them has it"),
        pytest.param([there("")], [there("")], "`main` has what this asks for by now.", id="both have it"),
        pytest.param([there("")], None, None, id="nothing is known of one of them"),
    ],
)
def test_a_pull_request_for_several_apps_is_judged_by_all_of_them(shop, api, reason):
    marker = Marker(app="", targets=targets_of([UPDATE]), content="x", parts=parts_of({"shop": [UPDATE], "api": [UPDATE]}))
    apps = [AppDecisions(app=app, decisions=tuple(decisions)) for app, decisions in ((APP, shop), (API, api)) if decisions is not None]
    found = obsolete(apps, [replace(pull(""), body=marker.write())])

    assert [one.reason for one in found] == ([reason] if reason else [])


SUCCESSOR = Release(dependency=Dependency(datasource="oci", name="reg.example/base/python"), value="3.12")
MOVE = replace(UPDATE, release=SUCCESSOR, kind=UpdateKind.MIGRATE)


def moving(verdict: Verdict) -> Decision:
    return Decision(pin=MOVE.pin, verdict=verdict)


@pytest.mark.parametrize(
    ("decisions", "migrations", "reason"),
    [
        pytest.param([waiting("")], [moving(Propose(update=MOVE))], None, id="it is asked for"),
        pytest.param([waiting("")], [moving(Unknown(pin=MOVE.pin, reason="denied"))], None, id="nobody can tell"),
        pytest.param(
            [waiting("")],
            [],
            f"the catalogue of bases does not ask to move {DEPENDENCY} to reg.example/base/python:3.12 any more.",
            id="the catalogue asks no more",
        ),
        pytest.param(
            [waiting("")],
            [moving(NotAllowed(update=MOVE, policy="not allowed", reason="quiet"))],
            "the move to reg.example/base/python:3.12 is not allowed any more (not allowed: quiet)."
            " It is proposed anew once the rules allow it.",
            id="refused",
        ),
        pytest.param([], [], f"nothing is left in shop that stands on {DEPENDENCY}.", id="the base is gone"),
    ],
)
def test_a_move_to_another_base_is_judged_by_moves_alone(decisions, migrations, reason):
    marker = Marker(app=APP.name, targets=targets_of([MOVE]), content="x")
    asked = replace(pull(""), branch="rebuild-bot/shop/python-migrate", body=marker.write())

    found = obsolete([AppDecisions(app=APP, decisions=tuple(decisions), migrations=tuple(migrations))], [asked])

    assert [one.reason for one in found] == ([] if reason is None else [reason])
