from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.assess.osv.source import OsvSource
from bot.model.assessment import FixState
from bot.model.contents import KnownBy, Package
from bot.model.severity import Severity
from tests.unit.assess.osv_records.samples import NOW, Records, affected, contents, package, record, system, told

DEBIAN = system("debian 12")
OPENSSL = package("deb", "libssl3", "3.0.11-1~deb12u1", source_name="openssl", source_version="3.0.11-1~deb12u1")
LODASH = package("npm", "lodash", "4.17.20")
FIXED = affected("Debian:12", "openssl", ("introduced", "0"), ("fixed", "3.0.11-1~deb12u2"))
OPEN = affected("Debian:12", "openssl", ("introduced", "0"), ecosystem_specific={"urgency": "not yet assigned"})
VECTOR = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}


def test_a_cve_and_its_announcement_are_one_hole_with_the_announcements_day() -> None:
    cve = record(
        "DEBIAN-CVE-2023-5678",
        FIXED,
        upstream=["CVE-2023-5678"],
        severity=[VECTOR],
        details="Slow.\nVery.",
        published="2023-11-06T00:00:00Z",
    )
    dsa = record(
        "DSA-5999-1",
        FIXED,
        upstream=["DEBIAN-CVE-2023-5678", "CVE-2023-5678"],
        summary="openssl - security update",
        published="2024-02-01T00:00:00Z",
    )

    (hole,) = told(Records(records=[dsa, cve]), DEBIAN, OPENSSL).holes

    assert (hole.id, hole.aliases) == ("CVE-2023-5678", ("DEBIAN-CVE-2023-5678", "DSA-5999-1"))
    assert (hole.severity, hole.cvss) == (Severity.HIGH, VECTOR["score"])
    assert (hole.fixed_in, hole.fix_known_since) == ("3.0.11-1~deb12u2", datetime(2024, 2, 1, tzinfo=UTC))
    assert (hole.summary, hole.source, hole.package) == ("Slow.", "OSV DEBIAN-CVE-2023-5678, DSA-5999-1", OPENSSL)


def test_without_an_announcement_nobody_knows_since_when_it_is_fixed() -> None:
    (hole,) = told(
        Records(records=[record("DEBIAN-CVE-2023-5678", FIXED, upstream=["CVE-2023-5678"], published="2023-11-06T00:00:00Z")]),
        DEBIAN,
        OPENSSL,
    ).holes

    assert (hole.fixed_in, hole.fix_known_since) == ("3.0.11-1~deb12u2", None)


def test_a_hole_that_is_not_fixed_yet_has_no_fix() -> None:
    (hole,) = told(Records(records=[record("DEBIAN-CVE-2023-5678", OPEN, upstream=["CVE-2023-5678"])]), DEBIAN, OPENSSL).holes

    assert (hole.fixed_in, hole.fix_known_since, hole.severity) == ("", None, Severity.UNKNOWN)
    assert hole.fix_state is FixState.NOT_YET


@pytest.mark.parametrize(
    ("events", "urgency", "expected"),
    [
        pytest.param([("introduced", "0"), ("fixed", "3.0.11-1~deb12u2")], "low", FixState.AVAILABLE, id="fixed"),
        pytest.param([("introduced", "0")], "low", FixState.NOT_YET, id="open"),
        pytest.param([("introduced", "0")], "end-of-life", FixState.END_OF_LIFE, id="cared for no more"),
        pytest.param(
            [("introduced", "0"), ("last_affected", "4")], "low", FixState.UNKNOWN, id="behind the last affected one nobody knows"
        ),
    ],
)
def test_what_is_known_of_a_fix_is_told(events: list[tuple[str, str]], urgency: str, expected: FixState) -> None:
    raw = record("DEBIAN-CVE-2023-5678", affected("Debian:12", "openssl", *events, ecosystem_specific={"urgency": urgency}))

    (hole,) = told(Records(records=[raw]), DEBIAN, OPENSSL).holes

    assert hole.fix_state is expected


