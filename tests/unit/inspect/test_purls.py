"""Package URLs as other tools write them."""

import pytest

from bot.inspect.purls import named
from bot.model.contents import OperatingSystem, Package

DEBIAN = OperatingSystem(id="debian", version="12")


@pytest.mark.parametrize(
    ("package", "system", "purl"),
    [
        (
            Package(
                type="deb",
                name="libstdc++6",
                version="12.2.0-14+b1",
                architecture="amd64",
                source_name="gcc-12",
                source_version="12.2.0-14",
            ),
            DEBIAN,
            "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bb1?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14",
        ),
        (Package(type="deb", name="acl", version="1:2.3"), None, "pkg:deb/acl@1:2.3"),
        (
            Package(
                type="rpm", name="bash", version="1:5.1-9.el9", architecture="x86_64", source_name="bash", source_version="1:5.1-9.el9"
            ),
            OperatingSystem(id="rhel", version="9.4"),
            "pkg:rpm/redhat/bash@5.1-9.el9?arch=x86_64&distro=rhel-9.4&epoch=1",
        ),
        (
            Package(type="apk", name="musl", version="1.2.4-r2", source_name="musl", source_version="1.2.4-r2"),
            OperatingSystem(id="wolfi", version="20230201"),
            "pkg:apk/wolfi/musl@1.2.4-r2?distro=wolfi-20230201",
        ),
        (Package(type="npm", namespace="@types", name="node", version="20.1.0"), DEBIAN, "pkg:npm/%40types/node@20.1.0"),
        (Package(type="pypi", name="Zope.Interface", version="6.0"), DEBIAN, "pkg:pypi/zope-interface@6.0"),
        (Package(type="maven", namespace="org.slf4j", name="slf4j-api", version="2.0"), DEBIAN, "pkg:maven/org.slf4j/slf4j-api@2.0"),
    ],
    ids=lambda value: value.name if isinstance(value, Package) else "",
)
def test_a_package_has_its_purl(package, system, purl):
    assert named(package, system).purl == purl
