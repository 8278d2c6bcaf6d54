"""Trivy's server alone: how packages are handed over."""

from dataclasses import replace

import pytest

from bot.assess.servers.wire import Login
from bot.model.contents import OperatingSystem, Package
from bot.model.scanner import ScannerKind
from bot.sandbox.scanners.scans import Finding, Scan
from bot.sandbox.scanners.trivy import TrivySandbox
from tests.unit.assess.servers.worlds import DIGEST, DJANGO, OPENSSL, contents, world


@pytest.fixture
def trivy(tmp_path):
    with world(ScannerKind.TRIVY, TrivySandbox(), Login(), tmp_path, submit=True) as made:
        yield made
        assert not made.judge.faults


def handed(trivy) -> dict:
    (blob,) = trivy.sandbox.blobs.values()
    return blob


@pytest.mark.parametrize(
    ("kind", "version", "parts"),
    [
        pytest.param("deb", "1:4.13+dfsg1-1", (1, "4.13+dfsg1", "1"), id="Debian with an epoch"),
        pytest.param("deb", "3.0.11-1~deb12u2", (0, "3.0.11", "1~deb12u2"), id="Debian without one"),
        pytest.param("apk", "1.2.4-r2", (0, "1.2.4-r2", ""), id="Alpine"),
        pytest.param("rpm", "2:5.1.8-6.el9", (2, "5.1.8", "6.el9"), id="Red Hat"),
        pytest.param("deb", "weird:1-2", (0, "1", "2"), id="an epoch that is no number"),
    ],
)
def test_versions_are_parted_as_its_own_analysers_part_them(trivy, kind, version, parts):
    package = Package(type=kind, name="some", version=version, purl=f"pkg:{kind}/some@1")
    trivy.assess(contents(packages=(package,)))

    (told,) = handed(trivy)["package_infos"][0]["packages"]
    assert (told["epoch"], told["version"], told["release"]) == parts
    assert (told["src_epoch"], told["src_version"], told["src_release"]) == parts


def test_packages_of_languages_are_handed_over_by_kind_and_file(trivy):
    slf4j = Package(type="maven", namespace="org.slf4j", name="slf4j-api", version="2", purl="pkg:maven/org.slf4j/slf4j-api@2")
    net = Package(type="golang", namespace="golang.org/x", name="net", version="v0.1.0", purl="pkg:golang/golang.org/x/net@v0.1.0")
    unknown = Package(type="nobody-knows", name="x", version="1")
    packages = (DJANGO, slf4j, replace(net, path="bin/a"), replace(net, path="bin/b"), unknown)

    found = trivy.assess(contents(packages=packages))

    assert [(one["type"], one["file_path"], [package["name"] for package in one["packages"]]) for one in handed(trivy)["applications"]] == [
        ("python-pkg", "", ["Django"]),
        ("jar", "", ["org.slf4j:slf4j-api"]),
        ("gobinary", "bin/a", ["golang.org/x/net"]),
        ("gobinary", "bin/b", ["golang.org/x/net"]),
    ]
    assert set(found.checked) == set(packages[:4])


@pytest.mark.parametrize(("id_", "family"), [("debian", "debian"), ("rhel", "redhat"), ("amzn", "amazon"), ("almalinux", "alma")])
def test_a_distribution_is_called_as_trivy_calls_it(trivy, id_, family):
    image = contents()
    system = OperatingSystem(id=id_, version="9.4")
    trivy.assess(replace(image, operating_system=system))

    assert handed(trivy)["os"] == {"family": family, "name": "9.4"}


def test_of_a_system_that_nobody_knows_nothing_was_compared(trivy):
    found = trivy.assess(replace(contents(), operating_system=None))

    assert set(found.checked) == {DJANGO}


def test_a_new_database_is_asked_again_without_handing_the_packages_over_again(trivy):
    trivy.assess()
    trivy.sandbox.updated_at = "2026-11-29T00:00:00Z"
    trivy.sandbox.would_find[DIGEST] = Scan(findings=(Finding(id="CVE-2026-3", package=OPENSSL),))
    trivy.sandbox.faults.forget()

    found = trivy.assess()

    assert [hole.id for hole in found.holes] == ["CVE-2026-3"]
    assert trivy.sandbox.faults.requests == {
        "GET /version": 1,
        "POST /twirp/trivy.cache.v1.Cache/MissingBlobs": 1,
        "POST /twirp/trivy.scanner.v1.Scanner/Scan": 1,
    }
    assert [str(source) for source in found.data] == ["Scanner of 2026-11-29", "the data of Scanner of 2026-11-29"]


def test_an_image_without_packages_is_not_handed_over(trivy):
    found = trivy.assess(contents(packages=()))

    assert "it can't scan an image of this kind (no package of it is known)" in "\n".join(map(str, found.not_checked))
    assert not trivy.sandbox.blobs
