"""What a repo's own builds publish, and that no pin is one of them."""

from pathlib import Path

import pytest

from bot.clients.folder import FolderTree
from bot.find.publishes.read import READERS, find_published
from bot.find.scan import scan
from bot.model.pin import Pin

WORKFLOW = """\
env:
  REGISTRY: ghcr.io
jobs:
  build:
    env: {IMAGE: acme/api}
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: |
            # where it goes
            ghcr.io/acme/meta
            name=quay.io/acme/meta,enable=true
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ${{ steps.meta.outputs.tags }}
      - uses: docker/build-push-action@v6
        with:
          push: ${{ github.event_name == 'push' }}
          tags: |
            ${{ env.REGISTRY }}/${{ env.IMAGE }}:${{ github.sha }}
            ghcr.io/${{ github.repository }}:latest, ghcr.io/${{ github.repository_owner }}/two:1.0
            ${{ inputs.image }}:x
      - uses: docker/build-push-action@v6
        with: {load: true, tags: "acme/tested:latest"}
      - uses: docker/build-push-action@v6
        with: {outputs: "type=registry,push-by-digest=true", tags: "acme/output:latest"}
"""
COMPOSE = """\
services:
  api:
    build:
      context: .
      tags: ["ghcr.io/acme/api:2.0", "${MIRROR}/acme/api:2.0"]
    image: ghcr.io/acme/api:${TAG:-1.4.0}
  web:
    build: ./web
    image: ${REGISTRY:-registry.example.org}/web
  local:
    build: ./local
  database:
    image: postgres:16.3
"""
SKAFFOLD = """\
apiVersion: skaffold/v4beta11
kind: Config
build:
  artifacts:
    - image: ghcr.io/acme/api
profiles:
  - name: prod
    build: {artifacts: [{image: ghcr.io/acme/prod}]}
"""
BAKE = """\
variable "TAG" { default = "1.2.0" }
variable "PLACE" {}
target "api" {
  tags = ["ghcr.io/acme/api:${TAG}", "${PLACE}/api:1"]
}
"""
MAKEFILE = """\
REGISTRY ?= ghcr.io/acme
IMG = $(REGISTRY)/operator:v1.2.0
TAG := 1
TAG := 2
image:
\tdocker build -t $(IMG) .
\tdocker buildx build --push \\
\t  --tag=quay.io/acme/second:$(TAG) --tag "$(shell git rev-parse HEAD)" .
\t# docker build -t acme/comment .
\tmake build -t acme/none
"""
GRADLE = """\
jib {
  from { image = 'eclipse-temurin:21' }
  to { image = 'ghcr.io/acme/jib' }
}
bootBuildImage { imageName = "ghcr.io/acme/boot:${version}" }
"""
POM = """\
<project><build><plugins><plugin><artifactId>jib-maven-plugin</artifactId><configuration>
<from><image>eclipse-temurin:21</image></from>
<to><image>ghcr.io/acme/jib:${project.version}</image></to>
</configuration></plugin></plugins></build></project>
"""


def found_in(folder: Path, name: str, text: str, *, repo: str = "") -> list[str]:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return [f"{one.line} {one.by} {one.name} {one.tag}" for one in find_published(FolderTree(folder), repo=repo)]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param(
            "compose.yaml",
            COMPOSE,
            [
                "6 compose ghcr.io/acme/api 1.4.0",
                "5 compose ghcr.io/acme/api 2.0",
                "5 compose None 2.0",
                "9 compose registry.example.org/web None",
            ],
            id="Compose",
        ),
        pytest.param("compose.yaml", "services:\n  a: {build: ., image: a/b:1}\n", ["2 compose docker.io/a/b 1"], id="on one line"),
        pytest.param("compose.yaml", '{"services": {"a": {"image": "a/b:1", "build":\n"."}}}', ["1 compose docker.io/a/b 1"], id="as JSON"),
        pytest.param("compose.yaml", "services:\n  a:\n    build: .\n    image: '${ALL}'\n", ["4 compose None None"], id="a bare variable"),
        pytest.param("skaffold.yaml", SKAFFOLD, ["5 skaffold ghcr.io/acme/api None", "8 skaffold ghcr.io/acme/prod None"], id="Skaffold"),
        pytest.param(
            "Makefile",
            MAKEFILE,
            ["6 command ghcr.io/acme/operator v1.2.0", "8 command quay.io/acme/second None", "8 command None None"],
            id="a Makefile",
        ),
        pytest.param("build.gradle", GRADLE, ["3 gradle ghcr.io/acme/jib None", "5 gradle ghcr.io/acme/boot None"], id="Gradle"),
        pytest.param("pom.xml", POM, ["3 maven ghcr.io/acme/jib None"], id="Maven"),
        pytest.param("docker-bake.hcl", BAKE, ["4 bake ghcr.io/acme/api 1.2.0", "4 bake None 1"], id="Bake"),
        pytest.param("docker-bake.json", '{"target": {"a": {"tags": ["acme/a:1"]}}}', ["1 bake docker.io/acme/a 1"], id="Bake in JSON"),
        pytest.param(
            ".github/workflows/ci.yaml",
            WORKFLOW,
            [
                "11 workflow ghcr.io/acme/meta None",
                "11 workflow quay.io/acme/meta None",
                "22 workflow ghcr.io/acme/api None",
                "22 workflow ghcr.io/acme/shop latest",
                "22 workflow ghcr.io/acme/two 1.0",
                "22 workflow None x",
                "28 workflow docker.io/acme/output latest",
            ],
            id="a workflow",
        ),
    ],
)
def test_a_build_says_what_it_makes(tmp_path: Path, name: str, text: str, expected: list[str]) -> None:
    assert found_in(tmp_path, name, text, repo="Acme/Shop") == expected
    # What is built is nobody's pin.
    names = {one.name for one in find_published(FolderTree(tmp_path), repo="Acme/Shop")}
    assert not names & {pin.dependency.name for pin in scan(FolderTree(tmp_path)) if isinstance(pin, Pin)}


def test_a_repo_that_is_not_known_is_a_variable(tmp_path: Path) -> None:
    assert "22 workflow None latest" in found_in(tmp_path, ".github/workflows/ci.yaml", WORKFLOW)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("compose.yaml", "services:\n  a: {image: 'acme/a:1'}\n", id="nothing is built"),
        pytest.param("compose.yaml", "services: [\n  build:\n", id="no YAML"),
        pytest.param("docker-bake.hcl", "target a { tags = [", id="no HCL"),
        pytest.param("deploy.yaml", "apiVersion: v1\nkind: Service\nservices:\n  a:\n    build: .\n    image: x/y\n", id="a manifest"),
        pytest.param(".github/workflows/a.yaml", "jobs: {a: {steps: [{uses: docker/build-push-action@v6}]}}\n", id="no tags"),
    ],
)
def test_what_makes_no_image(tmp_path: Path, name: str, text: str) -> None:
    assert found_in(tmp_path, name, text) == []


def test_every_reader_is_asked() -> None:
    assert {type(reader).__module__.rpartition(".")[2] for reader in READERS} == {
        "bake",
        "commands",
        "compose",
        "jib",
        "skaffold",
        "workflows",
    }
