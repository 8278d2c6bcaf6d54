"""What is unmistakable, and which files are YAML."""

from pathlib import PurePosixPath

import pytest

from bot.find.yaml_pins import full_reference, is_yaml, may_pin

DIGEST = "sha256:" + "6e" * 32


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("quay.io/o/r:v1", "quay.io/o/r:v1"),
        ("--reloader=quay.io/o/r:v1", "quay.io/o/r:v1"),
        (f"NAME=quay.io/o/r@{DIGEST}", f"quay.io/o/r@{DIGEST}"),
        (f"oci::quay.io/o/r:git-6b0cdec@{DIGEST}", f"quay.io/o/r:git-6b0cdec@{DIGEST}"),
        ("docker-image://ghcr.io/o/r:1", "ghcr.io/o/r:1"),
        ("localhost:5000/o/r:dev", "localhost:5000/o/r:dev"),
        ("registry:5000/o/r:1.2", "registry:5000/o/r:1.2"),
        (f"docker:29-dind@{DIGEST}", f"docker:29-dind@{DIGEST}"),
        ("o/r:1", None),
        ("quay.io/o/r", None),
        ("example.com/path:8080", None),
        ("https://example.com/path:1.2", None),
        ("docker run quay.io/o/r:v1", None),
        ("quay.io/o/{{ name }}:v1", None),
        ("", None),
    ],
)
def test_a_full_reference_has_host_and_tag_or_digest(text: str, reference: str | None) -> None:
    assert full_reference(text) == reference


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("a.yaml", True),
        ("a/b.yml", True),
        ("app.yaml.j2", True),
        ("helmfile.yaml.gotmpl", True),
        ("values.prod.yaml", True),
        ("a.json", False),
        ("yaml", False),
        ("a.j2", False),
        ("a.yaml.bak", False),
    ],
)
def test_yaml_by_name(name: str, answer: object) -> None:
    assert is_yaml(PurePosixPath(name)) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("kind: Role\nrules: []\n", False),
        ("spec: {url: https://example.com/a}\n", False),
        ("spec: {kubectlImage: x}\n", True),
        ("spec: {package: a.example/b/c:v1}\n", True),
        (f"spec: {{bundle: a.example/b/c@{DIGEST}}}\n", True),
    ],
)
def test_manifests_that_can_name_nothing_are_passed_over(text: str, answer: object) -> None:
    assert may_pin(text) is answer
