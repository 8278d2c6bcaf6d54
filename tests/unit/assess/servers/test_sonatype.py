"""Sonatype IQ alone: for which application it scans, what it is handed, and what its report shows that it compared."""

import json
from datetime import UTC, datetime

import pytest

from bot.assess.reports.report import Report
from bot.assess.servers.sonatype import Sonatype
from bot.assess.servers.wire import Login, Wire
from bot.clients.http import HttpClient
from bot.model.assessment import DataSource
from bot.model.scanner import ScannerKind
from bot.model.severity import Severity
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.scanners.sonatype import SonatypeSandbox
from bot.sandbox.server import LOOPBACK, Server
from tests.unit.assess.servers.worlds import DIGEST, DJANGO, FINDINGS, NOW, OPENSSL, PACKAGES, SHADOW, contents, image_of, world


@pytest.fixture
def iq(tmp_path):
    with world(ScannerKind.SONATYPE, SonatypeSandbox(), Login(), tmp_path, submit=True) as made:
        yield made


def said(iq, *images) -> str:
    return "\n".join(map(str, iq.assess(*images).not_checked))


def answer(**told) -> StrangeAnswer:
    return StrangeAnswer(body=json.dumps(told).encode(), kind="application/json")


def report(*issues) -> Report:
    """What a report with these issues of one package is read as."""
    component = {"packageUrl": DJANGO.purl, "matchState": "exact", "securityData": {"securityIssues": list(issues)}}
    with HttpClient(reach=LOOPBACK) as http:
        scanner = Sonatype(wire=Wire(http=http, base_url="", login=Login(), now=lambda: NOW))
        return scanner.read(({"components": [component]},), image_of(contents()), "Scanner")


def test_it_is_handed_the_packages_of_this_image_for_the_stage_that_is_configured(iq):
    iq.put(*FINDINGS)
    iq.assess()

    (bill,) = iq.sandbox.submitted
    assert [told["purl"] for told in bill["components"] if "purl" in told] == [package.purl for package in PACKAGES]
    assert bill["metadata"]["component"]["version"] == DIGEST
    assert iq.sandbox.stages == ["build"]


def test_the_application_is_asked_for_once_and_each_image_has_its_own_scan(iq):
    other = contents(digest=f"sha256:{'b' * 64}", packages=(DJANGO,))
    iq.put(*FINDINGS)
    iq.put(digest=other.digest)

    assert not iq.assess(contents(), other).holes
    assert iq.sandbox.faults.count("GET /api/v2/applications") == 1
    assert iq.sandbox.faults.count("POST *") == 2


def test_an_application_that_is_not_there_is_told_with_the_remedy_and_not_asked_for_without_end(iq):
    iq.sandbox.applications.clear()
    images = [contents(digest=f"sha256:{number:064x}") for number in range(9)]

    assert "denied: it shows no application with the public id rebuild-bot: create it, correct `application`" in said(iq, images[0])
    iq.sandbox.faults.forget()
    assert "not asked again in this run" in said(iq, *images)
    assert iq.sandbox.faults.count() == 3


def test_an_application_of_a_name_that_only_looks_alike_is_not_used(iq):
    iq.judge.is_on = False
    iq.sandbox.faults.switch_on("GET /api/v2/applications", answer(applications=[{"id": "1", "publicId": "Rebuild-Bot"}]))

    assert "it shows no application with the public id rebuild-bot" in said(iq)
    assert iq.sandbox.faults.count("POST *") == 0


def test_a_package_that_its_data_does_not_know_is_not_checked(iq):
    iq.put(*FINDINGS)
    iq.sandbox.unknown = frozenset({"passwd"})

    found = iq.assess()

    assert set(found.checked) == {OPENSSL, DJANGO}
    assert [gap.packages for gap in found.not_checked] == [(SHADOW,)]


def test_a_package_that_is_only_similar_to_one_it_knows_is_not_checked(iq):
    iq.put()
    components = [
        {"packageUrl": DJANGO.purl, "matchState": state, "securityData": {"securityIssues": []}} for state in ("similar", "exact")
    ]
    iq.sandbox.faults.switch_on("GET */raw", answer(components=components[:1]), times=1)
    assert not iq.assess().checked
    (iq.folder / "scanners.sqlite3").unlink()
    iq.sandbox.faults.switch_on("GET */raw", answer(components=components), times=1)
    assert set(iq.assess().checked) == {DJANGO}


