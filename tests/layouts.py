"""Images as folders on disk (OCI image layout), made from what package managers did to a root, and pushed by skopeo."""

import gzip
import hashlib
import json
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tests.images import archive
from tests.registries import needed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "tar": bytes,
    "tar+gzip": partial(gzip.compress, compresslevel=1),
    "tar+zstd": zstd.compress,
}
"""By the end of a layer's media type."""

Member = tuple[str, bytes | None] | tarfile.TarInfo
Root = Mapping[str, tuple[int, bytes]]
"""What is in a root: for each path its mode, and the content of a file or the target of a link."""


def look(root: Path) -> Root:
    """The folders, files and links below a folder as they are now."""
    return {str(path.relative_to(root)): (path.lstat().st_mode, _content(path)) for path in sorted(root.rglob("*"))}


def step(before: Root, after: Root) -> bytes:
    """The layer that makes one root of the other: what is new or changed, and a whiteout for what is gone."""
    return archive(*_step(before, after))


def push(layers: Sequence[bytes], packing: str, folder: Path, target: str) -> None:
    """Make an image of these layers and have skopeo push it, byte for byte, to `HOST/NAME:TAG`."""
    layout(layers, packing, folder)
    skopeo("copy", "--preserve-digests", f"oci:{folder}", f"docker://{target}")


def skopeo(command: str, *arguments: str) -> None:
    """Copies to a registry on loopback."""
    whole = [needed("skopeo"), "--insecure-policy", command, "--dest-tls-verify=false", *arguments]
    done = subprocess.run(whole, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def layout(layers: Sequence[bytes], packing: str, folder: Path) -> None:
    """Make an image of these layers in a folder."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(kind: str, data: bytes) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    diff_ids = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]
    config = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob("config.v1+json", json.dumps(config).encode()),
        "layers": [blob(f"layer.v1.{packing}", PACKINGS[packing](layer)) for layer in layers],
    }
    top = blob("manifest.v1+json", json.dumps(manifest).encode())
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return str(path.readlink()).encode()
    return path.read_bytes() if path.is_file() else b""


def _step(before: Root, after: Root) -> Iterator[Member]:
    gone = {path for path in before if path not in after}
    for path in sorted(gone):
        folder, _, name = path.rpartition("/")
        if folder not in gone:
            yield f"{folder}/.wh.{name}".removeprefix("/"), b""
    for path, (mode, content) in after.items():
        if before.get(path) != (mode, content):
            yield _member(path, mode, content)


def _member(path: str, mode: int, content: bytes) -> Member:
    if stat.S_ISLNK(mode):
        info = tarfile.TarInfo(path)
        info.type, info.linkname = tarfile.SYMTYPE, content.decode()
        return info
    return path, None if stat.S_ISDIR(mode) else content
