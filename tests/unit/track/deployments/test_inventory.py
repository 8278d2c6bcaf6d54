"""What a cluster's list tells, and what of it is not believed."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.deployment import SeenBy, Spot
from tests.unit.track.deployments.lists import NOW, STARTED, TAKEN, application, container, digest, of_kubectl, pod, read, stamp

SHOP = "ghcr.io/acme/shop:1.4.2"


def images(told):
    return [str(one.image) for one in told.deployments]


def test_what_a_running_container_tells():
    (found,) = read(of_kubectl(pod())).deployments

    assert str(found.image) == f"{SHOP}@{digest(1)}"
    assert (found.stage, found.seen_by, found.is_running) == ("production", SeenBy.INVENTORY, True)
    assert found.spot == Spot(cluster="eu-1", namespace="shop-prod", workload="deployment web", container="app")
    assert found.where == "pods.json: cluster eu-1, namespace shop-prod, deployment web, container app"
    assert (found.as_of, found.since) == (TAKEN, STARTED)


IMAGE_IDS = {
    "of containerd": (SHOP, f"ghcr.io/acme/shop@{digest(1)}", f"{SHOP}@{digest(1)}"),
    "of docker": (SHOP, f"docker-pullable://ghcr.io/acme/shop@{digest(1)}", f"{SHOP}@{digest(1)}"),
    "by the name of a mirror": (SHOP, f"mirror.example/acme/shop@{digest(1)}", f"{SHOP}@{digest(1)}"),
    "a local id is no registry's digest": (SHOP, f"docker://{digest(1)}", SHOP),
    "a bare local id": (SHOP, digest(1), SHOP),
    "a local id of CRI-O": (SHOP, f"{1:064x}", SHOP),
    "none yet": (SHOP, "", SHOP),
    "what is written at a digest was pulled by it": (f"ghcr.io/acme/shop@{digest(2)}", digest(1), f"ghcr.io/acme/shop@{digest(2)}"),
    "the runtime is believed before what is written": (
        f"{SHOP}@{digest(2)}",
        f"ghcr.io/acme/shop@{digest(3)}",
        f"{SHOP}@{digest(3)}",
    ),
    "Docker's short names": ("nginx", f"docker-pullable://nginx@{digest(1)}", f"docker.io/library/nginx@{digest(1)}"),
    "an id in place of a name": (digest(4), f"ghcr.io/acme/shop@{digest(1)}", f"ghcr.io/acme/shop@{digest(1)}"),
}


@pytest.mark.parametrize(("written", "image_id", "expected"), IMAGE_IDS.values(), ids=IMAGE_IDS.keys())
def test_the_image_of_a_container(written, image_id, expected):
    told = read(of_kubectl(pod(container(image=written, image_id=image_id), written=written)))

    assert images(told) == [expected]
    assert told.problems == ()


def test_what_does_not_run_is_not_told_to_run():
    done = container(state={"terminated": {"exitCode": 0, "startedAt": stamp(STARTED)}}, name="migrate", image="ghcr.io/acme/migrate:1")
    failed = container(state={"terminated": {"exitCode": 1}}, ready=False, name="job")
    waiting = container(state={"waiting": {"reason": "CrashLoopBackOff"}}, ready=False, name="loop")
    pods = [
        pod(phase="Pending"),
        pod(phase="Failed"),
        pod(phase="Succeeded", owner=("Job", "nightly-29100000")),
        pod(waiting, failed),
        pod(container(name="main"), init=(done,)),
    ]

    told = read(of_kubectl(*pods))

    assert [one.spot.container for one in told.deployments] == ["migrate", "main"]
    assert told.problems == ()
    assert set(told.notes) == {
        "1 pods are not running (Pending)",
        "1 pods are not running (Failed)",
        "1 pods are not running (Succeeded)",
        "1 containers are not running (CrashLoopBackOff)",
        "1 containers are not running (has ended)",
    }


def test_replicas_count_once_and_a_rollout_counts_twice():
    later = container(state={"running": {"startedAt": stamp(STARTED + timedelta(days=1))}})
    new = container(image_id=f"ghcr.io/acme/shop@{digest(2)}")

    old_ones, new_one = read(of_kubectl(pod(later), pod(), pod(later), pod(new))).deployments

    assert old_ones.image.digest == digest(1)
    assert old_ones.since == STARTED
    assert new_one.image.digest == digest(2)


OWNERS = {
    "a deployment, by its ReplicaSet": (("ReplicaSet", "web-5d9f8c"), "deployment web"),
    "a ReplicaSet of its own": (("ReplicaSet", "web"), "replicaset web"),
    "a cron job, by its Job": (("Job", "nightly-29100000"), "cronjob nightly"),
    "a job": (("Job", "migrate-2"), "job migrate-2"),
    "a stateful set": (("StatefulSet", "db"), "statefulset db"),
    "nothing": ((), "pod web-5d9f8c-x2x4q"),
}


@pytest.mark.parametrize(("owner", "workload"), OWNERS.values(), ids=OWNERS.keys())
def test_what_made_a_pod(owner, workload):
    (found,) = read(of_kubectl(pod(owner=owner))).deployments

    assert found.spot.workload == workload


STAGES = {
    "by the namespace": ({}, "shop-qa", "qa"),
    "by the cluster": ({"cluster": "prod-1"}, "shop", "production"),
    "by the file": ({"name": "staging.json"}, "shop", "staging"),
    "set": ({"stage": "live", "cluster": "prod-1"}, "shop-qa", "live"),
    "two that agree": ({"cluster": "prod-1"}, "shop-live", "production"),
    "two that differ": ({"cluster": "prod-1"}, "shop-qa", ""),
    "none": ({}, "shop", ""),
}


@pytest.mark.parametrize(("more", "namespace", "stage"), STAGES.values(), ids=STAGES.keys())
def test_the_stage(more, namespace, stage):
    told = read(of_kubectl(pod(namespace=namespace)), **more)

    assert [one.stage for one in told.deployments] == [stage]
    assert any("the stage is not told" in note for note in told.notes) is (stage == "")


def test_only_the_namespaces_that_are_asked_for():
    told = read(of_kubectl(pod(namespace="shop-prod"), pod(namespace="kube-system")), namespaces=("shop-*",))

    assert len(told.deployments) == 1
    assert told.notes == ("1 pods are in namespaces that are not asked for",)


FORMS = {
    "kubectl's list": of_kubectl(pod()),
    "the API's list, which says the kind once": {"kind": "PodList", "items": [{k: v for k, v in pod().items() if k != "kind"}]},
    "one pod": pod(),
    "lists in a list": of_kubectl(of_kubectl(pod())),
    "with other kinds": of_kubectl({"kind": "Deployment", "metadata": {}}, pod()),
    "a plain list": [pod()],
}


@pytest.mark.parametrize("document", FORMS.values(), ids=FORMS.keys())
def test_every_form_of_a_list(document):
    told = read(document)

    assert images(told) == [f"{SHOP}@{digest(1)}"]
    assert told.problems == ()


REFUSED = {
    "an error": ({"kind": "Status", "message": "pods is forbidden"}, "it holds an error and no list: pods is forbidden; fetch it anew"),
    "nothing": (of_kubectl(), "it holds no pods, no Applications of Argo CD and no objects of Flux; check how it was fetched"),
    "something else": (
        of_kubectl({"kind": "Service"}, {"kind": "Service"}),
        "it holds no pods, no Applications of Argo CD and no objects of Flux, but 2 Service; check how it was fetched",
    ),
    "no list at all": ("shop", "it holds no pods, no Applications of Argo CD and no objects of Flux; check how it was fetched"),
    "too old": (
        of_kubectl(pod(), takenAt="2026-11-10T12:00:00Z"),
        "it is of 2026-11-10, 13 days old, and believed for 3 days; fetch it anew",
    ),
    "from the future": (
        of_kubectl(pod(), takenAt="2026-11-24T12:00:00Z"),
        "it is from the future (2026-11-24 12:00 UTC); correct takenAt, or the clock of the machine that wrote it",
    ),
}


@pytest.mark.parametrize(("document", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_what_tells_nothing_says_why(document, problem):
    told = read(document)

    assert (told.deployments, told.problems) == ((), (problem,))


def test_a_list_is_as_old_as_it_says_itself_else_as_its_file():
    (own,) = read(of_kubectl(pod(), takenAt="2026-11-22T12:00:00Z")).deployments
    (by_file,) = read(of_kubectl(pod())).deployments
    old_file = read(of_kubectl(pod(), takenAt="2026-11-22T12:00:00Z"), as_of=NOW - timedelta(days=90))

    assert own.as_of == NOW - timedelta(days=1)
    assert by_file.as_of == TAKEN
    assert len(old_file.deployments) == 1


def test_an_image_that_cannot_be_read_stops_no_other():
    told = read(of_kubectl(pod(container(image="UPPER//x", image_id=""), container(name="good"), written="UPPER//x")))

    assert len(told.deployments) == 1
    assert told.problems == ("cluster eu-1, namespace shop-prod, deployment web, container app: its image 'UPPER//x' can't be read",)


def test_a_running_pod_that_says_nothing_of_its_containers_is_told():
    silent = pod()
    del silent["status"]["containerStatuses"]

    assert read(of_kubectl(silent)).problems == ("cluster eu-1, namespace shop-prod, deployment web: it says nothing of its containers",)


def test_an_application_of_argo_cd():
    (found,) = read([application(f"{SHOP}@{digest(1)}")], cluster="").deployments

    assert str(found.image) == f"{SHOP}@{digest(1)}"
    assert (found.stage, found.is_running, found.as_of) == ("production", True, TAKEN)
    assert found.since == STARTED + timedelta(days=2)
    assert found.where == "pods.json: cluster https://kubernetes.default.svc, namespace shop-prod, application shop"


ARGO = {
    "healthy": (application(), "", True),
    "progressing": (application(health="Progressing"), "Argo CD says Progressing", False),
    "degraded": (application(health="Degraded"), "Argo CD says Degraded", False),
    "nothing said": (application(health=None), "Argo CD says nothing of its health", False),
    "not compared for long": (application(reconciled=NOW - timedelta(days=9)), "Argo CD compared it last on 2026-11-14", False),
}


@pytest.mark.parametrize(("document", "doubt", "is_running"), ARGO.values(), ids=ARGO.keys())
def test_only_what_is_healthy_is_told_to_run(document, doubt, is_running):
    (found,) = read([document]).deployments

    assert (found.doubt, found.is_running) == (doubt, is_running)


def test_what_is_out_of_sync_tells_no_date():
    (found,) = read([application(sync="OutOfSync")]).deployments

    assert found.since is None


def test_the_stage_of_an_application_by_its_cluster():
    (found,) = read([application(namespace="shop", name="shop", server="https://prod.eks.example:443/x")], cluster="").deployments

    assert found.stage == "production"


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.builds(list), st.builds(dict), st.builds(lambda: [[{}]])
)


LISTS = [of_kubectl(pod(), pod()), [application()], {"kind": "PodList", "items": [pod()]}]


@st.composite
def mangled(draw):
    document = json.loads(json.dumps(draw(st.sampled_from(LISTS))))
    for _ in range(draw(st.integers(1, 5))):
        place = document
        while True:
            key = draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
            if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 5)):
                place = place[key]
                continue
            place[key] = draw(ODD)
            break
        if not document:
            break
    return document


@given(document=mangled())
def test_whatever_stands_in_a_list_an_answer_comes_back(document):
    told = read(document)

    assert told.deployments or told.problems or told.notes
    assert all(one.image.repository for one in told.deployments)
