"""What the files of the fleet say that should run."""

from pathlib import PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find.scan import find_in_file
from bot.model.deployment import SeenBy
from bot.track.deployments.manifest import written
from tests.unit.track.deployments.lists import NOW, STAGE_OF, digest


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

    (found,) = written("acme/deploy", find_in_file(file, manifest(text), FolderTree(tmp_path)), STAGE_OF, now=NOW)

    assert (str(found.image), found.stage, found.seen_by) == (image, "production", SeenBy.MANIFEST)
    assert found.where == "acme/deploy overlays/prod/web.yaml:9"
    assert (found.as_of, found.is_running) == (NOW, False)


def test_what_builds_or_tests_is_not_written_to_run(tmp_path):
    findings = find_in_file(PurePosixPath("Dockerfile"), "FROM python:3.12\n", FolderTree(tmp_path))

    assert list(written("acme/shop", findings, STAGE_OF, now=NOW)) == []
