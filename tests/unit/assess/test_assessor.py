"""What several sources tell becomes one assessment, and what none of them checked is said."""

from datetime import UTC, date, datetime

import pytest

from bot.assess.assessor import Assessor
from bot.assess.source import Told
from bot.model.assessment import DataSource, Hole, NotChecked, VexStatement, VexStatus
from bot.model.contents import Contents, NotRead, Package
from bot.model.image import Digest
from bot.model.severity import Severity

OPENSSL = Package(type="deb", namespace="debian", name="libssl3", version="3.0.11-1")
GLIBC = Package(type="deb", namespace="debian", name="libc6", version="2.36-9")
GO = Package(type="golang", name="stdlib", version="1.22.0")
OSV = DataSource(name="OSV", as_of=datetime(2026, 6, 1, tzinfo=UTC))
REPORT = DataSource(name="Trivy report", as_of=None)


class Knows:
    """A source with one answer."""

    def __init__(self, told: Told | None) -> None:
        self.answer = told

    def told(self, contents: Contents) -> Told | None:  # noqa: ARG002 - the signature of a source
        return self.answer


class Fails:
    def told(self, contents: Contents) -> Told | None:  # noqa: ARG002 - the signature of a source
        raise KeyError("it broke")


def contents(*packages: Package, not_read=()) -> Contents:
    return Contents(image="acme/app:1", digest=Digest(f"sha256:{'2' * 64}"), packages=packages, not_read=tuple(not_read))


def hole(name: str, package: Package = OPENSSL, **told) -> Hole:
    return Hole(id=name, package=package, **{"source": "OSV", **told})


def assess(*answers: Told | None, image: Contents | None = None, **parts):
    return Assessor(sources=[Knows(answer) for answer in answers], **parts).assess(image or contents(OPENSSL, GLIBC))


def test_one_hole_under_two_names_is_one_and_the_first_word_counts():
    first = hole("GHSA-1", aliases=("CVE-2026-1",), severity=Severity.HIGH, source="Trivy report")
    second = hole("CVE-2026-1", aliases=("DSA-1",), severity=Severity.LOW, fixed_in="3.0.12-1", source="OSV DSA-1", cvss="CVSS:3.1/x")

    found = assess(Told(holes=(first,), data=(REPORT,)), Told(holes=(second,), data=(OSV,)))

    (one,) = found.holes
    assert (one.id, one.aliases, one.severity, one.fixed_in, one.cvss, one.source, one.told_by) == (
        "CVE-2026-1",
        ("DSA-1", "GHSA-1"),
        Severity.HIGH,
        "3.0.12-1",
        "CVSS:3.1/x",
        "Trivy report; OSV DSA-1",
        ("Trivy report", "OSV"),
    )
    assert found.data == (REPORT, OSV)


def test_a_later_word_shows_that_two_names_were_one_hole():
    told = Told(holes=(hole("CVE-2026-1"), hole("GHSA-1"), hole("DSA-1", aliases=("CVE-2026-1", "GHSA-1")), hole("GHSA-1")), data=(OSV,))

    (one,) = assess(told).holes

    assert one.names == {"CVE-2026-1", "GHSA-1", "DSA-1"}


def test_the_same_hole_in_two_packages_is_two():
    told = Told(holes=(hole("CVE-2026-1"), hole("CVE-2026-1", GLIBC)), data=(OSV,))

    assert {one.package.name for one in assess(told).holes} == {"libssl3", "libc6"}


def test_the_worst_comes_first_and_an_unknown_severity_stays_unknown():
    told = Told(
        holes=(
            hole("CVE-1"),
            hole("CVE-2", severity=Severity.LOW),
            hole("CVE-3", severity=Severity.CRITICAL),
            hole("CVE-4", severity=Severity.CRITICAL, fixed_in="2"),
            hole("CVE-5", severity=Severity.MEDIUM, exploited_since=date(2026, 1, 1)),
        )
    )

    found = assess(told)

    assert [one.id for one in found.holes] == ["CVE-5", "CVE-4", "CVE-3", "CVE-2", "CVE-1"]
    assert (found.severity, found.holes[-1].severity) == (Severity.CRITICAL, Severity.UNKNOWN)


def test_nothing_is_clean_without_a_source():
    (gap,) = assess().not_checked

    assert str(gap) == "2 deb packages: nothing is configured to check them against; set `assess.advisories`"


