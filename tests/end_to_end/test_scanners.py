"""Scanners' servers in a run over a fleet: asked of the images that matter, each once, and no update lost where one is down."""

from collections.abc import Iterator

import pytest

from bot.model.contents import Package
from bot.model.image import Digest
from bot.model.severity import Severity
from bot.sandbox.faults import ServerError
from bot.sandbox.osv import OsvSandbox
from bot.sandbox.scanners.quay import QuaySandbox
from bot.sandbox.scanners.scans import Finding, Scan
from bot.sandbox.scanners.trivy import TrivySandbox
from bot.sandbox.server import Server
from tests.end_to_end.conftest import Acme, run
from tests.end_to_end.test_holes import NEW, OLD, PYTHON, RECORDS, database

LIBSSL = Package(type="deb", name="libssl3", version=OLD, purl=f"pkg:deb/debian/libssl3@{OLD}")
LOW = Finding(id="CVE-2026-1001", package=LIBSSL, severity=Severity.LOW, fixed_in=NEW)


@pytest.fixture
def trivy() -> TrivySandbox:
    return TrivySandbox()


@pytest.fixture
def scanned(fleet: Acme, trivy: TrivySandbox) -> Iterator[Acme]:
    """Four repos on two images with a hole that the newest one has not; Trivy's server says low, OSV critical, and Quay is down."""
    for tag, version in {"3.12.4": OLD, "3.12.5": OLD, "3.12.6": NEW}.items():
        digest = fleet.registry.push_image(PYTHON, tag, layers=[database(version), {f"srv/{tag}": b"x"}])
        trivy.would_find[Digest(digest)] = Scan(findings=(LOW,))
    quay = QuaySandbox()
    quay.faults.switch_on("* *", ServerError(status=418))
    with Server(OsvSandbox(RECORDS).app) as osv, Server(trivy.app) as first, Server(quay.app) as second:
        text = fleet.config.read_text(encoding="utf-8")
        servers = f'scanners: [{{kind: trivy, url: "{first.url}"}}, {{kind: quay, url: "{second.url}", serves: ["*"]}}]'
        named = f'{{advisories: osv, end_of_life: shipped, osv_url: "{osv.url}"}}\n{servers}'
        fleet.config.write_text(text.replace("{advisories: off}", named), encoding="utf-8")
        yield fleet


def test_each_image_that_matters_is_asked_of_once_and_who_disagrees_is_shown(scanned, trivy):
    run(scanned)

    body = next(issue.body for issue, _ in scanned.github.repo("acme/app-0").pulls if "python" in issue.title)
    assert "Closes 1 hole (1 low), leaves 1" in body
    assert "| closed | low (Trivy server says low, OSV critical) |" in body
    assert "Not checked: the new image: what Quay knows of this image: not reached: " in body
    assert trivy.faults.requests == {
        "GET /version": 1,
        "POST /twirp/trivy.cache.v1.Cache/MissingBlobs": 6,
        "POST /twirp/trivy.cache.v1.Cache/PutBlob": 3,
        "POST /twirp/trivy.cache.v1.Cache/PutArtifact": 3,
        "POST /twirp/trivy.scanner.v1.Scanner/Scan": 3,
    }
    trivy.faults.forget()

    run(scanned)

    assert trivy.faults.requests == {"GET /version": 1}
