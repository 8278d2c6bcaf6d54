from dataclasses import replace

import pytest

from bot.assess.osv.names import subject_of
from bot.assess.osv.subject import CannotAsk, Subject
from bot.model.contents import KnownBy, OperatingSystem, Package
from tests.unit.assess.osv_records.samples import package, system


def deb(version: str = "3.0.11-1~deb12u2", **more: str) -> Package:
    return package("deb", "libssl3", version, source_name="openssl", source_version=more.pop("source_version", version), **more)


def apk() -> Package:
    return package("apk", "libcrypto3", "3.1.4-r5", source_name="openssl", source_version="3.1.4-r5")


def rpm(**more: str) -> Package:
    return package("rpm", "openssl-libs", "1:3.0.7-25.el9_3", source_name="openssl", source_version="1:3.0.7-25.el9_3", **more)


ASKED = [
    pytest.param(deb(), "debian 12", ["Debian:12 openssl 3.0.11-1~deb12u2"], id="Debian by source package and release"),
    pytest.param(
        package("deb", "perl-base", "5.36.0-7+b1", source_name="perl", source_version="5.36.0-7"),
        "debian 12",
        ["Debian:12 perl 5.36.0-7"],
        id="Debian by the source's version where only the binary was built again",
    ),
    pytest.param(deb(), "ubuntu 22.04", ["Ubuntu:22.04:LTS openssl", "Ubuntu:Pro:22.04:LTS openssl"], id="Ubuntu LTS, and its Pro"),
    pytest.param(deb(), "ubuntu 23.10", ["Ubuntu:23.10 openssl"], id="Ubuntu between LTS"),
    pytest.param(deb(), "ubuntu 23.04", ["Ubuntu:23.04 openssl"], id="Ubuntu of an odd April"),
    pytest.param(
        deb("3.0.2-0ubuntu1~esm1"),
        "ubuntu 22.04",
        ["Ubuntu:Pro:22.04:LTS openssl", "Ubuntu:22.04:LTS openssl"],
        id="a package of Pro: its word first",
    ),
    pytest.param(apk(), "alpine 3.19.1", ["Alpine:v3.19 openssl 3.1.4-r5"], id="Alpine by origin and branch"),
    pytest.param(apk(), "wolfi 20230201", ["Wolfi libcrypto3", "Wolfi openssl"], id="Wolfi by both names, without a release"),
    pytest.param(
        apk(),
        "chainguard 20230214",
        ["Chainguard libcrypto3", "Chainguard openssl", "Wolfi libcrypto3", "Wolfi openssl"],
        id="Chainguard, whose images hold Wolfi's packages",
    ),
    pytest.param(rpm(), "rocky 9.3", ["Rocky Linux:9 openssl 1:3.0.7-25.el9_3"], id="Rocky by source package"),
    pytest.param(rpm(), "almalinux 9.3", ["AlmaLinux:9 openssl-libs 1:3.0.7-25.el9_3"], id="AlmaLinux by binary package"),
    pytest.param(rpm(), "rhel 9.3", ["Red Hat openssl-libs 1:3.0.7-25.el9_3"], id="Red Hat by binary package, all streams"),
    pytest.param(rpm(), "sles 15.5", ["SUSE openssl"], id="SUSE by source package, all products"),
    pytest.param(rpm(), "opensuse-leap 15.6", ["openSUSE:Leap 15.6 openssl"], id="openSUSE Leap"),
    pytest.param(rpm(), "opensuse-tumbleweed 20240328", ["openSUSE:Tumbleweed openssl"], id="openSUSE Tumbleweed"),
    pytest.param(rpm(), "azurelinux 3.0", ["Azure Linux:3 openssl"], id="Azure Linux"),
    pytest.param(rpm(), "mariner 2.0", ["Azure Linux:2 openssl"], id="Azure Linux by its old name"),
    pytest.param(package("pypi", "Zope.Interface_x", "5.4"), "debian 12", ["PyPI zope-interface-x 5.4"], id="PyPI normalized"),
    pytest.param(package("npm", "node", "20.1.0", namespace="@types"), "", ["npm @types/node 20.1.0"], id="npm with its scope"),
    pytest.param(package("npm", "lodash", "4.17.20"), "", ["npm lodash 4.17.20"], id="npm without"),
    pytest.param(
        package("maven", "log4j-core", "2.14.1", namespace="org.apache.logging.log4j"),
        "",
        ["Maven org.apache.logging.log4j:log4j-core"],
        id="Maven",
    ),
    pytest.param(package("golang", "net", "v0.17.0", namespace="golang.org/x"), "", ["Go golang.org/x/net 0.17.0"], id="Go by module"),
    pytest.param(package("golang", "stdlib", "1.20"), "", ["Go stdlib 1.20.0"], id="Go's standard library"),
    pytest.param(package("golang", "stdlib", "1.22rc1"), "", ["Go stdlib 1.22.0-rc.1"], id="Go's standard library before a release"),
    pytest.param(package("gem", "rack", "2.2.3"), "", ["RubyGems rack 2.2.3"], id="RubyGems"),
]


