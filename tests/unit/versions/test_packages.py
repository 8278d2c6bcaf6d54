import pytest

from bot.versions.packages import compare_versions


@pytest.mark.parametrize(
    ("package_type", "first", "second", "expected"),
    [
        pytest.param("deb", "1.2.3-1~deb12u1", "1.2.3-1", -1, id="a tilde comes before the end"),
        pytest.param("deb", "1:1.0-1", "2.0-1", 1, id="an epoch outweighs the rest"),
        pytest.param("apk", "1.1.1d-r2", "1.1.1d-r10", -1, id="alpine's revisions are numbers"),
        pytest.param("apk", "1.2.4_rc1-r0", "1.2.4-r0", -1, id="alpine's release candidates"),
        pytest.param("rpm", "0:3.0.7-25.el9_3", "1:3.0.7-1.el9", -1, id="rpm's epoch"),
        pytest.param("rpm", "3.0.7-25.el9_3", "3.0.7-25.el9_3", 0, id="the same"),
        pytest.param("pypi", "2.0rc1", "2.0", -1, id="pep 440"),
        pytest.param("npm", "4.17.20", "4.17.21", -1, id="semver"),
        pytest.param("golang", "1.22.0", "1.22.1", -1, id="go"),
        pytest.param("golang", "2.0.0+incompatible", "v2.0.0", 0, id="go: build metadata counts for nothing"),
        pytest.param("npm", "1.0.0+b", "1.0.1", -1, id="semver: build metadata counts for nothing"),
        pytest.param("apk", "1.2.4_git20230717-r4", "1.2.4_git20230717-r5", -1, id="musl's checkouts in alpine"),
        pytest.param("apk", "1.2.4_git20230717-r4", "1.2.4-r9", 1, id="alpine: a checkout comes after the version"),
        pytest.param("apk", "1.2.4_git20230717-r4", "1.2.5-r0", -1, id="alpine: and before the next"),
        pytest.param("apk", "1.0_git1-r0", "1.0_p1-r0", None, id="alpine: two kinds of marks are not compared"),
        pytest.param("npm", "not a version", "1.0.0", None, id="what is no version has no order"),
        pytest.param("cargo", "1.0.0", "2.0.0", None, id="a type that nobody knows here"),
    ],
)
def test_packages_are_ordered_as_their_ecosystem_orders_them(package_type: str, first: str, second: str, expected: int | None) -> None:
    assert compare_versions(package_type, first, second) == expected
