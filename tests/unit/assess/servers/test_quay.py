"""Quay alone: the states that it tells."""

import pytest

from bot.assess.servers.wire import Login
from bot.model.scanner import ScannerKind
from bot.sandbox.faults import StrangeAnswer
from bot.sandbox.scanners.quay import QuaySandbox
from tests.unit.assess.servers.worlds import world


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param("failed", "its scan failed", id="failed"),
        pytest.param("unsupported", "it can't scan an image of this kind", id="unsupported"),
        pytest.param("manifest_layer_too_large", "it can't scan an image of this kind (manifest layer too large)", id="too large"),
        pytest.param("dancing", "the state of its scan is none that is known (dancing)", id="a word that nobody knows"),
        pytest.param("scanned", "it lacks the list of packages", id="scanned, without a report"),
    ],
)
def test_a_state_that_is_no_report_is_told(tmp_path, status, expected):
    with world(ScannerKind.QUAY, QuaySandbox(), Login(), tmp_path, submit=False) as quay:
        quay.judge.is_on = False
        body = f'{{"status": "{status}", "data": null}}'.encode()
        quay.sandbox.faults.switch_on("GET */security", StrangeAnswer(body=body, kind="application/json"))

        found = quay.assess()

    assert expected in "\n".join(map(str, found.not_checked))
    assert not found.data
