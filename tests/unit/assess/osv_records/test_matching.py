from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assess.osv.advisory import Advisory, Unreadable, advisory_of
from bot.assess.osv.matching import Verdict, match
from bot.assess.osv.names import subject_of
from bot.assess.osv.subject import Subject
from bot.model.contents import Package
from tests.unit.assess.osv_records.samples import NOW, Records, affected, package, record, system, told

DEBIAN, NPM, PYPI, GO = "Debian:12", "npm", "PyPI", "Go"
RUBY_33 = "Moderate: ruby:3.3 security update"


def judged(raw: dict[str, Any], one: Package, os: str = "") -> str:
    """`affected, fixed in 1.2`, `not affected`, `not certain`."""
    advisory, subject = advisory_of(raw), subject_of(one, system(os) if os else None)
    assert isinstance(advisory, Advisory)
    assert isinstance(subject, Subject)
    found = match(advisory, subject, now=NOW)
    said = Verdict.NOT_AFFECTED if found.verdict is Verdict.MENDED else found.verdict
    return said.name.lower().replace("_", " ") + (f", fixed in {found.fixed_in}" if found.fixed_in else "")


@pytest.mark.parametrize(
    ("events", "version", "expected"),
    [
        pytest.param([("introduced", "0"), ("fixed", "1.5.0")], "1.4.9", "affected, fixed in 1.5.0", id="before the fix"),
        pytest.param([("introduced", "0"), ("fixed", "1.5.0")], "1.5.0", "not affected", id="at the fix"),
        pytest.param([("introduced", "1.0.0"), ("fixed", "1.5.0")], "0.9.0", "not affected", id="before it came"),
        pytest.param([("introduced", "1.0.0"), ("fixed", "1.5.0")], "1.0.0", "affected, fixed in 1.5.0", id="where it came"),
        pytest.param([("introduced", "0")], "99.0.0", "affected", id="never fixed"),
        pytest.param([("introduced", "0"), ("last_affected", "1.5.0")], "1.5.0", "affected", id="the last affected one"),
        pytest.param([("introduced", "0"), ("last_affected", "1.5.0")], "1.5.1", "not affected", id="behind the last affected one"),
        pytest.param([("introduced", "1.5.0"), ("last_affected", "1.5.0")], "1.5.0", "affected", id="one version alone"),
        pytest.param([("introduced", "0"), ("fixed", "0")], "1.0.0", "not affected", id="fixed before the first: never affected"),
        pytest.param(
            [("introduced", "0"), ("fixed", "1.5.0"), ("introduced", "2.0.0"), ("fixed", "2.3.0")],
            "1.9.0",
            "not affected",
            id="between two spans",
        ),
        pytest.param(
            [("fixed", "2.3.0"), ("introduced", "2.0.0"), ("fixed", "1.5.0"), ("introduced", "0")],
            "2.1.0",
            "affected, fixed in 2.3.0",
            id="the order in the file counts for nothing",
        ),
        pytest.param(
            [("introduced", "0"), ("fixed", "1.5.0"), ("introduced", "2.0.0"), ("fixed", "2.3.0")],
            "1.0.0",
            "affected, fixed in 1.5.0",
            id="the fix of its own line",
        ),
        pytest.param([("introduced", "0"), ("limit", "1.0.0")], "1.0.0", "not affected", id="a limit"),
        pytest.param([("introduced", "0"), ("limit", "1.0.0"), ("limit", "*")], "1.0.0", "affected", id="an endless limit beside it"),
        pytest.param([("introduced", "0"), ("fixed", "what comes next")], "1.0.0", "not certain", id="a fix without an order"),
        pytest.param([("introduced", "0"), ("fixed", "1.5.0")], "main", "not certain", id="a version without an order"),
        pytest.param([("fixed", "1.5.0")], "1.0.0", "not certain", id="nothing says where it came: the record is broken"),
    ],
)
def test_a_range_is_evaluated_as_the_schema_says(events: list[tuple[str, str]], version: str, expected: str) -> None:
    assert judged(record("GHSA-1", affected(NPM, "left", *events)), package("npm", "left", version)) == expected


