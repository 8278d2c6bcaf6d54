"""An image opened from a registry: the real ones, and one that lies."""

import gzip
import hashlib
import json
from datetime import date

import pytest

from bot.clients.oci.documents import OCI_MANIFEST
from bot.clients.oci.session import RegistryError
from bot.inspect.inspector import Inspector
from bot.model.contents import Base
from bot.model.image import Digest, Platform
from bot.sandbox.clock import Clock
from bot.sandbox.registry import ImageFormat, RegistrySandbox, Runtime
from bot.sandbox.registry.store import encode
from bot.sandbox.server import Server
from tests.images import archive
from tests.registries import RegistryClient, RunningRegistry, plain_http

STATUS = "var/lib/dpkg/status"
BASE = [
    {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        STATUS: b"Package: libssl3\nSource: openssl\nVersion: 3.0.11-1\nArchitecture: amd64\n\nPackage: zlib1g\nVersion: 1:1.2\n",
    }
]
APP = [{STATUS: b"Package: libssl3\nSource: openssl\nVersion: 3.0.12-1\nArchitecture: amd64\n\nPackage: zlib1g\nVersion: 1:1.2\n"}]


class Memory(dict):
    def layer(self, diff_id):
        return self.get(diff_id)

    def remember(self, diff_id, record):
        self[diff_id] = record


@pytest.fixture
def seeded():
    sandbox = RegistrySandbox(clock=Clock())
    sandbox.push_image("library/debian", "12", layers=BASE)
    labels = {"org.opencontainers.image.base.name": "docker.io/library/debian:12"}
    sandbox.push_image("team/app", "1", layers=APP, base=("library/debian", "12"), labels=labels, runtime=Runtime(user="1000:0"))
    return sandbox


@pytest.mark.parametrize("image_format", list(ImageFormat), ids=lambda image_format: image_format.name.lower())
def test_an_image_is_opened_in_any_registry(registry: RunningRegistry, seeded: RegistrySandbox, image_format: ImageFormat):
    seeded.push_image("team/other", "1", layers=BASE, image_format=image_format)
    registry.publish(seeded)

    contents = Inspector(registry=registry.client).inspect(registry.reference("team/app:1"))
    other = Inspector(registry=registry.client).inspect(registry.reference("team/other:1"))

    base, app = (layer.diff_id for layer in contents.layers)
    assert [(p.name, p.version, p.layer) for p in contents.packages] == [("libssl3", "3.0.12-1", app), ("zlib1g", "1:1.2", base)]
    assert contents.packages[0].purl == "pkg:deb/debian/libssl3@3.0.12-1?arch=amd64&distro=debian-12&upstream=openssl"
    system = contents.operating_system
    assert (system.id, system.end_of_life, system.extended_until) == ("debian", date(2026, 7, 11), date(2028, 6, 30))
    assert contents.base == Base(name="docker.io/library/debian:12", source="its own labels")
    assert (contents.configuration.user, contents.configuration.runs_as_root) == ("1000:0", False)
    assert contents.not_read == ()
    assert [package.version for package in other.packages] == ["3.0.11-1", "1:1.2"]


@pytest.fixture
def shop():
    """A sandbox that is filled by hand, and a client for it."""
    sandbox = RegistrySandbox(clock=Clock())
    with Server(sandbox.app) as server, plain_http() as http:
        running = RunningRegistry(
            host=f"127.0.0.1:{server.port}", client=RegistryClient(http=http), publish=lambda _: None, has_referrers=True
        )
        yield sandbox, running


def put(sandbox, layers, *, diff_ids=None, config=None, repository="team/made"):
    """An image of these layers as they are; what a builder would get wrong can be got wrong."""
    store = sandbox.store
    told = config or {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {
            "type": "layers",
            "diff_ids": diff_ids or [f"sha256:{hashlib.sha256(gunzipped(layer)).hexdigest()}" for layer in layers],
        },
    }
    data = encode(told)
    kind = "application/vnd.oci.image.layer.v1.tar+gzip"
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": store.add_blob(data), "size": len(data)},
        "layers": [{"mediaType": kind, "digest": store.add_blob(layer), "size": len(layer)} for layer in layers],
    }
    return store.add_manifest(repository, "1", json.dumps(manifest).encode(), OCI_MANIFEST)


def gunzipped(layer):
    return gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer


def test_a_layer_is_read_once_for_all_images_on_it(shop):
    sandbox, running = shop
    sandbox.push_image("library/debian", "12", layers=BASE)
    for name in ("one", "two"):
        sandbox.push_image(f"team/{name}", "1", layers=[{"app": name.encode()}], base=("library/debian", "12"))
    memory = Memory()
    inspector = Inspector(registry=running.client, memory=memory)

    first = inspector.inspect(running.reference("team/one:1"))
    second = inspector.inspect(running.reference("team/two:1"))
    again = inspector.inspect(running.reference("team/one:1"))

    assert first.packages == second.packages == again.packages
    shared = first.layers[0].digest
    assert sum(count for request, count in sandbox.faults.requests.items() if shared in request) == 1
    assert len(memory) == 3


