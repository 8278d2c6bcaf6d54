"""The demo's organisation is whole: its files parse, and all that they pin exists."""

import hashlib
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path, PurePosixPath
from string import Template

import pytest
from ruamel.yaml import YAML

from bot import settings
from bot.clients.folder import FolderTree
from bot.find.scan import scan
from bot.model.dependency import OCI
from bot.model.pin import Pin, Role
from bot.sandbox import demo
from bot.sandbox.clock import START, Clock
from bot.sandbox.demo import company, images, lines
from bot.sandbox.demo.fleet import OWNER, REPOS, TEAMS
from bot.sandbox.demo.images import Wave
from bot.sandbox.registry import RegistrySandbox

APPS = f"{company.COMPANY}/apps"
FOLDER = Path(demo.__file__).parent
EACH_REPO = pytest.mark.parametrize("repo", REPOS, ids=lambda repo: repo.name)


@pytest.fixture(scope="module")
def registry():
    registry = RegistrySandbox(clock=Clock())
    for wave in (Wave.LONG_AGO, Wave.BEFORE):
        images.publish(registry, wave)
    for image in (company.OWN_BASE, *company.APPS):
        images.publish_own(registry, image, at=Wave.BEFORE.value)
    return registry


@pytest.fixture(scope="module")
def pins():
    """Every pin of the fleet; the first folder of its file is its repo."""
    return [finding for finding in scan(FolderTree(FOLDER / "fleet")) if isinstance(finding, Pin)]


def test_every_folder_is_a_repo_and_the_other_way_round():
    assert sorted(path.name for path in (FOLDER / "fleet").iterdir()) == [repo.name for repo in REPOS]


def unpinned(name: str, tag: str) -> str:
    return f"sha256:{hashlib.sha256(f'{name}:{tag}'.encode()).hexdigest()}"


@EACH_REPO
def test_a_repo_looks_like_one(repo):
    files = repo.files(unpinned)
    owners = (files.get("CODEOWNERS") or files[".github/CODEOWNERS"]).decode()

    assert files["README.md"].startswith(f"# {repo.name}\n".encode())
    assert {team for line in owners.splitlines() for team in re.findall(r"@acme/([\w-]+)", line)} <= set(TEAMS)
    assert "@acme/" in owners
    assert repo.pushed < START


@EACH_REPO
def test_its_files_are_well_formed(repo):
    parsers = {".json": json.loads, ".xml": ET.fromstring, ".yaml": lambda text: list(YAML(typ="safe").load_all(text))}
    for path, content in repo.files(unpinned).items():
        suffix = PurePosixPath(path).suffix
        text = content.decode()
        assert text.endswith("\n")
        if suffix == ".py":
            compile(text, path, "exec")
        elif suffix in parsers and "/templates/" not in path:
            assert parsers[suffix](text) is not None


def test_all_that_the_fleet_pins_was_published_before_the_story(registry, pins):
    missing = []
    for pin in pins:
        if pin.dependency.datasource == OCI:
            known = registry.store.repositories.get(pin.dependency.name)
            if known is None or (pin.value is not None and pin.value not in known.tags):
                missing.append((str(pin.file), pin.dependency.name, pin.value))

    assert missing == []


@pytest.mark.parametrize(
    ("file", "role", "dependency"),
    [
        pytest.param("payments-service/Dockerfile", Role.FINAL_BASE, "docker.io/library/eclipse-temurin", id="Java, the tag in an ARG"),
        pytest.param("payments-service/Dockerfile", Role.BUILD_BASE, "docker.io/library/maven", id="Java's build stage"),
        pytest.param("orders-api/Dockerfile", Role.FINAL_BASE, "docker.io/library/python", id="Python"),
        pytest.param("orders-api/compose.yaml", Role.IMAGE, "docker.io/library/postgres", id="Compose"),
        pytest.param("storefront/Dockerfile", Role.BUILD_BASE, "docker.io/library/node", id="Node"),
        pytest.param("fxrates/Dockerfile", Role.FINAL_BASE, "gcr.io/distroless/static-debian12", id="Go on distroless"),
        pytest.param("nightly-settlement/deploy/cronjob.yaml", Role.IMAGE, "docker.io/curlimages/curl", id="a CronJob's init container"),
        pytest.param("invoice-worker/Dockerfile", Role.FINAL_BASE, "registry.acme.example/base/python", id="the company's own base"),
        pytest.param("platform-charts/charts/shop/values.yaml", Role.IMAGE, "quay.io/oauth2-proxy/oauth2-proxy", id="Helm values"),
        pytest.param(
            "gitops-shop/environments/production/orders-api/values.yaml", Role.IMAGE, "docker.io/library/redis", id="values of a stage"
        ),
        pytest.param(
            "observability/grafana/deployment.yaml", Role.IMAGE, "docker.io/grafana/grafana", id="a manifest of several documents"
        ),
        pytest.param("platform-charts/charts/shop/Chart.yaml", Role.CHART, "registry.acme.example/charts/redis", id="an umbrella chart"),
        pytest.param("gitops-payments/overlays/qa/kustomization.yaml", Role.IMAGE, f"{APPS}/payments-service", id="Kustomize"),
        pytest.param("legacy-portal/Dockerfile", Role.FINAL_BASE, "docker.io/library/php", id="a retired app"),
    ],
)
def test_the_fleet_holds_what_the_demo_is_to_show(pins, file, role, dependency):
    assert (file, role, dependency) in {(str(pin.file), pin.role, pin.dependency.name) for pin in pins}


