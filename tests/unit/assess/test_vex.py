"""VEX: what each form says, and which statement takes a hole of an image away."""

import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assess.documents import load
from bot.assess.fields import UnreadableError
from bot.assess.vex import csaf, openvex
from bot.assess.vex.applies import Statements
from bot.assess.vex.attached import told_of
from bot.model.assessment import Hole, VexStatement, VexStatus
from bot.model.contents import OperatingSystem, Package
from tests.unit.assess.documents import (
    DJANGO,
    INDEX,
    LOG4J,
    MANIFEST,
    NET,
    OPENSSL,
    OTHER,
    PASSWD,
    contents,
    cyclonedx,
    cyclonedx_vulnerability,
    encoded,
)
from tests.unit.assess.test_documents import mangled

CVE = "CVE-2023-5678"
FEEDS = Path(__file__).parents[4] / "shared" / "advisories" / "feeds.tar.gz"


def hole(package=OPENSSL, name=CVE, *aliases):
    return Hole(id=name, aliases=aliases, package=package, source="OSV")


def said(*products, parts=(), status=VexStatus.NOT_AFFECTED, names=(CVE,), at=1, where="vex.json"):
    when = None if at is None else datetime(2026, 1, at, tzinfo=UTC)
    return VexStatement(names=frozenset(names), products=products, subcomponents=tuple(parts), status=status, at=when, where=where)


def taken(*statements, package=OPENSSL, one=None, of_image=(), **image):
    return Statements.of(statements).taking_away(contents(**image), one or hole(package), of_image)


OCI = f"pkg:oci/shop@{MANIFEST}"
SHOP = "pkg:oci/shop?repository_url=ghcr.io/acme/shop"


@pytest.mark.parametrize(
    ("product", "image", "is_taken"),
    [
        pytest.param(OCI, {}, True, id="package URL at the manifest's digest"),
        pytest.param(f"pkg:oci/shop@sha256%3A{'a' * 64}?repository_url=ghcr.io/acme", {}, True, id="encoded, with the repository"),
        pytest.param(f"pkg:oci/shop@{INDEX}?arch=amd64&tag=1.2", {}, True, id="at the index's digest, of this platform"),
        pytest.param(f"pkg:oci/shop@{INDEX}?arch=arm64", {}, False, id="of another platform of the index"),
        pytest.param(f"pkg:oci/mirror@{MANIFEST}?repository_url=docker.io/x/mirror", {}, True, id="the same bytes at another place"),
        pytest.param(f"pkg:oci/shop@{OTHER}?repository_url=ghcr.io/acme/shop", {}, False, id="at another digest"),
        pytest.param(f"pkg:docker/acme/shop@{MANIFEST}", {}, True, id="docker at the digest"),
        pytest.param("pkg:docker/acme/shop@1.2", {}, False, id="docker at a tag, which may have moved"),
        pytest.param(SHOP, {}, True, id="every image of the repository"),
        pytest.param("pkg:oci/shop?repository_url=ghcr.io/acme", {}, True, id="the same, without the name in the address"),
        pytest.param("pkg:oci/shop?repository_url=ghcr.io/other/shop", {}, False, id="every image of another repository"),
        pytest.param(
            "pkg:oci/alpine?repository_url=index.docker.io/library", {"image": "alpine:3.18"}, True, id="Docker Hub in other words"
        ),
        pytest.param("pkg:oci/shop?repository_url=ghcr.io/acme/shop&tag=1.2", {}, False, id="its tag, which may have moved"),
        pytest.param("pkg:oci/shop", {}, False, id="a name without a place"),
        pytest.param(f"ghcr.io/acme/shop@{MANIFEST}", {}, True, id="reference at the digest"),
        pytest.param(f"ghcr.io/acme/shop:1.2@{INDEX}", {}, True, id="reference at a tag and the index's digest"),
        pytest.param(str(MANIFEST), {}, True, id="digest"),
        pytest.param("ghcr.io/acme/shop:1.2", {}, False, id="reference at a tag"),
        pytest.param("ghcr.io/acme/shop", {}, False, id="reference without anything"),
        pytest.param("shop", {}, False, id="a word"),
        pytest.param("", {}, False, id="nothing"),
        pytest.param("pkg:", {}, False, id="broken package URL"),
    ],
)
def test_a_statement_on_an_image_is_about_that_image_alone(product, image, is_taken):
    assert (taken(said(product), **image) is not None) == is_taken
    assert (taken(said(product, parts=[OPENSSL.purl]), **image) is not None) == is_taken
    assert taken(said(product, parts=["pkg:deb/debian/another"]), **image) is None


