"""Reports of scanners: of which image, which holes, what was compared, and nothing that they do not say."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.assess.assessor import Assessor
from bot.assess.changes import hole_changes
from bot.assess.documents import load
from bot.assess.reports.source import ReportsSource
from bot.model.assessment import AssessedImage, FixState, VexStatus
from bot.model.contents import KnownBy, Package
from bot.model.severity import Severity
from tests.unit.assess.documents import (
    CONFIGURATION,
    DJANGO,
    INDEX,
    LAYERS,
    LOG4J,
    LOG4J_TWICE,
    MANIFEST,
    NET,
    OPENSSL,
    OTHER,
    PASSWD,
    contents,
    cyclonedx,
    cyclonedx_vulnerability,
    encoded,
    grype,
    grype_match,
    grype_sarif,
    language_result,
    system_result,
    trivy,
    trivy_finding,
    trivy_sarif,
)

TAGGED = {"RepoTags": ["ghcr.io/acme/shop:1.2"]}


@pytest.fixture
def report(tmp_path):
    """What a document of these values is read as."""

    def read(document):
        (tmp_path / "report.json").write_bytes(encoded(document))
        (one,) = load([tmp_path / "report.json"]).reports
        return one

    return read


NOW = datetime(2026, 10, 10, tzinfo=UTC)


def gaps(answer):
    """What a report left out, beside the packages that it does not cover."""
    return [missing for missing in answer.not_checked if not missing.packages]


def told(*reports, **more):
    return ReportsSource(reports=reports, now=lambda: NOW).told(contents(**more))


@pytest.mark.parametrize(
    ("document", "of", "by_tag"),
    [
        pytest.param(trivy(), {}, False, id="Trivy: layers"),
        pytest.param(trivy(), {"layers": ()}, False, id="Trivy: index digest"),
        pytest.param(trivy(metadata={"RepoDigests": [f"x@{MANIFEST}"]}), {}, False, id="Trivy: digest of the manifest"),
        pytest.param(trivy(metadata={}, ArtifactName=f"ghcr.io/acme/shop@{MANIFEST}"), {}, False, id="Trivy: asked for by digest"),
        pytest.param(
            trivy(metadata={"DiffIDs": list(LAYERS)}, ArtifactName="image.tar"), {}, False, id="Trivy: archive with the same layers"
        ),
        pytest.param(trivy(metadata=TAGGED), {}, True, id="Trivy: tag, without any digest"),
        pytest.param(trivy(metadata={}), {}, True, id="Trivy: asked for by tag"),
        pytest.param(trivy(metadata=TAGGED | {"DiffIDs": [LAYERS[0]]}), {}, None, id="Trivy: the tag had other layers"),
        pytest.param(trivy(metadata=TAGGED | {"RepoDigests": [f"x@{OTHER}"]}), {}, None, id="Trivy: the tag had another digest"),
        pytest.param(trivy(metadata=TAGGED | {"ImageID": CONFIGURATION}), {}, None, id="Trivy: image of a daemon, not to be compared"),
        pytest.param(trivy(metadata={}, ArtifactName="ghcr.io/acme/shop:1.3"), {}, None, id="Trivy: another tag"),
        pytest.param(trivy(metadata={}, ArtifactName="ghcr.io/acme/other:1.2"), {}, None, id="Trivy: another repository"),
        pytest.param(trivy(metadata=TAGGED), {"image": f"ghcr.io/acme/shop@{MANIFEST}"}, None, id="tag, of an image without one"),
        pytest.param(
            trivy(metadata={"RepoDigests": [f"x@{INDEX}"], "ImageConfig": {"os": "linux", "architecture": "arm64"}}),
            {"layers": ()},
            None,
            id="Trivy: another platform of the index",
        ),
        pytest.param(trivy(), {"layers": (), "platform": "linux/amd64/v2"}, False, id="Trivy: a variant that it does not tell"),
        pytest.param(grype(), {}, False, id="Grype: digest of the manifest"),
        pytest.param(grype(target={"layers": [{"digest": layer} for layer in LAYERS]}), {}, False, id="Grype: layers"),
        pytest.param(grype(target={"userInput": "ghcr.io/acme/shop:1.2"}), {}, True, id="Grype: tag"),
        pytest.param(
            grype(target={"userInput": "ghcr.io/acme/shop:1.2", "manifestDigest": str(OTHER)}), {}, None, id="Grype: another digest"
        ),
        pytest.param(cyclonedx(cyclonedx_vulnerability()), {}, False, id="CycloneDX of Trivy: layers, sorted by it"),
        pytest.param(
            cyclonedx(component={"type": "container", "name": "x", "version": str(MANIFEST)}, tool="grype"),
            {},
            False,
            id="CycloneDX of Grype",
        ),
        pytest.param(
            cyclonedx(component={"type": "container", "name": "shop", "purl": f"pkg:oci/shop@{INDEX}?arch=amd64"}, tool="grype"),
            {},
            False,
            id="CycloneDX: package URL",
        ),
        pytest.param(
            cyclonedx(component={"type": "container", "name": "ghcr.io/acme/shop", "version": "1.2"}, tool="grype"),
            {},
            True,
            id="CycloneDX: tag",
        ),
        pytest.param(trivy_sarif(), {}, True, id="SARIF of Trivy: the index, of one platform or another"),
        pytest.param(trivy_sarif(), {"platforms": ("linux/amd64",)}, False, id="SARIF of Trivy: an index of one platform"),
        pytest.param(grype_sarif(), {}, True, id="SARIF of Grype: name"),
    ],
)
def test_a_report_speaks_of_the_image_that_it_names_alone(report, document, of, by_tag):
    answer = told(report(document), **of)

    assert (answer is not None) == (by_tag is not None)
    if answer is not None:
        assert any(by in answer.data[0].name for by in ("tag alone", "its index")) == by_tag
        assert all(any(by in hole.source for by in ("tag alone", "its index")) == by_tag for hole in answer.holes)
        assert any("this very image" in missing.what for missing in answer.not_checked) == by_tag


@pytest.mark.parametrize(
    ("document", "packages"),
    [
        pytest.param(trivy(system_result(trivy_finding())), [OPENSSL], id="Trivy: package URL"),
        pytest.param(
            trivy(system_result(trivy_finding(package=Package(type="", name="libssl3", version="3.0.11-1~deb12u2")))),
            [OPENSSL],
            id="Trivy: name and version alone, as before package URLs",
        ),
        pytest.param(
            trivy(system_result(trivy_finding(PkgIdentifier={"PURL": "pkg:deb/debian/passwd@4.13%2Bdfsg1-1?distro=debian-12.2&epoch=1"}))),
            [PASSWD],
            id="Trivy: the epoch as a qualifier",
        ),
        pytest.param(trivy(language_result("python-pkg", trivy_finding(package=DJANGO))), [DJANGO], id="Trivy: Python, in other letters"),
        pytest.param(
            trivy(language_result("jar", trivy_finding(package=LOG4J, PkgPath="app/b.jar"))), [LOG4J_TWICE], id="Trivy: at its path"
        ),
        pytest.param(
            trivy(
                language_result(
                    "jar", trivy_finding(package=Package(type="", name="org.apache.logging.log4j:log4j-core", version="2.14.1"))
                )
            ),
            [LOG4J, LOG4J_TWICE],
            id="Trivy: both places, where it does not say which",
        ),
        pytest.param(
            trivy(language_result("gobinary", trivy_finding(package=Package(type="", name="golang.org/x/net", version="v0.10.0")))),
            [NET],
            id="Trivy: Go by its path",
        ),
        pytest.param(grype(grype_match()), [OPENSSL], id="Grype: package URL"),
        pytest.param(
            grype(grype_match(package=Package(type="", name="Django", version="4.2.0"), kind="python")), [DJANGO], id="Grype: name and type"
        ),
        pytest.param(cyclonedx(cyclonedx_vulnerability()), [OPENSSL], id="CycloneDX"),
        pytest.param(
            cyclonedx(cyclonedx_vulnerability(ref=f"urn:cdx:3ff14136/1#{DJANGO.purl}")),
            [DJANGO],
            id="CycloneDX: a link to its own component",
        ),
        pytest.param(trivy_sarif(("libssl3", "3.0.11-1~deb12u2", "")), [OPENSSL], id="SARIF of Trivy"),
        pytest.param(grype_sarif(), [DJANGO], id="SARIF of Grype"),
    ],
)
def test_the_package_of_a_finding_is_the_image_s_own(report, document, packages):
    answer = told(report(document))

    assert [hole.package for hole in answer.holes] == packages


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(trivy(system_result(trivy_finding(package=Package(type="", name="gone", version="1")))), id="Trivy"),
        pytest.param(grype(grype_match(package=Package(type="deb", name="gone", version="1", purl="pkg:deb/debian/gone@1"))), id="Grype"),
        pytest.param(cyclonedx(cyclonedx_vulnerability(ref="pkg:deb/debian/gone@1")), id="CycloneDX"),
        pytest.param(trivy_sarif(("gone", "1", "")), id="SARIF"),
    ],
)
def test_a_package_that_the_image_is_not_known_to_hold_is_kept_as_the_report_s(report, document):
    answer = told(report(document), platforms=("linux/amd64",))

    (hole,) = answer.holes
    assert (hole.package.name, hole.package.version, hole.package.known_by) == ("gone", "1", KnownBy.DECLARED)
    assert hole.package not in answer.checked


@pytest.mark.parametrize(
    ("document", "checked"),
    [
        pytest.param(trivy(system_result()), {OPENSSL, PASSWD}, id="Trivy: packages of the distribution, without findings"),
        pytest.param(
            trivy(system_result(Packages=[{"Name": "passwd", "Version": "4.13+dfsg1", "Release": "1", "Epoch": 1}])),
            {PASSWD},
            id="Trivy: those that it lists alone",
        ),
        pytest.param(
            trivy(language_result("python-pkg"), language_result("jar")), {DJANGO, LOG4J, LOG4J_TWICE}, id="Trivy: kinds of language"
        ),
        pytest.param(trivy(language_result("gobinary", target="bin/tool")), {NET}, id="Trivy: one executable"),
        pytest.param(trivy(language_result("gobinary", target="bin/other")), set(), id="Trivy: another executable"),
        pytest.param(trivy(language_result("npm", target="package-lock.json")), set(), id="Trivy: a lock file is not all of its kind"),
        pytest.param(trivy({"Target": "x", "Class": "secret"}), set(), id="Trivy: secrets alone"),
        pytest.param(trivy(), set(), id="Trivy: nothing"),
        pytest.param(grype(), {OPENSSL, PASSWD}, id="Grype: the distribution that it names"),
        pytest.param(grype(grype_match(package=DJANGO, kind="python"), distro={}), {DJANGO}, id="Grype: kinds of what it found"),
        pytest.param(cyclonedx(cyclonedx_vulnerability()), {OPENSSL, DJANGO}, id="CycloneDX: its components"),
        pytest.param(trivy_sarif(("libssl3", "3.0.11-1~deb12u2", "")), {OPENSSL}, id="SARIF: what has a finding"),
    ],
)
def test_what_was_compared_is_what_the_report_covers(report, document, checked):
    assert set(told(report(document)).checked) == checked


def test_packages_that_no_report_covers_are_named(report):
    missing = told(report(trivy(system_result())), report(grype(grype_match(package=DJANGO, kind="python"), distro={}))).not_checked

    assert [(gap.what, gap.packages) for gap in missing] == [("1 golang package", (NET,)), ("2 maven packages", (LOG4J, LOG4J_TWICE))]


def test_sarif_says_that_it_does_not_say_what_was_scanned(report):
    (missing,) = gaps(told(report(trivy_sarif()), platforms=("linux/amd64",)))

    assert "packages without findings" in missing.what
    assert "JSON" in missing.reason


@pytest.mark.parametrize(
    ("more", "state", "is_dismissed"),
    [
        pytest.param({"Status": "fixed", "FixedVersion": "3.0.12"}, FixState.AVAILABLE, False, id="fixed"),
        pytest.param({"FixedVersion": "3.0.12"}, FixState.AVAILABLE, False, id="a version, without a word"),
        pytest.param({"Status": "affected"}, FixState.NOT_YET, False, id="affected"),
        pytest.param({"Status": "will_not_fix"}, FixState.WILL_NOT_FIX, False, id="will not fix"),
        pytest.param({"Status": "fix_deferred"}, FixState.DEFERRED, False, id="deferred"),
        pytest.param({"Status": "end_of_life"}, FixState.END_OF_LIFE, False, id="end of life"),
        pytest.param({"Status": "under_investigation"}, FixState.INVESTIGATED, False, id="under investigation"),
        pytest.param({"Status": "not_affected"}, FixState.UNKNOWN, True, id="not affected"),
        pytest.param({"Status": "a new word"}, FixState.UNKNOWN, False, id="a word of tomorrow"),
        pytest.param({}, FixState.UNKNOWN, False, id="nothing"),
    ],
)
def test_the_word_of_the_publisher_is_kept(report, more, state, is_dismissed):
    answer = told(report(trivy(system_result(trivy_finding(**more, DataSource={"Name": "Debian Security Tracker"})))))

    (hole,) = answer.holes
    assert hole.fix_state is state
    assert [(s.status, s.products, s.subcomponents, s.author) for s in answer.statements] == (
        [(VexStatus.NOT_AFFECTED, (MANIFEST,), (OPENSSL.purl,), "Debian Security Tracker")] if is_dismissed else []
    )


def test_trivy_s_finding_is_told_whole(report):
    rated = {
        "nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N", "V2Vector": "AV:N"},
        "redhat": {"V3Vector": "CVSS:3.1/AV:L/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N"},
    }
    finding = trivy_finding(
        VendorIDs=["DSA-5532-1", "GHSA-a"], CVSS=rated, SeveritySource="redhat", FixedVersion="3.0.13", Title="slow check of keys"
    )
    server = {"Version": "0.70", "Server": {"VulnerabilityDB": {"UpdatedAt": "2026-09-30T18:00:00Z"}}}

    answer = told(report(trivy(system_result(finding), Trivy=server)))

    (hole,) = answer.holes
    assert (hole.id, hole.aliases, hole.severity, hole.fixed_in) == ("CVE-2023-5678", ("GHSA-a",), Severity.HIGH, "3.0.13")
    assert hole.cvss == rated["redhat"]["V3Vector"], "of the one whose severity is shown"
    assert hole.summary == "slow check of keys"
    assert hole.source == "Trivy report report.json (DSA-5532-1)", "an announcement, which may speak of other holes too, is no name"
    assert [data.as_of for data in answer.data] == [
        datetime(2026, 10, 1, 10, 20, 30, 123456, UTC),
        datetime(2026, 9, 30, 18, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("modified", "statements", "said"),
    [
        pytest.param({"Status": "not_affected", "Statement": "not in the path", "Source": "vex.json"}, 1, "", id="by VEX"),
        pytest.param({"Status": "ignored", "Source": ".trivyignore"}, 0, "ignored there by .trivyignore", id="by its user"),
    ],
)
def test_what_trivy_left_out_is_a_hole_unless_by_vex(report, modified, statements, said):
    left_out = {"Type": "vulnerability", "Finding": trivy_finding(), **modified}

    answer = told(report(trivy(system_result(ExperimentalModifiedFindings=[left_out, {"Type": "secret"}]))))

    (hole,) = answer.holes
    assert said in hole.source
    assert [(s.reason, s.author, s.products) for s in answer.statements] == [("not in the path", "vex.json", (MANIFEST,))] * statements


def test_grype_s_match_is_told_whole(report):
    more = {
        "fix": {"versions": ["3.0.13", "3.1.5"], "state": "fixed", "available": [{"version": "3.0.13", "date": "2026-02-03"}]},
        "cvss": [{"vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"}, {"vector": "CVSS:4.0/AV:N"}],
        "epss": [{"cve": "CVE-2023-5678", "epss": 0.25}, {"cve": "CVE-2000-1", "epss": 0.9}],
        "knownExploited": [{"cve": "CVE-2023-5678", "dateAdded": "2026-03-04"}],
        "description": "slow check of keys",
    }
    match = grype_match("GHSA-aaaa-bbbb-cccc", more=more, related=["CVE-2023-5678"], matchDetails=[{"fix": {"suggestedVersion": "3.0.13"}}])

    answer = told(report(grype(match)))

    (hole,) = answer.holes
    assert (hole.id, hole.aliases) == ("CVE-2023-5678", ("GHSA-aaaa-bbbb-cccc",))
    assert (hole.fixed_in, hole.fix_state, hole.fix_known_since) == ("3.0.13", FixState.AVAILABLE, datetime(2026, 2, 3, tzinfo=UTC))
    assert (hole.exploited_since, hole.exploit_probability, hole.cvss) == (date(2026, 3, 4), 0.25, "CVSS:4.0/AV:N")
    assert [data.as_of for data in answer.data] == [datetime(2026, 10, 2, 6, 0, 0, 100000, UTC), datetime(2026, 10, 1, 4, 5, 6, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("name", "related", "names"),
    [
        pytest.param("CVE-1-1", ["CVE-1-1"], [{"CVE-1-1"}], id="a CVE"),
        pytest.param("GHSA-a", ["CVE-1-1"], [{"CVE-1-1", "GHSA-a"}], id="an advisory of one CVE"),
        pytest.param("ALAS-1", ["CVE-1-1", "CVE-1-2"], [{"CVE-1-1"}, {"CVE-1-2"}], id="an advisory of two: holes without a common name"),
        pytest.param("DLA-1", [], [{"DLA-1"}], id="an advisory of none"),
        pytest.param("CVE-1-1", ["DSA-1", "GHSA-a"], [{"CVE-1-1", "GHSA-a"}], id="a CVE in an announcement"),
        pytest.param("RHSA-1", ["CVE-1-1"], [{"CVE-1-1"}], id="an announcement of one CVE today"),
        pytest.param("CVE-1-1", ["CVE-1-2"], [{"CVE-1-1"}], id="a CVE beside another"),
    ],
)
def test_an_advisory_of_several_holes_is_several_holes(report, name, related, names):
    assert [hole.names for hole in told(report(grype(grype_match(name, related=related)))).holes] == names
    references = [{"id": other} for other in related]
    assert [hole.names for hole in told(report(cyclonedx(cyclonedx_vulnerability(name, references=references)))).holes] == names


@pytest.mark.parametrize(
    ("rule", "holes", "statements"),
    [
        pytest.param({"vex-status": "not_affected", "vex-justification": "component_not_present"}, 1, 1, id="by VEX"),
        pytest.param({"reason": "Distro Not Vulnerable"}, 0, 0, id="by its data"),
        pytest.param({"package": {"upstream-name": "linux"}, "match-type": "exact-indirect-match"}, 0, 0, id="by its own rule for headers"),
        pytest.param({"vulnerability": "CVE-2023-5678", "reason": "we do not care"}, 1, 0, id="by its user"),
    ],
)
def test_what_grype_left_out_is_a_hole_if_its_user_did_so(report, rule, holes, statements):
    answer = told(report(grype(ignoredMatches=[grype_match(appliedIgnoreRules=[rule])])))

    assert (len(answer.holes), len(answer.statements)) == (holes, statements)
    assert all(("ignored there" in hole.source) == (not statements) for hole in answer.holes)


def test_grype_that_was_told_to_leave_holes_out_says_so(report):
    document = grype()
    document["descriptor"]["configuration"] = {"only-fixed": True}

    assert [missing.what for missing in gaps(told(report(document)))] == ["holes without a fix"]
    document["ignoredMatches"] = [grype_match(appliedIgnoreRules=[{"fix-state": "not-fixed"}])]
    assert gaps(told(report(document))) == [], "it tells them after all"


def test_cyclonedx_s_vulnerability_is_told_whole(report):
    vulnerability = cyclonedx_vulnerability(
        recommendation="Upgrade libssl3 to version 3.0.13; Upgrade openssl to version 3.0.14", description="slow"
    )

    answer = told(report(cyclonedx(vulnerability)))

    (hole,) = answer.holes
    assert (hole.severity, hole.fixed_in, hole.fix_state, hole.summary) == (Severity.LOW, "3.0.13", FixState.AVAILABLE, "slow")
    assert answer.data[0].as_of == datetime(2026, 10, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        pytest.param("not_affected", VexStatus.NOT_AFFECTED, id="not affected"),
        pytest.param("false_positive", VexStatus.NOT_AFFECTED, id="false positive"),
        pytest.param("resolved", VexStatus.FIXED, id="resolved"),
        pytest.param("resolved_with_pedigree", VexStatus.FIXED, id="resolved with pedigree"),
        pytest.param("exploitable", VexStatus.AFFECTED, id="exploitable"),
        pytest.param("in_triage", VexStatus.UNDER_INVESTIGATION, id="in triage"),
        pytest.param("a new word", None, id="a word of tomorrow"),
    ],
)
def test_cyclonedx_s_analysis_is_a_statement_on_its_image(report, state, status):
    analysis = {"state": state, "justification": "code_not_reachable", "detail": "no TLS here"}

    answer = told(report(cyclonedx(cyclonedx_vulnerability(analysis=analysis))))

    assert len(answer.holes) == 1
    assert [(s.status, s.products, s.subcomponents, s.reason, s.author) for s in answer.statements] == (
        [(status, (MANIFEST,), (OPENSSL.purl,), "code_not_reachable: no TLS here", "Acme")] if status else []
    )


def test_a_report_that_is_known_by_tag_alone_takes_no_hole_away(report):
    answer = told(report(trivy(system_result(trivy_finding(Status="not_affected")), metadata=TAGGED)))

    assert len(answer.holes) == 1
    assert answer.statements == ()


def test_a_report_of_what_the_tag_was_before_tells_nothing_of_packages_that_have_moved(report):
    old = Package(type="deb", name="libssl3", version="3.0.10-1", purl="pkg:deb/debian/libssl3@3.0.10-1")

    answer = told(report(trivy(system_result(trivy_finding(package=old), trivy_finding(package=PASSWD)), metadata=TAGGED)))

    assert [hole.package for hole in answer.holes] == [PASSWD]
    assert answer.checked == (PASSWD,), "not all of the distribution's: they may have other versions now"
    assert "1 finding in Trivy report report.json" in [gap.what for gap in answer.not_checked]


def test_a_version_that_is_said_to_be_unaffected_is_no_hole(report):
    affects = [{"ref": OPENSSL.purl, "versions": [{"version": "3", "status": "unaffected"}]}, {"ref": DJANGO.purl}]

    assert [hole.package for hole in told(report(cyclonedx(cyclonedx_vulnerability(affects=affects)))).holes] == [DJANGO]


def test_the_newest_report_of_a_form_is_used_and_one_by_digest_before_one_by_tag(report):
    old = report(trivy(system_result(trivy_finding("CVE-1-1"))))
    new = report(trivy(system_result(trivy_finding("CVE-1-2")), CreatedAt="2026-10-05T00:00:00Z"))
    tagged = report(trivy(system_result(trivy_finding("CVE-1-3")), metadata=TAGGED, CreatedAt="2026-11-05T00:00:00Z"))
    other_form = report(grype(grype_match("CVE-1-4")))

    for order in ([old, new, tagged, other_form], [other_form, tagged, new, old]):
        assert {hole.id for hole in told(*order).holes} == {"CVE-1-2", "CVE-1-4"}


SERVER = {"Server": {"VulnerabilityDB": {"UpdatedAt": "2017-01-01T00:00:00Z"}}}


@pytest.mark.parametrize(
    ("more", "image", "what", "reason"),
    [
        pytest.param({}, {}, None, "", id="of last week"),
        pytest.param({"CreatedAt": "2017-03-04T00:00:00Z"}, {}, "holes found since 2017-03-04", "days old; refresh it by a scan", id="old"),
        pytest.param({"CreatedAt": "2999-01-01T00:00:00Z"}, {}, "holes found of late", "2999-01-01, which is yet to come", id="to come"),
        pytest.param({"Trivy": SERVER}, {}, "holes found since 2017-01-01", "days old", id="of an old database"),
        pytest.param(
            {},
            {"created_at": datetime(2026, 10, 5, tzinfo=UTC)},
            "holes found since 2026-10-01",
            "made before the image was built (2026-10-05)",
            id="of before the image",
        ),
        pytest.param({}, {"created_at": datetime(2026, 10, 1, 11, tzinfo=UTC)}, None, "", id="of the hour of the build"),
    ],
)
def test_what_a_report_is_too_old_to_tell_is_said_and_its_packages_stay_checked(report, more, image, what, reason):
    answer = told(report(trivy(system_result(trivy_finding()), **more)), **image)

    aged = [gap for gap in answer.not_checked if gap.what.startswith("holes found")]
    assert [gap.what for gap in aged] == ([what] if what else [])
    assert all(reason in gap.reason for gap in aged)
    assert {OPENSSL, PASSWD} <= set(answer.checked)


def test_a_report_of_a_time_to_come_is_not_the_newest_for_ever(report):
    wrong = report(trivy(system_result(trivy_finding("CVE-1-1")), CreatedAt="2999-01-01T00:00:00Z"))
    new = report(trivy(system_result(trivy_finding("CVE-1-2"))))

    for order in ([wrong, new], [new, wrong]):
        assert {hole.id for hole in told(*order).holes} == {"CVE-1-2"}


def assessed(reports, image):
    sources = ReportsSource.by_form(reports, lambda: NOW)
    return AssessedImage(contents=image, assessment=Assessor(sources=sources).assess(image))


def test_reports_of_two_images_close_a_hole(tmp_path):
    old, new = contents(), contents(digest=OTHER, index_digest=None, layers=(), packages=(replace(OPENSSL, version="3.0.13-1"), PASSWD))
    own = {"metadata": {"RepoDigests": [f"x@{OTHER}"]}}
    (tmp_path / "old.json").write_bytes(encoded(trivy(system_result(trivy_finding()))))
    (tmp_path / "new.json").write_bytes(encoded(trivy(system_result(), **own)))
    (tmp_path / "other.json").write_bytes(encoded(grype(grype_match("CVE-2026-7"))))
    reports = load([tmp_path]).reports

    changes = hole_changes(assessed(reports, old), assessed(reports, new))

    assert [one[0].id for one in changes.closed] == ["CVE-2023-5678"]
    assert [one[0].id for one in changes.unclear] == ["CVE-2026-7"], "by a scanner that did not see the new image"
    assert [str(data) for data in changes.data] == ["Trivy report of 2026-10-01"]
    assert changes.closed[0][0].source.endswith("/old.json")


def test_a_time_that_was_never_set_is_no_day(report):
    assert told(report(trivy(system_result(), CreatedAt="0001-01-01T00:00:00Z"))).data[0].as_of is None


def test_findings_that_can_not_be_read_are_counted(report):
    answer = told(report(trivy(system_result(trivy_finding(), {"VulnerabilityID": "CVE-1-1"}, {"PkgName": "x"}, 7))))

    assert len(answer.holes) == 1
    assert [missing.what.split(" in ")[0] for missing in gaps(answer)] == ["3 findings"]
