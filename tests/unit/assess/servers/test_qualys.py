"""Qualys alone: by what it knows images, its login, and what its entries (QIDs) become."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot.assess.fields import UnreadableError
from bot.assess.reports.report import Report
from bot.assess.reports.source import ReportsSource
from bot.assess.servers.qualys import Qualys
from bot.assess.servers.scanner import NoReport, State
from bot.assess.servers.wire import Login, Wire
from bot.clients.http import HttpClient
from bot.model.assessment import FixState
from bot.model.contents import Package
from bot.model.image import Digest
from bot.model.scanner import ScannerKind
from bot.model.secret import Secret
from bot.model.severity import Severity
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.scanners.qualys import QualysSandbox
from bot.sandbox.server import LOOPBACK
from tests.unit.assess.servers.worlds import DIGEST, DJANGO, FINDINGS, NOW, OPENSSL, OTHER, PACKAGES, contents, image_id, image_of, world

LOGIN = Login(username="us3r", password=Secret("pa55"))
SHA = image_id(DIGEST).removeprefix("sha256:")


@pytest.fixture
def qualys(tmp_path):
    with world(ScannerKind.QUALYS, QualysSandbox(secret=Secret("pa55"), image_id=image_id), LOGIN, tmp_path, submit=False) as made:
        yield made


def said(qualys, *images) -> str:
    return "\n".join(map(str, qualys.assess(*images).not_checked))


def answer(**told) -> StrangeAnswer:
    return StrangeAnswer(body=json.dumps(told).encode(), kind="application/json")


def entry(**told):
    software = [{"name": "libssl3:amd64", "version": OPENSSL.version, "fixVersion": None}]
    return {"qid": 180001, "title": "A hole", "severity": 4, "cveids": ["CVE-2026-0001"], "software": software, **told}


def report(*entries, image=None, **record) -> Report:
    """What an answer with these entries is read as."""
    with HttpClient(reach=LOOPBACK) as http:
        scanner = Qualys(wire=Wire(http=http, base_url="", login=LOGIN, now=lambda: NOW))
        return scanner.read(
            ({"lastScanned": "1764320400000", **record}, {"details": list(entries)}), image or image_of(contents()), "Scanner"
        )


def test_an_image_is_asked_of_by_its_id_and_not_by_the_digest_of_its_manifest(qualys):
    qualys.put(*FINDINGS)
    qualys.assess()

    asked = [request for request in qualys.sandbox.faults.requests if "csapi" in request]
    assert asked == [f"GET /csapi/v1.3/images/{SHA}", f"GET /csapi/v1.3/images/{SHA}/vuln"]


def test_it_logs_in_once_for_all_images_and_again_before_the_token_ends(qualys):
    images = [contents(digest=Digest(f"sha256:{number:064x}")) for number in range(4)]
    for image in images:
        qualys.put(digest=image.digest)
    qualys.assess(*images)
    assert qualys.sandbox.faults.count("POST /auth") == 1

    glances = count()
    qualys.clock = lambda: NOW + timedelta(hours=next(glances))
    (qualys.folder / "scanners.sqlite3").unlink()
    qualys.sandbox.faults.forget()
    qualys.assess(*images)
    assert qualys.sandbox.faults.count("POST /auth") > 1


def test_a_token_that_is_configured_is_shown_without_a_login(qualys):
    qualys.login = Login(token=Secret(qualys.sandbox.token))
    qualys.put(*FINDINGS)

    assert len(qualys.assess().holes) == 2
    assert qualys.sandbox.faults.count("POST /auth") == 0


def test_a_password_that_is_refused_is_not_shown_again(qualys):
    qualys.login = Login(username="us3r", password=Secret("wr0ng"))
    images = [contents(digest=Digest(f"sha256:{number:064x}")) for number in range(2)]

    assert "denied: " in said(qualys, *images)
    assert qualys.sandbox.faults.requests == {"POST /auth": 1}


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b"a.b.c\r\nx-more: 1", b"a.b." + b"c" * 20_000, b"\xff.b.c"])
def test_what_is_no_token_is_not_shown_as_one(qualys, body):
    qualys.put(*FINDINGS)
    qualys.sandbox.faults.switch_on("POST /auth", StrangeAnswer(body=body, kind="text/plain"))

    assert "its answer to the login is no token" in said(qualys)
    assert qualys.sandbox.faults.count("GET *") == 0


@pytest.mark.parametrize("status", [404, 204])
def test_an_image_that_it_does_not_know_was_never_scanned(qualys, status):
    qualys.put(*FINDINGS)
    qualys.sandbox.faults.switch_on("GET *", ServerError(status=status))

    assert "it was never scanned there; have it scanned there" in said(qualys)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param({}, "its scan is not done", id="waits for its first scan"),
        pytest.param({"scanErrorCode": "CMS-SCAN-7"}, "its scan failed (CMS-SCAN-7); look into its log", id="could not be scanned"),
    ],
)
def test_an_image_without_a_scan_is_not_clean(qualys, record, expected):
    qualys.judge.is_on = False
    qualys.put()
    qualys.sandbox.faults.switch_on(f"GET */images/{SHA}", answer(sha=SHA, lastScanned=None, vulnerabilities=None, **record))

    found = qualys.assess()

    assert expected in "\n".join(map(str, found.not_checked))
    assert not found.checked


def test_the_record_of_another_image_is_not_used(qualys):
    qualys.put(*FINDINGS, told_digest=OTHER)

    assert "its report is not read: it is of another image (cccc" in said(qualys)


def test_an_image_without_a_configuration_cannot_be_asked_of(qualys):
    with HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        found = qualys.scanner(http).ask(replace(image_of(contents()), configuration_digest=lambda: None))

    assert isinstance(found, NoReport)
    assert found.state is State.UNSUPPORTED
    assert qualys.sandbox.faults.count() == 0


def test_what_its_users_made_an_exception_for_is_a_hole_here(qualys):
    qualys.put(*FINDINGS)
    qualys.sandbox.excepted = frozenset({FINDINGS[0].id})

    assert {hole.id for hole in qualys.assess().holes} == {finding.id for finding in FINDINGS}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"severity": 5}, Severity.CRITICAL, id="5 is critical"),
        pytest.param({"severity": 4}, Severity.HIGH, id="4 is high"),
        pytest.param({"severity": 3}, Severity.MEDIUM, id="3 is medium"),
        pytest.param({"severity": 2}, Severity.LOW, id="2 is low"),
        pytest.param({"severity": 1}, Severity.LOW, id="1 is low, there is nothing below"),
        pytest.param({"severity": 5, "customerSeverity": 2}, Severity.LOW, id="what the organisation says comes first"),
        pytest.param({"severity": 5, "customerSeverity": "3"}, Severity.MEDIUM, id="written as text"),
        pytest.param({"severity": 3, "customerSeverity": None}, Severity.MEDIUM, id="the organisation says nothing"),
        pytest.param({"severity": 6}, Severity.UNKNOWN, id="no such level"),
        pytest.param({"severity": True}, Severity.UNKNOWN, id="no number"),
        pytest.param({"severity": None}, Severity.UNKNOWN, id="not rated"),
    ],
)
def test_how_bad_is_its_level_in_our_words(told, expected):
    assert [hole.severity for hole in report(entry(**told)).holes] == [expected]


def test_whose_word_it_is_says_the_level_the_number_and_whether_it_is_confirmed():
    holes = report(entry(), entry(qid=180002, cveids=["CVE-2026-0002"], severity=None, typeDetected="POTENTIAL")).holes

    assert {hole.id: hole.source for hole in holes} == {
        "CVE-2026-0001": "Scanner, severity 4 of 5 (QID-180001)",
        "CVE-2026-0002": "Scanner, not confirmed (QID-180002)",
    }


@pytest.mark.parametrize(
    ("cves", "expected"),
    [
        pytest.param([], ["QID-180001"], id="none, so its number"),
        pytest.param(None, ["QID-180001"], id="no list"),
        pytest.param(["CVE-2026-0001", "CVE-2026-0001"], ["CVE-2026-0001"], id="one"),
        pytest.param([f"CVE-2026-{n:04}" for n in range(250)], [f"CVE-2026-{n:04}" for n in range(250)], id="as many as a kernel has"),
    ],
)
def test_an_entry_is_a_hole_for_each_of_its_cves(cves, expected):
    assert sorted(hole.id for hole in report(entry(cveids=cves)).holes) == expected


@pytest.mark.parametrize(
    ("patch", "fixed_in", "expected"),
    [
        pytest.param(True, "3.0.12-1", FixState.AVAILABLE, id="a version"),
        pytest.param(True, None, FixState.AVAILABLE, id="a patch, no version"),
        pytest.param(False, None, FixState.NOT_YET, id="no patch"),
        pytest.param(False, "3.0.12-1", FixState.AVAILABLE, id="a version speaks for itself"),
        pytest.param(None, None, FixState.UNKNOWN, id="not told"),
        pytest.param([], None, FixState.UNKNOWN, id="of an odd type"),
    ],
)
def test_what_is_known_of_a_fix(patch, fixed_in, expected):
    software = [{"name": "libssl3:amd64", "version": OPENSSL.version, "fixVersion": fixed_in}]

    (hole,) = report(entry(patchAvailable=patch, software=software)).holes

    assert (hole.fix_state, hole.fixed_in) == (expected, fixed_in or "")


EXPAT = Package(type="rpm", name="expat", version="2.1.0-10.21.amzn1", architecture="x86_64", purl="pkg:rpm/amzn/expat@2.1.0-10.21.amzn1")


@pytest.mark.parametrize(
    ("package", "name", "version"),
    [
        pytest.param(OPENSSL, "libssl3:amd64", OPENSSL.version, id="a Debian package with its architecture"),
        pytest.param(OPENSSL, "libssl3", OPENSSL.version, id="without it"),
        pytest.param(EXPAT, "expat", "2.1.0-10.21.amzn1.x86_64", id="an RPM with its architecture"),
        pytest.param(EXPAT, "expat", "2.1.0-10.21.amzn1", id="an RPM without it"),
        pytest.param(DJANGO, "Django", "4.2.0", id="of a language"),
    ],
)
def test_its_software_is_the_images_packages(package, name, version):
    image = contents(packages=(*PACKAGES, EXPAT))
    software = [{"name": name, "version": version}]

    source = ReportsSource(reports=(report(entry(software=software), image=image_of(image), softwares=software),), now=lambda: NOW)
    found = source.told(image)

    assert found is not None
    assert [hole.package for hole in found.holes] == [package]
    assert found.checked == (package,)


def test_an_entry_without_software_is_told_as_not_read():
    found = report(entry(software=None), entry(qid="x"), entry())

    assert len(found.holes) == 1
    assert "2 findings in the report of Scanner" in "\n".join(map(str, found.not_checked))


def test_where_the_report_is_not_there_what_the_record_holds_counts_and_an_empty_one_checks_nothing(qualys):
    qualys.judge.is_on = False
    qualys.put(*FINDINGS)
    qualys.sandbox.faults.switch_on("GET */vuln", ServerError(status=204))
    assert len(qualys.assess().holes) == 2

    (qualys.folder / "scanners.sqlite3").unlink()
    qualys.sandbox.faults.switch_on(f"GET */images/{SHA}", answer(sha=SHA, lastScanned="1764320400000", vulnerabilities=None))
    assert "it lacks the list of vulnerabilities" in said(qualys)


def test_the_day_of_its_scan_is_told():
    assert report().made_at == datetime(2025, 11, 28, 9, tzinfo=UTC)
    assert report(lastScanned="9" * 30).made_at is None


def test_a_scan_of_long_ago_is_told_by_the_servers_name(qualys):
    qualys.put()

    assert "the report of Scanner is 366 days old; refresh it by a scan of the image" in said(qualys)


def test_more_holes_than_can_be_are_not_read():
    software = [{"name": f"p{number}", "version": "1"} for number in range(2000)]

    with pytest.raises(UnreadableError, match="more than 100000 findings"):
        report(entry(cveids=[f"CVE-2026-{n:05}" for n in range(100)], software=software))
