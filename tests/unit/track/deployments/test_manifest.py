"""What the files of the fleet say that should run."""

from pathlib import PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find.git_sources import git_sources
from bot.find.scan import find_in_file
from bot.model.deployment import SeenBy, Spot
from bot.model.fleet import Repo
from bot.track.deployments.manifest import written
from tests.unit.track.deployments.lists import NOW, STAGE_OF, digest

REPO = Repo(full_name="acme/deploy", default_branch="main", head="1" * 40, clone_url="https://github.com/acme/deploy.git")


def manifest(image):
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        f"spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: {image}\n"
    )


WRITTEN = {
    "by tag": ("ghcr.io/acme/shop:1.4.2", "ghcr.io/acme/shop:1.4.2"),
    "by digest": (f"ghcr.io/acme/shop@{digest(1)}", f"ghcr.io/acme/shop@{digest(1)}"),
    "by both": (f"ghcr.io/acme/shop:1@{digest(1)}", f"ghcr.io/acme/shop:1@{digest(1)}"),
    "by neither": ("ghcr.io/acme/shop", "ghcr.io/acme/shop:latest"),
}


@pytest.mark.parametrize(("text", "image"), WRITTEN.values(), ids=WRITTEN.keys())
def test_an_image_of_a_manifest(tmp_path, text, image):
    file = PurePosixPath("overlays/prod/web.yaml")

    (found,) = written(REPO, find_in_file(file, manifest(text), FolderTree(tmp_path)), STAGE_OF, now=NOW)

    assert (str(found.image), found.stage, found.seen_by) == (image, "production", SeenBy.MANIFEST)
    assert found.where == "acme/deploy overlays/prod/web.yaml:9"
    assert (found.as_of, found.is_running) == (NOW, False)


def test_what_builds_or_tests_is_not_written_to_run(tmp_path):
    findings = find_in_file(PurePosixPath("Dockerfile"), "FROM python:3.12\n", FolderTree(tmp_path))

    assert list(written(REPO, findings, STAGE_OF, now=NOW)) == []


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop}
spec:
  destination: {name: eu-1, namespace: NAMESPACE}
  source:
    repoURL: https://github.com/Acme/deploy.git
    path: PATH
    targetRevision: REVISION
"""
FLUX = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: deploy, namespace: flux-system}
spec: {url: https://github.com/acme/deploy, ref: {branch: REVISION}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {path: ./PATH, targetNamespace: NAMESPACE, sourceRef: {kind: GitRepository, name: deploy}}
"""


class Files(dict):
    """A tree of texts by their paths."""

    def paths(self):
        return map(PurePosixPath, sorted(self))

    def files(self, folder):
        return tuple(path for path in self.paths() if path.parent == folder)

    def read(self, path):
        return self.get(str(path))


def sources(*texts):
    return [source for text in texts for source in sources_of({"argo/shop.yaml": text})]


def sources_of(files):
    tree = Files(files)
    return list(git_sources(tree.paths(), tree, own=["https://github.com/acme/deploy"]))


def application(revision="HEAD", path="apps/web", namespace="shop", form=APPLICATION):
    return form.replace("REVISION", revision).replace("PATH", path).replace("NAMESPACE", namespace)


def placed(tmp_path, *texts, file="apps/web/web.yaml", repo=REPO):
    findings = find_in_file(PurePosixPath(file), manifest("ghcr.io/acme/shop:1"), FolderTree(tmp_path))
    (found,) = written(repo, findings, STAGE_OF, now=NOW, sources=sources(*texts))
    return found


