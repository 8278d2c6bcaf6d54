"""What is told of an image's base: by what was said of it, judged by the layers. Never a wrong one."""

from datetime import UTC, datetime

import pytest

from bot.model.lineage import Way
from tests.lineage_pairs import EDITS, edited
from tests.lineages import BASE_DIGEST, BASE_NAME

START = datetime(2026, 1, 1, tzinfo=UTC)
DEBIAN, PYTHON = "library/debian", "library/python"


def told(lineage):
    """Base, confidence and the ways in one line."""
    if lineage.base is None:
        return f"unknown: {lineage.unknown}"
    base = lineage.base
    ways = "+".join(claim.way for claim in base.known_by)
    return f"{base.base.repository}:{base.base.tag} {base.confidence} by {ways}"


@pytest.fixture
def bases(world):
    """debian, and python on it; both are in the ledger."""
    debian = world.push(DEBIAN, "12", steps=["RUN debootstrap", "CMD bash"])
    python = world.push(PYTHON, "3.12", on=f"{DEBIAN}:12", steps=["ENV PATH=/usr/local/bin", "RUN build python", "CMD python3"])
    world.remember(f"{DEBIAN}:12")
    world.remember(f"{PYTHON}:3.12")
    return {DEBIAN: debian, PYTHON: python}


def test_layers_alone_tell_what_it_stands_on_and_not_that_nothing_lies_between(world, bases):
    world.push("team/app", on=f"{PYTHON}:3.12")

    found = world.lineage("team/app:1")

    assert told(found) == "library/python:3.12 at least by layers"
    assert found.base.base.digest == bases[PYTHON]
    assert found.base.is_in_the_image
    (claim,) = found.base.known_by
    assert claim.evidence == (
        "its 2 layers are the lowest of 3, and its 5 steps the first ones of the image's history; images that are not known may lie between"
    )
    assert (found.refuted, found.unchecked, found.not_read) == ((), (), ())


@pytest.mark.usefixtures("bases")
def test_an_image_in_between_that_nobody_knows_is_allowed_for(world):
    world.push("team/own-base", on=f"{PYTHON}:3.12")
    world.push("team/app", on="team/own-base:1")

    assert told(world.lineage("team/app:1")) == "library/python:3.12 at least by layers"


@pytest.mark.parametrize("way", ["buildkit v0.2", "buildkit v1", "bundle v1", "bundle v0.2", "att v0.2", "att v1"])
def test_the_base_among_all_that_a_build_used_is_proved_by_its_layers(world, bases, way):
    golang = world.push("library/golang", "1.22", on=f"{DEBIAN}:12", steps=["RUN install go", "CMD go"])
    frontend = world.push("docker/dockerfile", "1", steps=["COPY frontend"])
    world.push("team/app", on=f"{DEBIAN}:12")
    used = [("docker/dockerfile:1", frontend), ("library/golang:1.22", golang), (f"{DEBIAN}:12", bases[DEBIAN])]
    source = {"uri": "https://github.com/team/app.git#refs/heads/main", "digest": {"sha1": "a" * 40}}
    world.attest("team/app", "1", [source, *(world.material(text, digest) for text, digest in used)], way=way)

    found = world.lineage("team/app:1")

    assert told(found) == "library/debian:12 proved by provenance+layers"
    assert found.refuted == (), "of stages and frontends nobody says that they are the base"


def test_the_list_of_all_that_a_build_used_goes_before_longer_layers(world, bases):
    """An image of the same beginning, published from another target of the same Dockerfile, is no base."""
    world.push("team/common", on=f"{DEBIAN}:12", steps=["RUN apt-get install"], mark="shared")
    world.remember("team/common:1")
    world.push("team/app", on="team/common:1", steps=["RUN make"])
    assert told(world.lineage("team/app:1")) == "team/common:1 at least by layers"
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", bases[DEBIAN])])

    assert told(world.lineage("team/app:1")) == "library/debian:12 proved by provenance+layers"


def test_an_annotation_of_what_the_build_did_not_use_is_refuted(world, bases):
    named = {BASE_NAME: world.name(f"{PYTHON}:3.12"), BASE_DIGEST: bases[PYTHON]}
    world.push("team/app", on=f"{PYTHON}:3.12", annotations=named)
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", bases[DEBIAN])])

    found = world.lineage("team/app:1")

    assert told(found) == "library/debian:12 proved by provenance+layers"
    assert "its build did not use it, and used" in found.refuted[0].evidence


@pytest.mark.parametrize("way", ["bundle other v1", "att other v0.2"])
def test_a_list_that_may_be_short_proves_no_direct_base(world, bases, way):
    world.push("team/own-base", on=f"{DEBIAN}:12")
    world.push("team/app", on="team/own-base:1")
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", bases[DEBIAN])], way=way)

    assert told(world.lineage("team/app:1")) == "library/debian:12 at least by provenance+layers"