@pytest.mark.parametrize(
    ("product", "package", "is_taken"),
    [
        pytest.param("pkg:deb/debian/libssl3@3.0.11-1~deb12u2", OPENSSL, True, id="at its version"),
        pytest.param("pkg:deb/debian/libssl3", OPENSSL, True, id="at any version"),
        pytest.param("pkg:deb/debian/libssl3@3.0.11-1~deb12u3", OPENSSL, False, id="at another version"),
        pytest.param("pkg:deb/ubuntu/libssl3", OPENSSL, False, id="of another distribution"),
        pytest.param("pkg:deb/libssl3", OPENSSL, False, id="of no distribution"),
        pytest.param("pkg:rpm/debian/libssl3", OPENSSL, False, id="of another type"),
        pytest.param("pkg:deb/debian/libssl", OPENSSL, False, id="of another name"),
        pytest.param("pkg:deb/debian/libssl3?arch=amd64", OPENSSL, True, id="of its architecture"),
        pytest.param("pkg:deb/debian/libssl3?arch=x86_64", OPENSSL, True, id="of its architecture in other words"),
        pytest.param("pkg:deb/debian/libssl3?arch=arm64", OPENSSL, False, id="of another architecture"),
        pytest.param("pkg:deb/debian/passwd?arch=amd64", PASSWD, True, id="of the image's architecture, where the package tells none"),
        pytest.param("pkg:deb/debian/libssl3?distro=debian-12.5", OPENSSL, True, id="of its release"),
        pytest.param("pkg:deb/debian/libssl3?distro=bookworm", OPENSSL, True, id="of its release by name"),
        pytest.param("pkg:deb/debian/libssl3?distro=debian-1", OPENSSL, False, id="of a release with the same beginning"),
        pytest.param("pkg:deb/debian/libssl3?distro=debian-11", OPENSSL, False, id="of another release"),
        pytest.param("pkg:deb/debian/libssl3?distro=ubuntu-12", OPENSSL, False, id="of another distribution's release"),
        pytest.param("pkg:deb/debian/libssl3?distro=extra/bookworm", OPENSSL, False, id="of a channel, at any version"),
        pytest.param("pkg:deb/debian/libssl3@3.0.11-1~deb12u2?distro=extra/bookworm", OPENSSL, True, id="of a channel, at its version"),
        pytest.param("pkg:deb/debian/openssl?arch=source", OPENSSL, True, id="its source"),
        pytest.param("pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=source&distro=bookworm", OPENSSL, True, id="its source at its version"),
        pytest.param("pkg:deb/debian/openssl@3.0.10-1?arch=source", OPENSSL, False, id="its source at another version"),
        pytest.param("pkg:deb/debian/openssl", OPENSSL, False, id="its source's name, of a binary package"),
        pytest.param("pkg:deb/debian/passwd@1:4.13%2Bdfsg1-1", PASSWD, True, id="with the epoch in the version"),
        pytest.param("pkg:deb/debian/passwd@4.13%2Bdfsg1-1?epoch=1", PASSWD, True, id="with the epoch as a qualifier"),
        pytest.param("pkg:deb/debian/passwd@4.13%2Bdfsg1-1", PASSWD, False, id="without its epoch"),
        pytest.param("pkg:deb/debian/libssl3?vendor=acme", OPENSSL, False, id="with a qualifier that nobody knows"),
        pytest.param("pkg:pypi/django", DJANGO, True, id="Python, in other letters"),
        pytest.param("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar", LOG4J, True, id="Java"),
        pytest.param("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?classifier=tests", LOG4J, False, id="Java, another artifact"),
        pytest.param("pkg:maven/log4j-core@2.14.1", LOG4J, False, id="Java without its group"),
        pytest.param("pkg:golang/golang.org/x/net@0.10.0", NET, True, id="Go without the v"),
    ],
)
def test_a_statement_on_a_package_is_about_what_its_package_url_says(product, package, is_taken):
    assert (taken(said(product), package=package) is not None) == is_taken
    assert (taken(said(OCI, parts=[product]), package=package) is not None) == is_taken
    other = replace(PASSWD if package is OPENSSL else OPENSSL, name="another")
    assert taken(said(product), package=other) is None


