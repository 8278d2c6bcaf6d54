"""What two images tell of an update."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from bot.decide.image_evidence import ImageEvidence
from bot.model.dependency import Dependency, Release
from bot.model.image import Digest
from bot.model.notes import ImageFacts
from bot.model.pin import Pin, Role
from bot.model.update import Update, UpdateKind

NGINX = Dependency(datasource="oci", name="docker.io/library/nginx")
OLD, NEW = Digest("sha256:" + "1" * 64), Digest("sha256:" + "2" * 64)
BOTH = ("linux/amd64", "linux/arm64/v8")
SAME = ImageFacts(diff_ids=("a", "b"), user="app", platforms=BOTH)


def update(*, platform=None, kind=UpdateKind.DIGEST, role=Role.IMAGE, digest=OLD):
    pin = Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=NGINX,
        name="nginx",
        scheme="docker",
        value="1.25",
        digest=digest,
        role=role,
        sites=(),
        line=1,
        column=1,
        platform=platform,
    )
    return Update(pin=pin, release=Release(dependency=NGINX, value="1.25", digest=NEW), kind=kind)


def evidence(old, new):
    """`new` is the facts for every platform, or a table of them."""
    asked = []

    def facts(image, platform):
        asked.append((str(image), platform and str(platform)))
        known = old if image.digest != NEW else new
        return known.get(platform and str(platform), SAME) if isinstance(known, dict) else known

    def platforms_of(image):
        asked.append(str(image))
        known = old if image.digest != NEW else new
        return known.platforms

    made = ImageEvidence(facts, platforms_of)
    return made, asked


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, True, id="nothing-changed"),
        pytest.param({"labels": {"org.opencontainers.image.created": "2026-01-01"}, "size_bytes": 7}, True, id="only-provenance"),
        pytest.param({"labels": {"tier": "web"}}, False, id="a-label-that-means-something"),
        pytest.param({"diff_ids": ("a", "c")}, False, id="a-layer"),
        pytest.param({"user": "root"}, False, id="the-user"),
        pytest.param({"environment": ("A=1",)}, False, id="the-environment"),
        pytest.param({"healthcheck": ("CMD", "true")}, False, id="the-healthcheck"),
        pytest.param({"volumes": ("/data",)}, False, id="a-volume"),
    ],
)
def test_no_op(change, expected):
    made, _ = evidence(SAME, replace(SAME, **change))

    assert made.is_no_op(update()) is expected


def test_no_op_on_one_platform_is_none_on_the_other():
    made, asked = evidence(SAME, {"linux/arm64/v8": replace(SAME, diff_ids=("a", "c"))})

    assert not made.is_no_op(update())
    assert made.is_no_op(update(platform="linux/amd64"))
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    "the_update",
    [update(kind=UpdateKind.PATCH), update(role=Role.CHART)],
    ids=["another-version", "a-chart"],
)
def test_never_a_no_op(the_update):
    made, _ = evidence(SAME, SAME)

    assert not made.is_no_op(the_update)


def test_images_without_layers_are_not_the_same():
    made, _ = evidence(ImageFacts(), ImageFacts())

    assert not made.is_no_op(update())


@pytest.mark.parametrize(
    ("platform", "new_platforms", "expected"),
    [
        (None, BOTH, ()),
        (None, ("linux/amd64", "linux/arm64"), ()),
        (None, ("linux/amd64",), ("linux/arm64",)),
        ("linux/amd64", ("linux/amd64",), ()),
        ("linux/arm64", ("linux/amd64",), ("linux/arm64",)),
        ("linux/s390x", ("linux/amd64",), ()),
        (None, (), ()),
    ],
)
def test_lost_platforms(platform, new_platforms, expected):
    made, _ = evidence(SAME, replace(SAME, platforms=new_platforms))

    assert made.lost_platforms(update(platform=platform, kind=UpdateKind.MINOR)) == expected


def test_only_needed_platforms_are_missed():
    made, asked = evidence(replace(SAME, platforms=(*BOTH, "linux/s390x")), SAME)

    assert made.lost_platforms(update(kind=UpdateKind.MINOR)) == ()
    assert asked == [f"docker.io/library/nginx:1.25@{NEW}"], "the image in use is asked for only where the release lacks something"


def test_other_platforms_may_be_needed():
    mainframe = ("linux/s390x",)
    made = ImageEvidence(lambda *_: SAME, lambda image: BOTH if image.digest == NEW else (*BOTH, *mainframe), needed=mainframe)

    assert made.lost_platforms(update(kind=UpdateKind.MINOR)) == mainframe


@pytest.mark.parametrize(
    ("built", "built_anew", "is_older", "is_newer"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), True, False),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), False, False),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), False, True),
        (None, datetime(2026, 1, 1, tzinfo=UTC), False, False),
        (datetime(2026, 1, 2, tzinfo=UTC), None, False, False),
    ],
)
def test_which_was_built_earlier(built, built_anew, is_older, is_newer):
    made, _ = evidence(replace(SAME, created_at=built), replace(SAME, created_at=built_anew))

    assert (made.is_older_build(update()), made.is_newer_build(update())) == (is_older, is_newer)
    assert not made.is_older_build(update(kind=UpdateKind.MINOR))
    assert not made.is_newer_build(update(kind=UpdateKind.MINOR))


def test_a_failing_registry_proves_nothing():
    asked = []

    def facts(image, platform):
        asked.append((image, platform))
        raise TimeoutError(f"{image} {platform}")

    made = ImageEvidence(facts, lambda image: facts(image, None), step_of=lambda update: facts(update.new_image, "opened"))

    assert not made.is_no_op(update())
    assert not made.is_older_build(update())
    assert made.lost_platforms(update()) == ()
    assert made.step(update()) is None
    assert len(asked) == 4
