"""`lineage`, as a platform engineer calls it: the base, how it is known, how far behind, and what a rebuild would bring."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.registry import Layer

BASE, APP = "docker.io/library/debian", "docker.io/acme/shop"
OLD = b"Package: libssl3\nStatus: install ok installed\nVersion: 3.0.11-1\nArchitecture: amd64\n"
NEW = OLD.replace(b"3.0.11-1", b"3.0.15-1")
NAME_LABEL, DIGEST_LABEL = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"


def debian(acme, tag, status):
    layers = [Layer(instruction="RUN debootstrap", files={"var/lib/dpkg/status": status}), Layer(instruction='CMD ["bash"]')]
    return acme.registry.push_image(BASE, tag, layers=layers, created=datetime.now(UTC) - timedelta(days=40 if status is OLD else 4))


@pytest.fixture
def shop(acme):
    """An app on a base that was rebuilt since, and of which there is a newer release."""
    old = debian(acme, "12.1", OLD)
    annotations = {NAME_LABEL: "debian:12.1", DIGEST_LABEL: old}
    layers = [Layer(instruction="COPY shop", files={"srv/shop": b"1"}), Layer(instruction='CMD ["shop"]')]
    acme.registry.push_image(APP, "1", layers=layers, base=(BASE, "12.1"), annotations=annotations)
    acme.registry.push_image(APP, "bare", layers=layers, base=(BASE, "12.1"))
    return acme


def lineage(acme, *arguments):
    result = acme.run("lineage", *arguments, "--format", "json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_base_that_is_current_is_told_with_its_evidence(shop):
    result = shop.run("lineage", "acme/shop:1")

    assert result.returncode == 0, result.stderr
    assert "Base      docker.io/library/debian:12.1@sha256:" in result.stdout
    assert ": proved\n" in result.stdout
    assert "Known by  layers: debian:12.1@" in result.stdout
    assert "its 1 layer is the lowest of 2" in result.stdout
    assert "Behind    nothing: debian:12.1 stands at it" in result.stdout
    assert result.stderr.splitlines()[-1].startswith("built on debian:12.1@")


def test_how_far_it_is_behind_and_what_a_rebuild_would_bring(shop):
    lineage(shop, "acme/shop:1")
    new = debian(shop, "12.1", NEW)
    debian(shop, "12.2", NEW)

    told = lineage(shop, "acme/shop:1")
    shown = shop.run("lineage", "acme/shop:1")
    written = shop.run("lineage", "acme/shop:1", "--format", "markdown").stdout

    assert (told["base"]["tag"], told["base"]["confidence"]) == ("12.1", "proved")
    assert (told["behind"]["digest"], told["behind"]["is_current"], told["behind"]["digests"]) == (new, False, 1)
    assert told["newer"] == ["12.2"]
    assert [(one["name"], one["old"], one["new"]) for one in told["rebuild"]["packages"]] == [("libssl3", ["3.0.11-1"], ["3.0.15-1"])]
    assert "1 build and 0 days behind, as far as it was seen" in shown.stdout
    assert "upgraded   deb    libssl3   3.0.11-1   3.0.15-1" in shown.stdout
    assert "a rebuild would bring: 1 package differs: 1 upgraded" in shown.stderr
    assert "| upgraded | deb | libssl3 | 3.0.11-1 | 3.0.15-1 |" in written


def test_without_a_word_the_layers_tell_once_the_base_is_known(shop):
    before = lineage(shop, "acme/shop:bare")
    assert shop.run("lineage", "acme/shop:1").returncode == 0, "by which the base is known"
    after = lineage(shop, "acme/shop:bare")

    assert before["base"] is None
    assert before["unknown"].startswith("no known image's layers are its lowest")
    assert (after["base"]["tag"], after["base"]["confidence"]) == ("12.1", "at least")
    assert "stands on debian:12.1@" in shop.run("lineage", "acme/shop:bare").stderr


def test_a_base_that_is_gone_is_no_success_and_no_end(shop):
    lineage(shop, "acme/shop:1")
    shop.registry.remove_tag(BASE, "12.1")

    result = shop.run("lineage", "acme/shop:1")

    assert result.returncode == 4
    assert ": proved\n" in result.stdout
    assert "not known: docker.io/library/debian:12.1: " in " ".join(result.stderr.split())


def test_the_dockerfile_in_a_clone_at_the_commit_of_the_image(shop):
    clone = shop.folder / "clone"
    clone.mkdir()
    (clone / "Dockerfile").write_text("FROM golang:1 AS build\nFROM debian:12.1\nCOPY --from=build /shop /srv/shop\n")
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "first"]):
        subprocess.run([*git, *command], check=True)
    revision = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    (clone / "Dockerfile").write_text("FROM alpine\n")
    layers = [Layer(instruction="COPY shop", files={"srv/shop": b"1"})]
    labels = {"org.opencontainers.image.revision": revision}
    shop.registry.push_image(APP, "labelled", layers=layers, base=(BASE, "12.1"), labels=labels)
    shop.registry.push_image(APP, "lost", layers=layers, base=(BASE, "12.1"), labels={"org.opencontainers.image.revision": "b" * 40})
    lineage(shop, "acme/shop:1")

    told = lineage(shop, "acme/shop:labelled", "--source", str(clone))
    lost = shop.run("lineage", "acme/shop:lost", "--source", str(clone))

    assert [one["way"] for one in told["base"]["known_by"]] == ["layers", "Dockerfile"]
    assert told["base"]["known_by"][1]["evidence"].startswith(f"Dockerfile at {revision[:12]} names it")
    assert lost.returncode == 4
    assert "not known: Dockerfiles at bbbbbbbbbbbb" in lost.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["acme/shop:none"], 4, "404"),
        (["Acme/Shop:1"], 2, "not an image name"),
        (["acme/shop:1", "--platform", "linux/riscv64"], 4, "there is linux/amd64"),
    ],
)
def test_errors_say_what_is_wrong(shop, arguments, code, said):
    result = shop.run("lineage", *arguments)

    assert result.returncode == code
    assert said in " ".join(result.stderr.split())
