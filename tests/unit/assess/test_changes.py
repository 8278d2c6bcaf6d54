"""A hole is closed only where the new image was checked for it."""

from dataclasses import replace

import pytest

from bot.assess.changes import hole_changes
from bot.model.assessment import AssessedImage, Assessment, DataSource, Dismissed, Hole, VexStatement, VexStatus, vulnerabilities
from bot.model.contents import Contents, KnownBy, NotRead, Package, Source
from bot.model.image import Digest

OSV, REPORT = DataSource(name="OSV", as_of=None), DataSource(name="Trivy report", as_of=None)
OTHER = Package(type="deb", name="other", version="1")


def package(version: str = "1.0", *, name: str = "libssl3", source: str = "openssl", known_by: KnownBy = KnownBy.LAYERS) -> Package:
    return Package(type="deb", name=name, version=version, source_name=source, known_by=known_by)


def hole(name: str, of: Package, *aliases: str, told_by: tuple[str, ...] = ("OSV",)) -> Hole:
    return Hole(id=name, aliases=aliases, package=of, source="OSV", told_by=told_by)


def image(*packages: Package, holes=(), checked=None, data=(OSV,), not_read=(), dismissed=(), sources=()) -> AssessedImage:
    contents = Contents(image="x", digest=Digest(f"sha256:{'2' * 64}"), packages=packages, not_read=tuple(not_read), sources=tuple(sources))
    seen = packages if checked is None else checked
    return AssessedImage(
        contents=contents, assessment=Assessment(holes=tuple(holes), checked=tuple(seen), data=tuple(data), dismissed=tuple(dismissed))
    )


OLD = image(package(), OTHER, holes=[hole("CVE-1", package())])
DECLARED = package(known_by=KnownBy.DECLARED)
WORD = VexStatement(names=frozenset({"CVE-1"}), products=(), status=VexStatus.NOT_AFFECTED, where="vex.json")


def kinds(old: AssessedImage, new: AssessedImage) -> dict[str, list[str]]:
    found = hole_changes(old, new)
    lists = {"closed": found.closed, "left": found.left, "brought": found.brought, "unclear": found.unclear}
    named = {kind: [group[0].id for group in groups] for kind, groups in lists.items() if groups}
    return named | ({"dismissed": [one.hole.id for one in found.dismissed]} if found.dismissed else {})


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(image(package("1.1"), OTHER), {"closed": ["CVE-1"]}, id="a newer version that was checked"),
        pytest.param(image(OTHER), {"closed": ["CVE-1"]}, id="the package is gone"),
        pytest.param(image(package("1.1"), holes=[hole("CVE-1", package("1.1"))]), {"left": ["CVE-1"]}, id="still there"),
        pytest.param(
            image(package("1.1"), holes=[hole("GHSA-1", package("1.1"), "CVE-1")]), {"left": ["GHSA-1"]}, id="still there by another name"
        ),
        pytest.param(
            image(package("1.1", name="libssl3t64"), holes=[hole("CVE-1", package("1.1", name="libssl3t64"))]),
            {"left": ["CVE-1"]},
            id="still there in a package of another name",
        ),
        pytest.param(image(package("1.1"), OTHER, checked=[OTHER]), {"unclear": ["CVE-1"]}, id="the package was not checked"),
        pytest.param(
            image(package("1.1", name="libssl3t64"), OTHER, checked=[OTHER]),
            {"unclear": ["CVE-1"]},
            id="a package of the same source was not checked",
        ),
        pytest.param(image(package("1.1"), data=[REPORT]), {"unclear": ["CVE-1"]}, id="checked against other data"),
        pytest.param(image(package("1.1"), data=[]), {"unclear": ["CVE-1"]}, id="checked against nothing"),
        pytest.param(
            image(OTHER, not_read=[NotRead(what="layer 1", reason="broken")]),
            {"unclear": ["CVE-1"]},
            id="the package is not seen, and a layer was not read",
        ),
        pytest.param(image(), {"unclear": ["CVE-1"]}, id="no packages at all"),
        pytest.param(
            image(Package(type="npm", name="a", version="1")), {"unclear": ["CVE-1"]}, id="no package of that distribution is seen any more"
        ),
        pytest.param(
            image(Package(type="deb", namespace="ubuntu", name="a", version="1")), {"unclear": ["CVE-1"]}, id="another distribution"
        ),
        pytest.param(
            image(package("1.1"), OTHER, not_read=[NotRead(what="layer 2", reason="broken", is_layer=True)]),
            {"unclear": ["CVE-1"]},
            id="a layer above was not read, which may hold another database",
        ),
        pytest.param(
            replace(image(package("1.1")), contents=replace(image(package("1.1")).contents, platform="linux/arm64")),
            {"unclear": ["CVE-1"]},
            id="for another platform",
        ),
        pytest.param(
            image(package("1.1"), dismissed=[Dismissed(hole=hole("CVE-1", package("1.1")), statement=WORD)]),
            {"dismissed": ["CVE-1"]},
            id="taken away by somebody's word",
        ),
    ],
)
def test_what_becomes_of_a_hole(new, expected):
    assert kinds(OLD, new) == expected


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        pytest.param(image(package("0.9"), OTHER), {"brought": ["CVE-1"]}, id="an older version that was checked"),
        pytest.param(image(OTHER), {"brought": ["CVE-1"]}, id="the package is new"),
        pytest.param(image(package("0.9"), OTHER, checked=[OTHER]), {"unclear": ["CVE-1"]}, id="the old one was not checked"),
        pytest.param(image(OTHER, data=[]), {"unclear": ["CVE-1"]}, id="the old one was checked against nothing"),
    ],
)
def test_what_is_brought(old, expected):
    assert kinds(old, OLD) == expected


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param([], {"unclear": ["CVE-1"]}, id="nothing declares anything there"),
        pytest.param(
            [Source(name="SPDX", where="a referrer", packages=1, known_by=KnownBy.DECLARED)],
            {"closed": ["CVE-1"]},
            id="a declaration there",
        ),
    ],
)
def test_what_is_only_declared_is_gone_only_by_another_declaration(sources, expected):
    old = image(DECLARED, OTHER, holes=[hole("CVE-1", DECLARED)])

    assert kinds(old, image(OTHER, sources=sources)) == expected


