"""Lists of what runs, as clusters and Argo CD print them."""

from datetime import UTC, datetime, timedelta

from bot.model.image import Digest
from bot.settings.settings import DEFAULT_STAGES
from bot.track.deployments import inventory
from bot.track.deployments.read import Listing, Read
from bot.track.stages import stages_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TAKEN = NOW - timedelta(hours=2)
STARTED = NOW - timedelta(days=9)
STAGE_OF = stages_of(DEFAULT_STAGES)


def digest(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


def listing(**more) -> Listing:
    told = {"name": "pods.json", "as_of": TAKEN, "cluster": "eu-1", "max_age": timedelta(days=3)}
    return Listing(**{**told, **more})


def read(document, now=NOW, **more) -> Read:
    return inventory.read(document, listing(**more), STAGE_OF, now=now)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


SHOP_1 = f"ghcr.io/acme/shop@{digest(1)}"


def container(image="ghcr.io/acme/shop:1.4.2", image_id=SHOP_1, name="app", **more):
    return {"name": name, "image": image, "imageID": image_id, "state": {"running": {"startedAt": stamp(STARTED)}}, "ready": True} | more


def pod(*statuses, namespace="shop-prod", phase="Running", written="ghcr.io/acme/shop:1.4.2", owner=("ReplicaSet", "web-5d9f8c"), init=()):
    statuses = statuses or (container(),)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web-5d9f8c-x2x4q",
            "namespace": namespace,
            "labels": {"pod-template-hash": "5d9f8c"},
            "ownerReferences": [{"kind": owner[0], "name": owner[1]}] if owner else [],
        },
        "spec": {
            "containers": [{"name": one["name"], "image": written} for one in statuses],
            "initContainers": [{"name": one["name"], "image": one["image"]} for one in init],
        },
        "status": {"phase": phase, "containerStatuses": list(statuses), "initContainerStatuses": list(init)},
    }


def of_kubectl(*items, **more):
    return {"apiVersion": "v1", "kind": "List", "items": list(items), "metadata": {"resourceVersion": ""}} | more


def application(*images, name="shop", namespace="shop-prod", health="Healthy", sync="Synced", reconciled=TAKEN, **destination):
    return {
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace} | destination,
            "source": {"repoURL": "https://github.com/acme/deploy", "path": "overlays/prod", "targetRevision": "HEAD"},
        },
        "status": {
            "summary": {"images": list(images) or ["ghcr.io/acme/shop:1.4.2"]},
            "sync": {"status": sync, "revision": "4" * 40},
            "health": {"status": health},
            "reconciledAt": stamp(reconciled),
            "history": [{"deployedAt": stamp(STARTED)}, {"deployedAt": stamp(STARTED + timedelta(days=2))}],
        },
    }


def condition(status="True", reason="ReconciliationSucceeded", message="", generation=3):
    return {"type": "Ready", "status": status, "reason": reason, "message": message, "observedGeneration": generation}


def flux_object(kind, name, group, spec, *, namespace="flux-system", ready=None, generation=3, seen=3, **status):
    return {
        "apiVersion": f"{group}.toolkit.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "generation": generation},
        "spec": {"interval": "10m"} | spec,
        "status": {"observedGeneration": seen, "conditions": [ready or condition()]} | status,
    }


def git_repository(url="https://github.com/acme/deploy", name="deploy", **more):
    spec = {"url": url, "ref": {"branch": "main"}}
    return flux_object("GitRepository", name, "source", spec, **{"artifact": {"revision": f"main@sha1:{'9' * 40}"}} | more)


def kustomization(commit="4" * 40, *, name="shop", path="./overlays/prod", revision="", source=None, spec=None, **more):
    given = {"path": path, "prune": True, "wait": True, "sourceRef": {"kind": "GitRepository", "name": "deploy"} | (source or {})}
    applied = {"lastAppliedRevision": revision or f"main@sha1:{commit}"} if commit or revision else {}
    return flux_object("Kustomization", name, "kustomize", given | (spec or {}), **applied | more)


def helm_release(values=None, name="shop", spec=None, **more):
    given = {
        "chart": {"spec": {"chart": "shop", "version": "2.0.1", "sourceRef": {"kind": "HelmRepository", "name": "acme"}}},
        "values": {"image": {"repository": "ghcr.io/acme/shop", "tag": "1.4.2"}} if values is None else values,
    }
    history = [{"name": name, "version": 4, "status": "deployed", "chartVersion": "2.0.1", "lastDeployed": stamp(STARTED)}]
    return flux_object("HelmRelease", name, "helm", given | (spec or {}), namespace="shop-prod", **{"history": history} | more)