@pytest.mark.parametrize(
    ("score", "vector", "expected"),
    [
        pytest.param(9.0, None, Severity.CRITICAL, id="critical"),
        pytest.param(8.9, None, Severity.HIGH, id="high"),
        pytest.param(7, None, Severity.HIGH, id="just high, and whole"),
        pytest.param(4.0, None, Severity.MEDIUM, id="medium"),
        pytest.param(0.1, None, Severity.LOW, id="low"),
        pytest.param(0.0, None, Severity.UNKNOWN, id="not rated"),
        pytest.param(None, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Severity.CRITICAL, id="a vector alone"),
        pytest.param(11, None, Severity.UNKNOWN, id="off the scale"),
        pytest.param(True, None, Severity.UNKNOWN, id="no number"),
        pytest.param("9.8", None, Severity.UNKNOWN, id="text"),
    ],
)
def test_how_bad_is_read_from_the_score_and_not_from_the_servers_own_categories(score, vector, expected):
    issue = {"reference": "CVE-2026-0001", "severity": score, "cvssVector": vector, "threatCategory": "moderate"}

    assert [hole.severity for hole in report(issue).holes] == [expected]


def test_what_was_set_aside_there_is_a_hole_here_and_its_own_names_are_kept():
    found = report({"reference": "sonatype-2026-005959", "severity": 8.7, "status": "Not Applicable"})

    assert [hole.id for hole in found.holes] == ["sonatype-2026-005959"]


@pytest.mark.parametrize("day", ["2026-11-28T06:00:00.000+0000", "2026-11-28T06:00:00Z", None], ids=["its form", "ISO 8601", "not told"])
def test_the_day_of_its_data_is_told_where_the_report_tells_it(iq, day):
    iq.sandbox.data_version = day
    iq.put()

    told = DataSource(name="the data of Scanner", as_of=datetime(2026, 11, 28, 6, tzinfo=UTC))
    assert (told in iq.assess().data) is (day is not None)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param({"isError": True, "errorMessage": "No policies"}, "its scan failed (No policies); look into its log", id="failed"),
        pytest.param({"isError": False}, "it does not say where the report on the scan is", id="no report"),
        pytest.param({"isError": False, "reportDataUrl": "api/v2/x/reports/../../y/raw"}, "it does not say where", id="a way out"),
        pytest.param({}, "it does not say where the report on the scan is", id="nothing"),
    ],
)
def test_a_scan_that_ended_without_a_report_is_told(iq, status, expected):
    iq.judge.is_on = False
    iq.put(*FINDINGS)
    iq.sandbox.faults.switch_on("GET */status/*", answer(**status))

    found = iq.assess()

    assert expected in "\n".join(map(str, found.not_checked))
    assert not found.holes


def test_a_report_is_found_where_older_servers_name_its_page_alone(iq):
    iq.put(*FINDINGS)
    page = "http://iq.example.com/ui/links/application/rebuild-bot/report/0"
    iq.sandbox.faults.switch_on("GET */status/*", answer(isError=False, policyAction="None", reportHtmlUrl=page))

    assert len(iq.assess().holes) == 2


@pytest.mark.parametrize("form", ["/{path}", "{other}/{path}"], ids=["from the root", "on another host"])
def test_the_state_of_a_scan_is_asked_for_at_the_configured_address_alone(iq, form):
    other = SonatypeSandbox()
    with Server(other.app) as elsewhere:
        iq.sandbox.status_url = form.format(path=iq.sandbox.status_url, other=elsewhere.url)
        iq.put(*FINDINGS)

        assert len(iq.assess().holes) == 2
        assert other.faults.count() == 0


def test_a_bill_of_materials_that_it_does_not_take_is_told_with_its_words(iq):
    iq.put(*FINDINGS)
    iq.sandbox.faults.switch_on("POST *", ServerError(status=400))

    assert "it can't scan an image of this kind (it does not take a bill of materials in CycloneDX 1.6" in said(iq)


def test_an_image_without_packages_is_not_scanned_for_nothing(iq):
    assert "no package of it is known" in said(iq, contents(packages=()))
    assert iq.sandbox.faults.count() == 0
