"""What runs where, by every source together."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from bot.ledger.images import ImageRecord
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency, Release
from bot.model.deployment import SeenBy
from bot.model.failure import Failure
from bot.model.fleet import App, Repo
from bot.model.forge import ForgeError
from bot.model.listing import DatasourceError, Listing
from bot.model.pin import Pin, Role
from bot.model.runtime import DeploymentRecord, Environment, Environments
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.deployments import deployments
from bot.pipeline.scanned import Scanned
from tests.unit.track.deployments import lists
from tests.unit.track.deployments.lists import NOW, STAGE_OF, container, digest, of_kubectl, pod

SHOP = Dependency(datasource=OCI, name="ghcr.io/acme/shop")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(Ledger.open("sqlite://")) as opened:
        yield opened


class Made:
    """Lists that are at hand."""

    def __init__(self, **told):
        self._told = told

    def read(self, *, now):  # noqa: ARG002 - the signature of lists
        for name, one in self._told.items():
            if isinstance(one, Exception):
                raise one
            yield name, one


def scanned(*findings, name="acme/deploy", images=()):
    repo = Repo(full_name=name, default_branch="main", head="1" * 40, clone_url="")
    return Scanned(repo=repo, tree=None, apps=(App(name=name, repo=name, images=images),), findings=findings, pull_requests=())


def pin(value, digest=None, file="overlays/prod/web.yaml"):
    return Pin(
        file=PurePosixPath(file),
        finder="kubernetes",
        dependency=SHOP,
        name=SHOP.name,
        scheme="docker",
        value=value,
        digest=digest,
        role=Role.IMAGE,
        sites=(),
        line=9,
        column=1,
    )


def sources(ledger, **told):
    return DeploymentSources(ledger=ledger, stage_of=STAGE_OF, lists=Made(**told))


def seen(ledger, value, standing, at):
    release = Release(dependency=SHOP, value=value, digest=standing)
    ledger.sightings.record_listing(Listing(dependency=SHOP, releases=(release,)), at)


def test_what_is_written_and_what_runs(ledger):
    told = deployments(sources(ledger, pods=lists.read(of_kubectl(pod()))), [scanned(pin("1.4.3"))], now=NOW)

    assert [(one.seen_by, str(one.image), one.stage) for one in told.found] == [
        (SeenBy.MANIFEST, "ghcr.io/acme/shop:1.4.3", "production"),
        (SeenBy.INVENTORY, f"ghcr.io/acme/shop:1.4.2@{digest(1)}", "production"),
    ]
    assert told.failures == ()


def test_a_list_that_fails_stops_no_other(ledger):
    bad = lists.read({"kind": "Status", "message": "no"})
    told = deployments(
        sources(ledger, bad=bad, gone=Failure(where="gone", what="not there"), pods=lists.read(of_kubectl(pod()))), [], now=NOW
    )

    assert len(told.found) == 1
    assert list(map(str, told.failures)) == ["bad: it holds an error and no list: no; fetch it anew", "gone: not there"]


def test_a_fault_of_ours_in_a_list_leaves_what_is_written(ledger):
    told = deployments(sources(ledger, bad=RuntimeError("x")), [scanned(pin("1"))], now=NOW)

    assert len(told.found) == 1
    assert [one.where for one in told.failures] == ["the lists of what runs"]


def test_a_tag_alone_is_at_the_only_digest_that_it_was_seen_to_come_at(ledger):
    seen(ledger, "0.9", digest(9), NOW - timedelta(days=20))
    seen(ledger, "1.4.2", digest(1), NOW - timedelta(days=10))

    (found,) = deployments(sources(ledger), [scanned(pin("1.4.2"))], now=NOW).found

    assert (found.image.digest, found.is_digest_by_tag) == (digest(1), True)


def test_a_tag_that_moved_or_was_there_before_the_bot_is_at_no_known_digest(ledger):
    seen(ledger, "old", digest(9), NOW - timedelta(days=20))
    seen(ledger, "latest", digest(1), NOW - timedelta(days=10))
    seen(ledger, "latest", digest(2), NOW - timedelta(days=5))

    found = deployments(sources(ledger), [scanned(pin("old"), pin("latest"), pin("never"))], now=NOW).found

    assert [(one.image.digest, one.is_digest_by_tag) for one in found] == [(None, False)] * 3


def test_what_the_source_says_of_a_digest_is_left_alone(ledger):
    seen(ledger, "1", digest(9), NOW - timedelta(days=20))
    running = lists.read(of_kubectl(pod(container())))

    found = deployments(sources(ledger, pods=running), [scanned(pin("1", digest=digest(5)))], now=NOW).found

    assert [(one.image.digest, one.is_digest_by_tag) for one in found] == [(digest(5), False), (digest(1), False)]


COMMIT = "4" * 40
PUBLISHER = scanned(name="acme/shop", images=(SHOP.name,))
DEPLOYED = Environments(listed=(Environment(name="production", commit=COMMIT, state="SUCCESS", at=NOW),))


def build(ledger, standing, tag="1.4.2", commit=COMMIT, dependency=SHOP):
    ledger.images.record(ImageRecord(digest=standing, first_seen=NOW, labels={"org.opencontainers.image.revision": commit}))
    ledger.sightings.seen(Release(dependency=dependency, value=tag, digest=standing), NOW)


def test_a_deployed_commit_is_the_image_of_the_repo_that_was_built_from_it(ledger):
    build(ledger, digest(1))
    build(ledger, digest(2), tag="9", commit="5" * 40)
    build(ledger, digest(3), tag="1", dependency=Dependency(datasource=OCI, name="ghcr.io/other/thing"))
    asked = replace(sources(ledger), environments_of=lambda repos: {repo.full_name: DEPLOYED for repo in repos})

    told = deployments(asked, [PUBLISHER], now=NOW)

    assert [str(one.image) for one in told.found] == [f"ghcr.io/acme/shop:1.4.2@{digest(1)}"]
    assert told.found[0].is_running


def test_environments_that_fail_are_told_and_stop_nothing(ledger):
    def broken(repos):
        return {repo.full_name: Failure(where=repo.full_name, what="no") for repo in repos}

    told = deployments(replace(sources(ledger), environments_of=broken), [scanned(pin("1"))], now=NOW)

    assert len(told.found) == 1
    assert list(map(str, told.failures)) == ["acme/deploy: no"]


class Records:
    """An organisation's linked artifacts, which count how often they are asked."""

    def __init__(self, known=None, *, error=None):
        self.known = known
        self.error = error
        self.asked = []

    def __call__(self, owner, digest):  # noqa: ARG002 - the signature of records
        self.asked.append(digest)
        if self.error:
            raise self.error
        return None if self.known is None else [one for one in self.known if one.digest == digest]