def test_an_image_of_the_build_that_can_not_be_had_may_be_the_base(world, bases):
    world.push("team/app", on=f"{DEBIAN}:12")
    gone = world.material("team/private:1", "sha256:" + "c" * 64)
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", bases[DEBIAN]), gone])

    assert told(world.lineage("team/app:1")) == "library/debian:12 at least by provenance+layers"


@pytest.mark.parametrize(
    "used",
    [pytest.param([DEBIAN], id="squashed onto nothing"), pytest.param([PYTHON, DEBIAN], id="several")],
)
def test_a_build_on_nothing_is_unknown_with_its_reason(world, bases, used):
    world.push("team/app", steps=["COPY --from=build /app"])
    world.attest("team/app", "1", [world.material(f"{name}:{'12' if name == DEBIAN else '3.12'}", bases[name]) for name in used])

    found = world.lineage("team/app:1")

    assert found.base is None
    assert "the layers of none of the images that its build used" in found.unknown
    assert "built from scratch, squashed, flattened or rebased" in found.unknown


def test_a_stage_of_another_platform_is_looked_at_on_that_one(world):
    """`FROM --platform=$BUILDPLATFORM golang AS build`: there may be no such image for the platform of the app."""
    platforms = ("linux/amd64", "linux/arm64")
    debian = world.push(DEBIAN, "12", steps=["RUN debootstrap"], platforms=platforms)
    golang = world.push("library/golang", "1.22", steps=["RUN install go"], platforms=("linux/amd64", "linux/s390x"))
    world.push("team/app", on=f"{DEBIAN}:12", platforms=platforms)
    stages = [world.material("library/golang:1.22", golang), world.material(f"{DEBIAN}:12", debian)]
    world.attest("team/app", "1", [*stages, world.material(f"{DEBIAN}:12", debian, platform="linux/arm64")], platform="linux/arm64")

    found = world.lineage("team/app:1", "linux/arm64")

    assert told(found) == "library/debian:12 proved by provenance+layers"
    assert world.platform_digest(DEBIAN, "12", "linux/arm64") in found.base.digests


def test_an_annotation_is_proved_by_layers(world, bases):
    world.push("team/app", on=f"{DEBIAN}:12", annotations={BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: bases[DEBIAN]})

    assert told(world.lineage("team/app:1")) == "library/debian:12 proved by annotation+layers"


def test_a_base_that_was_never_seen_is_asked_for_by_its_digest(world):
    debian = world.push(DEBIAN, "12", steps=["RUN debootstrap"])
    world.push(DEBIAN, "12", steps=["RUN debootstrap"], mark="a newer one")
    world.push("team/app", on=f"{DEBIAN}@{debian}", annotations={BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: debian})

    found = world.lineage("team/app:1")

    assert told(found) == "library/debian:12 proved by annotation+layers"
    assert found.base.base.digest == debian
    assert [base.digest for base in world.ledger.bases.of_digest(debian)] == [debian], "it is known from now on"


@pytest.mark.usefixtures("bases")
def test_an_annotation_that_is_wrong_is_refuted_and_told(world):
    alpine = world.push("library/alpine", "3", steps=["RUN apk"])
    world.push("team/app", on=f"{PYTHON}:3.12", annotations={BASE_NAME: world.name("library/alpine:3"), BASE_DIGEST: alpine})

    found = world.lineage("team/app:1")

    assert told(found) == "library/python:3.12 at least by layers"
    (refuted,) = found.refuted
    assert (refuted.way, refuted.base.repository) == (Way.ANNOTATION, "library/alpine")
    assert "its layers are not the lowest" in refuted.evidence


@pytest.mark.parametrize("is_known", [True, False], ids=["the image in between is known", "it is not known"])
def test_a_label_that_was_handed_on_is_no_base(world, bases, is_known):
    labels = {BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: bases[DEBIAN]}
    world.push("team/own-base", on=f"{DEBIAN}:12", labels=labels)
    world.push("team/app", on="team/own-base:1", labels=labels)
    if is_known:
        world.remember("team/own-base:1")

    found = world.lineage("team/app:1")

    if is_known:
        assert told(found) == "team/own-base:1 at least by layers"
        assert "own-base:1, which stands on it, lies between" in found.refuted[0].evidence
    else:
        assert told(found) == "library/debian:12 at least by annotation+layers"
        assert found.refuted == ()


def test_what_nobody_can_check_is_claimed_where_it_is_of_this_image_alone(world):
    gone = "sha256:" + "d" * 64
    world.push("team/app", annotations={BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: gone})
    world.push("team/labelled", labels={BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: gone})

    claimed, labelled = world.lineage("team/app:1"), world.lineage("team/labelled:1")

    assert told(claimed) == "library/debian:12 claimed by annotation"
    assert not claimed.base.is_in_the_image
    assert told(labelled).startswith("unknown: no known image's layers are its lowest")
    assert "not checked" in labelled.unchecked[0].evidence


