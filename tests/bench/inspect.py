"""What opening an image costs: `python -m tests.bench.inspect FOLDER [MEGABYTES...]` prints a table.

Layers are made of this machine's own files (its dpkg database, then what lies in FOLDER, until there are so many megabytes packed) and
served on loopback; the command line is a process of its own, of which seconds and the peak of its memory are told.
"""

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.clients.oci.documents import OCI_MANIFEST
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.registry.store import encode
from bot.sandbox.server import Server

DATABASES = [Path("/etc/os-release"), Path("/usr/lib/os-release"), Path("/var/lib/dpkg/status")]
LAYERS = 3
REPOSITORY = "bench/image"


def main(folder: str, *megabytes: str) -> None:
    columns = ("packed MB", "unpacked MB", "files", "packages", "fetched MB", "seconds", "MB/s packed", "peak MiB", "again: kB", "seconds")
    sys.stdout.write(f"| {' | '.join(columns)} |\n")
    sys.stdout.write("|" + " ---: |" * len(columns) + "\n")
    for wanted in megabytes or ("80", "1000"):
        sys.stdout.write(measure(Path(folder), int(wanted) * 1_000_000) + "\n")


def measure(folder: Path, size: int) -> str:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    layers, unpacked, count = [], 0, 0
    for number in range(LAYERS):
        packed, diff_id, bytes_of, files_of = layer(files, size // LAYERS, DATABASES if number == 0 else [])
        layers.append((sandbox.store.add_blob(packed), len(packed), diff_id))
        unpacked, count = unpacked + bytes_of, count + files_of
    put(sandbox, layers)
    counting = Counting(sandbox.app)
    with Server(counting) as server, tempfile.TemporaryDirectory() as home:
        seconds, peak, told = opened(server.port, home)
        fetched, counting.sent = counting.sent, 0
        again, _, _ = opened(server.port, home)
    packed = sum(length for _, length, _ in layers)
    first = f"{fetched / 1e6:.0f} | {seconds:.1f} | {packed / 1e6 / seconds:.0f} | {peak / 1024:.0f}"
    second = f"{counting.sent / 1e3:.0f} | {again:.1f}"
    return f"| {packed / 1e6:.0f} | {unpacked / 1e6:.0f} | {count} | {len(told['packages'])} | {first} | {second} |"


class Counting:
    """An app of which the bytes are counted that it sends as bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sent = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            self.sent += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted)


def layer(files: Iterator[Path], size: int, first: list[Path]) -> tuple[bytes, str, int, int]:
    """A layer of these files, until it is so large; packed, its diff_id, its size unpacked and its number of files."""
    packed, digest, count, unpacked = io.BytesIO(), hashlib.sha256(), 0, 0
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as zipped:

        class Both(io.RawIOBase):
            def write(self, data) -> int:
                nonlocal unpacked
                digest.update(data)
                unpacked += len(data)
                return zipped.write(data)

        with tarfile.open(fileobj=Both(), mode="w|") as archive:
            for path in first:
                archive.add(path.resolve(), str(path).lstrip("/"))
            while packed.tell() < size and (path := next(files, None)) is not None:
                archive.add(path, str(path).lstrip("/"), recursive=False)
                count += 1
    return packed.getvalue(), f"sha256:{digest.hexdigest()}", unpacked, count


def put(sandbox: RegistrySandbox, layers: list[tuple[str, int, str]]) -> None:
    config = encode(
        {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff_id for _, _, diff_id in layers]}}
    )
    kind = "application/vnd.oci.image.layer.v1.tar+gzip"
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": sandbox.store.add_blob(config), "size": len(config)},
        "layers": [{"mediaType": kind, "digest": digest, "size": length} for digest, length, _ in layers],
    }
    sandbox.store.add_manifest(REPOSITORY, "1", encode(manifest), OCI_MANIFEST)


# What the kernel counts for a child contains its parent's memory, from before it became another program.
PROGRAM = """\
import sys
from bot.cli.app import run
run(sys.argv[1:])
print(open("/proc/self/status").read(), file=sys.stderr)
"""


def opened(port: int, home: str) -> tuple[float, int, dict]:
    """The image opened by the command line: seconds, the peak of its memory in KiB, and what it told."""
    command = [sys.executable, "-c", PROGRAM, "inspect", f"127.0.0.1:{port}/{REPOSITORY}:1", "--format", "json"]
    config = Path(home, "rebuild-bot.yaml")
    config.write_text(
        f"registries: {{'127.0.0.1:{port}': {{plain_http: true}}}}\n"
        f"assess: {{advisories: off}}\ncache_folder: {home}/cache\nledger: {{url: 'sqlite:///{home}/l'}}\n"
    )
    started = time.monotonic()
    done = subprocess.run(command, cwd=home, env={"PATH": os.environ["PATH"], "HOME": home}, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    peak = re.search(r"VmHWM:\s+(\d+) kB", done.stderr)
    if peak is None:
        sys.exit(done.stderr)
    return seconds, int(peak[1]), json.loads(done.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