@pytest.mark.parametrize(
    ("statement", "is_taken"),
    [
        pytest.param(said("pkg:deb/debian/libssl3", status=VexStatus.FIXED), False, id="a package at any version"),
        pytest.param(said("pkg:deb/debian/libssl3@3.0.11-1~deb12u2", status=VexStatus.FIXED), True, id="a package at its version"),
        pytest.param(said(SHOP, status=VexStatus.FIXED), False, id="every image of the repository"),
        pytest.param(said(OCI, status=VexStatus.FIXED), True, id="this image"),
        pytest.param(said(OCI, parts=["pkg:deb/debian/libssl3"], status=VexStatus.FIXED), True, id="a package in this image"),
        pytest.param(said(SHOP, parts=["pkg:deb/debian/libssl3"], status=VexStatus.FIXED), False, id="a package in every image"),
    ],
)
def test_fixed_takes_a_hole_away_only_of_a_certain_build(statement, is_taken):
    assert (taken(statement) is not None) == is_taken


REDHAT = {"image": "ubi9", "operating_system": OperatingSystem(id="rhel", version="9.4")}
CURL = Package(
    type="rpm",
    namespace="redhat",
    name="curl",
    version="7.76.1-29.el9_4",
    architecture="x86_64",
    source_name="curl",
    source_version="7.76.1-29.el9_4",
)
ANY_CURL = "pkg:rpm/redhat/curl?arch=src"
THIS_CURL = "pkg:rpm/redhat/curl@7.76.1-29.el9_4?arch=x86_64"


@pytest.mark.parametrize(
    ("product", "parts", "status", "is_taken"),
    [
        pytest.param("cpe:/o:redhat:enterprise_linux:9", [ANY_CURL], VexStatus.NOT_AFFECTED, True, id="its system, any version"),
        pytest.param("cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*", [ANY_CURL], VexStatus.NOT_AFFECTED, True, id="CPE 2.3"),
        pytest.param("cpe:/a:redhat:enterprise_linux:9::appstream", [ANY_CURL], VexStatus.NOT_AFFECTED, True, id="a part of its system"),
        pytest.param("cpe:/o:redhat:enterprise_linux:8", [ANY_CURL], VexStatus.NOT_AFFECTED, False, id="another release"),
        pytest.param(
            "cpe:/a:redhat:rhel_eus:9.4::appstream", [ANY_CURL], VexStatus.NOT_AFFECTED, False, id="extended support, any version"
        ),
        pytest.param("cpe:/a:redhat:rhel_eus:9.4::appstream", [THIS_CURL], VexStatus.FIXED, True, id="extended support, this very build"),
        pytest.param("cpe:/o:redhat:enterprise_linux:9", [ANY_CURL], VexStatus.FIXED, False, id="fixed, at any version"),
        pytest.param("cpe:/o:redhat:enterprise_linux:9", [THIS_CURL], VexStatus.FIXED, True, id="fixed, this very build"),
        pytest.param("cpe:/o:redhat:enterprise_linux:9", [], VexStatus.NOT_AFFECTED, False, id="all of its system, whosever packages"),
        pytest.param("cpe:/o:redhat:enterprise_linux:-", [], VexStatus.NOT_AFFECTED, False, id="no release"),
        pytest.param("cpe:/o:debian:debian_linux:9", [], VexStatus.NOT_AFFECTED, False, id="another system"),
        pytest.param("Red Hat Enterprise Linux 9", [ANY_CURL], VexStatus.NOT_AFFECTED, False, id="a name for people"),
        pytest.param(
            "cpe:/a:redhat:openshift:4",
            [f"pkg:oci/console@{MANIFEST}?arch=amd64"],
            VexStatus.NOT_AFFECTED,
            True,
            id="this image, in a product",
        ),
    ],
)
def test_a_statement_on_a_system_is_about_images_of_it(product, parts, status, is_taken):
    assert (taken(said(product, parts=parts, status=status), package=CURL, **REDHAT) is not None) == is_taken


