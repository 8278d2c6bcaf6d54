"""Snyk alone: of which projects its issues are, its pages, and what of them counts."""

import json
from dataclasses import replace

import pytest

from bot.assess.servers.snyk import _cursor
from bot.assess.servers.wire import Login
from bot.clients.http import HttpClient
from bot.model.assessment import FixState
from bot.model.contents import Package
from bot.model.image import Digest
from bot.model.scanner import ScannerKind
from bot.model.secret import Secret
from bot.model.severity import Severity
from bot.sandbox.faults import StrangeAnswer
from bot.sandbox.scanners.scans import Finding
from bot.sandbox.scanners.snyk import SnykSandbox
from bot.sandbox.server import LOOPBACK
from tests.unit.assess.servers.worlds import DIGEST, FINDINGS, OPENSSL, OTHER, SHADOW, World, contents, image_id, image_of, world


@pytest.fixture
def snyk(tmp_path):
    with world(ScannerKind.SNYK, SnykSandbox(), Login(token=Secret("t0ken")), tmp_path, submit=False) as made:
        yield made
        assert not made.judge.faults


def said(found) -> str:
    return "\n".join(map(str, found.not_checked))


@pytest.mark.parametrize("name", [DIGEST, image_id(DIGEST)], ids=["by its manifest", "by its configuration"])
def test_an_image_is_found_by_either_of_its_ids(snyk: World, name: Digest):
    snyk.put(*FINDINGS, digest=name)

    assert len(snyk.assess().holes) == 2


def test_a_project_that_went_on_to_another_image_is_not_of_this_one(snyk: World):
    snyk.put(*FINDINGS, told_digest=OTHER)

    found = snyk.assess()

    assert "it was never scanned there (its projects are of other images by now)" in said(found)
    assert not found.data


def test_packages_of_a_distribution_are_checked_where_a_project_is_of_them(snyk: World):
    snyk.put()

    assert set(snyk.assess().checked) == {OPENSSL, SHADOW}


def test_all_pages_are_read_by_their_cursor_alone(snyk: World):
    snyk.sandbox.page = 7
    packages = tuple(Package(type="deb", name=f"p{number}", version="1", purl=f"pkg:deb/debian/p{number}@1") for number in range(30))
    scan = snyk.put(*(Finding(id=f"CVE-2026-{number + 1000}", package=package) for number, package in enumerate(packages)))
    snyk.sandbox.scans[DIGEST] = replace(scan, packages=packages)

    found = snyk.assess(contents(packages=packages))

    assert len(found.holes) == 30
    assert snyk.sandbox.faults.count("GET */issues") == 5


@pytest.mark.parametrize(
    ("link", "cursor"),
    [
        pytest.param("/rest/orgs/x/issues?version=1&starting_after=v1.abc%3D", "v1.abc=", id="below the address"),
        pytest.param("https://evil.example/?starting_after=v1", "v1", id="elsewhere: the cursor alone is used"),
        pytest.param({"href": "/x?starting_after=v2", "meta": {}}, "v2", id="an object"),
        pytest.param("/x?ending_before=v3", "", id="without a cursor"),
        pytest.param(None, "", id="none"),
        pytest.param("http://[", "", id="no address"),
        pytest.param("/x?" + "a=1&" * 1000, "", id="too many fields"),
    ],
)
def test_the_cursor_of_the_next_page(link: object, cursor: str):
    assert _cursor(link) == cursor


def test_pages_that_lead_in_a_circle_are_left(snyk: World):
    snyk.put(*FINDINGS)
    page = {"jsonapi": {"version": "1.0"}, "data": [], "links": {"next": "/x?starting_after=1"}}
    snyk.sandbox.faults.switch_on("GET */issues", StrangeAnswer(body=json.dumps(page).encode(), kind="application/vnd.api+json"))

    assert "its pages lead in a circle" in said(snyk.assess())


def test_an_organization_that_is_not_there_is_told(snyk: World):
    snyk.sandbox.organization = "another"

    assert "its organization, or what belongs to the image, is not there" in said(snyk.assess())


def test_what_is_resolved_is_no_hole_and_what_is_ignored_is_one(snyk: World):
    def issue(**more):
        package = {"dependency": {"package_name": "openssl/libssl3", "package_version": OPENSSL.version}}
        told = {
            "type": "package_vulnerability",
            "status": "open",
            "effective_severity_level": "info",
            "problems": [{"id": "CWE-1", "source": "CWE"}, {"id": "CVE-2026-0001", "source": "NVD"}, {"id": "SNYK-DEBIAN12-OPENSSL-1"}],
            "severities": [{"vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "coordinates": [{"is_fixable_upstream": True, "representations": [{"resourcePath": "x"}, package]}],
        }
        return {"attributes": told | more}

    gone = [{"state": "resolved", "representations": [{"dependency": {"package_name": "a", "package_version": "1"}}]}]
    issues = [issue(status="resolved"), issue(type="license"), issue(coordinates=gone), issue(ignored=True)]
    with HttpClient(reach=LOOPBACK) as http:
        report = snyk.scanner(http).read([{"project": {"type": "deb"}, "issues": issues}], image_of(contents()), "Snyk")

    (hole,) = report.holes
    assert (hole.id, hole.aliases, hole.severity) == ("CVE-2026-0001", ("SNYK-DEBIAN12-OPENSSL-1",), Severity.CRITICAL)
    assert (hole.package.name, hole.package.source_name, hole.fix_state) == ("libssl3", "openssl", FixState.AVAILABLE)
