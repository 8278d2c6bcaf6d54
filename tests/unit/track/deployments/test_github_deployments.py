"""Which image an environment of GitHub runs, and where that is not told."""

from datetime import timedelta

import pytest

from bot.model.deployment import SeenBy
from bot.model.image import ImageReference
from bot.model.runtime import DeploymentRecord, Environment, Environments
from bot.track.deployments.artifact_metadata import recorded
from bot.track.deployments.github_deployments import deployed
from tests.unit.track.deployments.lists import NOW, STAGE_OF, digest

COMMIT = "4" * 40
AT = NOW - timedelta(days=3)
SHOP = ImageReference.parse(f"ghcr.io/acme/shop:1.4.2@{digest(1)}")
AGAIN = ImageReference.parse(f"ghcr.io/acme/shop:1.4.2@{digest(2)}")
WORKER = ImageReference.parse(f"ghcr.io/acme/worker:1.4.2@{digest(3)}")


def environment(name="production", **more):
    return Environment(**{"name": name, "commit": COMMIT, "state": "SUCCESS", "at": AT, **more})


def read(*environments, built=(SHOP,), is_cut=False):
    told = Environments(listed=environments, is_cut=is_cut)
    return deployed("acme/shop", told, {COMMIT: built} if built else {}, STAGE_OF, now=NOW)


def test_the_image_that_says_it_was_built_from_the_commit():
    (found,) = read(environment()).deployments

    assert (found.image, found.stage, found.seen_by, found.is_running) == (SHOP, "production", SeenBy.GITHUB_DEPLOYMENT, True)
    assert (found.where, found.as_of, found.since) == ("acme/shop: environment production at 4444444", NOW, AT)


PAYLOADS = {
    "an image": (f'{{"image": "{WORKER}"}}', [str(WORKER)]),
    "an image and a digest": (f'{{"image": "ghcr.io/acme/worker:1", "digest": "{digest(9)}"}}', [f"ghcr.io/acme/worker:1@{digest(9)}"]),
    "several": (f'{{"images": ["{WORKER}", "{SHOP}"]}}', [str(WORKER), str(SHOP)]),
    "written as text": (f'"{{\\"image\\": \\"{WORKER}\\"}}"', [str(WORKER)]),
}


@pytest.mark.parametrize(("payload", "images"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_what_the_payload_names_is_believed_before_the_commit(payload, images):
    found = read(environment(payload=payload)).deployments

    assert [str(one.image) for one in found] == images
    assert all(one.is_running for one in found)


@pytest.mark.parametrize("payload", ["", "{}", "[", "7", '{"image": 7}', '{"image": "NO//"}', "[" * 9_000, '{"image": "x", "digest": "y"}'])
def test_a_payload_that_names_none_leaves_it_to_the_commit(payload):
    assert [one.image for one in read(environment(payload=payload)).deployments] == [SHOP]


@pytest.mark.parametrize("built", [(SHOP, AGAIN), (SHOP, WORKER)], ids=["rebuilt from the same commit", "several images of a repo"])
def test_where_a_commit_made_several_images_none_is_seen_to_run(built):
    found = read(environment(), built=built).deployments

    assert [one.image for one in found] == list(built)
    assert not any(one.is_running for one in found)
    assert found[0].doubt == "commit 4444444 made 2 images, and the deployment does not say which of them it is"


NOT_TOLD = {
    "failed": (environment(state="FAILURE"), "what runs in production is not told: its last deployment ended as FAILURE on 2026-11-20"),
    "a state that nobody knows": (environment(state="X", at=None), "what runs in production is not told: its last deployment ended as X"),
    "built from by nothing": (environment(commit="5" * 40), "production is at commit 5555555, and no image is known to be built from it"),
}


@pytest.mark.parametrize(("one", "note"), NOT_TOLD.values(), ids=NOT_TOLD.keys())
def test_what_is_not_told_says_why(one, note):
    told = read(one)

    assert (told.deployments, told.notes) == ((), (note,))


@pytest.mark.parametrize("one", [environment(commit=""), environment(state="INACTIVE")], ids=["never", "taken down"])
def test_an_environment_with_nothing_in_it_says_nothing(one):
    assert read(one) == read()


def test_a_stage_by_the_words_of_the_environment():
    names = {"qa": "qa", "prod/eu-1": "production", "shop-live": "production", "review-17": ""}

    assert {one: read(environment(one)).deployments[0].stage for one in names} == names


def test_environments_that_were_not_asked_for_are_a_problem():
    assert read(is_cut=True).problems == ("it has more environments than were asked for, and of the others nothing is told",)


def test_a_deployment_record():
    record = DeploymentRecord(
        digest=digest(1), environment="production", cluster="eu-1", name="shop-web-app", created_at=AT, updated_at=NOW - timedelta(days=1)
    )

    (found,) = recorded("acme", SHOP, [record], STAGE_OF, now=NOW)

    assert (found.image, found.stage, found.is_running) == (SHOP, "production", True)
    assert found.where == "linked artifacts of acme: production, cluster eu-1, shop-web-app"
    assert (found.as_of, found.since) == (NOW - timedelta(days=1), AT)
