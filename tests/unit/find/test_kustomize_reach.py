"""Which files Kustomize builds from."""

from pathlib import PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find import kustomize_reach
from bot.find.kustomize_reach import TooManyError, overrides, reached
from bot.model.image_override import ImageOverride

FILES = {
    "overlays/prod/kustomization.yaml": """\
resources: [../../base, extra.yaml, "https://github.com/acme/x//y?ref=v1", ../../../outside, /etc, gone.yaml]
components: [../../parts/tls]
patches: [{path: patch.yaml}, {patch: "inline"}]
images: [{name: shop, newName: ghcr.io/acme/shop, newTag: "2"}]
""",
    "overlays/prod/extra.yaml": "a: 1\n",
    "overlays/prod/patch.yaml": "a: 1\n",
    "overlays/prod/not-named.yaml": "a: 1\n",
    "base/kustomization.yml": "resources: [deploy.yaml, ../overlays/prod]\n",
    "base/deploy.yaml": "a: 1\n",
    "base/other.yaml": "a: 1\n",
    "parts/tls/Kustomization": "resources: [tls.yaml]\n",
    "parts/tls/tls.yaml": "a: 1\n",
    "parts/plain/plain.yaml": "a: 1\n",
    "parts/readme.md": "no\n",
}
PROD = [
    "base/deploy.yaml",
    "base/kustomization.yml",
    "overlays/prod/extra.yaml",
    "overlays/prod/kustomization.yaml",
    "overlays/prod/patch.yaml",
    "parts/tls/Kustomization",
    "parts/tls/tls.yaml",
]
REACHED = {
    "a Kustomization and all it names, round in a circle": ("overlays/prod", PROD),
    "as Flux writes it": ("./overlays/prod/", PROD),
    "a folder without one: all below, and folders with one as they say": (
        "parts",
        ["parts/plain/plain.yaml", "parts/tls/Kustomization", "parts/tls/tls.yaml"],
    ),
    "the root": ("", sorted([*PROD, "parts/plain/plain.yaml"])),
    "no such folder": ("gone", []),
    "out of the tree": ("../x", []),
}


@pytest.fixture
def tree(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return FolderTree(tmp_path)


@pytest.mark.parametrize(("folder", "files"), REACHED.values(), ids=REACHED.keys())
def test_the_files_of_a_folder(tree, folder, files):
    assert [str(path) for path in reached(tree, PurePosixPath(folder))] == files


def test_there_is_a_limit(tree, monkeypatch):
    monkeypatch.setattr(kustomize_reach, "_MOST_FILES", 3)

    with pytest.raises(TooManyError):
        reached(tree, PurePosixPath("overlays/prod"))


def test_its_overrides():
    assert list(overrides(FILES["overlays/prod/kustomization.yaml"])) == [ImageOverride(name="shop", new_name="ghcr.io/acme/shop", tag="2")]
