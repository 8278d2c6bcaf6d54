"""Layers that are read by their table of contents: the same as by their archive, for a few of their bytes; else the whole is read."""

import hashlib
import random

import pytest

from bot.clients.oci.documents import OCI_MANIFEST, Descriptor, sha256
from bot.inspect.inspector import Inspector
from bot.inspect.layers.by_table import read_by_table
from bot.inspect.layers.keep import packed, unpacked
from bot.inspect.layers.table import TableError, claim_of
from bot.inspect.layers.unpacked import LayerLimits
from bot.inspect.readers import READERS
from bot.model.image import ImageReference
from bot.sandbox.clock import Clock
from bot.sandbox.faults import CutShort, MissingHeader, ServerError, StrangeAnswer
from bot.sandbox.registry import RegistrySandbox
from bot.sandbox.registry.store import encode
from bot.sandbox.server import Server
from tests.images import archive, link, walked
from tests.layouts import layout, skopeo
from tests.registries import RegistryClient, RunningRegistry, docker_registry, plain_http
from tests.tabled import Tabled, estargz, zstd_chunked

STATUS = "var/lib/dpkg/status"
NOISE = random.Random(7).randbytes
DPKG = b"".join(b"Package: p%04d\nVersion: %d\nArchitecture: all\n\n" % (number, number) for number in range(4000))
MEMBERS = [
    ("etc/", None),
    ("etc/os-release", b"ID=debian\nVERSION_ID=12\n"),
    ("srv/weights", NOISE(3_000_000)),
    (STATUS, DPKG),
    link("lib", "usr/lib"),
    link("usr/lib/opkg/status", STATUS, is_hard=True),
    ("usr/bin/tool", b"\x7fELF" + NOISE(300_000)),
    ("opt/.wh.old", b""),
    ("run/.wh..wh..opq", b""),
    ("usr/bin/small", b"#!/bin/sh\n"),
    ("srv/more", NOISE(500_000)),
]
WRITERS = [pytest.param(estargz, id="eStargz"), pytest.param(zstd_chunked, id="zstd:chunked")]


class Parts:
    """A registry's parts of one layer, counted."""

    def __init__(self, layer: Tabled) -> None:
        self.layer = layer
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start: int, size: int) -> bytes | None:
        self.asked.append((start, size))
        return self.layer.data[start : start + size]


def descriptor(layer: Tabled) -> Descriptor:
    return Descriptor(media_type="", digest=sha256(layer.data), size=len(layer.data), annotations=layer.annotations)


def by_table(layer: Tabled, parts=None):
    claim = claim_of(descriptor(layer))
    assert claim is not None
    return read_by_table(descriptor(layer), claim, parts or Parts(layer), READERS, LayerLimits())


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("chunk", [5_000, 64 << 10, 1 << 20])
def test_the_table_tells_the_same_as_the_archive_for_few_bytes(write, chunk):
    layer = write(MEMBERS, chunk=chunk)
    parts = Parts(layer)

    found, whole = by_table(layer, parts), walked(layer.data)

    kept = (found.removed, found.emptied, found.shapes, found.problems)
    assert found.files == whole.files
    assert kept == (whole.removed, whole.emptied, whole.shapes, whole.problems)
    assert (found.is_by_table, whole.is_by_table) == (True, False)
    assert sum(len(file.found.packages) for file in found.files) == 8000
    assert unpacked(packed(found)) == found
    fetched = sum(size for _, size in parts.asked)
    assert fetched < len(layer.data) // 2
    assert len(parts.asked) <= 9


