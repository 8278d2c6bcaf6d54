"""A base that the organisation's catalogue deprecates gives way to its successor in a pull request of its own, at most once."""

import json
from datetime import timedelta

from bot.model.pull_request import Outcome
from bot.report.not_done import not_done
from bot.sandbox.registry.images import Runtime
from tests.end_to_end.conftest import Acme, run

SHOP = "acme/shop"
OURS = "docker.io/base/python"
CATALOGUE = """\
bases:
  catalogue:
    - {image: docker.io/library/python, status: deprecated, since: 2020-01-01,
       successor: "docker.io/base/{name}:{major}.{minor}", reason: ours is patched}
"""


def with_shop(acme: Acme) -> Acme:
    layers = [{"release": b"1\n"}]
    for tag in ("3.11.9", "3.12.4", "3.12.5"):
        acme.registry.push_image("docker.io/library/python", tag, layers=layers, runtime=Runtime(user="app", entrypoint=("python3",)))
    acme.registry.push_image(OURS, "3.12", layers=[{"release": b"ours\n"}], runtime=Runtime(entrypoint=("python3",)))
    acme.github.create_repo(
        *SHOP.split("/"),
        {"Dockerfile": "FROM python:3.12.4 AS build\nFROM python:3.12.4\n", "tools/Dockerfile": "ARG V=3.12.4\nFROM python:$V\n"},
    )
    acme.github.create_repo("acme", "old", {"Dockerfile": "FROM python:3.11.9\n"})
    acme.config.write_text(acme.config.read_text(encoding="utf-8") + CATALOGUE, encoding="utf-8")
    return acme


def moves(summary):
    return [sent for sent in summary.sent if sent.proposal.is_migration]


def test_a_deprecated_base_moves_to_its_successor_once(acme):
    with_shop(acme)
    summary = run(acme)
    (move,) = moves(summary)
    (pull,) = [pull for pull, _ in acme.github.repo(SHOP).pulls if pull.title == move.proposal.title]

    assert move.outcome is Outcome.OPENED
    assert move.proposal.title == "Move python to base/python:3.12"
    assert move.proposal.branch.endswith("/python-migrate")
    assert [(str(change.path), change.new) for change in move.proposal.changes] == [
        ("Dockerfile", b"FROM base/python:3.12 AS build\nFROM base/python:3.12\n")
    ]
    assert "The organisation's catalogue has python as deprecated since 2020-01-01: ours is patched." in pull.body
    assert "Risk: high" in pull.body
    assert "runs as root from now on" in pull.body
    assert not move.proposal.is_auto_merged
    # The other app's tag is one that the successor has not: that is told.
    (left,) = [one for one in not_done(summary) if "the move to" in one.what]
    assert left.what == "docker.io/library/python 3.11.9: the move to its successor"
    assert "it has no tag 3.11" in left.reason
    # The base in use is cared for as ever until then, in a pull request of its own.
    assert [sent.proposal.title for sent in summary.sent if sent not in moves(summary)] == ["Update python to 3.12.5"]
    assert [failure.where for failure in summary.failures] == [f"{SHOP}: tools/Dockerfile:1"]
    (exposure,) = {one.dependency: one for one in summary.exposures}.values()
    assert exposure.pull_request_number is not None
    assert exposure.pull_request_number != move.pull_request.number

    again = run(acme)

    assert acme.writes == 0
    assert [sent.outcome for sent in moves(again)] == [Outcome.UNCHANGED]


MIRROR = """\
bases:
  copies: [{internal: "docker.io/hub/*", upstream: "docker.io/library/*"}]
  owner: "@acme/ops"
"""


def test_upstream_has_it_and_the_mirror_does_not(acme):
    for repository in ("docker.io/library/python", "docker.io/hub/python"):
        acme.registry.push_image(repository, "3.12.4", layers=[{"release": b"1\n"}])
    acme.github.create_repo(*SHOP.split("/"), {"Dockerfile": "FROM hub/python:3.12.4\n"})
    acme.config.write_text(acme.config.read_text(encoding="utf-8") + MIRROR, encoding="utf-8")
    run(acme)
    before = json.loads(acme.run("bases", "--format", "json").stdout)["lags"]
    acme.release("3.12.5")
    acme.github.clock.advance(timedelta(days=2))
    run(acme)
    acme.github.clock.advance(timedelta(days=5))
    run(acme)
    (lag,) = json.loads(acme.run("bases", "--format", "json").stdout)["lags"]

    assert [(one["missing"], one["not_known"]) for one in before] == [([], "")]
    assert (lag["upstream"], lag["newest"], lag["missing"], lag["owner"]) == ("docker.io/library/python", "3.12.4", ["3.12.5"], "@acme/ops")
    assert (lag["same_digest"], lag["days"]) == ("the same", 5)
    assert "upstream has 3.12.5, your mirror does not have it" in acme.run("bases").stdout
    asked = acme.run("candidates", "hub/python:3.12.4")
    assert "docker.io/library/python: upstream has 3.12.5, your mirror does not have it" in asked.stderr
    # A copy that lacks it is asked for nothing: there is nothing to move to.
    assert not run(acme).sent


def test_who_closes_it_has_said_no_and_who_merges_it_is_on_the_successor(acme):
    with_shop(acme)
    (move,) = moves(run(acme))
    acme.github.close_issue(SHOP, move.pull_request.number, by="ana")
    declined = run(acme)

    assert [(sent.outcome, sent.note) for sent in moves(declined)] == [
        (Outcome.DECLINED, f"#{move.pull_request.number} was closed without a merge")
    ]
    acme.github.commit_files(SHOP, {"Dockerfile": "FROM base/python:3.12 AS build\nFROM base/python:3.12\n"}, message="Move by hand")
    assert moves(run(acme)) == []
