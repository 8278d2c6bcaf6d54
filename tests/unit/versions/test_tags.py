"""What stands in a tag: its line, and what it is ordered by."""

import pytest

from bot.versions import SCHEMES

DOCKER = SCHEMES["docker"]


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("1", "{X}"),
        ("1.2.3.4", "{X.Y.Z.N}"),
        ("v1.2", "v{X.Y}"),
        ("V1.2", "V{X.Y}"),
        ("1.2.3-alpine3.19", "{X.Y.Z}-alpine3.19"),
        ("1.2.3-debian-12-r9", "{X.Y.Z}-debian-12-r{N}"),
        ("v1.29.3-k3s1", "v{X.Y.Z}-k3s{N}"),
        ("v1.29.1-eksbuild.2", "v{X.Y.Z}-eksbuild.{N}"),
        ("17.0.9_9-jre", "{X.Y.Z}_{N}-jre"),
        ("8u402-b06-jre", "{X}u{N}-b{N}-jre"),
        ("jdk8u402-b06", "jdk{X}u{N}-b{N}"),
        ("jdk-17.0.1_12", "jdk-{X.Y.Z}_{N}"),
        ("9.5-1741850109", "{X.Y}-{N}"),
        ("9.5-1227.1726694542", "{X.Y}-{N}"),
        ("3.13.0rc2-slim", "{X.Y.Z}-slim"),
        ("8.1.0-rc.1", "{X.Y.Z}"),
        ("11.0.0-M19-jdk21", "{X.Y.Z}-jdk21"),
        ("18-ea-31-jdk", "{X}-jdk"),
        ("2.0.0.Final", "{X.Y.Z}.Final"),
        ("2019-CU14-ubuntu-20.04", "{X}-CU{N}-ubuntu-20.04"),
        ("2025b-r0", "{X}{letter}-r{N}"),
        ("b4567", "b{X}"),
        ("go1.22.1", "go{X.Y.Z}"),
        ("temurin-17-lein-2.11.2-bullseye", "temurin-17-lein-{X.Y.Z}-bullseye"),
        ("20-jammy-full-v0.98.0", "20-jammy-full-v{X.Y.Z}"),
        ("alpine-6.4.12", "alpine-{X.Y.Z}"),
        ("20240131", "{date of 8 digits}"),
        ("20240231", "{X}"),
        ("202401311530", "{date of 12 digits}"),
        ("1741850109", "{X}"),
        ("1.2.3-alpine-20240131", "{X.Y.Z}-alpine-{N}"),
        ("1.2.3-20240131.5", "{X.Y.Z}-{N}"),
        ("1.2.3-abc1234-5", "{X.Y.Z}-{hash}-{N}"),
        ("1.2.3-rc1-5", "{X.Y.Z}-{N}"),
        ("bookworm-20240211-slim", "bookworm-{date of 8 digits}-slim"),
        ("2024-01-31-slim", "{date3}-slim"),
        ("RELEASE.2024-01-13T07-53-03Z.fips", "RELEASE.{date6}.fips"),
        ("20240131T101500Z", "{date2}"),
        ("2024.1.3", "{year.Y.Z}"),
        ("9.3.20231119-minimal", "{X.Y.date}-minimal"),
        ("1.40.3.8555-fef15d30c", "{X.Y.Z.N}-{hash}"),
        ("1.2.3-4-gabcdef0", "{X.Y.Z}-{N}-{hash}"),
        ("3206.vb_15dcf73f6a_9-1-jdk17", "{X}.v{hash}-{N}-jdk17"),
        ("nightly-0.1.0.917", "nightly-{X.Y.Z.N}"),
        ("1.0.0-SNAPSHOT.20220404145227", "{X.Y.Z}"),
        ("1.0.0-dev", "{X.Y.Z}-dev"),
        ("2024.2.0.dev20240120", "{year.Y.Z}"),
        ("main-abc1234-1741850109", "main-{hash}-{X}"),
        ("bionic-20190912.1", "bionic-{date of 8 digits}"),
        ("20240211.12-slim", "{date of 8 digits}-slim"),
        ("2024-01-31.2-slim", "{date3}-slim"),
        ("20240131.101500", "{date.Y}"),
        ("5.15-20230912.113936", "5.15-{N}"),
        ("v6.1-20230912-1139-slim", "v6.1-{N}-{N}-slim"),
        ("5.15-20231312.113936", "{X.Y}-{N}"),
        ("5.15-20230912.993936", "{X.Y}-{N}"),
        ("abc1234-20240131", "{hash}-{date of 8 digits}"),
        ("1.2.3-", "{X.Y.Z}-"),
    ],
)
def test_line(tag, line):
    version = DOCKER.parse(tag)

    assert version is not None
    assert version.line == line


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("latest", "a floating name, without a version"),
        ("lts-alpine", "a floating name, without a version"),
        ("jdk21", "a floating name, without a version"),
        ("alpine3.19", "a floating name, without a version"),
        ("debian-12", "a floating name, without a version"),
        ("ubuntu-22.04", "a floating name, without a version"),
        ("windowsservercore-1809", "a floating name, without a version"),
        ("bookworm-slim", "a floating name, without a version (Debian 12)"),
        ("noble", "a floating name, without a version (Ubuntu 24.04 LTS)"),
        ("5e1b2c9d", "named by a hash: hashes have no order"),
        ("sha-abc1234", "named by a hash: hashes have no order"),
        ("sha-1234567", "named by a hash: hashes have no order"),
        ("main-1a2b3c4", "named by a hash: hashes have no order"),
        ("sha256-" + "4b" * 32 + ".sig", "a signature or attestation"),
        ("nonroot-amd64", "an image of one platform, without a version"),
        ("edge", "a development stream, without a version"),
        ("pr-123", "a build of a branch or request: those have no order"),
        ("feature-login-12", "a build of a branch or request: those have no order"),
        ("1." * 200, "a floating name, without a version"),
        ("1.2.3-" + "a" * 300, "a floating name, without a version"),
        ("1" + "-1" * 25, "a floating name, without a version"),
        ("\uff11.\uff12", "a floating name, without a version"),
    ],
)
def test_no_version(tag, reason):
    assert DOCKER.parse(tag) is None
    assert DOCKER.refusal(tag) == reason


