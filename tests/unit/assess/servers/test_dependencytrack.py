"""Dependency-Track alone: what is handed over, which project's findings count, and its pages."""

from dataclasses import replace

import pytest

from bot.assess.servers.dependencytrack import _moment
from bot.assess.servers.wire import Login
from bot.clients.http import HttpClient
from bot.model.assessment import FixState
from bot.model.contents import Package
from bot.model.image import Digest
from bot.model.scanner import ScannerKind
from bot.model.severity import Severity
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.scanners.dependencytrack import DependencyTrackSandbox
from bot.sandbox.scanners.scans import Finding
from bot.sandbox.server import LOOPBACK
from tests.unit.assess.servers.worlds import DIGEST, DJANGO, FINDINGS, OPENSSL, OTHER, SHADOW, World, contents, image_of, world


@pytest.fixture
def track(tmp_path):
    with world(ScannerKind.DEPENDENCY_TRACK, DependencyTrackSandbox(), Login(), tmp_path, submit=True) as made:
        yield made
        assert not made.judge.faults


def said(found) -> str:
    return "\n".join(map(str, found.not_checked))


def test_a_bill_of_materials_becomes_a_project_by_repository_and_digest(track: World):
    track.put(*FINDINGS)

    track.assess()

    assert track.sandbox.bills == {DIGEST: image_of(contents()).bill_of_materials()}


def test_what_is_compared_is_what_it_lists_of_the_types_that_it_tells_a_hole_of(track: World):
    track.put(Finding(id="CVE-2026-0001", package=OPENSSL))

    assert set(track.assess().checked) == {OPENSSL, SHADOW}

    track.put(Finding(id="CVE-2026-0001", package=OPENSSL))
    track.sandbox.would_find[OTHER] = replace(track.sandbox.would_find[DIGEST], packages=(OPENSSL, DJANGO))
    assert set(track.assess(contents(digest=OTHER)).checked) == {OPENSSL}


@pytest.mark.parametrize("requests", [3, 1], ids=["version 5, in pages", "version 4, at once"])
def test_all_findings_are_read_and_once_each(track: World, requests: int):
    track.sandbox.answers_findings_at_once = requests == 1
    packages = tuple(Package(type="deb", name=f"p{number}", version="1", purl=f"pkg:deb/debian/p{number}@1") for number in range(1200))
    track.put(*(Finding(id=f"CVE-2026-{number + 1000}", package=package) for number, package in enumerate(packages)))
    track.sandbox.would_find[DIGEST].packages = packages

    found = track.assess(contents(packages=packages))

    assert len(found.holes) == 1200
    assert set(found.checked) == set(packages)
    assert track.sandbox.faults.count("GET */finding/project/*") == requests


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"[]", "its list is none, or lacks the number of entries", id="another server's"),
        pytest.param(b"{}", "its list is none, or lacks the number of entries", id="no list"),
    ],
)
def test_a_list_that_may_lack_something_is_no_report(track: World, body: bytes, expected: str):
    track.judge.is_on = False
    track.put(*FINDINGS)
    track.sandbox.faults.switch_on("GET */component/project/*", StrangeAnswer(body=body, kind="application/json"))

    found = track.assess()

    assert expected in said(found)
    assert not found.data


def test_a_project_that_was_not_analysed_since_its_bill_came_is_not_clean(track: World):
    track.sandbox.tells_analysis = False
    track.put()

    found = track.assess()

    assert "its scan failed (it tells of no analysis since the bill of materials came" in said(found)
    assert not found.data


def test_a_project_of_which_nobody_knows_whether_it_is_under_way_is_asked_again_in_the_next_run(track: World):
    track.submit = False
    track.sandbox.tells_analysis = False
    track.put()

    assert "its scan is not done within the 10 s" in said(track.assess())


def test_a_key_that_may_not_hand_over_is_told_and_asked_on(track: World):
    track.sandbox.may_create = False
    images = [contents(digest=Digest(f"sha256:{number:064x}")) for number in range(5)]

    found = track.assess(*images)

    assert "that takes BOM_UPLOAD and PROJECT_CREATION_UPLOAD" in said(found)
    assert track.sandbox.faults.count("GET */project/lookup") == 5


def test_a_bill_that_it_refuses_is_told(track: World):
    track.put(*FINDINGS)
    track.sandbox.faults.switch_on("PUT /api/v1/bom", ServerError(status=400))

    assert "it refused the bill of materials, which is CycloneDX 1.6" in said(track.assess())


@pytest.mark.parametrize("value", [None, True, "1", [], {}, float("nan"), float("inf"), 1e300, -1e300, 10**400], ids=repr)
def test_what_is_no_time_is_none(value: object):
    assert _moment(value) is None


def test_a_finding_without_a_package_url_is_told_by_name_and_by_its_cve(track: World):
    hole = {"vulnId": "GHSA-aaaa-bbbb-cccc", "severity": "UNASSIGNED", "cvssV3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
    aliases = [{"cveId": "CVE-2026-0009", "ghsaId": "GHSA-aaaa-bbbb-cccc"}]
    component = {"name": "passwd", "version": "1:4.13+dfsg1-1"}
    finding = {"component": component, "vulnerability": {**hole, "aliases": aliases}, "analysis": {"isSuppressed": True}}
    with HttpClient(reach=LOOPBACK) as http:
        report = track.scanner(http).read([{"version": DIGEST}, {"findings": [finding]}, {}], image_of(contents()), "Scanner")

    (found,) = report.holes
    assert (found.id, found.aliases, found.severity) == ("CVE-2026-0009", ("GHSA-aaaa-bbbb-cccc",), Severity.CRITICAL)
    assert (found.package.name, found.fix_state) == ("passwd", FixState.UNKNOWN)