def test_a_module_is_taken_away_of_the_executable_that_it_is_built_into():
    tool = Package(type="golang", name="tool", namespace="github.com/acme", version="v2.0.0", path="bin/tool")
    elsewhere = replace(NET, path="bin/other")
    statement = said("pkg:golang/github.com/acme/tool@v2.0.0", parts=["pkg:golang/golang.org/x/net"])

    assert taken(statement, package=NET, packages=(tool, NET, elsewhere)) is statement
    assert taken(statement, package=elsewhere, packages=(tool, NET, elsewhere)) is None


NOT, FIXED, IS, MAYBE = VexStatus.NOT_AFFECTED, VexStatus.FIXED, VexStatus.AFFECTED, VexStatus.UNDER_INVESTIGATION


@pytest.mark.parametrize(
    ("statements", "by"),
    [
        pytest.param([(IS, 1), (NOT, 2)], 1, id="affected, then not"),
        pytest.param([(NOT, 2), (IS, 1)], 0, id="in any order"),
        pytest.param([(NOT, 1), (IS, 2)], None, id="not affected, then affected after all"),
        pytest.param([(NOT, 1), (MAYBE, 2)], None, id="looked at again"),
        pytest.param([(MAYBE, 1), (FIXED, 2)], 1, id="fixed in the end"),
        pytest.param([(NOT, 1), (IS, 1)], None, id="both at once: it stays"),
        pytest.param([(NOT, 1), (IS, None)], None, id="the other one without a time: it stays"),
        pytest.param([(NOT, None)], 0, id="the only one, without a time"),
        pytest.param([(NOT, None), (FIXED, 1)], 1, id="the dated one is shown"),
        pytest.param([(IS, 1)], None, id="affected alone"),
        pytest.param([], None, id="nothing said"),
    ],
)
def test_the_latest_statement_counts(statements, by):
    told = [said(OCI, status=status, at=at, where=f"{number}.json") for number, (status, at) in enumerate(statements)]

    found = taken(*told)

    assert found == (None if by is None else told[by])
    assert taken(*told[:1], of_image=told[1:]) == found, "wherever it is said"


def test_a_later_word_that_is_only_about_the_tag_keeps_the_hole_all_the_same():
    for product in ("ghcr.io/acme/shop:1.2", "ghcr.io/acme/shop", f"{SHOP}&tag=1.2", "pkg:oci/shop"):
        assert taken(said(OCI, at=1), said(product, status=IS, at=2)) is None, product
    for product in ("ghcr.io/acme/shop:1.3", "ghcr.io/acme/other:1.2", f"ghcr.io/acme/shop@{OTHER}", f"{SHOP}&tag=1.3"):
        assert taken(said(OCI, at=1), said(product, status=IS, at=2)) is not None, product


@pytest.mark.parametrize(
    ("names", "ours", "is_taken"),
    [
        pytest.param(["GHSA-A"], (CVE, "ghsa-a"), True, id="an alias of ours"),
        pytest.param(["GHSA-A", CVE], (CVE,), True, id="an alias of theirs"),
        pytest.param(["GHSA-A"], ("GHSA-A",), True, id="no CVE at all"),
        pytest.param(["CVE-2000-1", "DSA-1"], (CVE, "DSA-1"), False, id="an advisory of several holes"),
        pytest.param(["CVE-2000-1"], (CVE,), False, id="another one"),
    ],
)
def test_holes_and_statements_meet_by_any_name(names, ours, is_taken):
    assert (taken(said(OCI, names=names), one=hole(OPENSSL, *ours)) is not None) == is_taken


def openvex_document(*statements, **more):
    told = {"@context": "https://openvex.dev/ns/v0.2.0", "author": "Acme", "timestamp": "2026-01-02T03:04:05.123456789-06:00", "version": 1}
    return told | {"statements": list(statements)} | more


def openvex_statement(**more):
    return {"vulnerability": {"name": CVE}, "products": [{"@id": OCI}], "status": "not_affected", **more}


