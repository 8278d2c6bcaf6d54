"""Layers that are kept come back as they were."""

from contextlib import closing

import pytest

from bot.inspect.layers import keep
from bot.inspect.layers.record import LayerRecord
from bot.inspect.memory import LedgerMemory
from bot.ledger.ledger import Ledger
from tests.images import MATERIAL, archive, link, needs_material, walked

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