@pytest.mark.parametrize(
    ("upper", "diff_ids", "said"),
    [
        pytest.param(b"rubbish" * 300, None, "no tar archive", id="no archive"),
        pytest.param(gzip.compress(archive(("x", b"y")))[:-9], ["sha256:" + "0" * 64], "compression is broken", id="cut short"),
        pytest.param(gzip.compress(archive(("x", b"y"))), ["sha256:" + "0" * 64], "which the image's config names", id="another diff_id"),
    ],
)
def test_a_layer_that_is_not_read_costs_only_itself_and_is_said(shop, upper, diff_ids, said):
    sandbox, running = shop
    lower = gzip.compress(archive(*BASE[0].items()))
    lower_id = f"sha256:{hashlib.sha256(gunzipped(lower)).hexdigest()}"
    upper_id = diff_ids or [f"sha256:{hashlib.sha256(upper).hexdigest()}"]
    put(sandbox, [lower, upper], diff_ids=[lower_id, *upper_id])

    contents = Inspector(registry=running.client).inspect(running.reference("team/made:1"))

    assert len(contents.packages) == 2
    [missing] = contents.not_read
    assert missing.what.startswith("layer 2 ")
    assert said in missing.reason
    assert "what it changes in the layers below is not known" in missing.reason


def test_a_layer_that_is_gone_is_said(shop):
    sandbox, running = shop
    manifest = put(sandbox, [gzip.compress(archive(*BASE[0].items()))])
    del sandbox.store.blobs[Digest(manifest.read()["layers"][0]["digest"])]

    contents = Inspector(registry=running.client).inspect(running.reference("team/made:1"))

    assert contents.packages == ()
    assert "404" in contents.not_read[0].reason


def test_an_unreadable_database_is_no_empty_one(shop):
    sandbox, running = shop
    sandbox.push_image("team/old", "1", layers=[{"var/lib/rpm/Packages": b"bdb"}])

    contents = Inspector(registry=running.client).inspect(running.reference("team/old:1"))

    assert [str(missing)[:45] for missing in contents.not_read] == ["var/lib/rpm/Packages: not read: a Berkeley DB"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        pytest.param({"os": "linux"}, "no container image", id="no layers"),
        pytest.param({"rootfs": {"diff_ids": ["sha256:" + "0" * 64] * 2}}, "names 2 layers, the manifest 1", id="another number of layers"),
    ],
)
def test_what_is_no_image_is_an_error(shop, config, said):
    sandbox, running = shop
    put(sandbox, [gzip.compress(archive(("x", b"y")))], config=config)

    with pytest.raises(RegistryError, match=said):
        Inspector(registry=running.client).inspect(running.reference("team/made:1"))


def test_the_platform_is_the_one_that_is_wished_for(shop):
    sandbox, running = shop
    sandbox.push_image("team/multi", "1", layers=BASE, platforms=("linux/arm64", "linux/amd64", "linux/s390x"))
    inspector, reference = Inspector(registry=running.client), running.reference("team/multi:1")

    assert inspector.inspect(reference).platform == "linux/amd64"
    assert inspector.inspect(reference, Platform(os="linux", architecture="arm64")).platform == "linux/arm64"
    assert inspector.inspect(reference).platforms == ("linux/arm64", "linux/amd64", "linux/s390x")
    with pytest.raises(RegistryError, match="there are: linux/arm64, linux/amd64, linux/s390x"):
        inspector.inspect(reference, Platform(os="windows", architecture="amd64"))


@pytest.mark.parametrize(
    ("built_for", "wanted", "is_it"),
    [
        pytest.param("linux/amd64", "linux/amd64", True, id="the same"),
        pytest.param("linux/amd64", "linux/arm64", False, id="another architecture"),
        pytest.param("windows/amd64", "linux/amd64", False, id="another system"),
        pytest.param("linux/arm64", "linux/arm64/v8", True, id="the usual variant, named by the wish"),
        pytest.param("linux/arm64/v8", "linux/arm64", True, id="the usual variant, named by the image"),
        pytest.param("linux/arm", "linux/arm/v6", True, id="a variant that the image leaves open"),
        pytest.param("linux/arm/v6", "linux/arm", True, id="a variant that the wish leaves open"),
        pytest.param("linux/arm/v6", "linux/arm/v7", False, id="another variant"),
        pytest.param("", "linux/amd64", False, id="an image that does not say"),
    ],
)
def test_an_image_without_an_index_is_for_its_own_platform_alone(shop, built_for, wanted, is_it):
    sandbox, running = shop
    layer = archive(("etc/os-release", b"ID=alpine\n"))
    told = Platform.parse(built_for)
    root = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}
    config = {"os": told.os, "architecture": told.architecture, "variant": told.variant, "rootfs": root}
    put(sandbox, [gzip.compress(layer)], config=config)
    inspector, reference = Inspector(registry=running.client), running.reference("team/made:1")

    if is_it:
        assert inspector.inspect(reference, Platform.parse(wanted)).platform == built_for
    else:
        with pytest.raises(RegistryError, match=f"no image for {wanted}; there is {built_for or 'one that does not say'}"):
            inspector.inspect(reference, Platform.parse(wanted))