def asking(ledger, records, most=100):
    return replace(sources(ledger), records_of=records, digests_per_run=most)


def test_records_are_asked_for_each_published_digest_once_and_the_deployed_first(ledger):
    for number in range(1, 5):
        build(ledger, digest(number), tag=str(number))
    records = Records([DeploymentRecord(digest=digest(2), environment="qa", cluster="eu-1", name="web", created_at=NOW)])

    told = deployments(asking(ledger, records, most=3), [PUBLISHER, scanned(pin("2", digest=digest(2)))], now=NOW)

    assert digest(2) in records.asked
    assert len(set(records.asked)) == len(records.asked) == 3
    assert [(one.seen_by, one.stage) for one in told.found] == [(SeenBy.MANIFEST, "production"), (SeenBy.ARTIFACT_METADATA, "qa")]
    assert told.notes == ("linked artifacts of acme: 1 more digests were not asked for; raise track.digests_per_run",)
    assert told.failures == ()


def test_images_that_the_fleet_does_not_publish_are_not_asked_for(ledger):
    records = Records([])

    deployments(asking(ledger, records), [scanned(pin("2", digest=digest(2)))], now=NOW)

    assert records.asked == []


def test_a_github_without_linked_artifacts_is_told_once_and_not_asked_on(ledger):
    for number in range(1, 40):
        build(ledger, digest(number), tag=str(number))
    records = Records(None)

    told = deployments(asking(ledger, records), [PUBLISHER], now=NOW)

    (failure,) = told.failures
    assert "artifact metadata: read" in str(failure)
    assert len(records.asked) < 20