FOLLOWED = {
    "the head": [application("HEAD")],
    "the default branch": [application("main")],
    "its full name": [application("refs/heads/main")],
    "nothing said": [application('""')],
    "one of two": [application("release-1.0"), application("main")],
    "another folder": [application("release-1.0", path="apps/api")],
    "a folder above, and the default branch nearer": [application("release-1.0", path="apps"), application("main")],
    "a folder that a template fills in": [application("release-1.0", path='"{{path}}"')],
    "Flux, the default branch": [application("main", form=FLUX)],
    "no git repo": [
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {repoURL: https://x, chart: y, targetRevision: 1.0}}\n"
    ],
    "nobody": [],
}


@pytest.mark.parametrize("texts", FOLLOWED.values(), ids=FOLLOWED.keys())
def test_what_is_read_is_what_is_applied(tmp_path, texts):
    assert placed(tmp_path, *texts).doubt == ""


OTHERS = {
    "a branch": ([application("release-1.0")], "Application shop (argo/shop.yaml:7) follows release-1.0, and not main"),
    "a template": ([application('"{{revision}}"')], "Application shop (argo/shop.yaml:7) follows what a template fills in, and not main"),
    "a commit": ([application("4" * 40)], f"Application shop (argo/shop.yaml:7) follows {'4' * 40}, and not main"),
    "the root": ([application("release-1.0", path=".")], "Application shop (argo/shop.yaml:7) follows release-1.0, and not main"),
    "Flux": ([application("release", form=FLUX)], "Kustomization shop (argo/shop.yaml:4) follows release, and not main"),
    "a main that is not the default": ([application("master")], "Application shop (argo/shop.yaml:7) follows master, and not main"),
}


@pytest.mark.parametrize(("texts", "doubt"), OTHERS.values(), ids=OTHERS.keys())
def test_another_revision_than_the_one_that_was_read_is_doubted(tmp_path, texts, doubt):
    assert placed(tmp_path, *texts).doubt == doubt


def test_where_it_goes_tells_the_stage_that_the_path_does_not(tmp_path):
    by_namespace = placed(tmp_path, application(namespace="shop-live"))
    by_path = placed(tmp_path, application(namespace="shop-live", path="qa"), file="qa/web.yaml")
    by_two = placed(tmp_path, application(namespace="shop-live"), application(namespace="shop-qa"))

    assert (by_namespace.stage, by_path.stage, by_two.stage) == ("production", "qa", "")
    assert by_namespace.spot == Spot(cluster="eu-1", namespace="shop-live", workload="Application shop")
    assert by_two.spot is None


def test_a_source_of_another_repo_speaks_of_no_file_here(tmp_path):
    other = Repo(full_name="acme/other", default_branch="main", head="1" * 40, clone_url="https://github.com/acme/other.git")

    assert placed(tmp_path, application("release-1.0"), repo=other).doubt == ""


@pytest.mark.parametrize("text", ["", "a: [", "kind: Application\napiVersion: argoproj.io/v1\nspec: 7\n", "[" * 500])
def test_what_is_no_source_is_none(text):
    assert sources(text) == []


REPOSITORY, KUSTOMIZATION = FLUX.split("---\n")
TEAM = REPOSITORY.replace("flux-system", "team-a")
TO_TEAM = KUSTOMIZATION.replace("name: deploy}", "name: deploy, namespace: team-a}")
NO_NAMESPACE = REPOSITORY.replace(", namespace: flux-system", "")
OTHER = REPOSITORY.replace("REVISION", "release")
GONE = "no file of its repo holds its GitRepository deploy"
ACROSS = {
    "of the same namespace": ({"a/k.yaml": KUSTOMIZATION, "b/r.yaml": REPOSITORY}, ["REVISION"]),
    "of another namespace that is named": ({"a/k.yaml": TO_TEAM, "b/r.yaml": TEAM, "c/r.yaml": OTHER}, ["REVISION"]),
    "of another namespace that is not named": (
        {"a/k.yaml": KUSTOMIZATION, "b/r.yaml": TEAM},
        ["no file of its repo holds its GitRepository deploy"],
    ),
    "whose namespace somebody sets": ({"a/k.yaml": KUSTOMIZATION, "b/r.yaml": NO_NAMESPACE}, ["REVISION"]),
    "by its namespace before one without": ({"a/k.yaml": KUSTOMIZATION, "b/r.yaml": OTHER, "c/r.yaml": NO_NAMESPACE}, ["release"]),
    "of its own cluster": ({"c/prod/k.yaml": KUSTOMIZATION, "c/prod/flux/r.yaml": OTHER, "c/qa/flux/r.yaml": REPOSITORY}, ["release"]),
    "of its own file": ({"c/r.yaml": REPOSITORY, "c/k.yaml": OTHER + "---\n" + KUSTOMIZATION}, ["release"]),
    "of one of several clusters": (
        {"apps/k.yaml": KUSTOMIZATION, "c/prod/r.yaml": OTHER, "c/qa/r.yaml": REPOSITORY},
        ["2 different GitRepository deploy are as near"],
    ),
    "the same for several clusters": ({"apps/k.yaml": KUSTOMIZATION, "c/prod/r.yaml": OTHER, "c/qa/r.yaml": OTHER}, ["release"]),
    "in no file": ({"apps/k.yaml": KUSTOMIZATION}, [GONE]),
}


@pytest.mark.parametrize(("files", "expected"), ACROSS.values(), ids=ACROSS.keys())
def test_the_git_repository_of_a_kustomization(files, expected):
    assert [source.problem or source.revision for source in sources_of(files)] == expected


def test_what_is_applied_at_an_unknown_revision_is_doubted(tmp_path):
    unknown = sources_of({"k.yaml": KUSTOMIZATION.replace("PATH", "apps/web")})
    findings = find_in_file(PurePosixPath("apps/web/web.yaml"), manifest("ghcr.io/acme/shop:1"), FolderTree(tmp_path))

    (found,) = written(REPO, findings, STAGE_OF, now=NOW, unknown=unknown)
    (followed,) = written(REPO, findings, STAGE_OF, now=NOW, unknown=unknown, sources=sources(application("main")))

    assert found.doubt == (
        "which revision Kustomization shop (k.yaml:4) applies is not known: no file of its repo holds its GitRepository deploy"
    )
    assert followed.doubt == ""


SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shop}
spec:
  generators:
  - GENERATOR
  template:
    spec:
      destination: {name: '{{cluster.name}}', namespace: 'shop-{{ .stage }}'}
      source: {repoURL: https://github.com/acme/deploy, path: '{{path}}', targetRevision: '{{branch}}'}
"""
OWN = "repoURL: https://github.com/Acme/deploy.git"
FOLDERS = f"git: {{{OWN}, directories: [{{path: 'clusters/**'}}]}}"
MATRIX = f"matrix: {{generators: [{FOLDERS}, list: {{elements: [{{branch: x, stage: dev}}]}}]}}"
GENERATORS = {
    "a list": (
        "list: {elements: [{cluster: {name: eu-1}, stage: prod, path: a, branch: main}, {stage: qa, path: b, branch: next}]}",
        [("a", "main", "eu-1", "shop-prod"), ("b", "next", "{{cluster.name}}", "shop-qa")],
    ),
    "files": (
        f"git: {{{OWN}, files: [{{path: 'clusters/*/config.json'}}]}}",
        [("clusters/prod", "main", "eu-1", "shop-prod"), ("clusters/qa", "next", "eu-2", "shop-qa")],
    ),
    "folders": (
        f"git: {{{OWN}, directories: [{{path: 'clusters/*'}}, {{path: clusters/qa, exclude: true}}]}}",
        [("clusters/prod", "{{branch}}", "{{cluster.name}}", "shop-{{ .stage }}")],
    ),
    "both": (
        MATRIX,
        [(path, "x", "{{cluster.name}}", "shop-dev") for path in ("clusters", "clusters/prod", "clusters/qa")],
    ),
    "of another repo": (
        "git: {repoURL: https://github.com/acme/other, directories: [{path: 'clusters/*'}]}",
        [("{{path}}", "{{branch}}", "{{cluster.name}}", "shop-{{ .stage }}")],
    ),
    "clusters": ("clusters: {}", [("{{path}}", "{{branch}}", "{{cluster.name}}", "shop-{{ .stage }}")]),
}
CLUSTERS = {
    "clusters/prod/config.json": '{"cluster": {"name": "eu-1"}, "stage": "prod", "branch": "main"}',
    "clusters/qa/config.json": '{"cluster": {"name": "eu-2"}, "stage": "qa", "branch": "next"}',
    "clusters/config.json": '{"branch": "no"}',
}


@pytest.mark.parametrize(("generator", "expected"), GENERATORS.values(), ids=GENERATORS.keys())
def test_what_makes_the_applications_of_a_set(generator, expected):
    found = sources_of({"set.yaml": SET.replace("GENERATOR", generator), **CLUSTERS})

    told = [(one.path, one.revision, one.cluster, one.namespace) for one in found if one.file.name == "set.yaml"]
    assert sorted(told) == sorted(expected)


CHART = {
    "apps/Chart.yaml": "name: apps\n",
    "apps/values.yaml": "revision: main\ndestination: {name: eu-1}\n",
    "apps/templates/shop.yaml": APPLICATION.replace("eu-1, namespace: NAMESPACE", "'{{ .Values.destination.name }}', namespace: shop")
    .replace("PATH", "apps/web")
    .replace("REVISION", "{{ .Values.revision | quote }}"),
}
ROOT = "apiVersion: argoproj.io/v1\nkind: Application\nmetadata: {name: root}\nspec: {source: {repoURL: x, path: apps, HELM}}\n"
PARENTS = {
    "nothing": ({}, ("main", "eu-1")),
    "a parent that sets nothing": ({"root.yaml": ROOT.replace("HELM", "targetRevision: main")}, ("main", "eu-1")),
    "a parent that sets values": (
        {"root.yaml": ROOT.replace("HELM", "helm: {valueFiles: [prod.yaml]}")},
        ("{{ .Values.revision | quote }}", "{{ .Values.destination.name }}"),
    ),
}


@pytest.mark.parametrize(("more", "expected"), PARENTS.values(), ids=PARENTS.keys())
def test_an_application_of_a_chart_has_its_values_where_nobody_sets_others(more, expected):
    (found,) = [one for one in sources_of({**CHART, **more}) if one.name == "Application shop"]

    assert (found.revision, found.cluster) == expected
