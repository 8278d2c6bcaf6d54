"""What is not attached to an image is asked for once in some days; what failed, or was there, each time."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot.clients.oci.session import NotFoundError, RegistryError
from bot.clients.short_memory import ShortMemory
from bot.inspect.attached.quiet import QuietRegistry
from bot.model.image import ImageReference

NOW = datetime(2026, 6, 1, tzinfo=UTC)
COSIGNS = f"ghcr.io/acme/app:sha256-{'a' * 64}.att"
DIGEST = f"ghcr.io/acme/app@sha256:{'a' * 64}"


class Asked:
    """A registry that answers as it is told, and counts."""

    def __init__(self, answer):
        self.answer, self.count = answer, Counter()

    def manifest(self, reference):
        return self._answered("manifest", reference)

    def referrers(self, reference):
        return self._answered("referrers", reference)

    def _answered(self, what, reference):
        self.count[f"{what} {reference}"] += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def memory(tmp_path):
    return ShortMemory(tmp_path / "memory.json")


def quiet(asked, memory, days=0):
    return QuietRegistry(registry=asked, memory=memory, now=lambda: NOW + timedelta(days=days))


@pytest.mark.parametrize(("days", "count"), [pytest.param(2.9, 1, id="within three days"), pytest.param(3, 2, id="after three days")])
def test_a_tag_of_cosign_that_is_not_there(memory, days, count):
    asked = Asked(NotFoundError("not there", status=404))

    for moment in (0, days):
        with pytest.raises(NotFoundError):
            quiet(asked, memory, moment).manifest(ImageReference.parse(COSIGNS))

    assert asked.count.total() == count


def test_nothing_refers_to_it(memory):
    asked = Asked(())

    assert [quiet(asked, memory, day).referrers(ImageReference.parse(DIGEST)) for day in (0, 1)] == [(), ()]
    assert asked.count.total() == 1


@pytest.mark.parametrize("name", ["ghcr.io/acme/app:1.0", DIGEST])
def test_an_image_itself_is_always_asked_for(memory, name):
    asked = Asked(NotFoundError("not there", status=404))

    for _ in range(2):
        with pytest.raises(NotFoundError):
            quiet(asked, memory).manifest(ImageReference.parse(name))

    assert asked.count.total() == 2


def test_a_failure_is_no_absence(memory):
    asked = Asked(RegistryError("502", status=502))

    for _ in range(2):
        with pytest.raises(RegistryError):
            quiet(asked, memory).manifest(ImageReference.parse(COSIGNS))
        with pytest.raises(RegistryError):
            quiet(asked, memory).referrers(ImageReference.parse(DIGEST))

    assert asked.count.total() == 4


def test_what_is_there_is_asked_for_again(memory):
    asked = Asked(("a referrer",))

    for _ in range(2):
        assert quiet(asked, memory).referrers(ImageReference.parse(DIGEST)) == ("a referrer",)

    assert asked.count.total() == 2