def test_an_announcement_of_many_holes_is_as_many_and_lends_none_its_vector() -> None:
    entry = affected("Rocky Linux:8", "firefox", ("introduced", "0"), ("fixed", "0:102.11.0-2.el8_7"))
    raw = record(
        "RLSA-2023:3220",
        entry,
        related=["CVE-2023-32205", "CVE-2023-32206"],
        summary="Important: firefox",
        severity=[VECTOR],
        published="2023-05-18T19:52:18Z",
    )

    holes = told(Records(records=[raw]), system("rocky 8.7"), package("rpm", "firefox", "102.10.0-1.el8_7", source_name="firefox")).holes

    assert [(hole.id, hole.aliases, hole.severity, hole.cvss) for hole in holes] == [
        ("CVE-2023-32205", (), Severity.HIGH, ""),
        ("CVE-2023-32206", (), Severity.HIGH, ""),
    ]
    assert {hole.source for hole in holes} == {"OSV RLSA-2023:3220"}
    assert {hole.fix_known_since for hole in holes} == {datetime(2023, 5, 18, 19, 52, 18, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("7.76.1-26.el9", ["7.76.1-26.el9_3.3"], id="before both: fixed by the first"),
        pytest.param("7.76.1-26.el9_3.3", [], id="mended by the first, though below what the next minor release has"),
        pytest.param("7.76.1-29.el9_4", [], id="mended by both"),
    ],
)
def test_a_hole_that_is_announced_anew_for_each_minor_release_is_mended_by_the_first(version: str, expected: list[str]) -> None:
    fixes = {"RLSA-2024:1": "7.76.1-26.el9_3.3", "RLSA-2024:9": "7.76.1-29.el9_4"}
    records = [
        record(name, affected("Rocky Linux:9", "curl", ("introduced", "0"), ("fixed", fixed)), upstream=["CVE-2024-1111"])
        for name, fixed in fixes.items()
    ]

    answer = told(Records(records=records), system("rocky 9.3"), package("rpm", "curl", version, source_name="curl"))

    assert [hole.fixed_in for hole in answer.holes] == expected


def test_what_was_mended_in_a_stream_that_is_not_told_mends_nothing() -> None:
    elsewhere = affected("Rocky Linux:9", "ruby", ("introduced", "0"), ("fixed", "2.5.9-1.module+el9.0.0+1+aaaaaaaa"))
    here = affected("Rocky Linux:9", "ruby", ("introduced", "0"), ("fixed", "3.3.1-2.module+el9.4.0+1+bbbbbbbb"))
    records = [
        record("RLSA-2024:1", elsewhere, upstream=["CVE-2024-1111"], summary="Moderate: ruby security update"),
        record("RLSA-2024:2", here, upstream=["CVE-2024-1111"], summary="Moderate: ruby:3.3 security update"),
    ]
    ruby = package("rpm", "ruby", "3.3.0-1.module+el9.4.0+1+cccccccc", source_name="ruby", module="ruby:3.3:1:a")

    assert [hole.id for hole in told(Records(records=records), system("rocky 9.4"), ruby).holes] == ["CVE-2024-1111"]


def test_an_announcement_mends_nothing_that_the_cves_own_record_holds_open() -> None:
    dsa = record(
        "DSA-5999-1", affected("Debian:12", "openssl", ("introduced", "0"), ("fixed", "3.0.11-1~deb12u1")), upstream=["CVE-2023-5678"]
    )

    (hole,) = told(Records(records=[dsa, record("DEBIAN-CVE-2023-5678", FIXED, upstream=["CVE-2023-5678"])]), DEBIAN, OPENSSL).holes

    assert hole.fixed_in == "3.0.11-1~deb12u2"


def test_mended_bugs_are_no_holes() -> None:
    raw = record("ALBA-2021:4378", affected("AlmaLinux:8", "krb5-libs", ("introduced", "0"), ("fixed", "1.18.2-14.el8")), related=[])

    answer = told(Records(records=[raw]), system("almalinux 8.4"), package("rpm", "krb5-libs", "1.18.2-8.el8"))

    assert (answer.holes, len(answer.checked)) == ((), 1)


def test_names_that_meet_over_a_third_are_one_hole() -> None:
    def one(name: str, *aliases: str, fixed: str) -> dict[str, Any]:
        return record(name, affected("npm", "lodash", ("introduced", "0"), ("fixed", fixed)), aliases=list(aliases))

    records = [
        one("GHSA-aaaa", "NPM-7", fixed="4.17.21"),
        one("SNYK-9", "CVE-2021-23337", fixed="4.17.21"),
        one("NPM-7", "CVE-2021-23337", fixed="4.17.22"),
    ]

    (hole,) = told(Records(records=records), None, LODASH).holes

    assert (hole.id, hole.aliases, hole.fixed_in) == ("CVE-2021-23337", ("GHSA-aaaa", "NPM-7", "SNYK-9"), "4.17.22")


