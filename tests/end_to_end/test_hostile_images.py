"""An image that is made to harm: `inspect` says what it did not read, reads the rest, and leaves nothing behind but its own files."""

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest

from bot.clients.oci.documents import OCI_MANIFEST
from bot.sandbox.registry.store import encode
from tests.images import archive, link

NAME = "docker.io/library/tool"
STATUS = "var/lib/dpkg/status"
GOOD = archive(
    ("etc/os-release", b"ID=debian\nVERSION_ID=12\nNAME=caf\xe9\n"),
    (STATUS, b"Package: caf\xe9\nVersion: 1\n"),
    ("srv/node_modules/x/package.json", b'{"name": "\\ud800x", "version": "1\\udfff"}'),
)
LAYERS = {
    "": gzip.compress(GOOD),
    "a path that leads out of the image": gzip.compress(
        archive(("../../escaped", b"x"), ("/../escaped", b"x"), link("srv/out", "../../../../../escaped"), ("srv/out", b"x"))
    ),
    "var/lib/rpm/rpmdb.sqlite: not read: its links lead in a circle": gzip.compress(archive(link("var/lib/rpm", "rpm"))),
    "compression is broken": gzip.compress(archive(("x", b"y")))[:-9],
    "no tar archive": gzip.compress(b"rubbish" * 300),
    "which the image's config names": gzip.compress(archive(("another", b"y"))),
}


@pytest.fixture
def hostile(acme):
    """An image of all of them, whose texts are no text."""
    store = acme.registry.store
    diff_ids = [f"sha256:{hashlib.sha256(_plain(data)).hexdigest()}" for data in LAYERS.values()]
    diff_ids[-1] = f"sha256:{'0' * 64}"
    config = json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "config": {"User": "\ud800", "Env": ["A=\udfff"], "Labels": {"\ud800": "\ud800"}},
            "history": [{"created_by": f"RUN \ud800 {number}"} for number in range(len(diff_ids))],
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }
    ).encode()
    kind = "application/vnd.oci.image.layer.v1.tar+gzip"
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": store.add_blob(config), "size": len(config)},
        "layers": [{"mediaType": kind, "digest": store.add_blob(data), "size": len(data)} for data in LAYERS.values()],
    }
    store.add_manifest(NAME, "1", encode(manifest), OCI_MANIFEST)
    return acme


def _plain(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except EOFError:
        return b""


def files_around(folder: Path) -> set[Path]:
    """All but caches and ledgers, in the folder and beside it, where a path that climbs would lead."""
    # Other tests leave links there that lead nowhere.
    found = {Path(place) / name for place, _, names in os.walk(folder.parent) for name in names}
    return {path for path in found if "ledger" not in path.name and "cache" not in path.parts}


@pytest.mark.parametrize("form", ["table", "json", "markdown", "cyclonedx", "spdx"])
def test_everything_is_said_and_nothing_is_left_behind(hostile, form):
    before = files_around(hostile.folder)

    result = hostile.run("inspect", "tool:1", "--format", form)

    assert result.returncode == 4, result.stderr
    assert "Traceback" not in result.stderr
    assert "caf\ufffd" in result.stdout
    said = " ".join((result.stdout + result.stderr).split())
    assert [reason for reason in LAYERS if reason not in said] == []
    after = files_around(hostile.folder)
    assert after == before
