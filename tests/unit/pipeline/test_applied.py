"""What runs by what Flux says that it applied: the files of that very commit."""

from contextlib import closing
from pathlib import PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find.plugins import FINDERS
from bot.ledger.ledger import Ledger
from bot.model.deployment import SeenBy
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.deployments import deployments
from bot.pipeline.scanned import Scanned
from tests.unit.pipeline.test_deployments import Made
from tests.unit.track.deployments.lists import NOW, STAGE_OF, digest, git_repository, helm_release, kustomization, of_kubectl, read

HEAD, OLD = "1" * 40, "4" * 40
REPO = Repo(full_name="acme/deploy", default_branch="main", head=HEAD, clone_url="https://github.com/acme/deploy.git")


def manifest(*images):
    one = "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{containers: [{{name: app, image: {image}}}]}}\n"
    return "---\n".join(one.format(image=f"'{image}'") for image in images)


@pytest.fixture
def look(tmp_path):
    """What runs, by files of the head and of an old commit, and by a list."""

    def looked(*items, head=None, old=None, opened=None, **more):
        trees = {commit: tree_of(tmp_path / commit, files or {}) for commit, files in ((HEAD, head), (OLD, old))}

        def open_tree(repo):
            if opened is not None:
                opened.append(repo.head)
            if repo.head not in trees:
                raise ForgeError(f"{repo.full_name}: the commit is not there.")
            return trees[repo.head]

        entry = Scanned(repo=REPO, tree=trees[HEAD], apps=(), findings=(), pull_requests=())
        with closing(Ledger.open("sqlite://")) as ledger:
            lists = Made(flux=read(of_kubectl(git_repository(), *items), name="flux"))
            sources = DeploymentSources(ledger=ledger, stage_of=STAGE_OF, lists=lists, open_tree=open_tree, finders=FINDERS, **more)
            return deployments(sources, [entry], now=NOW)

    return looked


def tree_of(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folder.mkdir(exist_ok=True)
    return FolderTree(folder)


def images(told):
    return [str(one.image) for one in told.found]


WEB = "overlays/prod/web.yaml"


def test_what_runs_is_what_stood_at_the_commit_that_was_applied(look):
    told = look(kustomization(OLD), head={WEB: manifest("ghcr.io/acme/shop:2")}, old={WEB: manifest("ghcr.io/acme/shop:1")})

    (one,) = told.found
    assert (str(one.image), one.stage, one.seen_by, one.is_running) == ("ghcr.io/acme/shop:1", "production", SeenBy.FLUX, True)
    assert one.where == (
        "flux: cluster eu-1, kustomization flux-system/shop: acme/deploy ./overlays/prod at 4444444, overlays/prod/web.yaml:4"
    )
    assert told.failures == ()


def test_the_head_is_read_where_it_is_at_hand_and_another_commit_once(look):
    opened = []
    files = {WEB: manifest("ghcr.io/acme/shop:2")}

    look(kustomization(HEAD), kustomization(OLD, name="a"), kustomization(OLD, name="b"), head=files, old=files, opened=opened)

    assert opened == [OLD]


def test_a_commit_that_can_not_be_had_is_told_and_nothing_runs_by_it(look):
    told = look(kustomization("7" * 40), kustomization(HEAD, name="other"), head={WEB: manifest("ghcr.io/acme/shop:2")})

    assert images(told) == ["ghcr.io/acme/shop:2"]
    assert "which can't be read" in str(told.failures[0])
    assert "7777777" in str(told.failures[0])


def test_a_repo_that_is_not_looked_at_is_told(look):
    told = look(git_repository("https://github.com/other/x", name="x"), kustomization(source={"name": "x"}))

    assert told.found == ()
    assert "https://github.com/other/x, which is not looked at" in told.notes[0]


OVERRIDES = {
    "none": ("", {}, ["shop:1"]),
    "a tag": ("images: [{name: ghcr.io/acme/shop, newTag: '2'}]", {}, ["shop:2"]),
    "another name": ("images: [{name: ghcr.io/acme/shop, newName: ghcr.io/acme/till, newTag: '2'}]", {}, ["till:2"]),
    "a digest": (f"images: [{{name: ghcr.io/acme/shop, digest: '{digest(1)}'}}]", {}, [f"shop@{digest(1)}"]),
    "of an image that is not there": ("images: [{name: ghcr.io/acme/gone, newTag: '2'}]", {}, ["shop:1"]),
    "of the Kustomization": ("", {"images": [{"name": "ghcr.io/acme/shop", "newTag": "3"}]}, ["shop:3"]),
    "of both, the outer one last": (
        "images: [{name: ghcr.io/acme/shop, newTag: '2'}]",
        {"images": [{"name": "ghcr.io/acme/shop", "newTag": "3"}]},
        ["shop:3"],
    ),
    "one that can't be read": ("images: [{name: ghcr.io/acme/shop, newTag: 'no tag'}]", {}, []),
}


@pytest.mark.parametrize(("written", "spec", "expected"), OVERRIDES.values(), ids=OVERRIDES.keys())
def test_an_override_takes_the_place_of_what_is_written(look, written, spec, expected):
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": manifest("ghcr.io/acme/shop:1"),
        "base/unused.yaml": manifest("ghcr.io/acme/shop:0"),
        "overlays/prod/kustomization.yaml": f"resources: [../../base]\n{written}\n",
        "overlays/prod/unused.yaml": manifest("ghcr.io/acme/shop:0"),
    }

    told = look(kustomization(HEAD, spec=spec), head=files)

    assert images(told) == [f"ghcr.io/acme/{one}" for one in expected]
    assert all(one.is_running for one in told.found)


def test_of_an_image_at_several_values_nobody_knows_which_one_a_patch_leaves(look):
    files = {
        "overlays/prod/kustomization.yaml": "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n",
        WEB: manifest("ghcr.io/acme/shop:1", "ghcr.io/acme/other:1"),
        "overlays/prod/patch.yaml": manifest("ghcr.io/acme/shop:2"),
    }

    told = look(kustomization(HEAD), head=files)

    assert {str(one.image): one.is_running for one in told.found} == {
        "ghcr.io/acme/shop:1": False,
        "ghcr.io/acme/shop:2": False,
        "ghcr.io/acme/other:1": True,
    }


def test_objects_that_something_else_brings_to_run_are_not_applied_images(look):
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop}\n"
        "spec: {values: {image: {repository: ghcr.io/acme/shop, tag: '1'}}}\n"
    )

    assert images(look(kustomization(HEAD), head={WEB: release})) == []


def test_a_release_runs_its_values(look):
    told = look(helm_release())

    (one,) = told.found
    assert (str(one.image), one.stage, one.is_running) == ("ghcr.io/acme/shop:1.4.2", "production", True)
    assert one.where == "flux: cluster eu-1, namespace shop-prod, helmrelease shop: its values"


def test_a_suspended_one_is_frozen(look):
    (one,) = look(kustomization(HEAD, spec={"suspend": True}), head={WEB: manifest("ghcr.io/acme/shop:1")}).found

    assert one.is_running
    assert "is suspended" in one.frozen
    assert PurePosixPath(WEB).name in one.where
