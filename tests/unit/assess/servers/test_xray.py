"""JFrog Xray alone: the states of scans, how it names packages, and what it is asked to scan."""

import json
from dataclasses import replace

import pytest

from bot.assess.servers.scanner import Documents
from bot.assess.servers.wire import Login
from bot.assess.servers.xray import _package
from bot.clients.http import HttpClient
from bot.model.contents import Package
from bot.model.image import Digest
from bot.model.scanner import ScannerKind
from bot.model.secret import Secret
from bot.model.severity import Severity
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.scanners.xray import XraySandbox
from bot.sandbox.server import LOOPBACK
from tests.unit.assess.servers.worlds import DIGEST, FINDINGS, OTHER, SHADOW, World, contents, image_of, world


@pytest.fixture
def xray(tmp_path):
    with world(ScannerKind.XRAY, XraySandbox(), Login(), tmp_path, submit=False) as made:
        yield made
        assert not made.judge.faults


def said(found) -> str:
    return "\n".join(map(str, found.not_checked))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("NOT_SCANNED", "it was never scanned there", id="not scanned"),
        pytest.param("NOT_SUPPORTED", "it can't scan an image of this kind", id="not supported"),
        pytest.param("FAILED", "its scan failed", id="failed"),
        pytest.param("PENDING", "its scan is not done", id="under way"),
        pytest.param("DANCING", "the state of its scan is none that is known (DANCING)", id="a word that nobody knows"),
    ],
)
def test_a_summary_without_a_scan_that_is_done_is_no_report(xray: World, state: str, expected: str):
    xray.judge.is_on = False
    xray.sandbox.state = state
    xray.put()

    found = xray.assess()

    assert expected in said(found)
    assert not found.data


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param("PARTIAL", "3.80.9", "it says that its scan is partial", id="partial"),
        pytest.param("DONE", "3.80.8", "it does not tell the state of this scan; from version 3.80.9 on it should", id="an older version"),
    ],
)
def test_a_scan_that_may_lack_something_is_read_with_that_told(xray: World, state: str, version: str, expected: str):
    xray.sandbox.state, xray.sandbox.version = state, version
    xray.put(*FINDINGS)

    found = xray.assess()

    assert len(found.holes) == 2
    assert expected in said(found)


def test_a_place_that_it_does_not_take_for_one_loses_no_report(xray: World):
    xray.put(*FINDINGS)
    xray.sandbox.faults.switch_on("POST */artifact/status", ServerError(status=400))

    found = xray.assess()

    assert len(found.holes) == 2
    assert "it does not tell the state of this scan" in said(found)


def test_packages_that_it_lists_are_checked_also_without_a_hole(xray: World):
    xray.put()

    assert SHADOW in xray.assess().checked


def test_what_it_says_instead_of_a_summary_is_told(xray: World):
    body = json.dumps({"artifacts": None, "errors": [{"identifier": "x", "error": "The database is being migrated"}]}).encode()
    xray.sandbox.faults.switch_on("POST */summary/artifact", StrangeAnswer(body=body, kind="application/json"))

    assert "its scan failed (The database is being migrated)" in said(xray.assess())


@pytest.mark.parametrize(
    ("image", "index", "expected"),
    [
        pytest.param("r.example.com/docker-local/app:1.2", None, "docker-local/app/1.2/manifest.json", id="by tag"),
        pytest.param("r.example.com/docker-local/app:1.2", OTHER, f"docker-local/app/{DIGEST}/manifest.json", id="of an index, by digest"),
        pytest.param("r.example.com/docker-local/app", None, f"docker-local/app/{DIGEST}/manifest.json", id="without a tag"),
    ],
)
def test_an_image_that_it_never_scanned_is_scanned_where_that_is_wanted(xray: World, image: str, index: Digest | None, expected: str):
    xray.put(*FINDINGS)
    xray.sandbox.scans.clear()
    xray.submit = True

    found = xray.assess(replace(contents(image=image), index_digest=index))

    assert xray.sandbox.asked_to_scan == [expected]
    assert len(found.holes) == 2


