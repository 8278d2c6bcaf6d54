"""An image without a tag in a Kustomize base is no pin where a kustomization of the tree sets it."""

from pathlib import Path, PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find.kustomize_bases import with_set_elsewhere
from bot.find.scan import find_in_file
from bot.model.pin import Pin, Skip

BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
        - name: shop
          image: ghcr.io/acme/shop%s
"""
OVERLAY = """\
resources: [../../base]
images:
  - name: %s
    %s
"""


def found(tmp_path: Path, base_tag: str, name: str, sets: str):
    files = {"base/shop.yaml": BASE % base_tag, "overlays/qa/kustomization.yaml": OVERLAY % (name, sets)}
    findings = [one for path, text in files.items() for one in find_in_file(PurePosixPath(path), text, FolderTree(tmp_path))]
    return [one for one in with_set_elsewhere(findings) if str(one.file) == "base/shop.yaml"]


@pytest.mark.parametrize("sets", [pytest.param('newTag: "1.4"', id="a tag"), pytest.param(f"digest: sha256:{'a' * 64}", id="a digest")])
def test_what_a_kustomization_sets_is_no_pin_without_a_tag(tmp_path, sets):
    (one,) = found(tmp_path, "", "ghcr.io/acme/shop", sets)

    assert isinstance(one, Skip)
    assert (one.line, one.text) == (9, "ghcr.io/acme/shop")
    assert one.reason == "it has no tag here; kustomizations set one: overlays/qa/kustomization.yaml:4"


@pytest.mark.parametrize(
    ("base_tag", "name", "sets"),
    [
        pytest.param(":1.3", "ghcr.io/acme/shop", 'newTag: "1.4"', id="it has a tag of its own"),
        pytest.param("", "ghcr.io/acme/other", 'newTag: "1.4"', id="another image is set"),
        pytest.param("", "ghcr.io/acme/shop", "newName: ghcr.io/acme/copy", id="only the name is set"),
    ],
)
def test_all_else_stays_a_pin(tmp_path, base_tag, name, sets):
    (one,) = found(tmp_path, base_tag, name, sets)

    assert isinstance(one, Pin)