@pytest.mark.parametrize(
    ("statement", "products", "parts"),
    [
        pytest.param(openvex_statement(), [OCI], [], id="0.2.0"),
        pytest.param(
            openvex_statement(vulnerability=CVE, products=["a", "b"], subcomponents=["c"]), ["a", "b"], ["c"], id="0.0.x, names as texts"
        ),
        pytest.param(
            openvex_statement(
                products=[{"@id": "a", "identifiers": {"purl": "b", "cpe23": "c", "x": 1}, "hashes": {"sha-256": "D" * 64, "md5": "e"}}]
            ),
            ["a", "b", "c", "sha256:" + "d" * 64],
            [],
            id="every identifier",
        ),
        pytest.param(openvex_statement(products=[{"@id": "a", "subcomponents": [{"@id": "b"}]}]), ["a"], ["b"], id="parts"),
        pytest.param({k: v for k, v in openvex_statement().items() if k != "products"}, ["subject"], [], id="what it is attached to"),
    ],
)
def test_openvex_is_read(statement, products, parts):
    (one,) = openvex.statements(openvex_document(statement), "vex.json", subject=("subject",))

    assert (list(one.products), list(one.subcomponents), one.names) == (products, parts, {CVE})
    assert (one.status, one.author, one.where) == (VexStatus.NOT_AFFECTED, "Acme", "vex.json")
    assert one.at == datetime(2026, 1, 2, 9, 4, 5, 123456, UTC)


def test_what_openvex_calls_by_no_name_is_not_the_whole():
    unknown = {"hashes": {"md5": "x"}}
    told = [
        openvex_statement(products=[unknown]),
        openvex_statement(products=[{"@id": OCI, "subcomponents": [unknown]}]),
        openvex_statement(products=[{"@id": OCI}], subcomponents=7),
    ]

    for said_so in told:
        (one,) = openvex.statements(openvex_document(said_so), "vex.json", subject=(str(MANIFEST),))
        assert taken(one) is None, said_so
    (one,) = openvex.statements(
        openvex_document(openvex_statement(products=[{"@id": OCI, "subcomponents": {"@id": OPENSSL.purl}}])), "vex.json"
    )
    assert (taken(one), taken(one, package=PASSWD)) == (one, None), "one part that is no list"


def test_an_image_that_is_part_of_something_is_judged_as_that_part():
    assert taken(said("pkg:generic/cluster@1", parts=[OCI])) is None


def test_openvex_s_products_with_other_parts_are_statements_of_their_own():
    products = [{"@id": "a", "subcomponents": [{"@id": "c"}]}, {"@id": "b"}, {"@id": "d"}]
    more = {"justification": "component_not_present", "impact_statement": "removed", "timestamp": "2026-02-01T00:00:00Z"}

    told = list(openvex.statements(openvex_document(openvex_statement(products=products, **more)), "vex.json"))

    assert [(one.products, one.subcomponents) for one in told] == [(("a",), ("c",)), (("b", "d"), ())]
    assert {one.reason for one in told} == {"component_not_present: removed"}
    assert {one.at for one in told} == {datetime(2026, 2, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(openvex_statement(status="harmless"), id="a status of tomorrow"),
        pytest.param(openvex_statement(vulnerability={}), id="no vulnerability"),
        pytest.param("text", id="no statement"),
    ],
)
def test_what_openvex_does_not_know_says_nothing(statement):
    assert list(openvex.statements(openvex_document(statement), "vex.json")) == []


def csaf_document(**vulnerability):
    def product(name, category="product_version", **helper):
        return {"category": category, "name": name, "product": {"product_id": name, "name": name, "product_identification_helper": helper}}

    branches = [
        product("rhel9", "product_name", cpe="cpe:/o:redhat:enterprise_linux:9"),
        {"category": "architecture", "name": "src", "branches": [product("curl", purl=ANY_CURL), product("nameless")]},
        product("range", "product_version_range", purl="pkg:rpm/redhat/curl"),
        product("two", purls=["pkg:rpm/redhat/a", "pkg:rpm/redhat/b"]),
    ]
    relations = [
        {"product_reference": part, "relates_to_product_reference": "rhel9", "full_product_name": {"product_id": f"rhel9:{part}"}}
        for part in ("curl", "two", "nameless")
    ]
    tracking = {"current_release_date": "2026-03-04T05:06:07.000Z"}
    return {
        "document": {"csaf_version": "2.0", "category": "csaf_vex", "publisher": {"name": "Red Hat"}, "tracking": tracking},
        "product_tree": {
            "branches": [{"category": "vendor", "name": "Red Hat", "branches": branches}],
            "full_product_names": [{"product_id": "image", "product_identification_helper": {"purl": OCI}}],
            "relationships": relations,
            "product_groups": [{"group_id": "all", "product_ids": ["rhel9:curl", "image"]}],
        },
        "vulnerabilities": [{"cve": CVE, "ids": [{"text": "2307370"}, {"text": "GHSA-a"}], **vulnerability}],
    }