@pytest.mark.parametrize(("one", "os", "expected"), ASKED)
def test_a_package_is_asked_about_by_the_names_that_osv_uses(one: Package, os: str, expected: list[str]) -> None:
    subject = subject_of(one, system(os) if os else None)

    assert isinstance(subject, Subject)
    asked = [f"{query.ecosystem} {query.name} {query.version}" for query in subject.queries]
    assert len(asked) == len(expected)
    assert all(f"{told} ".startswith(f"{start} ") for told, start in zip(asked, expected, strict=True)), asked


def test_debians_testing_is_known_by_its_code_name() -> None:
    subject = subject_of(deb(), OperatingSystem(id="debian", codename="forky", name="Debian GNU/Linux forky/sid"))

    assert isinstance(subject, Subject)
    assert subject.queries[0].ecosystem == "Debian:14"


@pytest.mark.parametrize(
    ("one", "os", "reason"),
    [
        pytest.param(deb(), None, "no os-release", id="no os-release"),
        pytest.param(rpm(), system("amzn 2023"), "no advisories of amzn 2023", id="Amazon Linux"),
        pytest.param(rpm(), system("ol 9.3"), "no advisories of ol 9.3", id="Oracle Linux"),
        pytest.param(rpm(), system("photon 5.0"), "no advisories of photon 5.0", id="Photon"),
        pytest.param(rpm(), system("fedora 40"), "no advisories of fedora 40", id="Fedora"),
        pytest.param(rpm(), system("centos 9"), "no advisories of centos 9", id="CentOS is not Red Hat"),
        pytest.param(
            deb(),
            OperatingSystem(id="kali", version="2024.1", like=("debian",)),
            "no advisories of kali",
            id="a derivative is not its parent",
        ),
        pytest.param(apk(), system("alpine 3.23_alpha20250612"), "no advisories of alpine 3.23_alpha", id="Alpine's edge"),
        pytest.param(deb(), OperatingSystem(id="debian"), "no advisories of debian", id="a Debian of unknown release"),
        pytest.param(apk(), system("debian 12"), "apk packages on debian 12", id="a package of another distribution"),
        pytest.param(package("golang", "app", "(devel)", namespace="example.org"), None, "checkout", id="a Go program of a checkout"),
        pytest.param(package("golang", "stdlib", "devel"), None, "no release", id="a Go of a checkout"),
        pytest.param(package("maven", "log4j-core", "2.14.1"), None, "group", id="a Java archive without its group"),
        pytest.param(
            package("deb", "libc6", "2.39-0ubuntu8.4"), system("ubuntu 24.04"), "source packages that are not told", id="a chiselled image"
        ),
        pytest.param(
            package("rpm", "libz", "1.2.13"),
            system("sles 15.5"),
            "source packages that are not told",
            id="an rpm package without its source",
        ),
        pytest.param(package("cargo", "serde", "1.0.0"), None, "order of cargo versions", id="versions without a known order"),
        pytest.param(package("", "x", "1.0.0"), None, "order of such versions", id="no type"),
        pytest.param(package("npm", "x", ""), None, "no name and version", id="no version"),
        pytest.param(package("npm", "x" * 400, "1.0"), None, "no name and version", id="a name that is none"),
        pytest.param(package("npm", "x", "1.0\n2.0"), None, "no name and version", id="a version that is none"),
        pytest.param(
            package("pypi", "requests", "2.28.1", path="usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO"),
            system("debian 12"),
            "parts of the distribution's packages",
            id="Debian's own Python packages are mended under the upstream version",
        ),
        pytest.param(
            package("pypi", "requests", "2.25.1", path="usr/lib/python3.9/site-packages/requests-2.25.1-py3.9.egg-info/PKG-INFO"),
            system("rhel 9.4"),
            "parts of the distribution's packages",
            id="Red Hat's as well",
        ),
        pytest.param(package("rpm", "python3-jinja2", "3.1.3-1.el9ap"), system("rhel 9.4"), "another product of Red Hat", id="Ansible's"),
        pytest.param(
            package("rpm", "openshift-clients", "4.14.0-202309272140.p0.g0ba7e2e.assembly.stream.el9"),
            system("rhel 9.2"),
            "another product of Red Hat",
            id="OpenShift's",
        ),
    ],
)
def test_why_a_package_cant_be_asked_about_is_told(one: Package, os: OperatingSystem | None, reason: str) -> None:
    refused = subject_of(one, os)

    assert isinstance(refused, CannotAsk)
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("os", "path"),
    [
        pytest.param("debian 12", "usr/local/lib/python3.11/dist-packages/requests-2.28.1.dist-info/METADATA", id="Debian"),
        pytest.param("rhel 9.4", "opt/app-root/lib/python3.9/site-packages/requests-2.28.1.dist-info/METADATA", id="Red Hat"),
        pytest.param(
            "alpine 3.19.1", "usr/lib/python3.11/site-packages/requests-2.28.1.dist-info/METADATA", id="Alpine, where pip writes here too"
        ),
    ],
)
def test_what_pip_installed_is_asked_about(os: str, path: str) -> None:
    assert isinstance(subject_of(package("pypi", "requests", "2.28.1", path=path), system(os)), Subject)