def change(entries, path, **fields):
    next(entry for entry in entries if entry["name"] == path).update(fields)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("edit", "said"),
    [
        pytest.param(lambda e: change(e, STATUS, chunkDigest="sha256:" + "0" * 64), "another digest", id="another digest"),
        pytest.param(lambda e: change(e, STATUS, chunkDigest=""), "without a digest", id="no digest"),
        pytest.param(lambda e: change(e, STATUS, size=300_000), "shorter", id="larger than it is"),
        pytest.param(lambda e: change(e, STATUS, size=-1), "`size`", id="a negative size"),
        pytest.param(lambda e: change(e, STATUS, size=1 << 60), "`size`", id="a size without end"),
        pytest.param(lambda e: change(e, STATUS, size="7"), "`size`", id="a size that is text"),
        pytest.param(lambda e: change(e, STATUS, offset=1 << 40), "fit", id="beyond the end"),
        pytest.param(lambda e: change(e, STATUS, offset=3), "broken", id="in the middle of something"),
        pytest.param(lambda e: change(e, STATUS, innerOffset=1 << 45), "too large", id="behind too much"),
        pytest.param(lambda e: change(e, STATUS, name=["x"]), "`name`", id="a name that is none"),
        pytest.param(lambda e: e.insert(0, {"name": "x", "type": "chunk"}), "piece of no file", id="a piece of no file"),
        pytest.param(lambda e: e.append("x"), "unknown form", id="an entry that is none"),
        pytest.param(lambda e: e.extend({} for _ in range(400_000)), "too large", id="too many entries"),
        pytest.param(
            lambda e: e.extend(dict(e[1], name=f"srv/{n}/node_modules/x/package.json") for n in range(70)), "are wanted", id="many files"
        ),
    ],
)
def test_a_table_that_does_not_fit_is_not_gone_by(write, edit, said):
    with pytest.raises(TableError, match=said):
        by_table(write(MEMBERS, edit=edit))


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("part", "said"),
    [
        pytest.param(lambda *_: None, "no parts", id="no parts"),
        pytest.param(lambda layer, start, size: layer.data[start : start + size - 1], "no parts", id="short parts"),
        pytest.param(lambda _, __, size: bytes(size), "end as eStargz|not the one", id="other bytes"),
    ],
)
def test_parts_that_are_none_are_not_used(write, part, said):
    layer = write(MEMBERS)
    with pytest.raises(TableError, match=said):
        by_table(layer, lambda start, size: part(layer, start, size))


def test_parts_that_trickle_are_left():
    layer, seconds = estargz(MEMBERS), iter(range(0, 10_000, 400))
    with pytest.raises(TableError, match="too long"):
        read_by_table(descriptor(layer), claim_of(descriptor(layer)), Parts(layer), READERS, LayerLimits(), monotonic=lambda: next(seconds))


@pytest.mark.parametrize("write", WRITERS)
def test_another_table_than_the_manifest_names_is_not_used(write):
    layer, other = write(MEMBERS), write(MEMBERS[:4])
    digest = next(value for value in other.annotations.values() if value.startswith("sha256:"))
    names = {name: digest if value.startswith("sha256:") else value for name, value in layer.annotations.items()}

    with pytest.raises(TableError, match="not the one that its manifest names"):
        by_table(Tabled(data=layer.data, annotations=names, archive=layer.archive))


@pytest.mark.parametrize(
    "annotations",
    [
        {},
        {"containerd.io/snapshot/stargz/toc.digest": "none"},
        {"io.github.containers.zstd-chunked.manifest-position": "1:2:3:1"},
        {"io.github.containers.zstd-chunked.manifest-position": "1:2:3:2", "io.github.containers.zstd-chunked.manifest-checksum": "x"},
    ],
)
def test_without_a_digest_in_the_manifest_there_is_no_table(annotations):
    assert claim_of(Descriptor(media_type="", digest=sha256(b""), size=0, annotations=annotations)) is None


class Memory(dict):
    def layer(self, key):
        return self.get(key)

    def remember(self, key, record):
        self[key] = record


@pytest.fixture
def shop():
    sandbox = RegistrySandbox(clock=Clock())
    with Server(sandbox.app) as server, plain_http() as http:
        yield (
            sandbox,
            RunningRegistry(host=f"127.0.0.1:{server.port}", client=RegistryClient(http=http), publish=lambda _: None, has_referrers=True),
        )


