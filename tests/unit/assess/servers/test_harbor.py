"""Harbor alone: where its artifacts are, the states of a scan, and what its report shows that it compared."""

import pytest

from bot.assess.servers.wire import Login
from bot.model.scanner import ScannerKind
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.scanners.harbor import HarborSandbox
from tests.unit.assess.servers.worlds import DIGEST, DJANGO, FINDINGS, OPENSSL, SHADOW, contents, world


@pytest.fixture
def harbor(tmp_path):
    with world(ScannerKind.HARBOR, HarborSandbox(), Login(), tmp_path, submit=False) as made:
        made.judge.is_on = False
        yield made


def said(harbor, *images) -> str:
    return "\n".join(map(str, harbor.assess(*images).not_checked))


def test_a_slash_in_the_name_of_a_repository_is_escaped_twice(harbor):
    harbor.put(*FINDINGS)
    harbor.assess()

    # The server below has undone the first of the two.
    assert f"GET /api/v2.0/projects/shop/repositories/team%2Fapp/artifacts/{DIGEST}" in harbor.sandbox.faults.requests


def test_a_name_without_a_project_is_none_of_its_own(harbor):
    assert "it was never scanned there (its name has no project)" in said(harbor, contents(image="registry.example.com/app:1"))
    assert harbor.sandbox.faults.count() == 0


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("Pending", "its scan is not done", id="pending"),
        pytest.param("Scheduled", "its scan is not done", id="scheduled"),
        pytest.param("Error", "its scan failed", id="error"),
        pytest.param("Stopped", "its scan failed", id="stopped"),
        pytest.param("Not Scanned", "it was never scanned there", id="not scanned"),
        pytest.param("Dancing", "the state of its scan is none that is known (dancing)", id="a word that nobody knows"),
    ],
)
def test_a_scan_that_is_not_done_has_no_report_though_the_addition_is_there(harbor, state, expected):
    harbor.put()
    overview = {"application/vnd.security.vulnerability.report; version=1.1": {"scan_status": state}}
    body = f'{{"digest": "{DIGEST}", "scan_overview": {str(overview).replace(chr(39), chr(34))}}}'.encode()
    harbor.sandbox.faults.switch_on(f"GET *artifacts/{DIGEST}", StrangeAnswer(body=body, kind="application/json"))

    assert expected in said(harbor)
    assert harbor.sandbox.faults.count("GET *vulnerabilities") == 0


def test_it_is_told_to_scan_and_waited_for(harbor):
    harbor.put(*FINDINGS, queued_answers=2)
    harbor.sandbox.scans.clear()
    harbor.submit = True

    assert len(harbor.assess().holes) == 2
    assert harbor.sandbox.faults.count("POST */scan") == 1


def test_one_hole_shows_that_the_whole_database_was_compared_and_nothing_of_languages(harbor):
    harbor.put(FINDINGS[0], FINDINGS[1])

    found = harbor.assess()

    assert set(found.checked) == {OPENSSL, SHADOW, DJANGO}
    harbor.sandbox.scans[DIGEST].findings = (FINDINGS[1],)
    (harbor.folder / "scanners.sqlite3").unlink()
    assert set(harbor.assess().checked) == {DJANGO}


def test_a_report_without_holes_shows_nothing_of_what_was_compared(harbor):
    harbor.put()

    found = harbor.assess()

    assert not found.checked
    assert "2 deb packages: the Scanner does not say of them that it compared them" in said(harbor)


def test_a_report_that_is_gone_though_its_scan_was_done_is_told(harbor):
    harbor.put()
    harbor.sandbox.faults.switch_on("GET *vulnerabilities", ServerError(status=404))

    assert "no scanner is set up for its project, or none that can scan it" in said(harbor)
