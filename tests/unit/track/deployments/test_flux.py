"""What Flux's objects tell that was applied, and what of it is not told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.image_override import ImageOverride
from bot.track.deployments.read import AppliedFolder, AppliedRelease
from tests.unit.track.deployments.lists import (
    STARTED,
    condition,
    git_repository,
    helm_release,
    kustomization,
    of_kubectl,
    read,
    stamp,
)

COMMIT = "4" * 40


def applied(*items):
    return read(of_kubectl(*items), name="flux.json").applied


def test_what_a_kustomization_applied():
    history = [
        {
            "digest": "sha256:1",
            "firstReconciled": stamp(STARTED),
            "lastReconciledStatus": "ReconciliationSucceeded",
            "metadata": {"revision": f"main@sha1:{COMMIT}"},
        }
    ]
    images = [{"name": "ghcr.io/acme/shop", "newTag": "1.5"}, {"newTag": "no name"}]
    spec = {"targetNamespace": "shop-prod", "images": images}

    (one,) = applied(git_repository(), kustomization(spec=spec, history=history))

    assert isinstance(one, AppliedFolder)
    assert (one.url, one.path, one.commit) == ("https://github.com/acme/deploy", "./overlays/prod", COMMIT)
    assert one.where == "flux.json: cluster eu-1, namespace shop-prod, kustomization flux-system/shop"
    assert (one.doubt, one.frozen, one.since) == ("", "", STARTED)
    assert one.overrides == (ImageOverride(name="ghcr.io/acme/shop", tag="1.5"),)


REVISIONS = {
    "of today": f"main@sha1:{COMMIT}",
    "of a tag": f"v1.2.3@sha1:{COMMIT}",
    "of a reference": f"refs/heads/main@sha1:{COMMIT}",
    "of a commit alone": f"sha1:{COMMIT}",
    "of Flux before 0.36": f"main/{COMMIT}",
}


@pytest.mark.parametrize("revision", REVISIONS.values(), ids=REVISIONS.keys())
def test_the_commit_of_a_revision(revision):
    (one,) = applied(git_repository(), kustomization(revision=revision))

    assert one.commit == COMMIT


NOT_READY = {
    "nothing of the new one has come": ("BuildFailed", ""),
    "its source can't be had": ("ArtifactFailed", ""),
    "it waits for another": ("DependencyNotReady", ""),
    "the new one has come and is not healthy": ("HealthCheckFailed", "Flux says it is not ready (HealthCheckFailed): timeout"),
    "it may have come halfway": ("ReconciliationFailed", "Flux says it is not ready (ReconciliationFailed): timeout"),
    "it is at work": ("Progressing", "Flux says it is not ready (Progressing): timeout"),
}


@pytest.mark.parametrize(("reason", "doubt"), NOT_READY.values(), ids=NOT_READY.keys())
def test_what_is_not_ready_runs_what_was_applied_before(reason, doubt):
    failing = condition("False", reason, "timeout")

    (one,) = applied(git_repository(), kustomization(ready=failing, lastAttemptedRevision=f"main@sha1:{'5' * 40}"))

    assert (one.commit, one.doubt) == (COMMIT, doubt)


DOUBTS = {
    "it waits for nothing": (kustomization(spec={"wait": False}), "does not look whether it runs"),
    "it looks after some": (kustomization(spec={"wait": False, "healthChecks": [{"kind": "Deployment", "name": "web"}]}), ""),
    "it was changed since": (kustomization(generation=4), "has not looked at it since"),
    "a patch of an image": (kustomization(spec={"patches": [{"patch": "- {op: replace, path: /spec/image}"}]}), "a patch"),
    "a patch of something else": (kustomization(spec={"patches": [{"patch": "- {op: replace, path: /spec/replicas}"}]}), ""),
    "a release that waits for nothing": (helm_release(spec={"upgrade": {"disableWait": True}}), "disableWait"),
    "values from elsewhere": (helm_release(spec={"valuesFrom": [{"kind": "ConfigMap", "name": "x"}]}), "valuesFrom"),
    "a release": (helm_release(), ""),
}


@pytest.mark.parametrize(("item", "doubt"), DOUBTS.values(), ids=DOUBTS.keys())
def test_what_flux_does_not_wait_for_is_doubted(item, doubt):
    (one,) = applied(git_repository(), item)

    assert bool(one.doubt) == bool(doubt)
    assert doubt in one.doubt


def test_what_is_suspended_is_frozen_and_runs_on():
    (one,) = applied(git_repository(), kustomization(spec={"suspend": True}, generation=4))

    assert (one.doubt, one.frozen) == ("", "Kustomization flux-system/shop is suspended: Flux brings nothing new there until it is resumed")


def test_a_kubeconfig_leads_to_another_cluster():
    (one,) = applied(git_repository(), kustomization(spec={"kubeConfig": {"secretRef": {"name": "prod-2"}}}))

    assert one.spot.cluster == "prod-2"


def test_a_release_that_is_ready_runs_its_values():
    (one,) = applied(helm_release())

    assert isinstance(one, AppliedRelease)
    assert json.loads(one.document)["spec"]["values"]["image"]["tag"] == "1.4.2"
    assert (one.spot.namespace, one.since) == ("shop-prod", STARTED)


NOT_TOLD = {
    "nothing was applied": (kustomization(commit="", ready=condition("False", "BuildFailed", "x")), "has applied nothing yet"),
    "a release that is not ready": (helm_release(ready=condition("False", "UpgradeFailed", "x")), "what it ran before is not told"),
    "a release without values": (helm_release(values={}), "the chart alone names their images"),
    "an artifact": (kustomization(source={"kind": "OCIRepository"}), "what is in that is not told in Git"),
    "a source in no list": (kustomization(source={"name": "other"}), "its GitRepository other is not in the list"),
    "a source of another namespace": (kustomization(source={"namespace": "team-a"}), "its GitRepository deploy is not in the list"),
    "a revision without a commit": (kustomization(revision="main@sha1:abc"), "names no commit"),
}


@pytest.mark.parametrize(("item", "said"), NOT_TOLD.values(), ids=NOT_TOLD.keys())
def test_what_is_not_told_is_said_and_nothing_runs_by_it(item, said):
    told = read(of_kubectl(git_repository(), item))

    assert told.applied == ()
    assert said in " ".join((*told.notes, *told.problems))


def test_a_source_that_fails_is_told():
    told = read(of_kubectl(git_repository(ready=condition("False", "GitOperationFailed", "authentication required")), kustomization()))

    assert len(told.applied) == 1
    assert told.notes[0].startswith(
        "1 source is not ready (GitOperationFailed): authentication required (GitRepository flux-system/deploy)"
    )


def test_only_the_namespaces_that_are_asked_for_count():
    told = read(of_kubectl(git_repository(), kustomization(spec={"targetNamespace": "team-b"}), helm_release()), namespaces=["shop-*"])

    assert [type(one) for one in told.applied] == [AppliedRelease]


def test_a_thousand_that_fail_are_counted():
    told = read(of_kubectl(*(helm_release(name=f"r{number}", ready=condition("False", "X")) for number in range(1000))))

    assert len(told.notes) == 51
    assert told.notes[-1] == "950 more were passed over for other reasons"


FIELDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "kind", "spec", "conditions", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from([git_repository(), kustomization(), helm_release()]), st.sampled_from(["metadata", "spec", "status"]), FIELDS, st.data()
)
def test_any_type_may_stand_anywhere(item, part, value, data):
    field = data.draw(st.sampled_from([None, *item[part]]))
    mangled = {**item, part: value if field is None else {**item[part], field: value}}

    read(of_kubectl(git_repository(), kustomization(), mangled))