@pytest.mark.usefixtures("bases")
def test_a_base_that_only_sets_variables_is_told_from_its_own_base_by_the_history(world):
    world.push("team/env-only", on=f"{PYTHON}:3.12", steps=["ENV TEAM=shop"])
    world.remember("team/env-only:1")
    world.push("team/app", on="team/env-only:1", steps=["COPY app"])
    world.push("team/beside", on=f"{PYTHON}:3.12", steps=["COPY app"])

    assert told(world.lineage("team/app:1")) == "team/env-only:1 at least by layers"
    assert told(world.lineage("team/beside:1")) == "library/python:3.12 at least by layers"
    assert told(world.lineage("team/env-only:1")) == "library/python:3.12 at least by layers"
    assert told(world.lineage(f"{PYTHON}:3.12")) == "library/debian:12 at least by layers", "what is built on it is not its base"


@pytest.mark.usefixtures("bases")
def test_an_image_beside_with_the_same_beginning_is_no_base(world):
    """Two targets of one repo, built from one cache: the layers of the smaller one are the lowest of the other."""
    world.push("team/worker", on=f"{DEBIAN}:12", steps=["RUN apt-get install", "CMD worker"], mark="shared")
    world.remember("team/worker:1")
    world.push("team/web", on=f"{DEBIAN}:12", steps=["RUN apt-get install", "RUN assets", "CMD web"], mark="shared")

    assert told(world.lineage("team/web:1")) == "library/debian:12 at least by layers"


def test_only_an_image_beside_is_known(world):
    world.push(DEBIAN, "12", steps=["RUN debootstrap"])
    world.push("team/worker", on=f"{DEBIAN}:12", steps=["RUN apt-get install", "CMD worker"], mark="shared")
    world.remember("team/worker:1")
    world.push("team/web", on=f"{DEBIAN}:12", steps=["RUN apt-get install", "RUN assets", "CMD web"], mark="shared")

    assert "its lowest layers are those of" in world.lineage("team/web:1").unknown


@pytest.mark.usefixtures("bases")
def test_a_known_base_is_not_its_own_base_nor_is_a_copy_of_it(world):
    copy = world.sandbox.store.manifest(DEBIAN, "12")
    world.sandbox.store.add_manifest("mirror/debian", "12", copy.body + b"\n", copy.media_type)

    for text in (f"{DEBIAN}:12", "mirror/debian:12"):
        assert told(world.lineage(text)).startswith("unknown: no known image's layers"), text


@pytest.mark.parametrize("by", ["index", "platform"])
def test_the_digest_of_an_index_and_that_of_its_platform_name_the_same_base(world, by):
    platforms = ("linux/amd64", "linux/arm64")
    index = world.push(DEBIAN, "12", steps=["RUN debootstrap"], platforms=platforms)
    digests = {platform: world.platform_digest(DEBIAN, "12", platform) for platform in platforms}
    world.push("team/app", on=f"{DEBIAN}:12", platforms=platforms)
    world.attest("team/app", "1", [world.material(f"{DEBIAN}:12", index if by == "index" else digests["linux/amd64"])])

    found = world.lineage("team/app:1", "linux/amd64")

    assert told(found) == "library/debian:12 proved by provenance+layers"
    assert digests["linux/amd64"] in found.base.digests
    assert (index in found.base.digests) == (by == "index")
    assert digests["linux/arm64"] not in found.base.digests


def test_a_base_that_is_known_for_another_platform_alone_refutes_nothing(world):
    index = world.push(DEBIAN, "12", steps=["RUN debootstrap"], platforms=("linux/amd64", "linux/arm64"))
    world.remember(f"{DEBIAN}:12", "linux/amd64")
    annotations = {BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: index}
    world.push("team/app", on=f"{DEBIAN}:12", platforms=("linux/arm64",), annotations=annotations)
    world.push("team/other", platforms=("linux/s390x",), annotations=annotations)

    assert told(world.lineage("team/app:1")) == "library/debian:12 proved by annotation+layers"
    other = world.lineage("team/other:1")
    assert other.refuted == ()
    assert told(other) == "library/debian:12 claimed by annotation"