@pytest.mark.parametrize(
    ("raw", "one", "expected"),
    [
        pytest.param(
            record("X-1", affected(NPM, "a", ("introduced", "0"), ("fixed", "1.0.0"), versions=["1.2.0"])),
            package("npm", "a", "1.2.0"),
            "affected",
            id="the list of versions counts beside the ranges",
        ),
        pytest.param(
            record("X-1", {"package": {"ecosystem": PYPI, "name": "a"}, "versions": ["1.0", "1.1"]}),
            package("pypi", "a", "1.0.0"),
            "affected",
            id="a list alone, the version written otherwise",
        ),
        pytest.param(
            record("X-1", {"package": {"ecosystem": PYPI, "name": "a"}, "versions": ["1.0", "1.1"]}),
            package("pypi", "a", "1.2"),
            "not affected",
            id="a list alone that lacks it",
        ),
        pytest.param(
            record(
                "X-1",
                {"package": {"ecosystem": PYPI, "name": "a"}, "ranges": [{"type": "GIT", "repo": "r", "events": [{"introduced": "0"}]}]},
            ),
            package("pypi", "a", "1.2"),
            "not certain",
            id="a range of commits alone can't be compared",
        ),
        pytest.param(
            record("X-1", affected(PYPI, "A_b.C", ("introduced", "0"))),
            package("pypi", "a-b-c", "1"),
            "affected",
            id="names of PyPI are normalized",
        ),
        pytest.param(
            record(
                "X-1",
                affected(NPM, "a", ("introduced", "0"), ("fixed", "1.5.0")),
                affected(NPM, "a", ("introduced", "1.2.0"), ("fixed", "1.7.0")),
            ),
            package("npm", "a", "1.3.0"),
            "affected, fixed in 1.7.0",
            id="several entries of a package: free of all",
        ),
        pytest.param(
            record("X-1", affected(NPM, "a", ("introduced", "0")), affected(NPM, "a", ("introduced", "0"), ("fixed", "1.5.0"))),
            package("npm", "a", "1.3.0"),
            "affected",
            id="several entries of a package: one is never fixed",
        ),
        pytest.param(
            record("X-1", affected(NPM, "b", ("introduced", "0"))),
            package("npm", "a", "1.3.0"),
            "not certain",
            id="listed, and yet of another package",
        ),
        pytest.param(
            record("X-1", affected(PYPI, "a", ("introduced", "0"))), package("npm", "a", "1.3.0"), "not certain", id="of another ecosystem"
        ),
        pytest.param({"id": "X-1"}, package("npm", "a", "1.3.0"), "not certain", id="listed, and says nothing"),
        pytest.param({"id": "X-1", "affected": None}, package("npm", "a", "1.3.0"), "not certain", id="listed, and says null"),
        pytest.param({"id": "X-1", "affected": []}, package("npm", "a", "1.3.0"), "not certain", id="listed, and speaks of nothing"),
        pytest.param(
            record("X-1", {"package": {"ecosystem": NPM, "name": "a"}}), package("npm", "a", "1.3.0"), "not certain", id="of no version"
        ),
        pytest.param(
            record("X-1", {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}),
            package("npm", "a", "1.3.0"),
            "not certain",
            id="of commits alone",
        ),
        pytest.param(
            {"id": "X-1", "withdrawn": "2025-01-01T00:00:00Z"}, package("npm", "a", "1"), "not affected", id="withdrawn and empty"
        ),
        pytest.param(
            record("X-1", affected(NPM, "a", ("introduced", "0")), withdrawn="2025-01-01T00:00:00Z"),
            package("npm", "a", "1.0.0"),
            "not affected",
            id="withdrawn",
        ),
        pytest.param(
            record("X-1", affected(NPM, "a", ("introduced", "0")), withdrawn=["?"]),
            package("npm", "a", "1.0.0"),
            "affected",
            id="withdrawn on no day",
        ),
        pytest.param(
            record("X-1", affected(NPM, "a", ("introduced", "0")), withdrawn="2999-01-01T00:00:00Z"),
            package("npm", "a", "1.0.0"),
            "affected",
            id="withdrawn in a time to come",
        ),
        pytest.param(
            record("X-1", affected(NPM, "a", ("introduced", "0")), withdrawn="0001-01-01T00:00:00Z"),
            package("npm", "a", "1.0.0"),
            "affected",
            id="withdrawn in the year 1, which is never",
        ),
        pytest.param(
            record("X-1", affected(NPM, "a", ("introduced", "0"), ("fixed", "1.0.0")), {"package": {"ecosystem": NPM, "name": 7}}),
            package("npm", "a", "1.0.0"),
            "not certain",
            id="what else it says can't be read",
        ),
        pytest.param(
            record("GO-1", affected(GO, "example.org/m/v2", ("introduced", "2.0.0"), ("fixed", "2.4.0"))),
            package("golang", "v2", "v2.3.0+incompatible", namespace="example.org/m"),
            "affected, fixed in 2.4.0",
            id="Go's v and what follows the plus",
        ),
    ],
)
def test_what_a_record_says_of_a_package(raw: dict[str, Any], one: Package, expected: str) -> None:
    assert judged(raw, one) == expected


