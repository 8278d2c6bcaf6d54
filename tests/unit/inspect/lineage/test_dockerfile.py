"""The Dockerfile at an image's commit, with the digest that its tag stood at on the day: heard, and judged by the layers."""

from datetime import timedelta

import pytest

from bot.inspect.lineage.detector import NotHeard
from bot.inspect.lineage.dockerfile import WrittenBase
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import Digest

DEBIAN = "library/debian"
REVISION = "a" * 40
LABELS = {"org.opencontainers.image.revision": REVISION}
GONE = Digest("sha256:" + "d" * 64)


def seen(world, digest, tag="12", repository=DEBIAN):
    dependency = Dependency(datasource=OCI, name=world.name(repository))
    world.ledger.sightings.seen(Release(dependency=dependency, value=tag, digest=digest), world.clock())
    world.clock.advance(timedelta(days=7))


def seen_again(world, digest, **more):
    world.clock.advance(timedelta(days=7))
    seen(world, digest, **more)


def reading(world, *bases, problem=None):
    """Whoever asks for the Dockerfiles at the commit is told these bases."""

    def written(image, revision):
        assert (image.repository, revision) == ("team/app", REVISION)
        return problem or tuple(WrittenBase(base=world.reference(base), file=f"{number}/Dockerfile") for number, base in enumerate(bases))

    world.lineages = world.lineages.with_dockerfiles(written)


def told(lineage):
    if lineage.base is None:
        return "unknown"
    digest = lineage.base.base.digest[7:10] if lineage.base.base.digest else lineage.base.base.tag
    return f"{digest} {lineage.base.confidence} by {'+'.join(claim.way for claim in lineage.base.known_by)}"


def short(digest):
    return digest[7:10]


@pytest.fixture
def debian(world):
    """The tag stood at one digest, then at another one."""
    digests = []
    for number in range(2):
        digests.append(world.push(DEBIAN, "12", steps=[f"RUN {number}"]))
        seen(world, digests[-1])
        world.remember(f"{DEBIAN}:12")
    return digests


def test_the_digest_on_the_day_of_the_build_is_the_one_that_is_named(world, debian):
    old, new = debian
    world.push("team/app", on=f"{DEBIAN}@{new}", labels=LABELS)
    seen_again(world, new)
    reading(world, f"{DEBIAN}:12")

    found = world.lineage("team/app:1")

    assert told(found) == f"{short(new)} at least by layers+Dockerfile"
    assert "0/Dockerfile at aaaaaaaaaaaa names it, and its tag stood at this digest at" in found.base.known_by[1].evidence
    assert old != new


@pytest.mark.parametrize("is_seen_again", [True, False], ids=["seen there before and after", "not seen since"])
def test_a_build_that_took_an_older_one_out_of_its_cache_is_a_finding(world, debian, is_seen_again):
    old, new = debian
    world.push("team/app", on=f"{DEBIAN}@{old}", labels=LABELS)
    if is_seen_again:
        seen_again(world, new)
    reading(world, f"{DEBIAN}:12")

    found = world.lineage("team/app:1")

    assert told(found) == f"{short(old)} at least by layers"
    assert [claim.base.digest for claim in found.refuted] == ([new] if is_seen_again else [])
    if is_seen_again:
        assert "the build took another one, an older one for instance" in found.refuted[0].evidence


@pytest.mark.parametrize("is_seen_again", [True, False], ids=["seen there before and after", "not seen since"])
def test_what_nobody_can_check_is_inferred_without_its_digest(world, is_seen_again):
    seen(world, GONE)
    world.push("team/app", labels=LABELS)
    if is_seen_again:
        seen_again(world, GONE)
    reading(world, f"{DEBIAN}:12")

    assert told(world.lineage("team/app:1")) == ("12 inferred by Dockerfile" if is_seen_again else "unknown")


def test_a_digest_in_the_file_needs_no_day(world, debian):
    world.push("team/app", on=f"{DEBIAN}@{debian[0]}", labels=LABELS)
    reading(world, f"{DEBIAN}:12@{debian[0]}")

    assert told(world.lineage("team/app:1")) == f"{short(debian[0])} at least by layers+Dockerfile"


def test_a_build_before_anybody_looked_names_a_tag_and_no_digest(world):
    world.push("team/app", labels=LABELS)
    world.clock.advance(timedelta(days=1))
    seen(world, GONE)
    reading(world, f"{DEBIAN}:12")

    found = world.lineage("team/app:1")

    assert found.base is None
    assert "not checked: it names a tag and no digest" in found.unchecked[0].evidence


def test_of_several_dockerfiles_none_is_inferred_and_none_refuted(world, debian):
    seen(world, GONE, repository="library/alpine", tag="3")
    world.push("team/app", labels=LABELS)
    world.push("team/other", on=f"{DEBIAN}@{debian[1]}", labels=LABELS)
    reading(world, f"{DEBIAN}:12", "library/alpine:3")

    found = world.lineage("team/app:1")

    assert (told(found), found.refuted) == ("unknown", ())


@pytest.mark.parametrize("labels", [{}, LABELS], ids=["no commit", "no such commit"])
def test_without_a_commit_nothing_is_said(world, labels):
    world.push("team/app", labels=labels)
    reading(world, problem=NotHeard(what="Dockerfiles at aaaaaaaaaaaa", reason="no such commit"))

    found = world.lineage("team/app:1")

    assert found.base is None
    assert found.not_read == (("Dockerfiles at aaaaaaaaaaaa: no such commit",) if labels else ())
