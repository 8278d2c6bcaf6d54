"""Which package became what, and what nobody can say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inspect.compare import compare
from bot.model.comparison import Change
from bot.model.contents import Contents, KnownBy, Layer, NotRead, Package, Source
from bot.model.image import Digest

LAYER = Layer(diff_id="sha256:base", digest=Digest(f"sha256:{'1' * 64}"), size_bytes=10)
BILL = Source(name="SPDX", where="a referrer", packages=1, known_by=KnownBy.DECLARED)


def contents(*packages: Package, layers=(LAYER,), not_read=(), sources=(), platform="linux/amd64") -> Contents:
    digest = Digest(f"sha256:{'2' * 64}")
    return Contents(
        image="x", digest=digest, packages=packages, layers=tuple(layers), not_read=not_read, sources=tuple(sources), platform=platform
    )


def package(version: str, *, kind: str = "deb", name: str = "openssl", known_by: KnownBy = KnownBy.LAYERS) -> Package:
    return Package(type=kind, name=name, version=version, known_by=known_by)


@pytest.mark.parametrize(
    ("kind", "old", "new", "change"),
    [
        pytest.param("deb", "3.0.11-1~deb12u2", "3.0.13-1~deb12u1", Change.UPGRADED, id="Debian"),
        pytest.param("deb", "1:1.0-1", "9.0-1", Change.DOWNGRADED, id="Debian, an epoch is lost"),
        pytest.param("deb", "1.0-1", "1.0-1~bpo12+1", Change.DOWNGRADED, id="Debian, a tilde"),
        pytest.param("apk", "3.1.4-r5", "3.1.4-r10", Change.UPGRADED, id="Alpine"),
        pytest.param("rpm", "1:3.0.7-24.el9", "1:3.0.7-27.el9", Change.UPGRADED, id="Red Hat"),
        pytest.param("pypi", "2.0rc1", "2.0", Change.UPGRADED, id="Python"),
        pytest.param("npm", "10.0.0", "9.9.9", Change.DOWNGRADED, id="Node"),
        pytest.param("maven", "2.17.0", "2.17.1", Change.UPGRADED, id="Maven"),
        pytest.param("golang", "v1.2.3", "v1.10.0", Change.UPGRADED, id="Go"),
        pytest.param("gem", "3.1.4", "3.1.4.1", Change.UPGRADED, id="Ruby"),
        pytest.param("npm", "main", "other", Change.CHANGED, id="no versions"),
        pytest.param("generic", "1", "2", Change.CHANGED, id="an order that nobody knows"),
    ],
)
def test_a_step_is_judged_as_its_ecosystem_does(kind, old, new, change):
    (found,) = compare(contents(package(old, kind=kind)), contents(package(new, kind=kind))).packages

    assert (found.change, found.old, found.new) == (change, (old,), (new,))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(["1"], ["1"], [], id="the same"),
        pytest.param([], ["1"], [(Change.ADDED, (), ("1",))], id="added"),
        pytest.param(["1"], [], [(Change.REMOVED, ("1",), ())], id="removed"),
        pytest.param(["1", "2"], ["2", "3"], [(Change.UPGRADED, ("1",), ("3",))], id="one of two"),
        pytest.param(["1", "2"], ["2"], [(Change.CHANGED, ("1",), ())], id="one of two is gone"),
        pytest.param(["1", "2"], ["3", "4"], [(Change.CHANGED, ("1", "2"), ("3", "4"))], id="both"),
    ],
)
def test_what_became_of_a_package(old, new, expected):
    found = compare(contents(*map(package, old)), contents(*map(package, new))).packages

    assert [(one.change, one.old, one.new) for one in found] == expected


def test_layers_are_told_by_what_is_in_them():
    own, other = (Layer(diff_id=f"sha256:{name}", digest=LAYER.digest, size_bytes=1) for name in ("own", "other"))

    found = compare(contents(package("1"), layers=(LAYER, own)), contents(package("1"), layers=(LAYER, other)))

    assert (found.kept_layers, found.old_layers, found.new_layers) == ((LAYER,), (own,), (other,))
    assert not found.is_same


DECLARED = package("1", name="declared", known_by=KnownBy.DECLARED)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            contents(package("1"), not_read=(NotRead(what="var/lib/rpm/Packages", reason="Berkeley DB"),)),
            contents(package("1")),
            ["the old image: var/lib/rpm/Packages: Berkeley DB"],
            id="a database that was not read",
        ),
        pytest.param(contents(package("1")), contents(), ["the new image: no list of packages of a known form"], id="no list"),
        pytest.param(
            contents(package("1"), DECLARED, sources=[BILL]),
            contents(package("1")),
            ["the old image: 1 package that only its bill of materials declares; the other image has none"],
            id="declared in one of them alone",
        ),
        pytest.param(contents(package("1"), DECLARED, sources=[BILL]), contents(package("1"), sources=[BILL]), [], id="declared in both"),
        pytest.param(
            contents(package("1")),
            contents(package("1"), platform="linux/arm64"),
            ["they are for two platforms, linux/amd64 and linux/arm64"],
            id="two platforms",
        ),
    ],
)
def test_what_nobody_can_compare_is_said(old, new, said):
    found = compare(old, new)

    assert list(found.not_compared) == said
    assert found.is_same is False


PACKAGES = st.lists(st.builds(package, st.sampled_from(["1", "1.1", "2", "10"]), name=st.sampled_from("abc")), max_size=8)
MIRRORED = {Change.ADDED: Change.REMOVED, Change.UPGRADED: Change.DOWNGRADED, Change.CHANGED: Change.CHANGED}
MIRRORED |= {there: here for here, there in MIRRORED.items()}


@given(PACKAGES, PACKAGES)
def test_the_other_way_round_is_the_mirror(first, second):
    there, back = (compare(contents(*one), contents(*other)).packages for one, other in ((first, second), (second, first)))

    assert {(one.name, MIRRORED[one.change], one.new, one.old) for one in there} == {
        (one.name, one.change, one.old, one.new) for one in back
    }
