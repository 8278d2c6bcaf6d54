"""The schemes that libraries order, and the register of them all."""

import pytest

from bot.versions import SCHEMES


def test_register():
    assert {"docker", "semver", "loose", "pep440", "maven", "calver", "debian", "alpine", "gem", "nuget"} == set(SCHEMES)
    assert all(scheme.name == name for name, scheme in SCHEMES.items())


@pytest.mark.parametrize(
    ("scheme", "ascending"),
    [
        pytest.param("semver", ["1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-rc.10", "v1.0.0", "1.2.0", "1.10.0"], id="semver"),
        pytest.param("semver", ["1.0.0-RC9", "1.0.0-RC10", "1.0.0-RC010.1", "1.0.0"], id="semver-glued-numbers"),
        pytest.param("semver", ["v4", "v5"], id="semver-floating-major"),
        pytest.param("semver", ["100.0.0+up1.0.0", "100.0.1+up1.0.0"], id="semver-build-metadata"),
        pytest.param("loose", ["kube-prometheus-stack-16.8.0", "kube-prometheus-stack-16.10.0"], id="loose-prefix"),
        pytest.param("loose", ["v1.30.0+k3s1", "v1.30.0+k3s2", "v1.30.1+k3s1"], id="loose-counter"),
        pytest.param("loose", ["v1.2.7-1.8.6-0", "v1.2.7-1.8.9-0", "v1.2.8-1.8.9-0"], id="loose-two-versions"),
        pytest.param("pep440", ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1!0.5"], id="pep440"),
        pytest.param("maven", ["1.0-alpha-1", "1.0-SNAPSHOT", "1.0", "1.0.1", "1.10"], id="maven"),
        pytest.param("maven", ["31.1-jre", "33.0.0-jre"], id="maven-variant"),
        pytest.param("calver", ["2023.12", "2024.02", "2024.10"], id="calver"),
        pytest.param("debian", ["2.3~rc1-1", "2.3-1", "2.3-2", "1:1.0-1"], id="debian"),
        pytest.param("alpine", ["1.2_rc1", "1.2", "1.2.3-r9", "1.2.3-r10", "2025a-r0", "2025b-r0"], id="alpine"),
        pytest.param("gem", ["1.0.pre1", "1.0", "1.0.1"], id="gem"),
        pytest.param("nuget", ["1.0-beta", "1.0", "1.2.3.4", "1.2.3.5"], id="nuget"),
    ],
)
def test_order(scheme, ascending):
    versions = [SCHEMES[scheme].parse(value) for value in ascending]

    for index, older in enumerate(versions):
        assert all(newer.is_newer_than(older) and not older.is_newer_than(newer) for newer in versions[index + 1 :])


@pytest.mark.parametrize(
    ("scheme", "one", "other"),
    [
        ("semver", "v4", "v4.1.0"),
        ("semver", "1.2.3+1", "1.2.3+2"),
        ("maven", "31.1-android", "33.0.0-jre"),
        ("loose", "v2", "v2.1"),
    ],
)
def test_neither_is_newer(scheme, one, other):
    first, second = SCHEMES[scheme].parse(one), SCHEMES[scheme].parse(other)

    assert not first.is_newer_than(second)
    assert not second.is_newer_than(first)


@pytest.mark.parametrize(
    ("scheme", "value"),
    [
        ("semver", "^1.2"),
        ("semver", "main"),
        ("semver", "1.2.3.4"),
        ("pep440", "latest"),
        ("maven", "LATEST"),
        ("gem", ">= 1"),
        ("nuget", "[1.0,2.0)"),
        ("debian", "stable"),
        ("alpine", "edge"),
        ("semver", ""),
        ("maven", "1" * 300),
    ],
)
def test_no_version(scheme, value):
    assert SCHEMES[scheme].parse(value) is None
    assert SCHEMES[scheme].refusal(value) == f"no {scheme} version"


@pytest.mark.parametrize(
    ("scheme", "value", "numbers", "is_prerelease"),
    [
        ("semver", "v1.2.3-rc.1", (1, 2, 3), True),
        ("pep440", "1!2.3.dev1", (2, 3), True),
        ("maven", "1.0-RC1", (1, 0), True),
        ("maven", "1.0.RELEASE", (1, 0), False),
        ("debian", "1:2.3.4-5", (2, 3, 4), False),
        ("debian", "2.3~rc1-1", (2, 3), True),
        ("alpine", "1.2_rc1", (1, 2), True),
        ("gem", "1.0.pre1", (1, 0), True),
        ("gem", "v1.0", (1, 0), False),
        ("nuget", "1.0-beta", (1, 0), True),
    ],
)
def test_parts(scheme, value, numbers, is_prerelease):
    version = SCHEMES[scheme].parse(value)

    assert (version.numbers, version.is_prerelease) == (numbers, is_prerelease)


@pytest.mark.parametrize(
    ("scheme", "value", "is_stream"),
    [
        ("semver", "1.2.3-beta", True),
        ("semver", "1.2.3-beta.1", False),
        ("semver", "1.2.3", False),
        ("docker", "1.2.3-beta", True),
        ("docker", "1.2.3-beta1", False),
        ("docker", "1.2.3-nightly.4", True),
        ("docker", "dev-1.2.3", True),
        ("docker", "1.2.3", False),
    ],
)
def test_stream(scheme, value, is_stream):
    assert SCHEMES[scheme].parse(value).is_stream is is_stream