def test_records_that_fail_are_told_once(ledger):
    for number in range(1, 40):
        build(ledger, digest(number), tag=str(number))
    records = Records(error=ForgeError("linked artifacts of acme: GitHub said 403: no."))

    told = deployments(asking(ledger, records), [PUBLISHER], now=NOW)

    assert list(map(str, told.failures)) == ["linked artifacts of acme: GitHub said 403: no."]
    assert len(records.asked) < 10


class Registry:
    """Says what stands at tags, and counts how often it is asked."""

    def __init__(self, **tags):
        self.tags = tags
        self.asked = []

    def __call__(self, release):
        self.asked.append(release.value)
        if release.value not in self.tags:
            raise DatasourceError("the registry is down. Run again later.")
        return replace(release, digest=self.tags[release.value])


def listed(ledger, *tags, at=NOW - timedelta(days=30)):
    releases = tuple(Release(dependency=SHOP, value=tag) for tag in tags)
    ledger.sightings.record_listing(Listing(dependency=SHOP, releases=releases), at)


def following(ledger, registry):
    return replace(sources(ledger), describe=registry)


def test_what_stands_at_a_tag_that_is_named_for_a_stage_should_run_there(ledger):
    listed(ledger, "prod", "qa", "latest", "1.4.2", "1.4.2-prod", "build7")
    build(ledger, digest(1), tag="1.4.2")
    registry = Registry(prod=digest(1), qa=digest(2))

    told = deployments(following(ledger, registry), [PUBLISHER], now=NOW)

    assert sorted(registry.asked) == ["prod", "qa"]
    assert [(one.stage, str(one.image), one.is_running) for one in told.found] == [
        ("production", f"ghcr.io/acme/shop:1.4.2@{digest(1)}", False),
        ("qa", f"ghcr.io/acme/shop:qa@{digest(2)}", False),
    ]
    assert told.found[0].where == "ghcr.io/acme/shop:prod in its registry"


def test_since_when_a_purpose_tag_stands_there_is_known_once_it_moved(ledger):
    listed(ledger, "prod")
    first = deployments(following(ledger, Registry(prod=digest(1))), [PUBLISHER], now=NOW).found
    moved = deployments(following(ledger, Registry(prod=digest(2))), [PUBLISHER], now=NOW + timedelta(days=1)).found
    later = deployments(following(ledger, Registry(prod=digest(2))), [PUBLISHER], now=NOW + timedelta(days=9)).found

    assert [one.since for (one,) in (first, moved, later)] == [None, NOW + timedelta(days=1), NOW + timedelta(days=1)]


def test_a_registry_that_fails_is_told_and_stops_no_other(ledger):
    listed(ledger, "prod", "qa")

    told = deployments(following(ledger, Registry(qa=digest(2))), [PUBLISHER], now=NOW)

    assert [one.stage for one in told.found] == ["qa"]
    assert list(map(str, told.failures)) == ["ghcr.io/acme/shop:prod: the registry is down. Run again later."]


def test_purpose_tags_of_images_that_nobody_here_publishes_are_left_alone(ledger):
    listed(ledger, "prod")
    registry = Registry(prod=digest(1))

    assert deployments(following(ledger, registry), [scanned()], now=NOW).found == ()
    assert registry.asked == []
