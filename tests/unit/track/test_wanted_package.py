"""What people write for a package, and which packages that is."""

import pytest

from bot.ledger.package_rows import KnownPackage
from bot.model.contents import KnownBy
from bot.track.wanted_package import InvalidPackageError, WantedPackage


def package(type_, name, version="1", *, namespace="", source="", source_version=""):
    return KnownPackage(
        id=1,
        type=type_,
        namespace=namespace,
        name=name,
        version=version,
        source_name=source,
        source_version=source_version,
        known_by=KnownBy.LAYERS,
    )


XZ = package("deb", "xz-utils", "5.6.1-1", namespace="debian")
LIBSSL = package("deb", "libssl3", "3.0.11-1+b1", namespace="debian", source="openssl", source_version="3.0.11-1")
LOG4J = package("maven", "log4j-core", "2.14.1", namespace="org.apache.logging.log4j")
TYPES_NODE = package("npm", "node", "20.1.0", namespace="@types")
GONE = package("npm", "team", "1.0.0", namespace="gone-@acme")
SOME_AT_NAME = package("npm", "some@name", "1.0.0")
NET = package("golang", "net", "v0.17.0", namespace="golang.org/x")
ZOPE = package("pypi", "Zope.Interface", "6.0")


@pytest.mark.parametrize(
    ("text", "candidate", "version"),
    [
        pytest.param("xz-utils", XZ, "5.6.1-1", id="a name"),
        pytest.param("XZ-Utils@>=5.6", XZ, "5.6.1-1", id="capitals do not count"),
        pytest.param("deb/xz-utils", XZ, "5.6.1-1", id="type and name"),
        pytest.param("deb/debian/xz-utils", XZ, "5.6.1-1", id="type, distribution and name"),
        pytest.param("deb/ubuntu/xz-utils", XZ, None, id="another distribution"),
        pytest.param("apk/xz-utils", XZ, None, id="another type"),
        pytest.param("xz_utils", XZ, None, id="of a distribution every sign counts"),
        pytest.param("xz", XZ, None, id="a part of the name"),
        pytest.param("openssl", LIBSSL, "3.0.11-1", id="the source, with its own version"),
        pytest.param("libssl3", LIBSSL, "3.0.11-1+b1", id="the package, with its own version"),
        pytest.param("pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12", LIBSSL, "3.0.11-1", id="a package URL"),
        pytest.param("pkg:deb/debian/openssl@<3.0.12", LIBSSL, "3.0.11-1", id="a package URL with a range"),
        pytest.param("log4j-core", LOG4J, "2.14.1", id="a name without its group"),
        pytest.param("org.apache.logging.log4j:log4j-core@<2.15", LOG4J, "2.14.1", id="group and name"),
        pytest.param("maven/org.apache.logging.log4j/log4j-core", LOG4J, "2.14.1", id="type, group and name"),
        pytest.param("org.example:log4j-core", LOG4J, None, id="another group"),
        pytest.param("@types/node", TYPES_NODE, "20.1.0", id="a scope"),
        pytest.param("npm/@types/node@20.1.0", TYPES_NODE, "20.1.0", id="type, scope, name and version"),
        pytest.param("pkg:npm/%40types/node@20.1.0", TYPES_NODE, "20.1.0", id="a package URL with escapes"),
        pytest.param("gone-@acme/team", GONE, "1.0.0", id="a sign within the scope"),
        pytest.param("pkg:npm/some%40name@1", SOME_AT_NAME, "1.0.0", id="a sign within the name"),
        pytest.param("node", TYPES_NODE, "20.1.0", id="a name in any scope"),
        pytest.param("golang.org/x/net@<0.17.1", NET, "v0.17.0", id="a module's path"),
        pytest.param("zope_interface", ZOPE, "6.0", id="of Python's packages the joints are alike"),
        pytest.param("pkg:pypi/zope-interface", ZOPE, "6.0", id="a package URL of Python's"),
    ],
)
def test_a_package_is_the_one_that_is_asked_for(text, candidate, version):
    assert WantedPackage.parse(text).version_in(candidate) == version


@pytest.mark.parametrize(
    ("text", "range_"),
    [
        ("xz-utils@>=5.6.0,<5.6.2", ">=5.6.0,<5.6.2"),
        ("@types/node", ""),
        ("@types/node@20", "20"),
        ("npm/@types/node@<20", "<20"),
        ("pkg:deb/debian/openssl@3.0.11-1?arch=amd64", "3.0.11-1"),
        ("pkg:deb/debian/zlib1g@1%3A1.2.11-1", "1:1.2.11-1"),
        ("pkg:deb/debian/openssl@<3.0.12,>=3", "<3.0.12,>=3"),
        ("@acme/x", ""),
        ("gone-@acme/team", ""),
        ("gone-@acme/team@<2", "<2"),
        ("npm/gone-@acme/team@<2", "<2"),
        ("pkg:npm/some%40name", ""),
        ("pkg:npm/some%40name@<2", "<2"),
        ("pkg:npm/some%401@2.0.0", "2.0.0"),
        ("hello@(devel)", "(devel)"),
    ],
)
def test_the_range_stands_behind_the_last_sign(text, range_):
    assert str(WantedPackage.parse(text).range) == range_


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("openssl@", "no limit behind the @", id="a forgotten limit"),
        pytest.param("openssl@ ", "no limit behind the @", id="a blank limit"),
        pytest.param("@acme/x@", "no limit behind the @", id="a forgotten limit behind a scope"),
        pytest.param("pkg:deb/debian/openssl@", "no limit behind the @", id="a forgotten version of a package URL"),
        pytest.param("pkg:deb/debian/openssl@?arch=amd64", "no limit behind the @", id="a forgotten version before qualifiers"),
        pytest.param("openssl@latest", "'latest' is no version", id="a word"),
        pytest.param("openssl@>=3,<newest", "'newest' is no version", id="a word as a limit"),
        pytest.param("pkg:deb/debian/openssl@latest", "'latest' is no version", id="a word in a package URL"),
    ],
)
def test_what_is_no_limit_is_said_and_never_means_every_version(text, said):
    with pytest.raises(InvalidPackageError, match=said):
        WantedPackage.parse(text)


@pytest.mark.parametrize("text", ["", " ", "@", "deb/", "a/", "pkg:", "pkg:deb", "openssl@~3", "openssl@>=", "pkg:deb/debian/openssl@<"])
def test_what_names_no_package_is_said(text):
    with pytest.raises(InvalidPackageError):
        WantedPackage.parse(text)
