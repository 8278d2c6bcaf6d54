"""The published values of one image judged by themselves: the reviewed cases beside the repo."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.decide.candidates import candidates
from bot.model.dependency import Dependency
from bot.model.update import Propose, UpdateKind

CASES = Path(__file__).parents[4] / "shared" / "cases" / "versions.json"
_KINDS = {"any": UpdateKind.MAJOR, "minor": UpdateKind.MINOR, "patch": UpdateKind.PATCH}


def _cases():
    return json.loads(CASES.read_text()) if CASES.exists() else []


@pytest.mark.skipif(not CASES.exists(), reason=f"no {CASES.name} beside the repo")
@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case['image']}:{case['current']}-{case['policy']}")
def test_reviewed_case(case):
    dependency = Dependency(datasource="oci", name=case["image"])

    decision = candidates(dependency, case["current"], case["tags"], allow=_KINDS[case["policy"]], now=datetime(2026, 1, 1, tzinfo=UTC))

    chosen = decision.verdict.update.release.value if isinstance(decision.verdict, Propose) else None
    assert chosen == case["expect"]
    assert {candidate.value for candidate in decision.candidates} == set(case["tags"])
    assert all(candidate.reason for candidate in decision.candidates)