@pytest.mark.parametrize(
    "ascending",
    [
        ["1.8.0", "1.9.0", "1.9.9", "1.10.0"],
        ["1.0.0-alpha.1", "1.0.0-alpha.2", "1.0.0-beta.1", "1.0.0-M2", "1.0.0-pre1", "1.0.0-rc.2", "1.0.0-rc.12", "1.0.0"],
        ["8.9.0-alpha1-rc3", "8.9.0-alpha1", "8.9.0-alpha2-rc1", "8.9.0"],
        ["1.0-SNAPSHOT", "1.0-alpha1", "1.0", "1.1-SNAPSHOT"],
        ["3.14.0.dev1", "3.14.0a1", "3.14.0b1", "3.14.0rc1", "3.14.0"],
        ["7.2.4-debian-12-r8", "7.2.4-debian-12-r9", "7.2.4-debian-12-r12", "7.2.5-debian-12-r0"],
        ["17.0.9_9-jre", "17.0.10_7-jre", "17.0.11_9-jre", "21.0.3_9-jre"],
        ["9.1.0-1750", "9.1.0-1750.1675784955", "9.1.0-1782"],
        ["2025a", "2025b", "2025c"],
        ["bionic-20180912", "bionic-20190912", "bionic-20190912.1", "bionic-20190912.10", "bionic-20200219"],
        ["RELEASE.2024-01-30", "RELEASE.2024-01-31", "RELEASE.2024-01-31.2", "RELEASE.2024-02-01"],
        ["5.15-20230912.113936", "5.15-20230912.120000", "5.15-20240101.000000"],
        ["1.0a", "1.0b-rc1", "1.0b", "1.1a"],
        ["2.4.0p9", "2.4.0p17", "2.4.1p1"],
    ],
    ids=lambda ascending: ascending[0],
)
def test_order(ascending):
    versions = [DOCKER.parse(tag) for tag in ascending]

    for index, older in enumerate(versions):
        assert all(newer.is_newer_than(older) and not older.is_newer_than(newer) for newer in versions[index + 1 :])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.2.3", "v1.2.4"),
        ("1.2.3", "1.2"),
        ("1.2.3-alpine", "1.2.4"),
        ("1.2.3-alpine3.18", "1.2.4-alpine3.19"),
        ("1.2.3-debian-11-r1", "1.2.4-debian-12-r1"),
        ("1.2.3", "1.2.4-amd64"),
        ("3", "20240329"),
        ("2.4.15", "2021.11.28"),
        ("9.4-minimal", "9.4.20240509-minimal"),
        ("1.2.3-abc1234", "1.2.3-def5678"),
        ("contrib-v1.30.1", "v1.30.2"),
        ("5.15-20230912.113936", "6.1-20240912.113936"),
        ("5.15-20230912.113936", "5.16"),
        ("bionic-20190912.1", "focal-20200219"),
        ("20190912.113936", "20200219"),
    ],
)
def test_neither_is_newer(one, other):
    first, second = DOCKER.parse(one), DOCKER.parse(other)

    assert not first.is_newer_than(second)
    assert not second.is_newer_than(first)