def publish(sandbox: RegistrySandbox, layer: Tabled) -> str:
    """An image of one layer; its diff_id."""
    store, diff_id = sandbox.store, f"sha256:{hashlib.sha256(layer.archive).hexdigest()}"
    config = encode({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff_id]}})
    told = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": store.add_blob(layer.data), "size": len(layer.data)}
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": store.add_blob(config), "size": len(config)},
        "layers": [{**told, "annotations": layer.annotations}],
    }
    store.add_manifest("team/app", "1", encode(manifest), OCI_MANIFEST)
    return diff_id


@pytest.mark.parametrize("write", WRITERS)
def test_an_image_is_opened_by_its_table_said_so_and_kept_apart_from_the_diff_id(shop, write):
    sandbox, running = shop
    layer = write(MEMBERS)
    diff_id = publish(sandbox, layer)
    memory, limits = Memory(), LayerLimits(by_table_from_bytes=0)

    inspector = Inspector(registry=running.client, memory=memory, limits=limits)
    contents, again = inspector.inspect(running.reference("team/app:1")), inspector.inspect(running.reference("team/app:1"))
    whole = Inspector(registry=running.client, memory=memory).inspect(running.reference("team/app:1"))

    assert contents.packages == again.packages == whole.packages
    assert {package.layer for package in contents.packages} == {diff_id}
    [said] = [source for source in contents.sources if source not in whole.sources]
    assert (said.name, said.packages) == ("packages", 8000)
    assert "by the table of contents that its manifest names" in said.where
    assert contents.not_read == whole.not_read == ()
    by_table, by_archive = memory
    assert (by_table.startswith(sha256(layer.data)), by_archive) == (True, diff_id)
    assert (memory[by_table].is_by_table, memory[by_archive].is_by_table) == (True, False)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"fault": MissingHeader(name="content-range")}, id="parts that do not say which"),
        pytest.param({"fault": StrangeAnswer(), "after": 1, "times": 1}, id="200 in place of 206"),
        pytest.param({"fault": ServerError(status=416), "after": 1, "times": 1}, id="refused"),
        pytest.param({"fault": CutShort(), "after": 2, "times": 1}, id="cut short"),
    ],
)
def test_where_parts_can_not_be_had_the_whole_is_read_and_nothing_is_missed(shop, fault):
    sandbox, running = shop
    publish(sandbox, estargz(MEMBERS))
    sandbox.faults.switch_on("GET /v2/*/blobs/*", **fault)

    contents = Inspector(registry=running.client, limits=LayerLimits(by_table_from_bytes=0)).inspect(running.reference("team/app:1"))

    assert len(contents.packages) == 8000
    assert ([source.name for source in contents.sources], contents.not_read) == (["deb"], ())


def test_a_layer_that_skopeo_makes_of_an_archive_is_read_by_its_table(tmp_path):
    data = archive(*(member for member in MEMBERS if member != ("etc/", None))).rstrip(b"\0")
    layer = data + b"\0" * (-len(data) % 512 + 1024)  # as Go writes it, of which this skopeo keeps every byte
    with docker_registry(tmp_path, has_login=False) as (host, _), plain_http() as http:
        layout([layer], "tar", tmp_path / "image")
        skopeo("copy", "--dest-compress-format=zstd:chunked", f"oci:{tmp_path}/image", f"docker://{host}/team/app:1")
        client, reference = RegistryClient(http=http), ImageReference.parse(f"{host}/team/app:1")
        [told] = client.manifest(reference).layers
        whole = Inspector(registry=client).inspect(reference)
        contents = Inspector(registry=client, limits=LayerLimits(by_table_from_bytes=0)).inspect(reference)

    assert claim_of(told) is not None
    assert len(whole.packages) == 8000
    assert (contents.packages, contents.not_read) == (whole.packages, ())
    assert [source.name for source in contents.sources] == ["deb", "packages"]