def test_digests_in_the_files_are_those_of_the_images(registry):
    def digest_of(name: str, tag: str) -> str:
        assert name in {"python", lines.STATIC.name}
        return registry.store.manifest("docker.io/library/python" if name == "python" else name, tag).digest

    written = {repo.name: repo.files(digest_of)["Dockerfile"].decode() for repo in REPOS if repo.name in {"fxrates", "nightly-settlement"}}

    assert f"python:3.12-slim-bookworm@{digest_of('python', '3.12-slim-bookworm')}\n" in written["nightly-settlement"]
    assert f"static-debian12:nonroot@{digest_of(lines.STATIC.name, 'nonroot')}\n" in written["fxrates"]
    assert all("0" * 64 not in text for text in written.values())


def test_a_real_one_is_an_index_with_attestations(registry):
    index = registry.store.manifest("docker.io/library/python", "3.12-slim-bookworm").read()

    assert [child["platform"]["architecture"] for child in index["manifests"]] == ["amd64", "arm64", "unknown", "unknown"]
    assert index["annotations"]["org.opencontainers.image.version"] == "3.12.12-slim-bookworm"


def test_the_image_of_an_app_lies_on_the_layers_of_its_base(registry):
    def layers(name: str, tag: str) -> list[str]:
        manifest = registry.store.manifest(name, tag).read()
        if "manifests" in manifest:
            manifest = registry.store.manifest(name, manifest["manifests"][0]["digest"]).read()
        return [layer["digest"] for layer in manifest["layers"]]

    base = layers("docker.io/library/python", "3.12.12-slim-bookworm")
    own = layers("registry.acme.example/base/python", "3.12-r7")
    app = layers("registry.acme.example/apps/invoice-worker", "5.1.0")

    assert base == own[: len(base)] == app[: len(base)]
    assert own == app[: len(own)]
    assert len(base) < len(own) < len(app)


@pytest.mark.parametrize("wave", [Wave.FIX, Wave.LATER])
def test_a_wave_moves_the_tags_that_float(wave):
    registry = RegistrySandbox(clock=Clock())
    waves = list(Wave)
    for earlier in waves[: waves.index(wave)]:
        images.publish(registry, earlier)
    before = registry.store.manifest("docker.io/library/python", "3.12-slim-bookworm").digest

    images.publish(registry, wave)

    assert registry.store.manifest("docker.io/library/python", "3.12-slim-bookworm").digest != before


def test_the_configuration_and_the_fleet_file_are_right(tmp_path):
    text = Template((FOLDER / "rebuild-bot.yaml").read_text()).substitute(
        github="http://127.0.0.1:1", registry="127.0.0.1:2", osv="http://127.0.0.1:3", folder=tmp_path
    )
    (tmp_path / "rebuild-bot.yaml").write_text(text)
    apps = YAML(typ="safe").load(FOLDER / "fleet.yaml")["apps"]

    read = settings.load(tmp_path / "rebuild-bot.yaml", {})

    assert read.github.owners == (OWNER,)
    assert read.fleet_path == tmp_path / "fleet.yaml"
    assert {app["repo"] for app in apps} <= {repo.full_name for repo in REPOS}
    assert [app["name"] for app in apps if app["phase"] == "retired"] == ["legacy-portal"]