@pytest.mark.parametrize(
    ("summary", "fixed", "version", "module", "expected"),
    [
        pytest.param(
            RUBY_33, "0:3.3.1-2.module+el9.4.0+1+aa", "3.3.0-1.module+el9.4.0+0+bb", "ruby:3.3:1:aa", "affected", id="the same stream"
        ),
        pytest.param(
            RUBY_33, "0:3.3.1-2.module+el9.4.0+1+aa", "3.1.2-1.module+el9.1.0+0+bb", "ruby:3.1:1:aa", "not affected", id="another stream"
        ),
        pytest.param(RUBY_33, "0:3.3.1-2.module+el9.4.0+1+aa", "3.0.4-160.el9_0", "", "not affected", id="a package of no module"),
        pytest.param(
            "Moderate: ruby", "0:3.0.4-161.el9", "3.0.4-160.module+el9", "ruby:3.0:1:a", "not affected", id="mended outside of the module"
        ),
        pytest.param(
            "Moderate: ruby", "0:3.3.1-2.module+el9+1+a", "3.1.2-1.module+el9+0+b", "ruby:3.1:1:a", "not certain", id="no stream is named"
        ),
        pytest.param(RUBY_33, "0:3.3.1-2.module+el9+1+aa", "3.1.2-1.module+el9+0+bb", "", "not certain", id="of a module that is not told"),
        pytest.param(
            RUBY_33, "0:3.3.1-2.module+el9+1+aa", "3.3.1-2.module+el9+1+aa", "", "not affected", id="the fixed one, whatever its stream"
        ),
    ],
)
def test_what_is_mended_in_a_module_counts_for_its_stream_alone(summary: str, fixed: str, version: str, module: str, expected: str) -> None:
    raw = record("RLSA-2024:3671", affected("Rocky Linux:9", "ruby", ("introduced", "0"), ("fixed", fixed)), summary=summary)
    one = package("rpm", "ruby", version, source_name="ruby", source_version=version, module=module)

    assert judged(raw, one, "rocky 9.4").partition(",")[0] == expected


def test_where_ubuntu_pro_alone_mends_it_stays_open() -> None:
    raw = record("UBUNTU-CVE-1", affected("Ubuntu:Pro:22.04:LTS", "netty", ("introduced", "0"), ("fixed", "1:4.1.48-4ubuntu0.1~esm1")))
    subject, advisory = subject_of(package("deb", "netty", "1:4.1.48-4", source_name="netty"), system("ubuntu 22.04")), advisory_of(raw)
    assert isinstance(subject, Subject)
    assert isinstance(advisory, Advisory)

    found = match(advisory, subject, now=NOW)

    assert (found.verdict, found.fixed_in, found.withheld) == (Verdict.AFFECTED, "1:4.1.48-4ubuntu0.1~esm1", "Ubuntu Pro")


VERSIONS = st.builds(lambda *parts: ".".join(map(str, parts)), *[st.integers(0, 20)] * 3)
TYPES = st.sampled_from([("npm", NPM), ("pypi", PYPI), ("golang", GO), ("deb", DEBIAN), ("gem", "RubyGems")])


@given(VERSIONS, VERSIONS, TYPES)
def test_a_version_equal_to_the_fixed_one_is_never_affected(introduced: str, fixed: str, kind: tuple[str, str]) -> None:
    type_, ecosystem = kind
    raw = record("X-1", affected(ecosystem, "a", ("introduced", introduced), ("fixed", fixed)))

    assert judged(raw, package(type_, "a", fixed, source_name="a"), "debian 12") == "not affected"


@given(VERSIONS, VERSIONS, st.lists(st.tuples(st.sampled_from(["introduced", "fixed"]), VERSIONS), min_size=1, max_size=6))
def test_at_the_fix_that_is_told_a_package_is_free(version: str, introduced: str, events: list[tuple[str, str]]) -> None:
    raw = record("X-1", affected(NPM, "a", ("introduced", introduced), *events))

    _, _, fixed = judged(raw, package("npm", "a", version)).partition("fixed in ")

    assert not fixed or judged(raw, package("npm", "a", fixed)) == "not affected"


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["npm", "a", "0", "SEMVER", "CVE-2024-1111"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["package", "ecosystem", "name", "events", "type", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ("aliases", "upstream", "related", "published", "withdrawn", "summary", "details", "severity", "database_specific", "affected")
HOSTILE = st.fixed_dictionaries({"id": st.just("X-1") | ANYTHING}, optional=dict.fromkeys(FIELDS, ANYTHING))
ENTRY = st.fixed_dictionaries(
    {"package": st.just({"ecosystem": "npm", "name": "a"})},
    optional={
        "ranges": st.lists(st.fixed_dictionaries({"type": st.just("SEMVER") | ANYTHING, "events": ANYTHING}), max_size=2),
        "versions": ANYTHING,
    },
)


@given(HOSTILE | ANYTHING)
def test_a_hostile_record_is_read_or_refused_and_never_raises(raw: Any) -> None:
    assert isinstance(advisory_of(raw), Advisory | Unreadable)


@given(st.lists(HOSTILE | ENTRY.map(lambda entry: {"id": "X-1", "affected": [entry]}), max_size=4))
def test_hostile_records_hide_nothing_and_never_raise(raws: list[Any]) -> None:
    known = record("GHSA-1", affected(NPM, "a", ("introduced", "0"), ("fixed", "2.0.0")), aliases=["CVE-2024-1111"])

    answer = told(Records(records=[*raws, known]), None, package("npm", "a", "1.0.0"))

    assert "CVE-2024-1111" in {name for hole in answer.holes for name in hole.names}
