"""Whether two references are one image: proved, refuted, or not known."""

import pytest

from bot.ledger.contents import OpenedImage
from bot.model.exposure import Known
from bot.model.image import ImageReference
from bot.track.deployments.same_image import Kin, is_same_image
from tests.unit.track.deployments.lists import digest

INDEX, OTHER_INDEX, TAGGED_AGAIN = digest(10), digest(20), digest(30)
AMD, ARM, OTHER_AMD, OTHER_ARM = digest(11), digest(12), digest(21), digest(22)


def opened(number, digest, platform):
    return OpenedImage(id=number, digest=digest, platform=platform, not_read=())


PLATFORMS = {AMD: "linux/amd64", ARM: "linux/arm64", OTHER_AMD: "linux/amd64", OTHER_ARM: "linux/arm64"}
IMAGES = [opened(number, one, platform) for number, (one, platform) in enumerate(PLATFORMS.items(), 1)]
OPENED = {image.digest: (image,) for image in IMAGES} | {
    INDEX: tuple(IMAGES[:2]),
    OTHER_INDEX: tuple(IMAGES[2:3]),
    TAGGED_AGAIN: (IMAGES[0], IMAGES[3]),
}

WINDOWS, WIN_A, WIN_B, WIN_C = digest(40), digest(41), digest(42), digest(43)
WINDOWS_IMAGES = [opened(number, one, "windows/amd64") for number, one in enumerate((WIN_A, WIN_B, WIN_C), 10)]
KIN = Kin.of(OPENED | {image.digest: (image,) for image in WINDOWS_IMAGES} | {WINDOWS: tuple(WINDOWS_IMAGES[:2])})

PAIRS = {
    "one of two manifests of a platform": (WINDOWS, WIN_A, Known.YES),
    "the other one": (WINDOWS, WIN_B, Known.YES),
    "one that may stand in it as well": (WINDOWS, WIN_C, Known.UNKNOWN),
    "two of which nobody knows the version": (WIN_A, WIN_B, Known.UNKNOWN),
    "one digest": (INDEX, INDEX, Known.YES),
    "an index and its platform": (INDEX, AMD, Known.YES),
    "an index and its other platform": (INDEX, ARM, Known.YES),
    "an index and another image's platform": (INDEX, OTHER_AMD, Known.NO),
    "an index and a platform of which it was not opened": (OTHER_INDEX, ARM, Known.UNKNOWN),
    "two platforms of one image": (AMD, ARM, Known.UNKNOWN),
    "two images on one platform": (AMD, OTHER_AMD, Known.NO),
    "two indexes": (INDEX, OTHER_INDEX, Known.NO),
    "two indexes that share one platform": (INDEX, TAGGED_AGAIN, Known.UNKNOWN),
    "never opened": (INDEX, digest(99), Known.UNKNOWN),
    "both never opened": (digest(98), digest(99), Known.UNKNOWN),
    "a tag alone": (None, AMD, Known.UNKNOWN),
    "two tags alone": (None, None, Known.UNKNOWN),
}


@pytest.mark.parametrize(("one", "other", "answer"), PAIRS.values(), ids=PAIRS.keys())
def test_two_references(one, other, answer):
    a = ImageReference.parse("ghcr.io/acme/shop:1.4.2").at(tag="1.4.2", digest=one)
    b = ImageReference.parse("mirror.example/shop").at(digest=other)

    assert is_same_image(a, b, KIN) is answer
    assert is_same_image(b, a, KIN) is answer
