"""When a rebuild may be called fixed: packages, holes and bases that are made up."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.inspect.rebuild.judge import judge
from bot.model.assessment import DataSource, Dismissed, Hole, HoleChanges, VexStatement, VexStatus
from bot.model.contents import Contents, KnownBy, Layer, NotRead, OperatingSystem, Package
from bot.model.image import Digest
from bot.model.rebuild import BuiltImage, RebuildGoal, RebuildVerdict, WantedBase, WantedFix, plain_platform

V = RebuildVerdict
OLD, NEW = "3.0.11-1", "3.0.14-1"
DEBIAN = OperatingSystem(id="debian", version="12", name="Debian 12")
SSL = Package(type="deb", namespace="debian", name="libssl3", version=OLD, source_name="openssl", source_version=OLD, layer="sha256:a")
ZLIB = Package(type="deb", namespace="debian", name="zlib1g", version="1", layer="sha256:a")
FIXED = replace(SSL, version=NEW, source_version=NEW, layer="sha256:b")
WANTED = WantedFix(type="deb", name="libssl3", fixed_in=NEW)
GOAL = RebuildGoal(packages=(WANTED,))


def digest(sign):
    return Digest(f"sha256:{sign * 64}")


def contents(*packages, layers=("a", "b"), platform="linux/amd64", **more):
    made = tuple(
        Layer(
            diff_id=f"sha256:{name}",
            digest=digest("0"),
            size_bytes=1,
            created_by=f"RUN {name}",
            created_at=datetime(2026, 8, 6, tzinfo=UTC),
        )
        for name in layers
    )
    return Contents(
        **{"image": "app:1", "digest": digest("2"), "platform": platform, "packages": packages, "layers": made, "operating_system": DEBIAN}
        | more
    )


def after(*packages, **more):
    return contents(*packages, layers=("a", "c"), **more)


def image(sign, *platforms):
    return BuiltImage(image="app:1", digest=digest(sign), platforms={each.platform: each for each in platforms})


def judged(old, new, goal=GOAL, changes=None):
    told = None if changes is None else {"linux/amd64": changes}
    return judge(image("1", *old) if isinstance(old, list) else image("1", old), image("2", new), goal, told)


BEFORE = contents(SSL, ZLIB)
AFTER = after(FIXED, ZLIB)


def test_it_is_fixed_where_all_is_at_the_fix():
    found = judged(BEFORE, AFTER)

    assert (found.verdict, found.platform, found.remedy) == (V.FIXED, "", "")
    assert found.evidence == ("deb/libssl3 is 3.0.14-1 and was 3.0.11-1; 3.0.14-1 has the fix.",)


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        pytest.param(after(FIXED, replace(SSL, architecture="i386")), V.NOT_FIXED, id="another architecture's is old"),
        pytest.param(after(FIXED, replace(SSL, path="opt/root/status")), V.NOT_FIXED, id="an old copy elsewhere"),
        pytest.param(after(replace(FIXED, version="1:1.0")), V.FIXED, id="an epoch of the binary package alone"),
        pytest.param(after(replace(FIXED, source_version=OLD)), V.UNKNOWN, id="the source is old"),
        pytest.param(after(replace(FIXED, version="not one!", source_version="")), V.UNKNOWN, id="no version"),
        pytest.param(after(replace(FIXED, known_by=KnownBy.DECLARED), ZLIB), V.UNKNOWN, id="only declared"),
        pytest.param(after(FIXED, replace(SSL, known_by=KnownBy.DECLARED, layer="")), V.UNKNOWN, id="an old one is declared"),
        pytest.param(after(FIXED, not_read=(NotRead(what="x.jar", reason="broken"),)), V.UNKNOWN, id="a file not read"),
        pytest.param(
            after(SSL, not_read=(NotRead(what="layer 2", reason="broken", is_layer=True),)),
            V.UNKNOWN,
            id="a layer not read",
        ),
        pytest.param(after(SSL, not_read=(NotRead(what="x", reason="y"),)), V.NOT_FIXED, id="old, and a file not read"),
        pytest.param(after(ZLIB), V.REMOVED, id="removed"),
        pytest.param(after(), V.UNKNOWN, id="no package of the kind at all"),
        pytest.param(after(FIXED, operating_system=None), V.UNKNOWN, id="no system"),
        pytest.param(
            after(FIXED, operating_system=OperatingSystem(id="debian", version="13")),
            V.UNKNOWN,
            id="the next release",
        ),
        pytest.param(after(SSL, platform="linux/arm64"), V.ONE_PLATFORM, id="another platform"),
    ],
)
def test_nothing_is_called_fixed_for_want_of_a_proof(new, verdict):
    assert judged(BEFORE, new).verdict is verdict


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        pytest.param("9.3", "9.4", V.FIXED, id="a minor release of RHEL"),
        pytest.param("9.3", "10.0", V.UNKNOWN, id="the next RHEL"),
    ],
)
def test_versions_go_on_within_a_major_release(old, new, verdict):
    systems = [OperatingSystem(id="rhel", version=version) for version in (old, new)]
    before = contents(replace(SSL, type="rpm"), operating_system=systems[0])
    then = after(replace(FIXED, type="rpm"), operating_system=systems[1])

    assert judged(before, then, RebuildGoal(packages=(replace(WANTED, type="rpm"),))).verdict is verdict


def test_module_streams_are_not_held_against_one_another():
    before, after = (
        contents(replace(one, type="rpm", module=f"nodejs:{stream}:8090:x"), layers=("a", layer))
        for one, stream, layer in ((SSL, 18, "b"), (FIXED, 20, "c"))
    )

    assert judged(before, after, RebuildGoal(packages=(replace(WANTED, type="rpm"),))).verdict is V.UNKNOWN


def hole(package=SSL, name="CVE-2026-1"):
    return Hole(id=name, aliases=("GHSA-1",), package=package, fixed_in=NEW, source="OSV")


DATA = {"data": (DataSource(name="OSV", as_of=None),), "checked": 2}
WORD = VexStatement(names=frozenset({"CVE-2026-1"}), products=("app",), status=VexStatus.NOT_AFFECTED, where="a.vex.json")
JAR = Package(type="maven", namespace="org.x", name="bundled", version="1", path="srv/a.jar", layer="sha256:a")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param(HoleChanges(closed=((hole(),),), **DATA), V.FIXED, id="closed"),
        pytest.param(None, V.UNKNOWN, id="not asked"),
        pytest.param(HoleChanges(**DATA), V.UNKNOWN, id="not known of the old one"),
        pytest.param(HoleChanges(unclear=((hole(),),), **DATA), V.UNKNOWN, id="unclear"),
        pytest.param(HoleChanges(left=((hole(FIXED),),), **DATA), V.NOT_FIXED, id="left, as advisories say"),
        pytest.param(HoleChanges(left=((hole(JAR),),), **DATA), V.NOT_FIXED, id="left in another package"),
        pytest.param(HoleChanges(dismissed=(Dismissed(hole=hole(), statement=WORD),), **DATA), V.UNKNOWN, id="taken away by a statement"),
    ],
)
def test_a_hole_is_closed_only_by_the_word_of_advisories(changes, verdict):
    goal = RebuildGoal(packages=(replace(WANTED, holes=("GHSA-1",)),))

    assert judged(BEFORE, AFTER, goal, changes).verdict is verdict


def test_of_the_next_release_advisories_alone_decide():
    after = contents(replace(FIXED, version="2.9"), layers=("c", "d"), operating_system=OperatingSystem(id="debian", version="13"))
    goal = RebuildGoal(packages=(replace(WANTED, holes=("CVE-2026-1",)),))

    assert judged(BEFORE, after, goal, HoleChanges(closed=((hole(),),), **DATA)).verdict is V.FIXED


BASE = {"linux/amd64": ("sha256:n",)}
OLD_BASE = {"linux/amd64": ("sha256:a",)}


@pytest.mark.parametrize(
    ("base", "layers", "verdict"),
    [
        pytest.param(WantedBase(name="b", layers=BASE), ("n", "c"), V.FIXED, id="on it"),
        pytest.param(WantedBase(name="b", layers=BASE, old_layers=OLD_BASE), ("a", "c"), V.BASE_NOT_TAKEN, id="on the old"),
        pytest.param(WantedBase(name="b", layers=BASE), ("a", "c"), V.UNKNOWN, id="on another"),
        pytest.param(WantedBase(name="b"), ("n", "c"), V.UNKNOWN, id="its layers are not known"),
        pytest.param(WantedBase(name="b", layers={"linux/amd64": ()}), ("n", "c"), V.UNKNOWN, id="it has no layers"),
        pytest.param(
            WantedBase(name="b", layers={"linux/amd64": ("sha256:a",)}, old_layers={"linux/amd64": ("sha256:a", "sha256:b")}),
            ("a", "b", "c"),
            V.BASE_NOT_TAKEN,
            id="the old one is built on the new",
        ),
    ],
)
def test_a_base_is_shown_by_its_layers(base, layers, verdict):
    assert judged(BEFORE, contents(FIXED, layers=layers), RebuildGoal(base=base)).verdict is verdict
    assert judged(BEFORE, contents(FIXED, layers=layers), RebuildGoal(base=base, packages=(WANTED,))).verdict is verdict


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        pytest.param({}, V.NOT_FIXED, id="its base is not known"),
        pytest.param({"linux/amd64": 1}, V.BASE_NOT_TAKEN, id="the base brought it"),
    ],
)
def test_the_base_that_brought_it_is_named_where_it_is_known(known, verdict):
    new = replace(image("2", after(SSL)), base_layers=known)

    assert judge(image("1", BEFORE), new, GOAL).verdict is verdict


def test_what_a_package_manager_brought_above_a_known_base_came_out_of_a_cache():
    made = contents(replace(SSL, layer="sha256:b"), layers=("a", "b", "d"))
    made = replace(made, layers=tuple(replace(one, created_by="RUN apt-get install -y curl") for one in made.layers))
    before = replace(made, layers=made.layers[:2])

    known = replace(image("2", made), base_layers={"linux/amd64": 1})

    assert judge(image("1", before), known, GOAL).verdict is V.CACHED
    assert judge(image("1", before), image("2", made), GOAL).verdict is V.NOT_FIXED


def test_a_platform_that_could_not_be_opened_is_not_fixed():
    old = image("1", BEFORE, replace(BEFORE, platform="linux/arm64"))
    new = BuiltImage(image="app:1", digest=digest("2"), platforms={"linux/amd64": AFTER, "linux/arm64": "no such blob"})

    found = judge(old, new, GOAL)

    assert (found.verdict, found.platform) == (V.UNKNOWN, "linux/arm64")
    assert found.evidence[0] == "linux/arm64: The new image could not be read: no such blob."


def test_a_new_platform_has_to_be_fixed_as_well():
    new = image("2", AFTER, replace(contents(SSL), platform="linux/arm64"))

    assert judge(image("1", BEFORE), new, GOAL).verdict is V.ONE_PLATFORM
    assert judge(image("1", BEFORE), image("2", AFTER, replace(AFTER, platform="linux/arm64")), GOAL).verdict is V.FIXED


def test_without_a_purpose_nothing_is_known():
    assert judged(BEFORE, AFTER, RebuildGoal()).verdict is V.UNKNOWN


def test_plain_names_of_platforms_are_one():
    assert [plain_platform(f"linux/{each}") for each in ("arm64/v8", "arm/v7", "arm/v6")] == ["linux/arm64", "linux/arm", "linux/arm/v6"]


def test_what_else_it_was_for_and_nobody_can_look_for_is_not_fixed():
    found = judged(BEFORE, AFTER, replace(GOAL, not_known=("CVE-1 is not known of the old image.",)))

    assert (found.verdict, found.evidence[0]) == (V.UNKNOWN, "CVE-1 is not known of the old image.")
    assert judged(BEFORE, after(SSL), replace(GOAL, not_known=("CVE-1 is not known.",))).verdict is V.NOT_FIXED
