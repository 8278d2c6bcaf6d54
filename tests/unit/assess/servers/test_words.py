"""Names as Clair writes them, and ratings."""

import pytest

from bot.assess.servers.words import names_in, rated
from bot.model.severity import Severity


@pytest.mark.parametrize(
    ("name", "links", "expected"),
    [
        pytest.param("CVE-2018-1060", "https://x/CVE-2018-1061", ("CVE-2018-1060", []), id="a CVE"),
        pytest.param("CVE-2018-1000880 libarchive: denial of service (low)", "", ("CVE-2018-1000880", []), id="a CVE with its title"),
        pytest.param(
            "RHSA-2024:0647: rpm security update (Moderate)",
            "https://x/RHSA-2024:0647 https://x/CVE-2021-35937 https://x/CVE-2021-35938 https://x/CVE-2021-35937",
            ("RHSA-2024:0647", ["CVE-2021-35937", "CVE-2021-35938"]),
            id="an advisory of several holes",
        ),
        pytest.param("pyup.io-39606 (CVE-2020-36242)", "", ("pyup.io-39606", ["CVE-2020-36242"]), id="the CVE in brackets"),
        pytest.param("pyup.io-39252", "", ("pyup.io-39252", []), id="no CVE at all"),
        pytest.param(
            "curl: information disclosure (moderate)",
            "https://x/cve/CVE-2023-46218",
            ("CVE-2023-46218", []),
            id="a title, the CVE in its link",
        ),
        pytest.param("curl: information disclosure", "", ("curl: information disclosure", []), id="a title alone"),
        pytest.param(
            "GHSA-jq35-85cj-fj4p", "https://x/CVE-2021-1234", ("GHSA-jq35-85cj-fj4p", ["CVE-2021-1234"]), id="a GHSA with its CVE"
        ),
        pytest.param("GHSA-jq35-85cj-fj4p", "CVE-2021-1234 CVE-2021-1235", ("GHSA-jq35-85cj-fj4p", []), id="with links to others"),
        pytest.param("", "CVE-2021-1234", ("CVE-2021-1234", []), id="the link alone"),
        pytest.param("", "", ("", []), id="nothing"),
    ],
)
def test_the_names_of_an_entry(name, links, expected):
    assert names_in(name, links) == expected


@pytest.mark.parametrize(
    ("word", "vector", "expected"),
    [
        pytest.param(Severity.LOW, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Severity.LOW, id="the word before the vector"),
        pytest.param(Severity.UNKNOWN, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Severity.CRITICAL, id="the vector alone"),
        pytest.param(Severity.UNKNOWN, "CVSS:3.1/nonsense", Severity.UNKNOWN, id="no vector that is one"),
    ],
)
def test_a_rating_is_the_word_else_by_the_vector(word, vector, expected):
    assert rated(word, vector) is expected
