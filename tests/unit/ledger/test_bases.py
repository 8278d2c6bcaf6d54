"""The history of bases: found by digest of index and manifest, and by their layers."""

import pytest

from bot.ledger.bases import BaseImage
from tests.ledgers import START, digest

AMD, ARM = "linux/amd64", "linux/arm64"
OLD, NEW, SINGLE = digest(1), digest(2), digest(3)
OLD_AMD, OLD_ARM, NEW_ARM = digest(11), digest(12), digest(22)


def base(of, manifest, platform, chain, name="docker.io/library/debian"):
    return BaseImage(digest=of, manifest=manifest, platform=platform, name=name, chain=chain, layers=1, first_seen=START)


@pytest.fixture
def bases(ledger):
    """Of two indexes the newer one is another image on arm64 alone; a copy elsewhere is of amd64 alone."""
    ledger.bases.record(
        [base(OLD, OLD_AMD, AMD, "a"), base(OLD, OLD_ARM, ARM, "b"), base(NEW, OLD_AMD, AMD, "a"), base(NEW, NEW_ARM, ARM, "c")]
    )
    ledger.bases.record([base(SINGLE, SINGLE, AMD, "a", name="mirror.example/debian")])
    return ledger.bases


@pytest.mark.parametrize(
    ("of", "platform", "alike"),
    [
        pytest.param(OLD, AMD, {OLD, NEW, OLD_AMD, SINGLE}, id="on the platform that did not change"),
        pytest.param(OLD, ARM, {OLD, OLD_ARM}, id="on the one that did"),
        pytest.param(OLD, "linux/arm64/v8", {OLD, OLD_ARM}, id="a variant that it has anyway"),
        pytest.param(OLD, "", {OLD, OLD_AMD, OLD_ARM}, id="on all platforms"),
        pytest.param(OLD_AMD, "", {OLD, NEW, OLD_AMD, SINGLE}, id="a manifest is of one platform"),
        pytest.param(SINGLE, "", {OLD, NEW, OLD_AMD, SINGLE}, id="an image of one platform"),
        pytest.param(digest(99), "", {digest(99)}, id="never seen"),
    ],
)
def test_what_is_made_of_the_same_layers_is_alike(bases, of, platform, alike):
    assert bases.alike(of, platform) == alike


def test_a_digest_never_changes_its_content_so_that_the_first_record_stays(bases):
    bases.record([base(OLD, OLD_AMD, AMD, "z")])

    assert [image.chain for image in bases.of_digest(OLD)] == ["a", "b"]
    assert [image.digest for image in bases.of_digest(OLD_AMD)] == [OLD, NEW]
    assert {image.digest for image in bases.with_chains(["c", ""])} == {NEW}
    assert bases.known([OLD, digest(99)]) == {(OLD, AMD), (OLD, ARM)}


def test_images_without_layers_are_like_no_other(ledger):
    ledger.bases.record([base(OLD, OLD, AMD, ""), base(NEW, NEW, AMD, "")])

    assert ledger.bases.alike(OLD) == {OLD}