def test_a_refusal_to_scan_is_told_in_its_words(xray: World):
    xray.submit = True

    assert "and refuses: Failed to find the artifact" in said(xray.assess())


def test_a_user_name_and_password_are_shown_where_there_is_no_token(xray: World):
    xray.login = Login(username="bot", password=Secret("pa55"))
    xray.sandbox.secret = Secret("Basic Ym90OnBhNTU=")
    xray.put(*FINDINGS)

    assert xray.assess().holes


@pytest.mark.parametrize(
    ("identifier", "beside", "expected"),
    [
        pytest.param(
            "deb://debian:bookworm:passwd:1:4.13+dfsg1-1", "", ("deb", "debian", "passwd", "1:4.13+dfsg1-1"), id="Debian, with an epoch"
        ),
        pytest.param("deb://debian:bookworm:passwd", "1:4.13", ("deb", "debian", "passwd", "1:4.13"), id="its version beside it"),
        pytest.param("rpm://9:openssl-libs:1:3.0.7-16.el9", "", ("rpm", "", "openssl-libs", "1:3.0.7-16.el9"), id="Red Hat"),
        pytest.param("alpine://3.20:musl:1.2.5-r0", "", ("apk", "", "musl", "1.2.5-r0"), id="Alpine"),
        pytest.param("gav://org.slf4j:slf4j-api:2.0.1", "", ("maven", "org.slf4j", "slf4j-api", "2.0.1"), id="Maven"),
        pytest.param("npm://@babel/core:7.1.0", "", ("npm", "@babel", "core", "7.1.0"), id="npm, with a scope"),
        pytest.param("go://github.com/a/b/v2:2.1.0", "", ("golang", "github.com/a/b", "v2", "2.1.0"), id="Go"),
        pytest.param("pypi://django:4.2", "", ("pypi", "", "django", "4.2"), id="Python"),
        pytest.param("conan://a:openssl:1.1.1g", "", ("", "", "a:openssl", "1.1.1g"), id="a type that is not ours"),
        pytest.param("npm://left-pad", "1.0", ("npm", "", "left-pad", "1.0"), id="npm, its version beside it"),
        pytest.param("npm://left-pad", "", None, id="without a version"),
        pytest.param("deb://debian:bookworm", "", None, id="without a name"),
        pytest.param("team/app:1.2", "", None, id="no identifier"),
        pytest.param("://", "", None, id="nothing"),
    ],
)
def test_components_are_read(identifier: str, beside: str, expected: tuple[str, ...] | None):
    package = _package(identifier, version=beside)

    assert (package and (package.type, package.namespace, package.name, package.version)) == expected


def test_an_issue_of_two_cves_is_two_holes_with_their_own_ratings(xray: World):
    worst = {"cve": "CVE-2026-0001", "cvss_v3": "9.8/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
    least = {"cve": "CVE-2026-0002", "cvss_v3": "3.3/CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N"}
    components = [{"component_id": "pypi://django:4.2.0", "fixed_versions": ["[4.2.1]", "(,5.0]", "5.0.1"]}]
    security = {"issue_id": "XRAY-7", "issue_type": "security", "severity": "Unknown", "cves": [worst, least], "components": components}
    licence = security | {"issue_id": "XRAY-8", "issue_type": "license"}
    artifact = {"general": {"sha256": DIGEST.partition(":")[2]}, "issues": [security, licence], "licenses": None}
    documents: Documents = [artifact, {"overall": {"status": "DONE"}}]
    with HttpClient(reach=LOOPBACK) as http:
        report = xray.scanner(http).read(documents, image_of(contents()), "Xray")

    assert [(hole.id, hole.severity, hole.fixed_in) for hole in report.holes] == [
        ("CVE-2026-0001", Severity.CRITICAL, "4.2.1, 5.0.1"),
        ("CVE-2026-0002", Severity.LOW, "4.2.1, 5.0.1"),
    ]
    assert isinstance(report.holes[0].package, Package)