def test_one_vulnerability_in_three_packages_counts_once():
    packages = [package(name=name) for name in ("libssl3", "openssl", "libssl-dev")]
    holes = [hole("CVE-1", packages[0]), hole("GHSA-1", packages[1], "CVE-1"), hole("CVE-1", packages[2]), hole("CVE-2", packages[0])]

    groups = vulnerabilities(holes)

    assert [(group[0].id, len(group)) for group in groups] == [("CVE-1", 3), ("CVE-2", 1)]


def test_a_vulnerability_that_stays_in_one_of_two_packages_is_left():
    other = package(name="openssl")
    old = image(package(), other, holes=[hole("CVE-1", package()), hole("CVE-1", other)])
    new = image(package("1.1"), other, holes=[hole("CVE-1", other)])

    assert kinds(old, new) == {"left": ["CVE-1"]}


def by_source(found: AssessedImage, **checked: frozenset[Package]) -> AssessedImage:
    return replace(found, assessment=replace(found.assessment, checked_by={name.replace("_", " "): held for name, held in checked.items()}))


def test_what_another_source_checked_closes_nothing():
    old = image(package(), OTHER, holes=[hole("CVE-1", package())])
    new = by_source(image(package("1.1"), OTHER, data=[OSV, REPORT]), OSV=frozenset({OTHER}), Trivy_report=frozenset({package("1.1")}))

    assert kinds(old, new) == {"unclear": ["CVE-1"]}
    assert kinds(old, by_source(new, OSV=frozenset({OTHER, package("1.1")}))) == {"closed": ["CVE-1"]}


def test_a_hole_is_not_brought_by_the_loss_of_a_statement():
    taken_away = image(package(), OTHER, dismissed=[Dismissed(hole=hole("CVE-1", package()), statement=WORD)])

    assert kinds(taken_away, OLD) == {"left": ["CVE-1"]}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(image(package("1.1"), OTHER), False, id="all were checked"),
        pytest.param(image(package("1.1"), OTHER, checked=[package("1.1")]), False, id="what was not checked is the same"),
        pytest.param(image(package("1.1"), OTHER, checked=[OTHER]), True, id="what changes was not checked"),
        pytest.param(
            image(package(), OTHER, Package(type="npm", name="a", version="1"), checked=[package(), OTHER]), True, id="what comes"
        ),
    ],
)
def test_packages_that_change_unchecked_are_known(new, expected):
    assert hole_changes(OLD, new).has_unchecked_changes is expected


def test_the_sentence_counts_what_statements_take_away():
    new = image(package("1.1"), OTHER, dismissed=[Dismissed(hole=hole("CVE-1", package("1.1")), statement=WORD)])

    assert "1 taken away by statements" in str(hole_changes(OLD, new))