def test_what_is_only_related_is_another_hole() -> None:
    records = [
        record("GHSA-aaaa", affected("npm", "lodash", ("introduced", "0")), related=["GHSA-bbbb"]),
        record("GHSA-bbbb", affected("npm", "lodash", ("introduced", "0"))),
    ]

    assert [hole.id for hole in told(Records(records=records), None, LODASH).holes] == ["GHSA-aaaa", "GHSA-bbbb"]


def test_a_fix_for_ubuntu_pro_is_none_for_an_image_without_it() -> None:
    raw = record(
        "UBUNTU-CVE-2022-24823",
        affected("Ubuntu:Pro:22.04:LTS", "netty", ("introduced", "0"), ("fixed", "1:4.1.48-4+deb11u2ubuntu0.1~esm1")),
        upstream=["CVE-2022-24823"],
    )
    netty = package("deb", "libnetty-java", "1:4.1.48-4+deb11u1", source_name="netty", source_version="1:4.1.48-4+deb11u1")
    pro = package("deb", "unzip", "6.0-26ubuntu3.2+esm1", source_name="unzip")

    (without,) = told(Records(records=[raw]), system("ubuntu 22.04"), netty).holes
    (with_pro,) = told(Records(records=[raw]), system("ubuntu 22.04"), netty, pro).holes

    assert (without.fixed_in, without.source) == (
        "",
        "OSV UBUNTU-CVE-2022-24823 (fixed in 1:4.1.48-4+deb11u2ubuntu0.1~esm1 for Ubuntu Pro alone)",
    )
    assert (with_pro.fixed_in, with_pro.source) == ("1:4.1.48-4+deb11u2ubuntu0.1~esm1", "OSV UBUNTU-CVE-2022-24823")


def test_all_packages_are_asked_about_at_once_those_declared_alone_among_them() -> None:
    declared = replace(LODASH, known_by=KnownBy.DECLARED)
    store = Records(records=[record("GHSA-aaaa", affected("npm", "lodash", ("introduced", "0"), ("fixed", "4.17.21")))])

    answer = told(store, DEBIAN, OPENSSL, declared, replace(OPENSSL, name="openssl"))

    assert [(query.ecosystem, query.name) for query in store.asked] == [("Debian:12", "openssl"), ("npm", "lodash")]
    assert [hole.package for hole in answer.holes] == [declared]
    assert len(answer.checked) == 3
    assert [(data.name, data.as_of) for data in answer.data] == [("OSV", NOW)]


def test_where_no_bill_tells_sources_declared_packages_of_a_distribution_are_not_checked() -> None:
    silent = replace(package("deb", "libssl3", "3.0.11-1", purl="pkg:deb/debian/libssl3@3.0.11-1"), known_by=KnownBy.DECLARED)
    telling = replace(silent, name="libssl-dev", purl="pkg:deb/debian/libssl-dev@3.0.11-1?upstream=openssl", source_name="openssl")

    assert told(Records(records=[]), DEBIAN, silent).checked == ()
    assert told(Records(records=[]), DEBIAN, silent, telling).checked == (silent, telling)


def test_what_was_not_checked_is_told_by_reason() -> None:
    answer = told(
        Records(records=[], failed={"openssl": "api.osv.dev did not answer; run it again"}),
        DEBIAN,
        OPENSSL,
        LODASH,
        package("cargo", "serde", "1.0.0"),
        package("cargo", "rand", "0.8.5"),
    )

    assert answer.checked == (LODASH,)
    assert [str(left) for left in answer.not_checked] == [
        "1 deb package: api.osv.dev did not answer; run it again",
        "2 cargo packages: the order of cargo versions is not known here; give a scanner's report of the image",
    ]