@pytest.mark.parametrize(
    ("product_id", "products", "parts"),
    [
        pytest.param("rhel9:curl", ["cpe:/o:redhat:enterprise_linux:9"], [ANY_CURL], id="a package of a system"),
        pytest.param("rhel9:two", ["cpe:/o:redhat:enterprise_linux:9"], ["pkg:rpm/redhat/a", "pkg:rpm/redhat/b"], id="two names"),
        pytest.param(
            "rhel9:nameless", ["cpe:/o:redhat:enterprise_linux:9"], ["nameless"], id="a part without a package URL is not the whole"
        ),
        pytest.param("image", [OCI], [], id="an image"),
        pytest.param("range", ["range"], [], id="a range of versions, which is not all of them"),
        pytest.param("missing", ["missing"], [], id="a product that is not in the tree"),
    ],
)
@pytest.mark.parametrize(
    ("word", "status"),
    [
        pytest.param("known_not_affected", NOT, id="not affected"),
        pytest.param("fixed", FIXED, id="fixed"),
        pytest.param("known_affected", IS, id="affected"),
        pytest.param("under_investigation", MAYBE, id="under investigation"),
    ],
)
def test_csaf_is_read(product_id, products, parts, word, status):
    (one,) = csaf.statements(csaf_document(product_status={word: [product_id], "recommended": ["image"]}), "csaf.json")

    assert (list(one.products), list(one.subcomponents), one.status) == (products, parts, status)
    assert (one.names, one.author, one.at) == ({CVE, "GHSA-a"}, "Red Hat", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))


def test_csaf_s_reasons_are_those_of_each_product():
    flags = [{"label": "component_not_present", "product_ids": ["image"]}]
    threats = [{"category": "impact", "details": "Moderate", "group_ids": ["all"]}, {"category": "exploit_status", "details": "none"}]
    status = {"known_not_affected": ["rhel9:curl", "image"]}

    told = list(csaf.statements(csaf_document(product_status=status, flags=flags, threats=threats), "csaf.json"))

    assert {one.products[0]: one.reason for one in told} == {
        "cpe:/o:redhat:enterprise_linux:9": "Moderate",
        OCI: "component_not_present: Moderate",
    }


def test_a_tree_without_end_is_no_document():
    document = csaf_document()
    for _ in range(40):
        document["product_tree"]["branches"] = [{"branches": document["product_tree"]["branches"]}]

    with pytest.raises(UnreadableError, match="no end"):
        list(csaf.statements(document, "csaf.json"))


@pytest.mark.parametrize(
    ("component", "ref", "products", "parts"),
    [
        pytest.param({}, OPENSSL.purl, [OPENSSL.purl], [], id="no subject: the package itself"),
        pytest.param({"purl": "pkg:maven/a/shop@1"}, DJANGO.purl, ["pkg:maven/a/shop@1"], [DJANGO.purl], id="a package in an app"),
        pytest.param({"name": "shop"}, DJANGO.purl, ["shop"], [DJANGO.purl], id="a package in something without a package URL"),
        pytest.param({"purl": "pkg:maven/a/shop@1", "bom-ref": "root"}, "root", ["pkg:maven/a/shop@1"], [], id="the app itself"),
        pytest.param({}, "urn:cdx:1/1#pkg:deb/a/b@1", ["urn:cdx:1/1"], ["pkg:deb/a/b@1"], id="a part of another document's subject"),
        pytest.param({}, "x", ["unknown reference x"], ["unknown reference x"], id="a reference to nowhere"),
    ],
)
def test_cyclonedx_vex_is_read(tmp_path, component, ref, products, parts):
    told = {"type": "application", **component} if component else {}
    document = cyclonedx(
        cyclonedx_vulnerability(ref=ref, analysis={"state": "not_affected", "lastUpdated": "2026-05-06T00:00:00Z"}), component=told
    )
    (tmp_path / "vex.json").write_bytes(encoded(document))

    (one,) = load([tmp_path]).statements

    assert (list(one.products), list(one.subcomponents), one.status, one.author) == (products, parts, NOT, "Acme")
    assert one.at == datetime(2026, 5, 6, tzinfo=UTC)


