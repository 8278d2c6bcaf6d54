"""Each image of an update is opened once in a run, whoever asks."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from bot.model.assessment import Assessment
from bot.model.contents import Contents
from bot.model.dependency import HELM, OCI, Dependency, Release
from bot.model.failure import ToldError
from bot.model.image import Digest, ImageReference, Platform
from bot.model.pin import Pin, Role
from bot.model.update import Update, UpdateKind
from bot.pipeline.steps import ImageSteps
from tests.image_steps import OSV, hole, image

DIGEST = Digest(f"sha256:{'a' * 64}")


def update(new: str = "1.28", *, datasource: str = OCI, role: Role = Role.IMAGE, platform: str | None = None) -> Update:
    pin = Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=Dependency(datasource=datasource, name="docker.io/library/nginx"),
        name="nginx",
        scheme="docker",
        value="1.27",
        digest=DIGEST,
        role=role,
        sites=(),
        line=1,
        column=1,
        platform=platform,
    )
    return Update(pin=pin, release=Release(dependency=pin.dependency, value=new), kind=UpdateKind.MINOR)


class Registry:
    """What was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Platform | None]] = []

    def inspect(self, reference: ImageReference, platform: Platform | None) -> Contents:
        self.asked.append((str(reference), platform))
        if reference.tag == "broken":
            raise ToldError("no such image")
        return replace(image(), image=str(reference))


def assess(contents: Contents) -> Assessment:
    holes = (hole("CVE-1", told_by=("OSV",)),) if DIGEST in contents.image else ()
    return Assessment(holes=holes, checked=contents.packages, data=(OSV,))


def test_two_apps_with_the_same_update_open_each_image_once():
    registry = Registry()
    steps = ImageSteps(registry.inspect, assess)

    first, second, other = steps.of(update()), steps.of(update()), steps.of(update("1.29"))

    assert first is second
    assert first is not None
    assert str(first.holes) == "closes 1 hole (1 high), leaves none known, brings none known"
    assert other is not None
    assert [asked for asked, _ in registry.asked] == [
        f"docker.io/library/nginx:1.27@{DIGEST}",
        "docker.io/library/nginx:1.28",
        "docker.io/library/nginx:1.29",
    ]


def test_what_cannot_be_opened_is_asked_for_once():
    registry = Registry()
    steps = ImageSteps(registry.inspect, assess)

    for _ in range(2):
        with pytest.raises(ToldError, match="no such image"):
            steps.of(update("broken"))

    assert len(registry.asked) == 2


def test_a_pin_of_a_platform_is_opened_for_it():
    registry = Registry()

    ImageSteps(registry.inspect, assess).of(update(platform="linux/arm64"))

    assert {platform for _, platform in registry.asked} == {Platform(os="linux", architecture="arm64")}


@pytest.mark.parametrize(
    "other",
    [pytest.param(update(datasource=HELM), id="a chart repository's"), pytest.param(update(role=Role.CHART), id="a chart in a registry")],
)
def test_what_is_no_image_is_not_opened(other):
    registry = Registry()

    assert ImageSteps(registry.inspect, assess).of(other) is None
    assert registry.asked == []
