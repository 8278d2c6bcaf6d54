"""The demo's images hold package databases like real ones, and what is known of holes fits to them."""

from itertools import pairwise

import jsonschema
import pytest

from bot.assess.osv.advisory import Advisory, advisory_of
from bot.assess.osv.names import subject_of
from bot.assess.osv.subject import Subject
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.endpoint import Mirror
from bot.inspect.compare import compare
from bot.inspect.inspector import Inspector
from bot.model.contents import Contents
from bot.model.image import ImageReference
from bot.sandbox.clock import Clock
from bot.sandbox.demo import advisories, company, images, systems
from bot.sandbox.demo.images import Wave
from bot.sandbox.demo.packages import Database
from bot.sandbox.registry import RegistrySandbox
from bot.sandbox.server import Server
from bot.versions.packages import compare_versions
from tests.advisories import RECORD
from tests.registries import plain_http

RECORDS = [record for wave in Wave for record in advisories.records(wave)]
HOSTS = ("docker.io", "gcr.io", "quay.io", company.COMPANY)


def filled() -> RegistrySandbox:
    registry = RegistrySandbox(clock=Clock())
    built = {Wave.BEFORE: (company.OWN_BASE, *company.APPS), Wave.FIX: (company.OWN_BASE_FIXED,)}
    for wave in Wave:
        images.publish(registry, wave)
        for image in built.get(wave, ()):
            images.publish_own(registry, image, at=wave.value)
    return registry


@pytest.fixture(scope="module")
def opened():
    """What is inside an image, by the registry."""
    with Server(filled().app) as server, plain_http() as http:
        host = server.url.removeprefix("http://")
        mirrors = {name: Mirror(prefix=name, location=f"{host}/{name}", plain_http=True) for name in HOSTS}
        inspector = Inspector(registry=RegistryClient(http=http, mirrors=mirrors))
        yield lambda reference: inspector.inspect(ImageReference.parse(reference))


def changes(old: Contents, new: Contents) -> dict[str, str]:
    return {one.name: one.change.value for one in compare(old, new).packages}


def digests(registry: RegistrySandbox) -> dict[str, dict[str, str]]:
    return {name: dict(repository.tags) for name, repository in registry.store.repositories.items()}


def test_the_same_images_have_the_same_digests():
    assert digests(filled()) == digests(filled())


@pytest.mark.parametrize(
    ("image", "system", "types", "layers"),
    [
        pytest.param("python:3.12.12-slim-bookworm", "debian 12", {"deb", "pypi"}, 3, id="Debian and pip"),
        pytest.param("node:22.21.1-alpine3.22", "alpine 3.22.2", {"apk", "npm"}, 3, id="Alpine and npm"),
        pytest.param("eclipse-temurin:21.0.9_10-jre-noble", "ubuntu 24.04", {"deb"}, 3, id="Ubuntu"),
        pytest.param("gcr.io/distroless/static-debian12:nonroot", "debian 12", {"deb"}, 4, id="distroless, a layer for each package"),
        pytest.param("registry.acme.example/apps/payments-service:4.18.2", "ubuntu 24.04", {"deb", "maven"}, 4, id="an app in Java"),
        pytest.param("postgres:17.7-alpine3.19", "alpine 3.19.9", {"apk"}, 3, id="past its end"),
    ],
)
def test_an_image_tells_its_system_packages_and_history(opened, image, system, types, layers):
    contents = opened(image)

    found = contents.operating_system
    assert f"{found.id} {found.version}" == system
    assert {package.type for package in contents.packages} == types
    assert len(contents.layers) == layers
    assert all(layer.created_by for layer in contents.layers)
    assert (contents.not_read, contents.disagreements) == ((), ())


def test_a_program_on_an_empty_image_lists_nothing(opened):
    assert (opened("busybox:1.37.0").packages, opened("busybox:1.37.0").operating_system) == ((), None)


def test_images_of_a_system_share_its_layer(opened):
    def lowest(*names: str) -> set[str]:
        return {opened(name).layers[0].diff_id for name in names}

    assert len(lowest("node:22.21.1-alpine3.22", "nginx:1.28.0-alpine", "redis:8.2.3-alpine3.22")) == 1
    assert len(lowest("python:3.12.12-slim-bookworm", "golang:1.25.5-bookworm", "php:8.1.33-apache-bookworm")) == 1


def test_a_fix_changes_some_packages_and_keeps_the_layers_below(opened):
    old, fixed, later = (opened(f"python:3.12.{patch}-slim-bookworm") for patch in (12, 13, 14))

    assert changes(old, fixed) == {"libsqlite3-0": "upgraded", "libssl3": "upgraded", "openssl": "upgraded"}
    assert [layer.diff_id for layer in compare(old, fixed).kept_layers] == [old.layers[0].diff_id]
    assert changes(fixed, later) == {"libc-bin": "upgraded", "libc6": "upgraded", "libpam0g": "upgraded"}
    assert compare(fixed, later).kept_layers == ()


def test_one_step_goes_back_and_one_runs_as_root(opened):
    assert changes(opened("nginx:1.28.0-alpine"), opened("nginx:1.28.1-alpine")) == {
        "curl": "downgraded",
        "libcurl": "downgraded",
        "libcrypto3": "upgraded",
        "libssl3": "upgraded",
    }
    before, after = (opened(f"registry.acme.example/base/python:3.12-r{number}").configuration for number in (7, 8))
    assert (before.runs_as_root, after.runs_as_root) == (False, True)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_a_record_is_one_of_osv_s_form_and_says_that_it_is_made_up(record):
    jsonschema.validate(record, RECORD)

    assert isinstance(advisory_of(record), Advisory)
    assert "Made up for the demo." in record["details"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_a_record_speaks_of_packages_that_the_images_hold(opened, record):
    names = ("python:3.12.12-slim-bookworm", "node:22.21.1-alpine3.22", "eclipse-temurin:21.0.9_10-jre-noble")
    contents = [opened(name) for name in (*names, "registry.acme.example/apps/nightly-settlement:1.9.3")]
    asked = [(package, subject_of(package, one.operating_system)) for one in contents for package in one.packages]
    places = {
        (place.ecosystem, place.name): package for package, subject in asked if isinstance(subject, Subject) for place in subject.places
    }

    for affected in record["affected"]:
        package = places[affected["package"]["ecosystem"], affected["package"]["name"]]
        for fixed in [event["fixed"] for event in affected["ranges"][0]["events"] if "fixed" in event]:
            assert compare_versions(package.type, package.source_version or package.version, fixed) == -1


def test_the_catalogue_lists_what_is_exploited_from_its_day_on():
    listed = [{entry["cveID"] for entry in advisories.exploited(wave)["vulnerabilities"]} for wave in Wave]

    assert all(earlier <= later for earlier, later in pairwise(listed))
    assert "CVE-2026-90101" not in listed[2]
    assert "CVE-2026-90101" in listed[3]


def test_every_distribution_has_its_own_place_for_packages():
    known = (systems.DEBIAN, systems.UBUNTU, systems.ALPINE, systems.DISTROLESS, systems.BARE)

    assert {system.database for system in known} == set(Database)