@pytest.mark.parametrize(
    ("tag", "is_prerelease"),
    [("1.2.3", False), ("1.2.3-rc1", True), ("3.14-rc-slim", True), ("1.2.3-dev", True), ("nightly-1.2.3", True), ("1.2.3-p1", False)],
)
def test_prerelease(tag, is_prerelease):
    assert DOCKER.parse(tag).is_prerelease is is_prerelease


@pytest.mark.parametrize(
    ("tags", "older", "newer", "expected"),
    [
        pytest.param(["1.10-vsc1.37", "1.11-vsc1.38", "1.12-vsc1.39"], "1.10-vsc1.37", "1.12-vsc1.39", True, id="rises-with-the-version"),
        pytest.param(["1.0-alpine3.17", "1.1-alpine3.18", "1.2-alpine3.19"], "1.0-alpine3.17", "1.2-alpine3.19", False, id="a-system"),
        pytest.param(["1.0-debian-10", "1.1-debian-11", "1.2-debian-12"], "1.0-debian-10", "1.2-debian-12", False, id="a-system-apart"),
        pytest.param(["1.10-foo7", "1.10-foo8", "1.11-foo7", "1.11-foo8"], "1.10-foo7", "1.11-foo8", False, id="word-names-a-variant"),
        pytest.param(["4.1-18-x", "4.1-20-x", "4.2-18-x", "4.2-20-x"], "4.1-18-x", "4.2-20-x", False, id="bare-number-names-a-variant"),
        pytest.param(["15.7-1", "15.7-2", "15.8-1", "15.8-2"], "15.7-2", "15.8-1", True, id="bare-number-counts-builds"),
        pytest.param(["15.7-2", "15.8-2", "15.8-3"], "15.7-2", "15.8-3", True, id="one-version-with-several-builds"),
        pytest.param(["15.7-0", "15.7-1", "15.8-0", "15.8-1"], "15.7-1", "15.8-1", True, id="builds-counted-from-zero"),
        pytest.param(["4.1-8-x", "4.1-9-x", "4.2-9-x", "4.2-10-x"], "4.1-8-x", "4.2-10-x", True, id="versions-share-one-build-number"),
        pytest.param(
            ["5.15-20230912.113936", "6.1-20230912.113936", "6.6-20240912.113936"],
            "5.15-20230912.113936",
            "6.6-20240912.113936",
            False,
            id="versions-built-again-side-by-side",
        ),
        pytest.param(
            ["1.0-20230912.113936", "1.1-20230913.070000", "1.2-20240912.113936"],
            "1.0-20230912.113936",
            "1.2-20240912.113936",
            True,
            id="each-version-built-after-the-one-before",
        ),
        pytest.param(["1234567", "7654321", "1a2b3c4"], "1234567", "7654321", False, id="digits-are-a-hash-too"),
        pytest.param(["1.0-549599676", "1.1-2a0ab6053"], "1.0-549599676", "1.1-2a0ab6053", True, id="hash-of-digits-behind-the-version"),
        pytest.param(["3", "4", "2017"], "3", "2017", False, id="year-beside-counter"),
        pytest.param(["1985", "1990", "2150"], "1985", "1990", True, id="counter-that-passes-the-years"),
        pytest.param(["12", "13", "202401"], "12", "202401", False, id="month-beside-counter"),
    ],
)
def test_learned_from_the_repository(tags, older, newer, expected):
    scheme = DOCKER.taught(tags)
    first, second = scheme.parse(older), scheme.parse(newer)

    assert (first is not None and second is not None and second.is_newer_than(first)) is expected
    assert not (first and second and first.is_newer_than(second))