NOW = datetime(2026, 10, 10, tzinfo=UTC)
LATE = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late", "earlier", "is_taken"),
    [
        pytest.param(NOT, IS, False, id="not affected, to come: the word of today counts"),
        pytest.param(NOT, None, False, id="not affected, to come, alone"),
        pytest.param(FIXED, None, False, id="fixed, to come, alone"),
        pytest.param(IS, NOT, False, id="affected, to come: a doubt that keeps the hole"),
    ],
)
@pytest.mark.parametrize("is_beside", [pytest.param(True, id="beside the documents"), pytest.param(False, id="of a document")])
def test_a_statement_of_a_time_to_come_takes_nothing_away(late, earlier, is_taken, is_beside):
    one = replace(said(OCI, status=late), at=LATE)
    others = [] if earlier is None else [said(OCI, status=earlier)]

    found = taken(*others, of_image=[one]) if is_beside else taken(one, *others)

    assert (found is not None) == is_taken


def test_what_is_attached_of_a_time_to_come_is_said():
    document = openvex_document(openvex_statement(timestamp="2999-01-01T00:00:00Z"))

    told = told_of(contents(), [("referrer", document)], NOW)

    (gap,) = told.not_checked
    assert gap.what == "statements attached to the image (referrer)"
    assert gap.reason == "1 statement is of 2999-01-01, which is yet to come, and takes nothing away; correct the date"


def test_all_documents_of_a_folder_are_read(tmp_path):
    (tmp_path / "a.openvex.json").write_bytes(encoded(openvex_document(openvex_statement())))
    (tmp_path / "b.json").write_bytes(encoded(openvex_document(openvex_statement(status="affected", timestamp="2026-09-09T00:00:00Z"))))
    (tmp_path / "c.json").write_bytes(encoded(csaf_document(product_status={"fixed": ["image"]})))

    loaded = load([tmp_path])

    assert len(loaded.statements) == 3
    assert Statements.of(loaded.statements).taking_away(contents(), hole()) is None, "the latest of all documents says so"


@pytest.fixture(scope="module")
def feeds(tmp_path_factory):
    if not FEEDS.is_file():
        pytest.skip("the real feeds (shared/advisories) are not on this machine")
    folder = tmp_path_factory.mktemp("feeds")
    with tarfile.open(FEEDS) as archive:
        archive.extractall(folder, filter="data")
    return folder


def deb(name, version, distribution="ubuntu"):
    return Package(type="deb", namespace=distribution, name=name, version=version, architecture="amd64", source_name="curl")


UBUNTU = {
    "jammy": OperatingSystem(id="ubuntu", version="22.04", codename="jammy"),
    "bionic": OperatingSystem(id="ubuntu", version="18.04", codename="bionic"),
}


@pytest.mark.parametrize(
    ("package", "release", "status"),
    [
        pytest.param(deb("libcurl4", "7.81.0-1ubuntu1.24"), "jammy", FIXED, id="fixed in this build"),
        pytest.param(deb("libcurl4", "7.81.0-1ubuntu1.10"), "jammy", None, id="an older build"),
        pytest.param(deb("libcurl4", "7.81.0-1ubuntu1.24"), "bionic", None, id="of another release"),
        pytest.param(deb("libcurl4", "7.81.0-1ubuntu1.24", "debian"), "jammy", None, id="of another distribution"),
    ],
)
def test_ubuntu_s_real_vex_comes_to_what_it_says(feeds, package, release, status):
    statements = load([feeds / "ubuntu" / "test-fixtures" / "vex"]).statements

    found = Statements.of(statements).taking_away(contents(operating_system=UBUNTU[release]), hole(package, "CVE-2023-38545"))

    assert (found.status if found else None) is status
    assert {one.author for one in statements} == {"Canonical Ltd."}


