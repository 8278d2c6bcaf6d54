"""What holds for images in parts, in YAML of any name."""

from itertools import permutations
from pathlib import PurePosixPath

import pytest

from bot.find.scan import find_in_file
from bot.model.pin import Pin, Skip
from tests.laws.test_finders import OneFile

PARTS = ["repository: {name}", "tag: v1.4.0", "pullPolicy: Always"]
FILES = ["install/1.12.0.yaml", "metallb.yml", "deploy/values.yaml", "a.yaml.j2"]
CERTAIN = [
    "ghcr.io/acme/api",
    "quay.io/acme/api",
    "eu.gcr.io/a/b/c",
    "registry.acme.example:5000/api",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api",
]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", CERTAIN)
@pytest.mark.parametrize("parts", list(permutations(PARTS[:2])) + list(permutations(PARTS)))
def test_a_registry_makes_it_a_pin_whatever_the_order_and_the_file(file: str, name: str, parts: tuple[str, ...]) -> None:
    text = "a:\n  b:\n" + "".join(f"    {part.format(name=name)}\n" for part in parts)
    path = PurePosixPath(file)

    findings = find_in_file(path, text, OneFile(path, text))

    assert [(type(found), found.line) for found in findings] == [(Pin, text.splitlines().index("    tag: v1.4.0") + 1)]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("image", "acme/api", id="no host"),
        pytest.param("image", "github.com/acme/api", id="a repo"),
        pytest.param("image", "{{ registry }}/api", id="a placeholder"),
        pytest.param("publish", "ghcr.io/acme/api", id="an output"),
        pytest.param("source", "github.com/acme/api", id="a repo below another key"),
        pytest.param("chart", "charts.acme.example/stable", id="a host of charts"),
        pytest.param("image", "https://quay.io/acme/api", id="an address"),
    ],
)
def test_what_is_not_certain_is_no_pin(key: str, name: str) -> None:
    text = f"{key}:\n  repository: '{name}'\n  tag: v1.4.0\n"
    path = PurePosixPath("metallb.yaml")

    findings = find_in_file(path, text, OneFile(path, text))

    assert all(isinstance(found, Skip) for found in findings)
