"""Ranges of package versions: right by each ecosystem's order, and not certain where there is none."""

import pytest

from bot.versions.package_ranges import InvalidRangeError, PackageRange


@pytest.mark.parametrize(
    ("text", "package_type", "version", "verdict"),
    [
        pytest.param("", "deb", "whatever", True, id="without limits every version"),
        pytest.param(">=5.6.0,<5.6.2", "deb", "5.6.1-1", True, id="between"),
        pytest.param(">=5.6.0,<5.6.2", "deb", "5.6.2-0.1", False, id="at the upper limit"),
        pytest.param(">=5.6.0,<5.6.2", "deb", "5.4.1-0.2", False, id="below"),
        pytest.param("<=5.6.1", "deb", "5.6.1-1", True, id="deb: a limit without a revision means all of them"),
        pytest.param(">5.6.1", "deb", "5.6.1-1", False, id="deb: and so none is above it"),
        pytest.param("5.6.1", "deb", "5.6.1-1", True, id="deb: a version alone"),
        pytest.param("5.6.1-1", "deb", "5.6.1-2", False, id="deb: a version with its revision"),
        pytest.param("<=5.6.1-1", "deb", "5.6.1-1", True, id="deb: a limit with a revision"),
        pytest.param("<5.6.1-2", "deb", "5.6.1-1", True, id="deb: below a revision"),
        pytest.param("5.6.0", "deb", "5.6.0~rc1-1", False, id="deb: a prerelease is before its release"),
        pytest.param("1.2.11", "deb", "1:1.2.11.dfsg-2+deb11u2", True, id="deb: epoch and repack count where they are written"),
        pytest.param("2:1.2.11", "deb", "1:1.2.11-2", False, id="deb: another epoch"),
        pytest.param("1:1.2.11", "deb", "1:1.2.11-2", True, id="deb: the same epoch"),
        pytest.param(">=5.6.0,<5.6.2", "deb", "5.6.1+really5.4.5-1", None, id="deb: gone back under a newer version"),
        pytest.param(">=6", "deb", "5.6.1+really5.4.5-1", False, id="deb: gone back, and neither fits"),
        pytest.param("5.6.1", "apk", "5.6.1-r2", True, id="apk: without the revision"),
        pytest.param("5.6.1-r1", "apk", "5.6.1-r2", False, id="apk: with the revision"),
        pytest.param(">=5.6.0,<=5.6.1", "apk", "5.6.1-r2", True, id="apk: up to a version"),
        pytest.param("<3.0.7-18", "rpm", "1:3.0.7-16.el9", True, id="rpm: the epoch counts where it is written"),
        pytest.param("5.6.0", "rpm", "5.6.0-3.fc40", True, id="rpm: without the release"),
        pytest.param(">=2.0,<2.15", "maven", "2.14.1", True, id="maven"),
        pytest.param("<2.15", "maven", "2.15.0", False, id="maven: equal in its own order"),
        pytest.param("<2.32", "pypi", "2.32.0rc1", True, id="pypi: a prerelease is before its release"),
        pytest.param("<4.17.21", "npm", "4.17.9", True, id="npm: by numbers"),
        pytest.param(">=0.1", "golang", "v0.17.0", True, id="golang: with a v"),
        pytest.param("<3", "pypi", "not a version", None, id="a version without an order"),
        pytest.param("not-a-version-1", "pypi", "not-a-version-1", True, id="the same text needs no order"),
        pytest.param("<3", "generic", "2.0", None, id="a type without an order"),
        pytest.param("2.0", "generic", "2.0", True, id="a type without an order, the same text"),
        pytest.param("<3,>=garbage1", "pypi", "5.0", False, id="out of one limit is out, whatever the other says"),
        pytest.param("<3,>=garbage1", "pypi", "2.0", None, id="a limit without an order"),
    ],
)
def test_a_version_is_in_a_range(text, package_type, version, verdict):
    assert PackageRange.parse(text).holds(package_type, version) is verdict


@pytest.mark.parametrize("text", ["<", ">=1,,<2", "1 2", "~>1", "^1", "!=1", "=<2", ",", "1," * 100 + "1"])
def test_what_is_no_range_is_said(text):
    with pytest.raises(InvalidRangeError):
        PackageRange.parse(text)


@pytest.mark.parametrize(("text", "shown"), [(">= 5.6.0 , < 5.6.2", ">=5.6.0,<5.6.2"), ("==1", "1"), ("", "")])
def test_a_range_is_written_back(text, shown):
    assert str(PackageRange.parse(text)) == shown