def test_a_package_with_an_uncertain_record_is_not_checked_and_keeps_its_holes() -> None:
    records = [
        record("GHSA-aaaa", affected("npm", "lodash", ("introduced", "0"))),
        record("GHSA-bbbb", affected("npm", "lodash", ("introduced", "0"), ("fixed", "??"))),
        {"id": 7, "affected": [{"package": {"ecosystem": "npm", "name": "lodash"}}]},
    ]

    answer = told(Records(records=records), None, LODASH)

    assert [hole.id for hole in answer.holes] == ["GHSA-aaaa"]
    assert answer.checked == ()
    assert [str(left) for left in answer.not_checked] == [
        "1 npm package: its version can't be compared with the record's: GHSA-bbbb",
        "1 npm package: a record can't be read (it has no id)",
    ]


@pytest.mark.parametrize(
    ("until", "extended", "expected"),
    [
        pytest.param(date(2026, 6, 1), None, [], id="the last day"),
        pytest.param(date(2026, 5, 31), None, ["holes found since 2026-05-31"], id="over"),
        pytest.param(date(2024, 6, 1), date(2026, 6, 30), [], id="extended"),
        pytest.param(date(2024, 6, 1), date(2026, 5, 1), ["holes found since 2026-05-01"], id="over, extended as it was"),
        pytest.param(None, None, [], id="not known"),
    ],
)
def test_what_is_found_after_a_releases_end_is_not_known(until: date | None, extended: date | None, expected: list[str]) -> None:
    over = replace(DEBIAN, end_of_life=until, extended_until=extended)

    answer = told(Records(records=[record("DEBIAN-CVE-2023-5678", OPEN, upstream=["CVE-2023-5678"])]), over, OPENSSL, LODASH)

    assert [hole.id for hole in answer.holes] == ["CVE-2023-5678"]
    assert answer.checked == (OPENSSL, LODASH)
    assert [gap.what for gap in answer.not_checked] == expected


@pytest.mark.parametrize(
    ("as_of", "newest", "what", "reason"),
    [
        pytest.param(NOW, None, [], "", id="of now"),
        pytest.param(NOW - timedelta(days=14), NOW, [], "", id="of two weeks ago"),
        pytest.param(NOW - timedelta(days=15), NOW, ["holes found since 2026-05-17"], "15 days old; refresh it with: x", id="older"),
        pytest.param(datetime(2019, 1, 2, tzinfo=UTC), None, ["holes found since 2019-01-02"], "refresh it with: x", id="of 2019"),
        pytest.param(datetime(2999, 1, 1, tzinfo=UTC), None, ["holes found of late"], "2999-01-01, which is yet to come", id="of 2999"),
        pytest.param(NOW, datetime(2999, 1, 1, tzinfo=UTC), ["holes found of late"], "refresh it with: x", id="a part of it of 2999"),
    ],
)
def test_what_old_advisories_do_not_tell_is_said(as_of: datetime, newest: datetime | None, what: list[str], reason: str) -> None:
    store = Records(records=[], as_of=as_of, newest=newest)

    answer = told(store, None, LODASH)

    assert [gap.what for gap in answer.not_checked] == what
    assert all(reason in gap.reason for gap in answer.not_checked)
    assert answer.checked == (LODASH,)


@pytest.mark.parametrize(
    ("os", "one", "expected"),
    [
        pytest.param("rhel 9.4", package("rpm", "bash", "5.1.8-9.el9"), ["holes without a fix"], id="Red Hat announces fixes"),
        pytest.param(
            "alpine 3.19.1", package("apk", "zlib", "1.3-r1", source_name="zlib"), ["holes without a fix"], id="Alpine lists fixes"
        ),
        pytest.param("debian 12", OPENSSL, [], id="Debian tracks what is open"),
        pytest.param("rhel 9.4", LODASH, [], id="no package of the distribution"),
    ],
)
def test_where_a_distribution_tells_fixes_alone_it_is_said(os: str, one: Package, expected: list[str]) -> None:
    answer = told(Records(records=[]), system(os), one)

    assert answer.checked == (one,)
    assert [gap.what for gap in answer.not_checked] == expected


@pytest.mark.parametrize("packages", [(), (package("cargo", "serde", "1.0.0"),)], ids=["no package", "none that can be asked about"])
def test_nobody_is_asked_about_nothing(packages: tuple[Package, ...]) -> None:
    store = Records(records=[])

    answer = OsvSource(advisories=store).told(contents(None, *packages))

    assert store.asked == []
    assert answer is None or (len(answer.not_checked), answer.checked, answer.data) == (1, (), ())
