"""Layers that are kept come back as they were."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from bot.inspect.inspector import Inspector
from bot.inspect.layers import keep
from bot.inspect.layers.record import LayerRecord
from bot.inspect.memory import LedgerMemory, RecordingInspector
from bot.ledger.ledger import Ledger
from bot.model.image import ImageReference
from bot.sandbox.clock import Clock
from bot.sandbox.registry import RegistrySandbox
from bot.sandbox.server import Server
from tests.images import MATERIAL, archive, link, needs_material, walked
from tests.registries import RegistryClient, plain_http

DIFF_ID = "sha256:" + "d" * 64
LAYER = archive(
    ("etc/os-release", b"ID=fedora\nID_LIKE='rhel centos'\nSUPPORT_END=2030-01-02\n"),
    ("var/lib/dpkg/status", b"Package: a\nSource: b (2)\nVersion: 1\nArchitecture: amd64\n\nVersion: 3\n"),
    ("node_modules/@x/y/package.json", b'{"name": "@x/y", "version": "1"}'),
    ("usr/bin/tool", b"x"),
    ("var/.wh.cache", b""),
    ("opt/.wh..wh..opq", b""),
    ("../out", b""),
    link("lib", "usr/lib"),
)


@pytest.mark.parametrize("record", [LayerRecord(), walked(LAYER)], ids=["empty", "all kinds"])
def test_a_record_comes_back_as_it_was(record):
    assert keep.unpacked(keep.packed(record)) == record


@needs_material
@pytest.mark.parametrize("name", sorted(path.name for path in (MATERIAL / "layers").glob("*.tar")))
def test_real_layers_come_back_as_they_were(name):
    record = walked((MATERIAL / "layers" / name).read_bytes())

    assert keep.unpacked(keep.packed(record)) == record


def test_what_other_code_read_is_read_anew(monkeypatch):
    with closing(Ledger.open("sqlite://")) as ledger:
        memory = LedgerMemory(ledger.layers)
        memory.remember(DIFF_ID, walked(LAYER))
        assert memory.layer(DIFF_ID) == walked(LAYER)

        monkeypatch.setattr("bot.inspect.memory.reading_form", lambda: "newer")
        assert memory.layer(DIFF_ID) is None
        memory.remember(DIFF_ID, LayerRecord())
        memory.remember(DIFF_ID, LayerRecord())
        assert memory.layer(DIFF_ID) == LayerRecord()


def test_what_is_inside_an_opened_image_stands_in_the_ledger():
    status = "var/lib/dpkg/status"
    base = [{status: b"Package: libssl3\nSource: openssl\nVersion: 3.0.11-1\n\nPackage: xz-utils\nVersion: 5.6.1-1\n"}]
    sandbox = RegistrySandbox(clock=Clock())
    sandbox.push_image("library/debian", "12", layers=base)
    sandbox.push_image("team/app", "1", layers=[{status: b"Package: libssl3\nVersion: 3.0.11-1\n"}], base=("library/debian", "12"))
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with Server(sandbox.app) as server, plain_http() as http, closing(Ledger.open("sqlite://")) as ledger:
        inspector = Inspector(registry=RegistryClient(http=http), memory=LedgerMemory(ledger.layers))
        recording = RecordingInspector(inspector=inspector, ledger=ledger, now=lambda: now)
        host = f"127.0.0.1:{server.port}"
        opened = [recording.inspect(ImageReference.parse(f"{host}/{name}")) for name in ("library/debian:12", "team/app:1")]

        known = ledger.contents.packages_called(["xz-utils", "openssl"])
        by_id = {image.id: image.digest for images in ledger.contents.opened().values() for image in images}
        tags = ledger.sightings.latest_digests("oci", [f"{host}/team/app"])
        held = {(package.name, by_id[one.image_id]) for package in known for one in ledger.contents.carriers([package.id])}

    debian, app = (contents.digest for contents in opened)
    assert held == {("libssl3", debian), ("xz-utils", debian)}
    assert set(by_id.values()) == {debian, app}
    assert tags == {(f"{host}/team/app", "1"): app}


def test_a_second_look_at_an_image_reads_no_layer_at_all_even_in_another_process(tmp_path):
    sandbox = RegistrySandbox(clock=Clock())
    sandbox.push_image("library/debian", "12", layers=[{"etc/os-release": b"ID=debian\n"}, {"usr/bin/x": b"x"}])
    for name in ("one", "two"):
        sandbox.push_image(f"team/{name}", "1", layers=[{"app": name.encode()}], base=("library/debian", "12"))
    fetched, layers = [], set()
    with Server(sandbox.app) as server, plain_http() as http:
        for name in ("one", "two", "one", "two"):
            with closing(Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as ledger:
                sandbox.faults.forget()
                inspector = Inspector(registry=RegistryClient(http=http), memory=LedgerMemory(ledger.layers))
                contents = inspector.inspect(ImageReference.parse(f"127.0.0.1:{server.port}/team/{name}:1"))
                layers |= {layer.digest for layer in contents.layers}
                requests = sandbox.faults.requests
                fetched.append(sum(count for request, count in requests.items() if any(layer in request for layer in layers)))

    assert fetched == [3, 1, 0, 0]