def test_a_source_that_knows_nothing_of_the_image_checked_nothing():
    assert assess(None).not_checked[0].packages == (OPENSSL, GLIBC)


def test_a_package_of_which_no_source_says_a_word_was_not_checked():
    found = assess(Told(checked=(GLIBC,), data=(OSV,)))

    assert [(gap.packages, gap.reason) for gap in found.not_checked] == [((OPENSSL,), "no source says that it compared them with anything")]


def test_what_one_source_could_not_check_is_no_gap_where_another_did():
    gap = NotChecked(packages=(OPENSSL, GLIBC), what="2 deb packages", reason="no answer")

    found = assess(Told(not_checked=(gap,), data=(OSV,)), Told(checked=(OPENSSL,), data=(REPORT,)))

    assert [str(one) for one in found.not_checked] == ["1 deb package: no answer"]
    assert found.checked == (OPENSSL,)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        pytest.param(contents(OPENSSL, not_read=[NotRead(what="layer 2", reason="broken gzip")]), "layer 2: broken gzip", id="a layer"),
        pytest.param(
            contents(), "the image: it holds no list of packages of a known form, so nobody knows what to look for", id="no packages"
        ),
    ],
)
def test_what_could_not_be_read_could_not_be_checked(image, said):
    assert said in [str(one) for one in assess(Told(checked=(OPENSSL,), data=(OSV,)), image=image).not_checked]


def test_a_source_that_breaks_is_told_and_the_others_are_believed():
    found = Assessor(sources=[Fails(), Knows(Told(holes=(hole("CVE-1"),), checked=(OPENSSL,), data=(OSV,)))]).assess(
        contents(OPENSSL, GLIBC)
    )

    assert [one.id for one in found.holes] == ["CVE-1"]
    (gap,) = found.not_checked
    assert gap.packages == (OPENSSL, GLIBC)
    assert "it broke" not in gap.reason


def test_a_statement_takes_a_hole_away_visibly():
    word = VexStatement(names=frozenset({"CVE-1"}), products=(), status=VexStatus.NOT_AFFECTED, where="vex.json")
    told = Told(holes=(hole("CVE-1"), hole("CVE-2")), data=(OSV,))

    found = assess(told, statement_for=lambda _, one, _said: word if one.id in word.names else None)

    assert [one.id for one in found.holes] == ["CVE-2"]
    assert [(one.hole.id, one.statement.where) for one in found.dismissed] == [("CVE-1", "vex.json")]


def test_of_two_ratings_the_worse_one_stays():
    told = [Told(holes=(hole("CVE-1", severity=rating),), data=(OSV,)) for rating in (Severity.LOW, Severity.CRITICAL, Severity.UNKNOWN)]

    assert assess(*told).severity is Severity.CRITICAL


def test_no_hole_is_lost_among_doubles_of_several_sources():
    doubles = Told(holes=(*tuple(hole("CVE-0", summary=str(number)) for number in range(29)), hole("CVE-2001")), data=(REPORT,))
    others = Told(holes=tuple(hole(f"CVE-{number}") for number in range(30)), data=(OSV,))

    assert {one.id for one in assess(doubles, others, doubles).holes} == {"CVE-2001", *(f"CVE-{number}" for number in range(30))}


def test_a_headline_never_denies_holes_that_it_has():
    said = str(assess(Told(holes=(hole("CVE-1", severity=Severity.CRITICAL),), data=(OSV,))))

    assert said.startswith("1 hole (1 critical) known; no package could be checked wholly")


def test_a_failure_is_told_from_what_nobody_has_data_on():
    unsupported = NotChecked(packages=(GLIBC,), what="1 deb package", reason="no data on it")
    unread = contents(OPENSSL, GLIBC, not_read=[NotRead(what="layer 2", reason="broken gzip")])

    assert not any(gap.is_failure for gap in assess(Told(checked=(OPENSSL,), not_checked=(unsupported,), data=(OSV,))).not_checked)
    assert [gap.what for gap in assess(Told(checked=(OPENSSL, GLIBC)), image=unread).not_checked if gap.is_failure] == ["layer 2"]
    broken = Assessor(sources=[Fails()]).assess(contents(OPENSSL))
    assert [gap.is_failure for gap in broken.not_checked] == [True]
