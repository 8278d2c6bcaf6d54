"""Whether a rebuild rebuilt: real images in a registry, each with one failure planted."""

import pytest

from bot.model.rebuild import MAX_EVIDENCE
from tests.rebuilds import cases, outcome, running_registry

CASES = [pytest.param(planted, one, id=f"{planted.name}, {one.name}") for planted, one in cases()]


@pytest.fixture(scope="module")
def registry():
    with running_registry() as running:
        yield running


@pytest.mark.parametrize(("planted", "distribution"), CASES)
def test_each_planted_failure_is_called_by_its_name(planted, distribution, registry):
    found = outcome(planted, distribution, registry)

    assert found.verdict is planted.expected, found.evidence
    assert planted.says in " ".join((*found.evidence, found.remedy))
    assert 0 < len(found.evidence) <= MAX_EVIDENCE
    assert found.verdict.is_fixed or found.remedy or found.verdict.value == "unknown", "what would help is said"