def test_red_hat_s_real_documents_come_to_what_they_say_of_each_build(feeds):
    """Builds by the ids of products (`AppStream-9.3.0.Z.MAIN:tigervnc-0:1.13.1-3.el9_3.3.x86_64`), which the code does not read."""
    folder = feeds / "rhel" / "test-fixtures" / "csaf"
    files = [*sorted((folder / "advisories").rglob("*.json")), *sorted((folder / "server" / "2024").glob("*.json"))]
    known = Statements.of(load(files).statements)
    words = {"fixed": FIXED, "known_not_affected": NOT}
    checked = 0
    for file in files:
        for told in json.loads(file.read_text())["vulnerabilities"]:
            said_of = {}
            for word, product_ids in told["product_status"].items():
                for build in {product_id.partition(":")[2] for product_id in product_ids}:
                    said_of.setdefault(build, set()).add(words[word])
            for build, status in said_of.items():
                named, _, architecture = build.rpartition(".")
                name, version, release = named.rsplit("-", 2)
                if architecture == "src":
                    continue
                package = Package(
                    type="rpm",
                    namespace="redhat",
                    name=name,
                    version=f"{version}-{release}".removeprefix("0:"),
                    architecture=architecture,
                )
                image = contents(operating_system=OperatingSystem(id="rhel", version="9.3"), platform="")
                assert known.taking_away(image, hole(package, told["cve"])).status in status, build
                assert known.taking_away(image, hole(replace(package, version="0-1"), told["cve"])) is None
                assert known.taking_away(image, hole(package, "CVE-1999-1")) is None
                checked += 1
    assert checked == 453


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(openvex_document({k: v for k, v in openvex_statement().items() if k != "products"}), id="OpenVEX without a product"),
        pytest.param(openvex_document(openvex_statement(products=[OPENSSL.purl])), id="OpenVEX on a package"),
        pytest.param(csaf_document(product_status={"known_not_affected": ["image"]}), id="CSAF"),
        pytest.param(cyclonedx(cyclonedx_vulnerability(analysis={"state": "not_affected"})), id="CycloneDX"),
    ],
)
def test_what_is_attached_to_an_image_is_about_that_image(document):
    told = told_of(contents(), [("referrer", document), ("referrer", {"spdxVersion": "SPDX-2.3"})], NOW)

    found = Statements.of([]).taking_away(contents(), hole(), told.statements)

    assert found.where == "attached to the image (referrer)"
    assert told.not_checked == ()
    other = contents(digest=OTHER, index_digest=None, packages=())
    assert Statements.of([]).taking_away(other, hole(PASSWD), told.statements) is None


def test_what_is_attached_and_broken_is_said():
    document = csaf_document()
    document["vulnerabilities"] = [{}] * 200_001

    told = told_of(contents(), [("referrer", document)], NOW)

    assert [str(gap) for gap in told.not_checked] == [
        "statements attached to the image (referrer): not read: a list in it has more than 200000 entries; tell its publisher"
    ]


VEX = [
    openvex_document(openvex_statement(), openvex_statement(products=[OPENSSL.purl], subcomponents=["a"], vulnerability=CVE)),
    csaf_document(product_status={"fixed": ["image", "rhel9:curl"]}, flags=[{"label": "x", "product_ids": ["image"]}]),
    cyclonedx(cyclonedx_vulnerability(analysis={"state": "not_affected"}), component={}),
]


@given(document=mangled(VEX))
def test_mangled_statements_end_in_an_answer(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("mangled") / "vex.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    loaded = load([path])

    assert repr(loaded).encode()
    Statements.of(loaded.statements).taking_away(contents(), hole())


@given(
    product=st.text(max_size=30).map(lambda tail: f"pkg:deb/debian/libssl3{tail}")
    | st.text(max_size=40)
    | st.text(max_size=20).map("cpe:/".__add__)
)
def test_products_of_any_kind_end_in_an_answer(product):
    taken(said(product, status=IS), said(product, parts=[product]))
