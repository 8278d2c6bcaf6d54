"""VEX of vendors' words and accepted risks: valid, read back as it was said, and never made of what is absent."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import resources

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from bot.assess.documents import load
from bot.model.accepted import Accepted
from bot.model.assessment import Assessment, Dismissed, VexStatement, VexStatus
from bot.model.base_state import BaseState
from bot.model.severity import Severity
from bot.report.board import Board
from bot.report.exports.cyclonedx_vex import cyclonedx_vex
from bot.report.exports.openvex import openvex
from tests.boards import NOW
from tests.image_steps import hole

DIGEST = "sha256:" + "ab" * 32
PURL = f"pkg:oci/shop@sha256%3A{'ab' * 32}?repository_url=ghcr.io%2Facme%2Fshop"
SAID = VexStatement(
    names=frozenset({"CVE-2026-1"}),
    products=("pkg:oci/shop",),
    status=VexStatus.NOT_AFFECTED,
    reason="vulnerable_code_not_in_execute_path: only the server has it",
    author="Acme",
    at=datetime(2026, 5, 1, tzinfo=UTC),
    where="acme.vex.json",
)
RISK = Accepted(dependency="ghcr.io/acme/*", hole="CVE-2026-2", reason="behind a wall", by="@dana", until=date(2027, 1, 31))


def board(*, said=(), holes=(), accepted=(), digest=DIGEST):
    dismissed = tuple(Dismissed(hole=hole("CVE-2026-1", Severity.HIGH), statement=one) for one in said)
    assessment = Assessment(holes=tuple(holes), dismissed=dismissed)
    state = BaseState(dependency="oci: ghcr.io/acme/shop", value="1@abababababab", apps=("shop",), assessment=assessment, digest=digest)
    return Board(now=NOW, bases=(state,), accepted=tuple(accepted))


def told(made):
    return [
        {key: value for key, value in one.items() if key not in {"products", "timestamp"}} | {"vulnerability": one["vulnerability"]["name"]}
        for one in openvex(made)["statements"]
    ]


def test_a_vendors_word_is_passed_on_with_whose_it_is():
    (one,) = openvex(board(said=[SAID]))["statements"]

    assert told(board(said=[SAID])) == [
        {
            "vulnerability": "CVE-2026-1",
            "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
            "impact_statement": "only the server has it",
            "status_notes": "Acme says 'not affected' in acme.vex.json",
        }
    ]
    assert one["products"][0]["@id"] == PURL
    assert one["timestamp"] == "2026-05-01T00:00:00+00:00"


def test_an_accepted_risk_is_affected_until_its_day():
    made = board(holes=[hole("CVE-2026-2", Severity.HIGH), hole("CVE-2026-3", Severity.CRITICAL)], accepted=[RISK])

    assert told(made) == [
        {
            "vulnerability": "CVE-2026-2",
            "status": "affected",
            "action_statement": "accepted until 2027-01-31 by @dana: behind a wall",
            "status_notes": "@dana, in the configuration of the bot",
        }
    ]
    assert cyclonedx_vex(made)["vulnerabilities"][0]["analysis"]["response"] == ["will_not_fix"]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(board(), id="no hole is known"),
        pytest.param(board(holes=[hole("CVE-2026-3", Severity.HIGH)]), id="a hole of which nobody says anything"),
        pytest.param(board(holes=[hole("CVE-2026-2", Severity.HIGH)], accepted=[replace(RISK, until=date(2026, 11, 22))]), id="it ran out"),
        pytest.param(
            board(holes=[hole("CVE-2026-2", Severity.HIGH)], accepted=[replace(RISK, dependency="python")]), id="of another image"
        ),
        pytest.param(board(holes=[hole("CVE-2026-2", Severity.HIGH)], accepted=[replace(RISK, app="jobs")]), id="of another app"),
        pytest.param(board(holes=[hole("CVE-2026-2", Severity.HIGH)], accepted=[replace(RISK, hole="")]), id="a fix that was put off"),
        pytest.param(board(accepted=[RISK]), id="a hole that is not there is no statement"),
        pytest.param(board(said=[SAID], digest=""), id="a tag without a digest"),
    ],
)
def test_nothing_is_said_that_nobody_said(made):
    assert openvex(made)["statements"] == []
    assert cyclonedx_vex(made)["vulnerabilities"] == []


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        pytest.param("", {"impact_statement": "no reason is given"}, id="none"),
        pytest.param("because", {"impact_statement": "because"}, id="words"),
        pytest.param("component_not_present", {"justification": "component_not_present"}, id="a label"),
        pytest.param("made_up_label: x", {"impact_statement": "made_up_label: x"}, id="no label of the specification"),
    ],
)
def test_why_not_affected_is_always_told(reason, said):
    (one,) = told(board(said=[replace(SAID, reason=reason)]))

    assert {key: one[key] for key in ("justification", "impact_statement") if key in one} == said


def full():
    said = [SAID, *(replace(SAID, status=status, at=None, author="", reason="\u202e<b>") for status in VexStatus)]
    return board(said=said, holes=[hole("CVE-2026-2", Severity.HIGH)], accepted=[RISK])


def test_cyclonedx_is_valid_by_its_own_schema():
    folder = resources.files("cyclonedx") / "schema" / "_res"
    names = ("bom-1.6", "spdx", "jsf-0.82")
    parts = {name: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8")) for name in names}
    registry = Registry().with_resources((part["$id"], Resource.from_contents(part)) for part in parts.values())
    faults = [error.message for error in Draft7Validator(parts["bom-1.6"], registry=registry).iter_errors(cyclonedx_vex(full()))]

    assert faults == []


def test_every_component_is_there_once_and_every_reference_leads_to_one():
    made = cyclonedx_vex(full())

    assert [one["bom-ref"] for one in made["components"]] == [PURL]
    assert {ref["ref"] for one in made["vulnerabilities"] for ref in one["affects"]} == {PURL}
    assert "\u202e" not in json.dumps(made, ensure_ascii=False)


@pytest.mark.parametrize("write", [pytest.param(openvex, id="OpenVEX"), pytest.param(cyclonedx_vex, id="CycloneDX")])
def test_the_bots_own_reader_reads_it_back(write, tmp_path):
    file = tmp_path / "a.vex.json"
    file.write_text(json.dumps(write(board(said=[SAID], holes=[hole("CVE-2026-2", Severity.HIGH)], accepted=[RISK]))), encoding="utf-8")
    read = load([file])

    assert {(min(one.names), one.status) for one in read.statements} == {
        ("CVE-2026-1", VexStatus.NOT_AFFECTED),
        ("CVE-2026-2", VexStatus.AFFECTED),
    }
