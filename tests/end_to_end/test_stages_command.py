"""`stages`: what runs where by every source at once, what that costs, and the gaps on the way to production."""

import json
from datetime import timedelta

import pytest

from bot.sandbox.faults import ServerError
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import Acme, run

SHOP = "docker.io/acme/shop"
TAGS = ("1.4.0", "1.4.1", "1.4.2")
COMPOSE = f"services:\n  web:\n    build: .\n    image: {SHOP}:dev\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        image: IMAGE
"""


CATALOGUE = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop, annotations: {x.example/product-owner: Ana}}\n"
CATALOGUE += "spec: {owner: payments, system: checkout}\n"


def manifest(tag: str) -> str:
    return DEPLOYMENT.replace("IMAGE", f"{SHOP}:{tag}")


@pytest.fixture
def acme(acme: Acme) -> Acme:
    """A repo that builds the image, and one that deploys it: qa has the newest, production the one before."""
    acme.registry.gate.access = Access.OPEN
    for tag in TAGS[:1]:
        acme.registry.push_image(SHOP, tag, layers=[{"release": tag.encode()}])
    files = {"compose.yaml": COMPOSE, "Dockerfile": "FROM scratch\n", "catalog-info.yaml": CATALOGUE}
    acme.github.create_repo("acme", "shop", files)
    files = {"overlays/qa/web.yaml": manifest("1.4.0"), "overlays/prod/web.yaml": manifest("1.4.0")}
    acme.github.create_repo("acme", "deploy", files)
    run(acme)
    acme.github.clock.advance(timedelta(days=10))
    for tag in TAGS[1:]:
        labels = {"org.opencontainers.image.revision": acme.github.repo("acme/shop").store.head("main")} if tag == "1.4.1" else {}
        acme.registry.push_image(SHOP, tag, layers=[{"release": tag.encode()}], labels=labels)
    acme.github.commit_files(
        "acme/deploy", {"overlays/qa/web.yaml": manifest("1.4.2"), "overlays/prod/web.yaml": manifest("1.4.1")}, message="Deploy"
    )
    run(acme)
    return acme


def configure(acme: Acme, text: str) -> None:
    acme.config.write_text(f"{acme.config.read_text(encoding='utf-8')}{text}", encoding="utf-8")


def told(acme: Acme, *, returncode: int = 0) -> dict:
    done = acme.run("stages", "--format", "json")
    assert done.returncode == returncode, done.stderr
    return json.loads(done.stdout)


def standing(answer: dict) -> list[tuple[str, str, str, bool]]:
    (image,) = answer["images"]
    return [(one["stage"], one["tag"], one["seen_by"], one["is_running"]) for one in image["deployments"]]


def test_what_the_files_say_and_what_is_behind(acme):
    answer = told(acme)

    assert standing(answer) == [("qa", "1.4.2", "manifest", False), ("production", "1.4.1", "manifest", False)]
    (image,) = answer["images"]
    assert (image["app"], image["owners"], image["system"]) == ("shop", ["@acme/payments"], "checkout")
    assert image["owners_reason"] == "catalog-info.yaml: owner payments"
    assert (image["product_owner"], image["product_owner_reason"]) == ("Ana", "catalog-info.yaml: product owner Ana")
    said = {(gap["kind"], gap["stage"], gap["said"].partition(",")[0]) for gap in answer["gaps"] if gap["is_so"] == "yes"}
    assert {kind for kind, *_ in said} == {"behind"}
    (behind,) = [gap for gap in answer["gaps"] if gap["kind"] == "behind"]
    assert "1 release" in behind["said"]
    assert "behind qa" in behind["said"]
    assert behind["evidence"][0].startswith("production: 1.4.1")
    assert "acme/deploy overlays/prod/web.yaml:9" in behind["evidence"][0]


def test_a_list_of_pods_tells_of_drift(acme):
    status = {"name": "app", "image": f"{SHOP}:1.4.0", "imageID": f"{SHOP}@sha256:{7:064x}", "state": {"running": {}}}
    pod = {
        "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "image": f"{SHOP}:1.4.0"}]},
        "status": {"phase": "Running", "containerStatuses": [status]},
    }
    (acme.folder / "pods.json").write_text(json.dumps({"kind": "List", "items": [pod]}))
    configure(acme, "track: {inventories: [{path: pods.json, stage: production, cluster: eu-1}]}\n")

    done = acme.run("stages")

    assert done.returncode == 0, done.stderr
    assert "runs there, and no file says so" in done.stdout
    assert "pods.json: cluster eu-1, namespace shop, pod web-1, container app" in done.stdout
    assert "1 image of the fleet in 3 places, 1 seen to run" in done.stderr


def test_a_list_that_is_missing_is_told_and_the_rest_shown(acme):
    configure(acme, "track: {inventories: [{path: nowhere.json}]}\n")

    answer = told(acme, returncode=4)

    assert len(standing(answer)) == 2
    assert answer["failures"] == ["nowhere.json: what runs by it is not known: No such file or directory; check the path and its rights"]


def test_environments_and_records_of_github_and_what_they_cost(acme):
    digest = acme.registry.tag(SHOP, "1.4.1", "1.4.1")
    acme.github.deploy("acme/shop", "production", payload=json.dumps({"image": f"{SHOP}:1.4.1@{digest}"}))
    body = {"logical_environment": "qa", "deployments": [{"name": SHOP, "digest": digest, "deployment_name": "shop-web-app"}]}
    acme.github.record_deployment("acme", "eu-1", body["logical_environment"], digest, "shop-web-app")
    configure(acme, "track: {github_deployments: true, deployment_records: true}\n")
    acme.faults.forget()

    answer = told(acme)

    assert ("production", "1.4.1", "GitHub deployment", True) in standing(answer)
    assert ("qa", "1.4.1", "artifact metadata", True) in standing(answer)
    assert acme.faults.count("GET *deployment-records") <= len(TAGS)
    assert acme.faults.writes == 0


def test_nobody_who_does_not_want_them_pays_for_them(acme):
    acme.faults.forget()

    told(acme)

    assert acme.faults.count("GET *deployment-records") == 0
    assert acme.faults.count("POST */graphql") <= 3


def test_records_that_github_does_not_have_are_told_with_the_remedy(acme):
    acme.github.world.tokens[BOT_TOKEN].may_read_records = False
    configure(acme, "track: {deployment_records: true}\n")

    answer = told(acme, returncode=4)

    assert len(standing(answer)) == 2
    assert "artifact metadata: read" in answer["failures"][0]


def test_a_github_that_fails_leaves_what_the_files_say(acme):
    configure(acme, "track: {deployment_records: true}\n")
    acme.faults.switch_on("GET *deployment-records", ServerError())

    answer = told(acme, returncode=4)

    assert len(standing(answer)) == 2


def test_markdown_has_nothing_in_it_that_github_would_obey(acme):
    acme.github.commit_files("acme/deploy", {"overlays/qa/@octocat|x/web.yaml": manifest("1.4.2")}, message="x")

    done = acme.run("stages", "--format", "markdown")

    assert done.returncode == 0, done.stderr
    assert "**Where images stand**" in done.stdout
    assert "@octocat" not in done.stdout


def test_a_run_tells_linked_artifacts_once_what_a_list_shows_to_run(acme):
    digest = acme.registry.tag(SHOP, "1.4.1", "1.4.1")
    status = {"name": "app", "image": f"{SHOP}:1.4.1", "imageID": f"{SHOP}@{digest}", "state": {"running": {}}}
    pod = {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "status": {"phase": "Running", "containerStatuses": [status]}}
    (acme.folder / "pods.json").write_text(json.dumps(pod | {"takenAt": f"{acme.github.clock():%Y-%m-%dT%H:%M:%SZ}"}))
    written = "POST *deployment-record/cluster/*"
    run(acme)
    assert acme.faults.count(written) == 0, "nobody asked for it"
    configure(acme, "track: {write_deployment_records: true, inventories: [{path: pods.json, stage: production, cluster: eu-1}]}\n")

    run(acme)
    assert acme.faults.count(written) == 1
    run(acme)
    assert acme.faults.count(written) == 0, "it is there already"

    (record,) = acme.github.world.records["acme"]
    assert (record.digest, record.logical_environment, record.cluster) == (digest, "production", "eu-1")
    assert record.deployment_name == "shop-web-app"
