"""What linked artifacts are told: only what is seen to run, and is not there already."""

from dataclasses import replace

import pytest

from bot.model.deployment import Deployment, SeenBy, Spot
from bot.model.image import ImageReference
from bot.model.runtime import DeploymentRecord, NewRecord, Origin
from bot.track.deployments.to_record import to_record, unknown_to
from tests.unit.track.deployments.lists import NOW, digest

SPOT = Spot(cluster="eu-1", namespace="shop", workload="deployment web", container="app")
REPO_OF = {"ghcr.io/acme/shop": "shop"}
GROUP = ("eu-1", "production")


def running(number=1, **more):
    image = ImageReference.parse("ghcr.io/acme/shop:1.4.2").at(tag="1.4.2", digest=digest(number))
    told = {"image": image, "stage": "production", "seen_by": SeenBy.INVENTORY, "where": "x", "as_of": NOW, "spot": SPOT}
    return Deployment(**{**told, **more})


WEB = Origin(namespace="shop", workload="deployment web", container="app")


def record(number=1, name="shop-web-app", origin=WEB):
    return NewRecord(image="ghcr.io/acme/shop", digest=digest(number), tag="1.4.2", name=name, repo="shop", origin=origin)


def test_what_is_seen_to_run_by_the_name_that_github_advises():
    assert to_record([running()], REPO_OF).records == {GROUP: [record()]}


NOT_TOLD = {
    "written": running(seen_by=SeenBy.MANIFEST),
    "told by GitHub itself": running(seen_by=SeenBy.ARTIFACT_METADATA),
    "in doubt": running(doubt="Argo CD says Progressing"),
    "its digest by the tag": running(is_digest_by_tag=True),
    "no digest": running(image=ImageReference.parse("ghcr.io/acme/shop:1.4.2")),
    "no sha256": running(image=ImageReference.parse(f"ghcr.io/acme/shop@sha512:{1:0128x}")),
    "published by others": running(image=ImageReference.parse(f"docker.io/library/redis@{digest(1)}")),
    "no cluster": running(spot=Spot(namespace="shop", workload="deployment web")),
    "a cluster that is a path": running(spot=Spot(cluster="a/../b", workload="deployment web")),
    "no stage": running(stage=""),
    "a name that is too long": running(spot=Spot(cluster="eu-1", namespace="n" * 253, workload="deployment web")),
    "no place": running(spot=None),
}


@pytest.mark.parametrize("one", NOT_TOLD.values(), ids=NOT_TOLD.keys())
def test_what_is_not_beyond_doubt_is_not_told(one):
    assert to_record([one], REPO_OF).records == {}


def test_two_digests_in_one_place_are_a_rollout_and_not_told():
    other = running(3, spot=Spot(cluster="eu-1", namespace="shop", workload="deployment jobs", container="app"))

    told = to_record([running(1), running(2), other], REPO_OF)

    assert told.records == {GROUP: [record(3, "shop-jobs-app", replace(WEB, workload="deployment jobs"))]}
    assert told.rolling == 1


def there(number=1, environment="production", cluster="eu-1", name="shop-web-app"):
    return DeploymentRecord(digest=digest(number), environment=environment, cluster=cluster, name=name)


KNOWN = {
    "nothing": ({digest(1): []}, 1),
    "just so": ({digest(1): [there()]}, 0),
    "in another stage": ({digest(1): [there(environment="qa")]}, 1),
    "in another cluster": ({digest(1): [there(cluster="eu-2")]}, 1),
    "in another place": ({digest(1): [there(name="other")]}, 1),
    "not asked for": ({}, 0),
}


@pytest.mark.parametrize(("known", "count"), KNOWN.values(), ids=KNOWN.keys())
def test_what_is_there_already_is_not_written(known, count):
    assert len(unknown_to([record()], GROUP, known)) == count
