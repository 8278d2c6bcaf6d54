"""What linked artifacts are told to run no more: only what the bot wrote, and what whole lists surely lack."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.image import ImageReference
from bot.model.runtime import DeploymentRecord, Origin
from bot.track.deployments.read import Covered
from bot.track.deployments.to_end import to_end
from tests.unit.track.deployments.lists import NOW, container, digest, of_kubectl, pod, read

WEB = Origin(namespace="shop-prod", workload="deployment web", container="app")
API = replace(WEB, workload="deployment api")
SYSTEM = replace(WEB, namespace="kube-system", workload="daemonset proxy")
IMAGE = ImageReference.parse("ghcr.io/acme/shop:1.4.2")


def record(origin=WEB, **more):
    told = {"digest": str(digest(1)), "environment": "production", "cluster": "eu-1", "name": "shop-prod-web-app", "origin": origin}
    return DeploymentRecord(**{**told, **more})


def whole(*places, **more):
    there = frozenset(place.namespace for place in places)
    return Covered(**{"cluster": "eu-1", "namespaces": there, "is_of_all": False, "places": frozenset(places), **more})


def ended(one, *covered):
    found = to_end({one.digest: [one]}, {one.digest: IMAGE}, {IMAGE.name: "shop"}, covered)
    return [(group, new.name, new.is_ended) for group, records in found.items() for new in records]


GONE = {
    "its namespace is listed without it": (record(), [whole(API)]),
    "the whole cluster is listed without it": (record(), [whole(SYSTEM, is_of_all=True)]),
    "another container is left": (record(), [whole(replace(WEB, container="sidecar"))]),
    "both lists lack it": (record(), [whole(API), whole(SYSTEM)]),
}


@pytest.mark.parametrize(("one", "covered"), GONE.values(), ids=GONE.keys())
def test_what_is_gone_is_ended(one, covered):
    assert ended(one, *covered) == [(("eu-1", "production"), "shop-prod-web-app", True)]


STAYS = {
    "it is there": (record(), [whole(WEB)]),
    "another list of the cluster has it": (record(), [whole(API), whole(WEB)]),
    "its namespace is not listed": (record(), [whole(SYSTEM)]),
    "another cluster": (record(cluster="eu-2"), [whole(API)]),
    "no list": (record(), []),
    "somebody else wrote it": (record(origin=None), [whole(API)]),
    "it is ended already": (record(is_ended=True), [whole(API)]),
    "a job has no pods between two times": (record(replace(WEB, workload="cronjob web")), [whole(API)]),
    "a pod of its own": (record(replace(WEB, workload="pod web")), [whole(API)]),
    "of a machine": (record(physical_environment="rack-1"), [whole(API)]),
}


@pytest.mark.parametrize(("one", "covered"), STAYS.values(), ids=STAYS.keys())
def test_all_else_stays(one, covered):
    assert ended(one, *covered) == []


def test_what_no_repo_publishes_is_left_alone():
    assert to_end({str(digest(1)): [record()]}, {}, {}, [whole(API)]) == {}


def test_a_whole_list_tells_every_container_whether_it_runs_or_not():
    failing = container(state={"waiting": {"reason": "CrashLoopBackOff"}}, ready=False)
    system = pod(namespace="kube-system", owner=("DaemonSet", "proxy"))

    covered = read(of_kubectl(pod(failing, phase="Pending"), system)).covered

    assert covered == whole(WEB, SYSTEM, is_of_all=True)


NOT_WHOLE = {
    "too old": (of_kubectl(pod()), {"as_of": NOW - timedelta(days=9)}),
    "an error": ({"kind": "Status", "message": "x"}, {}),
    "cut by the server": (of_kubectl(pod(), metadata={"continue": "x"}), {}),
    "something in it can't be read": (of_kubectl(pod(container(image="::", image_id=""), written="::"), pod()), {}),
    "no cluster": (of_kubectl(pod()), {"cluster": ""}),
    "nothing": (of_kubectl(), {}),
}


@pytest.mark.parametrize(("document", "more"), NOT_WHOLE.values(), ids=NOT_WHOLE.keys())
def test_a_list_that_is_not_whole_covers_nothing(document, more):
    assert read(document, **more).covered is None


def test_a_list_of_some_namespaces_is_not_of_the_cluster():
    covered = read(of_kubectl(pod(), pod(namespace="kube-system"), pod(namespace="other")), namespaces=["shop-*"]).covered

    assert (covered.is_of_all, covered.namespaces) == (False, {"shop-prod"})
