"""What is proved is kept in the ledger and nobody is asked again; what may become known is asked for each time."""

from datetime import UTC, datetime

import pytest

from bot.inspect.lineage import kept
from bot.inspect.lineage.detector import NotHeard
from bot.inspect.lineage.kept import packed, unpacked
from bot.model.image import Digest, ImageReference
from bot.model.lineage import Claim, Confidence, FoundBase, Lineage, Way
from bot.sandbox.faults import ServerError
from tests.lineages import BASE_DIGEST, BASE_NAME

DEBIAN = "library/debian"


@pytest.fixture
def debian(world):
    digest = world.push(DEBIAN, "12", steps=["RUN debootstrap", "CMD bash"])
    world.remember(f"{DEBIAN}:12")
    return digest


def asked(world, text, platform=None):
    """The lineage in another run, and how many requests it took."""
    world.anew()
    world.sandbox.faults.forget()
    found = world.lineage(text, platform)
    return found, world.sandbox.faults.count()


def attested(world, debian):
    digest = world.push("team/app", on=f"{DEBIAN}:12")
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", debian)], way="att buildkit v1")
    return digest


def test_what_is_proved_is_asked_for_once(world, debian):
    digest = attested(world, debian)
    first, requests = asked(world, f"team/app@{digest}")
    again, none = asked(world, f"team/app@{digest}")

    assert first.base.confidence is Confidence.PROVED
    assert (requests > 0, none) == (True, 0)
    assert again == first
    assert asked(world, f"team/app@{digest}", "linux/amd64")[1] > 0, "another question"


def test_other_code_finds_it_anew(world, debian, monkeypatch):
    digest = attested(world, debian)
    asked(world, f"team/app@{digest}")
    monkeypatch.setattr("bot.inspect.lineage.lineages.judging_form", lambda: "newer code")

    assert asked(world, f"team/app@{digest}")[1] > 0
    assert asked(world, f"team/app@{digest}")[1] == 0


def test_what_may_become_known_is_asked_for_again(world, debian):
    digest = world.push("team/app", on=f"{DEBIAN}:12")
    unknown, _ = asked(world, f"team/app@{digest}")
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", debian)], way="bundle buildkit v1")

    known, requests = asked(world, f"team/app@{digest}")

    assert unknown.base.confidence is Confidence.AT_LEAST
    assert (known.base.confidence, requests > 0) == (Confidence.PROVED, True)


def test_an_annotation_may_turn_out_to_be_that_of_an_image_in_between(world, debian):
    named = {BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: debian}
    world.push("team/own-base", on=f"{DEBIAN}:12", annotations=named)
    digest = world.push("team/app", on="team/own-base:1", annotations=named)
    first, _ = asked(world, f"team/app@{digest}")
    world.remember("team/own-base:1")

    again, _ = asked(world, f"team/app@{digest}")

    assert (first.base.base.repository, first.base.confidence) == (DEBIAN, Confidence.PROVED)
    assert (again.base.base.repository, again.base.confidence) == ("team/own-base", Confidence.AT_LEAST)


def test_what_failed_may_tell_more_the_next_time(world, debian):
    digest = attested(world, debian)
    world.sandbox.faults.switch_on("*referrers*", ServerError())
    failed, _ = asked(world, f"team/app@{digest}")
    world.sandbox.faults.switch_off()

    assert failed.not_read
    assert failed.base.confidence is Confidence.PROVED
    assert asked(world, f"team/app@{digest}")[0].not_read == ()


def test_a_record_comes_back_as_it_was():
    digest, image = Digest("sha256:" + "a" * 64), ImageReference.parse("docker.io/library/debian:12")
    claim = Claim(way=Way.PROVENANCE, base=image.at(digest=digest), platform="linux/arm64", evidence="it says so")
    found = FoundBase(base=image, confidence=Confidence.PROVED, known_by=(claim,), digests=frozenset({digest}), also_called=("b", "a"))
    lineage = Lineage(
        image=image,
        digest=digest,
        index_digest=digest,
        platform="linux/arm64",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        revision="a",
        base=found,
        refuted=(claim,),
        unchecked=(claim,),
    )

    assert unpacked(packed(lineage)) == lineage
    assert isinstance(unpacked(packed(lineage)).base.base.digest, Digest | None)
    assert len(kept.judging_form()) == 16


def test_a_dockerfile_that_is_not_there_keeps_nobody_from_remembering_what_is_proved(world, debian):
    digest = world.push("team/app", on=f"{DEBIAN}:12", labels={"org.opencontainers.image.revision": "a" * 40})
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", debian)], way="att buildkit v1")
    missing = NotHeard(what="Dockerfiles at aaaaaaaaaaaa", reason="the commit is not in the clone")
    world.lineages = world.lineages.with_dockerfiles(lambda *_: missing)

    first = world.lineage(f"team/app@{digest}")
    again, none = asked(world, f"team/app@{digest}")

    assert (first.base.confidence, first.not_read) == (Confidence.PROVED, (str(missing),))
    assert (again.base, again.not_read, none) == (first.base, (), 0)
