"""What runs where, by every source together."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency, Release
from bot.model.deployment import SeenBy
from bot.model.failure import Failure
from bot.model.fleet import App, Repo
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
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


def scanned(*findings):
    repo = Repo(full_name="acme/deploy", default_branch="main", head="1" * 40, clone_url="")
    return Scanned(repo=repo, tree=None, apps=(App(name="deploy", repo="acme/deploy"),), findings=findings, pull_requests=())


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
