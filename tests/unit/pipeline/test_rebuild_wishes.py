"""Which published images are to be rebuilt, told by the layers of real images."""

from dataclasses import replace

import pytest

from bot.inspect.chain import chains
from bot.model.image import ImageReference
from bot.model.lineage import Confidence, FoundBase, Lineage
from bot.model.rebuild_order import RebuildEvent, RebuildPolicy, RebuildRule, RebuildStep, RebuildWish
from bot.pipeline.rebuild_wishes import Builds, Published, wish_again, wish_for
from tests.rebuilds import DEBIAN, FIX, LONG_AGO, NEW, OLD, World, running_registry

BUILDS = Builds(app="acme/shop", repo="acme/shop", default_branch="main", release="v1")
RULE = RebuildRule(policy=RebuildPolicy.DISPATCH, name="release.yml")
BOTH = ("linux/amd64", "linux/arm64")


@pytest.fixture(scope="module")
def world():
    with running_registry() as running:
        made = World(registry=running, name="wishes", distribution=DEBIAN)
        made.push("old", made.base("old", made.versions(), LONG_AGO), made.copy("1", OLD), at=OLD, platforms=BOTH)
        made.push("new", made.base("new", made.all_fixed, FIX), made.copy("1", NEW), at=NEW, platforms=BOTH)
        yield made


def digest(world, repository, tag):
    return world.sandbox.store.manifest(*world.at(repository, tag)).digest


def lineage(world, confidence=Confidence.PROVED, **more):
    base = world.reference("base", "old").at(tag="old", digest=digest(world, "base", "old"))
    found = FoundBase(base=base, confidence=confidence, known_by=(), digests=frozenset({base.digest}))
    return Lineage(**{"image": base, "digest": base.digest, "base": found, **more})


def published(world, tag="1.0", **more):
    base = world.reference("base", "new").at(tag="new", digest=digest(world, "base", "new"))
    told = {"image": world.reference("app", tag), "digest": digest(world, "app", tag), "base": base, "lineage": lineage(world)}
    return Published(**{**told, **more})


def wished(world, image):
    return wish_for(image, BUILDS, RULE, lambda reference: chains(world.registry.client, reference))


def test_an_image_on_an_older_base_is_to_be_rebuilt(world):
    wish = wished(world, published(world))

    assert isinstance(wish, RebuildWish)
    assert (wish.base, wish.base_digest, wish.rule) == (str(world.reference("base", "new")), digest(world, "base", "new"), RULE)
    assert wish.goal.base.layers == world.chain("new")
    assert wish.goal.base.old_layers == world.chain("old")


def test_one_that_stands_on_it_is_not(world):
    assert wished(world, published(world, "1.1")) is None


def test_one_that_stands_on_it_on_one_platform_alone_is(world):
    world.sandbox.push_image(*world.at("half", "amd64"), layers=[world.copy("1", NEW)], base=world.at("base", "new"))
    half = chains(world.registry.client, world.reference("half", "amd64"))
    old = chains(world.registry.client, world.reference("app", "1.0"))

    def mixed(reference):
        return {**old, **half} if "/app" in reference.repository else chains(world.registry.client, reference)

    assert isinstance(wish_for(published(world), BUILDS, RULE, mixed), RebuildWish)


@pytest.mark.parametrize(
    ("more", "doubt"),
    [
        pytest.param({"lineage": None}, "the base of the published image is not known", id="nobody looked"),
        pytest.param({"base": None, "unknown": "squashed"}, "squashed", id="unknown"),
        pytest.param({"confidence": Confidence.CLAIMED}, "the base of the published image is only claimed", id="claimed"),
    ],
)
def test_where_the_base_is_not_certain_nothing_is_started_and_it_is_said_why(world, more, doubt):
    known = more["lineage"] if "lineage" in more else lineage(world, **more)

    wish = wished(world, published(world, lineage=known))

    assert (wish.rule.policy, wish.doubt) == (RebuildPolicy.REPORT, doubt)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"base": ImageReference.parse("base:1")}, "At which digest docker.io/library/base:1 stands", id="no digest"),
        pytest.param({"image": ImageReference.parse("127.0.0.1:1/none:1")}, "127.0.0.1:1", id="the image can't be had"),
    ],
)
def test_what_is_not_known_is_said(world, more, said):
    found = wished(world, published(world, **more))

    assert isinstance(found, str)
    assert said in found


def test_a_base_without_the_platform_is_said(world):
    world.sandbox.push_image(*world.at("base", "one"), layers=[{"x": b"1"}])
    base = world.reference("base", "one").at(tag="one", digest=digest(world, "base", "one"))

    assert "is not for linux/arm64" in wished(world, published(world, base=base))


def test_what_was_asked_for_is_wished_again_as_it_was(world):
    wish = wished(world, published(world))
    asked = RebuildEvent(key=wish.key, attempt=1, step=RebuildStep.ASKED, at=NEW, digest=wish.published, said=wish.base)

    def by_registry(reference):
        return chains(world.registry.client, reference)

    again = wish_again(wish.key, [asked], BUILDS, RULE, by_registry)

    assert (again.key, again.published, again.goal.base.layers) == (wish.key, wish.published, wish.goal.base.layers)
    assert "not known any more" in wish_again(wish.key, [], BUILDS, RULE, by_registry)
    assert "not a tag" in wish_again(wish.key, [replace(asked, said="Not:One:")], BUILDS, RULE, by_registry)