def declared(type_: str, name: str, version: str, purl: str, **more: str) -> Package:
    return replace(package(type_, name, version, purl=purl, **more), known_by=KnownBy.DECLARED)


@pytest.mark.parametrize(
    ("one", "os", "expected"),
    [
        pytest.param(
            declared("deb", "libssl3", "3.0.11-1", "pkg:deb/debian/libssl3@3.0.11-1?upstream=openssl", source_name="openssl"),
            "debian 12",
            ("openssl", "3.0.11-1"),
            id="the source is told",
        ),
        pytest.param(
            declared("deb", "tzdata", "2024a-0", "pkg:deb/debian/tzdata@2024a-0"),
            "debian 12",
            ("tzdata", "2024a-0"),
            id="it is called the same",
        ),
        pytest.param(
            declared(
                "rpm",
                "openssl-libs",
                "1:3.0.7-25.el9_3",
                "pkg:rpm/rocky/openssl-libs@3.0.7-25.el9_3?epoch=1&upstream=openssl-3.0.7-25.el9_3.src.rpm",
            ),
            "rocky 9.3",
            ("openssl", "1:3.0.7-25.el9_3"),
            id="the source's archive",
        ),
        pytest.param(
            declared(
                "rpm", "libstdc++6", "13.2.1-1", "pkg:rpm/suse/libstdc%2B%2B6@13.2.1-1?upstream=gcc%2B13-13.2.1%2Bgit8285-1.src.rpm&x=1"
            ),
            "sles 15.5",
            ("gcc+13", "13.2.1+git8285-1"),
            id="the source's archive, quoted",
        ),
    ],
)
def test_of_a_declared_package_the_source_is_the_bills_word(one: Package, os: str, expected: tuple[str, str]) -> None:
    subject = subject_of(one, system(os), bills_tell_sources=True)

    assert isinstance(subject, Subject)
    assert {(query.name, query.version) for query in subject.queries} == {expected}


@pytest.mark.parametrize(
    ("os", "ecosystem", "counts"),
    [
        pytest.param("rhel 9.4", "Red Hat:enterprise_linux:9::baseos", True, id="BaseOS"),
        pytest.param("rhel 9.4", "Red Hat:enterprise_linux:9::appstream", True, id="AppStream"),
        pytest.param("rhel 9.4", "Red Hat:enterprise_linux:9", True, id="a stream without a name"),
        pytest.param("rhel 10.0", "Red Hat:enterprise_linux:10.0", True, id="since 10 with the minor release"),
        pytest.param("rhel 9.4", "Red Hat:enterprise_linux:8::baseos", False, id="another release"),
        pytest.param("rhel 9.4", "Red Hat:enterprise_linux:90::baseos", False, id="a longer number"),
        pytest.param("rhel 9.4", "Red Hat:rhel_eus:9.2::baseos", False, id="extended support"),
        pytest.param("rhel 9.4", "Red Hat:openshift:4.14::el9", False, id="another product"),
        pytest.param("sles 15.5", "SUSE:Linux Enterprise Module for Basesystem 15 SP5", True, id="SUSE's module"),
        pytest.param("sles 15.5", "SUSE:Linux Enterprise Server 15 SP5-LTSS", True, id="SUSE's long support"),
        pytest.param("sles 15.5", "SUSE:Linux Enterprise Module for Basesystem 15 SP6", False, id="another service pack"),
        pytest.param("sles 15.5", "SUSE:Linux Enterprise Micro 5.5", False, id="SUSE's Micro has numbers of its own"),
        pytest.param("sles 15", "SUSE:Linux Enterprise Server 15-LTSS", True, id="SUSE without a service pack"),
        pytest.param("sles 15", "SUSE:Linux Enterprise Server 15 SP1-LTSS", False, id="with one"),
        pytest.param("sles 12.5", "SUSE:Linux Enterprise Server LTSS Extended Security 12 SP5", True, id="SUSE 12"),
        pytest.param("sles 16.0", "SUSE:Linux Enterprise Server 16.0", True, id="SUSE 16"),
        pytest.param("sle-micro 5.5", "SUSE:Linux Enterprise Micro 5.5", True, id="SUSE's Micro"),
        pytest.param("sl-micro 6.0", "SUSE:Linux Micro 6.0", True, id="SUSE's Micro by its new name"),
        pytest.param("sle-micro 5.5", "SUSE:Linux Enterprise Micro 5.4", False, id="another Micro"),
    ],
)
def test_of_a_family_only_the_products_of_the_release_count(os: str, ecosystem: str, *, counts: bool) -> None:
    subject = subject_of(rpm(), system(os))

    assert isinstance(subject, Subject)
    assert any(place.holds(ecosystem) for place in subject.places) is counts
