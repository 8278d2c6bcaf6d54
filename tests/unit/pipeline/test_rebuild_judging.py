"""What a rebuild was for, and the verdict that is measured against it: nothing is fixed while a hole of it stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.model.assessment import Assessment, DataSource, Hole, NotChecked
from bot.model.contents import Contents, Layer, OperatingSystem, Package
from bot.model.failure import ToldError
from bot.model.image import Digest, ImageReference
from bot.model.rebuild import BuiltImage, RebuildGoal, RebuildVerdict, WantedBase
from bot.model.rebuild_order import RebuildRule, RebuildWish
from bot.pipeline.rebuild_judging import Judging

V = RebuildVerdict
SSL = Package(type="deb", namespace="debian", name="libssl3", version="3.0.11-1", source_name="openssl", source_version="3.0.11-1")
ZLIB = Package(type="deb", namespace="debian", name="zlib1g", version="1:1.2-1", source_version="1:1.2-1")
OWN = Package(type="deb", namespace="debian", name="git", version="2.39-1", source_version="2.39-1")
FIXED = replace(SSL, version="3.0.14-1", source_version="3.0.14-1")
IMAGE, BASE = "ghcr.io/acme/shop:1.0", "docker.io/library/debian:12"
OLD, NEW, ON = (Digest(f"sha256:{sign * 64}") for sign in "123")
HOLES = {SSL: "CVE-2026-1", ZLIB: "CVE-2026-2", OWN: "CVE-2026-3"}


def contents(digest, layers, *packages):
    made = tuple(
        Layer(diff_id=f"sha256:{name}", digest=ON, size_bytes=1, created_by="COPY", created_at=datetime(2026, 5, 9, tzinfo=UTC))
        for name in layers
    )
    system = OperatingSystem(id="debian", version="12", name="Debian 12")
    placed = tuple(replace(package, layer=made[0].diff_id) for package in packages)
    return Contents(image="app", digest=digest, platform="linux/amd64", packages=placed, layers=made, operating_system=system)


def assess(one, *, not_checked=()):
    plain = {replace(package, layer=""): package for package in one.packages}
    holes = tuple(
        Hole(id=name, package=plain[package], fixed_in="3.0.14-1" if package == SSL else "9", source="OSV", told_by=("OSV",))
        for package, name in HOLES.items()
        if package in plain
    )
    data = (DataSource(name="OSV", as_of=None),)
    checked = tuple(one.packages)
    return Assessment(holes=holes, checked=checked, checked_by={"OSV": frozenset(checked)}, data=data, not_checked=not_checked)


def judging(new, base=("n", FIXED, ZLIB), *, open_on=None, by=assess):
    images = {
        "old": contents(OLD, "oa", SSL, ZLIB, OWN),
        "new": contents(NEW, *new),
        "base": contents(ON, *base),
    }

    def opened(reference):
        which = {OLD: "old", ON: "base"}.get(reference.digest, "new")
        return BuiltImage(image=IMAGE, digest=images[which].digest, platforms={"linux/amd64": images[which]})

    return Judging(open=opened, assess=by, open_on=open_on or (lambda reference, _: opened(reference)))


def wish():
    base = WantedBase(name="debian:12", layers={"linux/amd64": ("sha256:n",)}, old_layers={"linux/amd64": ("sha256:o",)})
    told = {"app": "acme/shop", "repo": "acme/shop", "default_branch": "main", "image": ImageReference.parse(IMAGE), "published": OLD}
    return RebuildWish(**told, base=BASE, base_digest=ON, goal=RebuildGoal(base=base), rule=RebuildRule())


def test_it_is_for_the_holes_that_the_base_has_closed_and_for_no_others():
    goal = judging(("na", FIXED, ZLIB, OWN)).goal(wish(), OLD)

    assert [(one.name, one.fixed_in, one.holes) for one in goal.packages] == [("libssl3", "3.0.14-1", ("CVE-2026-1",))]
    assert goal.base == wish().goal.base
    assert goal.not_known == ()


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        pytest.param(("na", FIXED, ZLIB, OWN), V.FIXED, id="base and hole"),
        pytest.param(("ob", FIXED, ZLIB, OWN), V.BASE_NOT_TAKEN, id="the hole alone"),
        pytest.param(("na", SSL, ZLIB, OWN), V.NOT_FIXED, id="the base alone: its package was put back"),
        pytest.param(("na", ZLIB, OWN), V.REMOVED, id="gone"),
    ],
)
def test_nothing_is_fixed_while_a_hole_stands(new, verdict):
    assert judging(new).finding(wish(), OLD).verdict is verdict


def unreachable(*_):
    raise ToldError("there is no such image")


FAILED = NotChecked(what="OSV", reason="no answer", is_failure=True)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"open_on": unreachable}, id="the base can't be opened"),
        pytest.param({"by": lambda one: assess(one, not_checked=(FAILED,))}, id="a source failed"),
        pytest.param({"open_on": lambda *_: BuiltImage(image=BASE, digest=ON, platforms={"linux/amd64": "no"})}, id="not on the platform"),
    ],
)
def test_where_the_holes_of_the_base_are_not_known_nothing_is_fixed(more):
    found = judging(("na", FIXED, ZLIB, OWN), **more).finding(wish(), OLD)

    assert found.verdict is V.UNKNOWN


def test_without_advisories_it_is_for_the_base():
    assert judging(("na", SSL, ZLIB, OWN), by=None).finding(wish(), OLD).verdict is V.FIXED
