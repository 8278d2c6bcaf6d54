"""What bases are made of is looked at once for each digest, a few in each run, and never forgotten."""

from collections import Counter
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from bot.model.dependency import OCI, Dependency, Release
from bot.model.fleet import App
from bot.model.image import Digest
from bot.model.pin import Pin, Role, Site, SiteKind, Span
from bot.model.run import AppDecisions
from bot.model.update import Decision, Propose, Update, UpdateKind, UpToDate
from bot.pipeline.remember_bases import BasesWanted, remember_bases
from tests.lineages import world as made

PLATFORMS = ("linux/amd64", "linux/arm64")
DEBIAN = "library/debian"


@pytest.fixture
def world():
    with made() as found:
        yield found


def wanted(most_new=10, platforms=PLATFORMS):
    return BasesWanted(platforms=platforms, most_new=most_new)


def seen(world, repository, tag, digest):
    dependency = Dependency(datasource=OCI, name=world.name(repository))
    world.ledger.sightings.seen(Release(dependency=dependency, value=tag, digest=digest), world.clock())


def app(world, repository, tag, *, digest=None, to=None, role=Role.FINAL_BASE, platform=None):
    dependency = Dependency(datasource=OCI, name=world.name(repository))
    site = Site(kind=SiteKind.TAG, span=Span(0, 1), line=1, text=tag)
    pin = Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=dependency,
        scheme="docker",
        name=dependency.name,
        value=tag,
        digest=digest,
        sites=(site,),
        role=role,
        platform=platform,
        line=1,
        column=1,
    )
    verdict = UpToDate(pin=pin)
    if to is not None:
        release = Release(dependency=dependency, value=tag, digest=to)
        verdict = Propose(update=Update(pin=pin, release=release, kind=UpdateKind.DIGEST))
    return AppDecisions(app=App(name="shop", repo="team/shop"), decisions=(Decision(pin=pin, verdict=verdict),), skips=())


def requests(world):
    """What was asked of the registry since it was asked last: manifests by name, and blobs."""
    found: Counter[str] = Counter()
    for route, count in world.sandbox.faults.requests.items():
        found[route.split("/")[-2]] += count
    world.sandbox.faults.forget()
    return dict(found)


def test_each_digest_is_looked_at_once_on_each_platform(world):
    old = world.push(DEBIAN, "12", steps=["RUN one"], platforms=PLATFORMS)
    seen(world, DEBIAN, "12", old)
    world.clock.advance(timedelta(days=9))
    new = world.push(DEBIAN, "12", steps=["RUN two"], platforms=PLATFORMS)
    seen(world, DEBIAN, "12", new)
    apps = [app(world, DEBIAN, "12"), app(world, DEBIAN, "12", digest=old, to=new)]

    assert remember_bases(world.lineages, world.ledger, apps, wanted()) == 2

    first = requests(world)
    world.anew()
    assert first == {"manifests": 8, "blobs": 4}, "for each platform the index (kept on disk the second time), a manifest and a config"
    assert world.ledger.bases.known([old, new]) == {(digest, platform) for digest in (old, new) for platform in PLATFORMS}
    assert remember_bases(world.lineages, world.ledger, apps, wanted()) == 0
    assert requests(world) == {}
    world.push("team/app", on=f"{DEBIAN}@{old}", platforms=PLATFORMS)
    assert world.lineage("team/app:1", "linux/arm64").base.base.digest == old


def test_the_newest_come_first_and_the_others_in_later_runs(world):
    digests = []
    for number in range(5):
        digests.append(world.push(DEBIAN, "12", steps=[f"RUN {number}"]))
        seen(world, DEBIAN, "12", digests[-1])
        world.clock.advance(timedelta(days=1))
    apps = [app(world, DEBIAN, "12")]

    for left in (3, 1, 0):
        world.anew()
        remember_bases(world.lineages, world.ledger, apps, wanted(2, ("linux/amd64",)))
        assert {digest for digest, _ in world.ledger.bases.known(digests)} == {*digests[left:]}


def test_what_can_not_be_had_is_asked_for_again_after_a_week_and_stops_nothing(world, tmp_path):
    gone = Digest("sha256:" + "d" * 64)
    seen(world, DEBIAN, "12", gone)
    world.clock.advance(timedelta(days=1))
    there = world.push(DEBIAN, "12", steps=["RUN one"])
    seen(world, DEBIAN, "12", there)
    apps = [app(world, DEBIAN, "12")]
    world.remembering(tmp_path / "memory.json")

    for days, looked in ((0, 2), (1, 0), (7, 1)):
        world.clock.advance(timedelta(days=days))
        world.anew()
        assert remember_bases(world.lineages, world.ledger, apps, wanted(platforms=("linux/amd64",))) == looked
    assert world.ledger.bases.known([gone, there]) == {(there, "linux/amd64")}


@pytest.mark.parametrize(
    ("role", "is_base"), [(Role.FINAL_BASE, True), (Role.ONBUILD_BASE, True), (Role.BUILD_BASE, False), (Role.IMAGE, False)], ids=str
)
def test_only_what_may_lie_below_an_app_is_looked_at(world, role, is_base):
    digest = world.push(DEBIAN, "12", steps=["RUN one"])

    assert remember_bases(world.lineages, world.ledger, [app(world, DEBIAN, "12", digest=digest, role=role)], wanted()) == is_base


def test_the_platform_that_a_pin_names_is_looked_at_besides(world):
    digest = world.push(DEBIAN, "12", steps=["RUN one"], platforms=(*PLATFORMS, "linux/s390x"))

    remember_bases(world.lineages, world.ledger, [app(world, DEBIAN, "12", digest=digest, platform="linux/s390x")], wanted())

    assert {platform for _, platform in world.ledger.bases.known([digest])} == {*PLATFORMS, "linux/s390x"}