@pytest.mark.parametrize("has_dates", [True, False], ids=["their dates tell which one", "nothing tells which one"])
def test_of_images_made_of_the_same_the_newest_is_named_and_the_others_are_told(world, has_dates):
    made = {}
    for tag in ("12.1", "12.2"):
        created = world.clock() if has_dates else START
        made[tag] = world.push(DEBIAN, tag, steps=["RUN debootstrap"], labels={"build": tag}, mark="same", created=created)
        world.remember(f"{DEBIAN}:{tag}")
    world.push("team/app", on=f"{DEBIAN}:12.1")

    found = world.lineage("team/app:1")

    if has_dates:
        assert told(found) == "library/debian:12.1 at least by layers"
        assert (found.base.also_called, found.base.digests) == ((), {made["12.1"]})
    else:
        assert told(found) == "library/debian:12.2 at least by layers"
        assert found.base.also_called == (f"{world.name(DEBIAN)}:12.1@{made['12.1']}",)
        assert found.base.digests == {*made.values()}


def test_scratch_by_an_annotation_is_no_image(world):
    world.push("team/app", annotations={BASE_NAME: "scratch"})

    assert world.lineage("team/app:1").unknown == "built from scratch: an annotation of its manifest or index says so"


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param({BASE_NAME: "UPPER CASE"}, id="no name"),
        pytest.param({BASE_DIGEST: "sha256:1"}, id="no digest"),
        pytest.param({BASE_DIGEST: "sha256:" + "e" * 64}, id="a digest of nobody"),
        pytest.param({BASE_NAME: "x" * 60_000}, id="long"),
    ],
)
def test_odd_words_are_told_as_such(world, annotations):
    world.push("team/app", annotations=annotations)

    found = world.lineage("team/app:1")

    assert found.base is None
    assert "names no image that is known" in found.not_read[0]
    assert len(found.not_read[0]) < 400


@pytest.mark.parametrize(
    "materials",
    [
        None,
        7,
        [None, 1, [], {}],
        [{"uri": 1}, {"uri": "pkg:docker/"}, {"uri": "pkg:docker/a@b", "digest": {"sha256": "short"}}],
        [{"uri": "pkg:oci/x@sha256%3A1?repository_url=%F0%9F"}],
        [{"uri": "oci://UPPER", "digest": {"sha256": "a" * 64}}] * 300,
    ],
    ids=str,
)
def test_provenance_of_odd_types_ends_in_an_answer(world, materials):
    world.push("team/app")
    world.attest("team/app", "1", [])
    world.attest("team/app", "1", materials if isinstance(materials, list) else [materials])

    assert world.lineage("team/app:1").base is None


@pytest.mark.parametrize(
    ("labels", "annotations", "expected"),
    [
        pytest.param(False, False, "unknown: its lowest layers are those of {host}/library/debian:12, but it has no history", id="no word"),
        pytest.param(True, False, "library/debian:12 at least by annotation+layers", id="a label"),
        pytest.param(False, True, "library/debian:12 proved by annotation+layers", id="an annotation"),
    ],
)
def test_without_a_history_layers_alone_do_not_tell_the_base_from_what_begins_like_it(world, bases, labels, annotations, expected):
    named = {BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: bases[DEBIAN]}
    more = {"labels": named if labels else {}, "annotations": named if annotations else {}}
    world.push("team/app", on=f"{DEBIAN}:12", steps=["RUN make"], **more)
    edited(world, "team/app", EDITS["history lost"])

    assert told(world.lineage("team/app:2")).startswith(expected.format(host=world.host))


def test_an_image_that_adds_no_step_is_on_the_base_that_it_names(world, bases):
    """`FROM` alone, and labels by an option of the builder: layers and history are those of the base."""
    world.push("team/app", on=f"{PYTHON}:3.12", steps=[], labels={"team": "shop"})
    world.attest("team/app", "1", [world.material(f"{PYTHON}:3.12", bases[PYTHON])])
    world.push(
        "team/annotated", on=f"{PYTHON}:3.12", steps=[], annotations={BASE_NAME: f"{world.name(PYTHON)}:3.12", BASE_DIGEST: bases[PYTHON]}
    )
    world.push("team/silent", on=f"{PYTHON}:3.12", steps=[], labels={"team": "other"})

    assert told(world.lineage("team/app:1")) == "library/python:3.12 proved by provenance+layers"
    assert told(world.lineage("team/annotated:1")) == "library/python:3.12 proved by annotation+layers"
    assert told(world.lineage("team/silent:1")) == "library/debian:12 at least by layers", "it may be a copy of python as well"


def test_a_history_that_was_written_anew_leaves_in_doubt_what_an_annotation_says(world, bases):
    def rewrite(_, config):
        config["history"] = [{"created_by": f"step {number}"} for number, _ in enumerate(config["rootfs"]["diff_ids"])]

    named = {BASE_NAME: world.name(f"{DEBIAN}:12"), BASE_DIGEST: bases[DEBIAN]}
    world.push("team/app", on=f"{DEBIAN}:12", annotations=named)
    edited(world, "team/app", rewrite)

    found = world.lineage("team/app:2")

    assert (found.base, found.refuted) == (None, ())
    assert "its layers are the lowest of the image, but its instructions are not the first ones" in found.unchecked[0].evidence
