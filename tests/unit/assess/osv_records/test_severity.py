import pytest

from bot.assess.osv.advisory import Advisory, Rating
from bot.assess.osv.severity import newest_vector, severity_of_vector, word_of
from bot.model.severity import Severity

V2, V3 = "AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V30 = "CVSS:3.0/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N"


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        pytest.param(V3, Severity.CRITICAL, id="9.8"),
        pytest.param(V30, Severity.MEDIUM, id="4.0"),
        pytest.param("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Severity.LOW, id="0.0 is rated, if as nothing"),
        pytest.param(V2, Severity.HIGH, id="version 2: 7.5"),
        pytest.param("AV:L/AC:M/Au:N/C:N/I:P/A:C", Severity.MEDIUM, id="version 2: 5.4"),
        pytest.param("AV:L/AC:H/Au:N/C:P/I:N/A:N", Severity.LOW, id="version 2: 1.2"),
        pytest.param(V4, Severity.MEDIUM, id="version 4"),
        pytest.param("CVSS:3.1/AV:N", Severity.UNKNOWN, id="half a vector"),
        pytest.param("CVSS:5.0/AV:N/AC:L", Severity.UNKNOWN, id="a version that is not there yet"),
        pytest.param("7.5", Severity.UNKNOWN, id="a number is no vector"),
        pytest.param("", Severity.UNKNOWN, id="nothing"),
    ],
)
def test_a_vector_rates_by_its_base_score(vector: str, expected: Severity) -> None:
    assert severity_of_vector(vector) is expected


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        pytest.param([V2, V30, V4, V3], V4, id="the newest version of CVSS"),
        pytest.param([V30, V3, V2], V3, id="3.1 before 3.0"),
        pytest.param(["CVSS:4.0/AV:N", V2], V2, id="never a broken one"),
        pytest.param(["CVSS:4.0/" + "A" * 10_000], "", id="never an endless one"),
        pytest.param([], "", id="none"),
    ],
)
def test_the_vector_of_the_newest_version_is_kept(vectors: list[str], expected: str) -> None:
    assert newest_vector(Rating(type="CVSS_V3", score=vector) for vector in vectors) == expected


@pytest.mark.parametrize(
    ("name", "summary", "ratings", "expected"),
    [
        pytest.param("UBUNTU-CVE-1", "", [("CVSS_V3", V3), ("Ubuntu", "negligible")], Severity.LOW, id="Ubuntu's"),
        pytest.param("UBUNTU-CVE-1", "", [("Ubuntu", "untriaged")], Severity.UNKNOWN, id="Ubuntu's not yet"),
        pytest.param("DEBIAN-CVE-1", "", [("urgency", "unimportant")], Severity.LOW, id="Debian's"),
        pytest.param("DEBIAN-CVE-1", "", [("urgency", "high**")], Severity.HIGH, id="Debian's guess"),
        pytest.param("DEBIAN-CVE-1", "", [("urgency", "not yet assigned")], Severity.UNKNOWN, id="Debian's not yet"),
        pytest.param("GHSA-1", "", [("severity", "MODERATE")], Severity.MEDIUM, id="GitHub's"),
        pytest.param("RLSA-2023:3220", "Important: firefox security update", [], Severity.HIGH, id="Rocky's"),
        pytest.param("ALSA-2022:8194", "Moderate: libtiff security update", [], Severity.MEDIUM, id="AlmaLinux's"),
        pytest.param("GHSA-1", "Critical: everything burns", [], Severity.UNKNOWN, id="a summary of anybody else rates nothing"),
        pytest.param("ALBA-2021:4378", "krb5 bug fix and enhancement update", [], Severity.UNKNOWN, id="none"),
        pytest.param("X-1", "", [("severity", "a riddle")], Severity.UNKNOWN, id="a word that nobody knows"),
    ],
)
def test_the_publishers_own_word_is_read(name: str, summary: str, ratings: list[tuple[str, str]], expected: Severity) -> None:
    advisory = Advisory(id=name, summary=summary, ratings=tuple(Rating(type=kind, score=score) for kind, score in ratings))

    assert word_of(advisory, ()) is expected
