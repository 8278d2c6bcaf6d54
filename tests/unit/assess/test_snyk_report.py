"""Snyk's own JSON as a report."""

import pytest

from bot.assess.documents import load
from bot.assess.reports.snyk import package
from bot.assess.reports.source import ReportsSource
from bot.model.severity import Severity
from tests.unit.assess.documents import DJANGO, MANIFEST, OPENSSL, PASSWD, contents, encoded


def finding(name: str, version: str, **more):
    return {
        "id": "SNYK-DEBIAN12-OPENSSL-1",
        "title": "Out-of-bounds Write",
        "severity": "high",
        "CVSSv3": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "identifiers": {"CVE": ["CVE-2026-0001"], "CWE": ["CWE-787"]},
        "packageName": name.partition("/")[0],
        "name": name,
        "version": version,
        "nearestFixedInVersion": "3.0.12-1",
        **more,
    }


def document(*vulnerabilities, **more):
    return {
        "vulnerabilities": list(vulnerabilities),
        "ok": not vulnerabilities,
        "dependencyCount": 100,
        "packageManager": "deb",
        "docker": {"baseImage": "debian:12"},
        "projectName": "docker-image|ghcr.io/acme/shop",
        "platform": "linux/amd64",
        "path": f"ghcr.io/acme/shop@{MANIFEST}",
        **more,
    }


@pytest.fixture
def told(tmp_path):
    """What a document tells of the image of the tests."""

    def read(one):
        (tmp_path / "report.json").write_bytes(encoded(one))
        found = load([tmp_path / "report.json"])
        assert not found.failures, found.failures
        return ReportsSource(reports=found.reports).told(contents())

    return read


def test_a_hole_of_a_distribution_and_one_of_an_application(told):
    system = finding(f"openssl/{OPENSSL.name}", OPENSSL.version)
    python = finding(
        "django", DJANGO.version, id="SNYK-PYTHON-DJANGO-2", identifiers={"CVE": []}, nearestFixedInVersion=None, severity="low"
    )
    licence = finding("django", DJANGO.version, type="license", id="snyk:lic:1")
    applications = [{"packageManager": "pip", "targetFile": "/app/requirements.txt", "vulnerabilities": [python, licence]}]

    found = told(document(system, system, applications=applications))

    assert [(hole.id, hole.aliases, hole.package, hole.severity, hole.fixed_in) for hole in found.holes] == [
        ("CVE-2026-0001", ("SNYK-DEBIAN12-OPENSSL-1",), OPENSSL, Severity.HIGH, "3.0.12-1"),
        ("SNYK-PYTHON-DJANGO-2", (), DJANGO, Severity.LOW, ""),
    ]
    assert OPENSSL in found.checked
    assert PASSWD in found.checked, "Snyk compares all packages of the distribution"


def test_what_was_ignored_there_is_a_hole_here(told):
    ignored = finding(f"openssl/{OPENSSL.name}", OPENSSL.version)

    (hole,) = told(document(filtered={"ignore": [ignored], "patch": []})).holes

    assert hole.source == "Snyk report report.json (ignored there by its user)"


def test_without_a_digest_it_is_known_by_the_tag_alone(told):
    found = told(document(finding(f"openssl/{OPENSSL.name}", OPENSSL.version), path="ghcr.io/acme/shop:1.2"))

    assert "by tag alone" in found.holes[0].source
    assert PASSWD not in found.checked


def test_of_another_digest_it_tells_nothing(told):
    assert told(document(path=f"ghcr.io/acme/shop@sha256:{'9' * 64}")) is None


def test_of_something_else_than_an_image_it_is_no_report(tmp_path):
    (tmp_path / "report.json").write_bytes(encoded({key: value for key, value in document().items() if key != "docker"}))

    (failure,) = load([tmp_path / "report.json"]).failures

    assert "make it by `snyk container test IMAGE --json`" in failure.reason


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        pytest.param("deb", "openssl/libssl3", ("", "libssl3", "openssl"), id="Debian"),
        pytest.param("apk", "musl", ("", "musl", ""), id="Alpine, without a source"),
        pytest.param("maven", "org.slf4j:slf4j-api", ("org.slf4j", "slf4j-api", ""), id="Maven"),
        pytest.param("npm", "@babel/core", ("@babel", "core", ""), id="npm"),
        pytest.param("golang", "golang.org/x/net", ("golang.org/x", "net", ""), id="Go"),
        pytest.param("", "anything/at/all", ("", "anything/at/all", ""), id="a type that is not ours"),
        pytest.param("deb", "openssl/", None, id="without a name"),
    ],
)
def test_packages_are_named_as_snyk_names_them(kind: str, name: str, expected):
    found = package(kind, name, "1")

    assert (found and (found.namespace, found.name, found.source_name)) == expected
