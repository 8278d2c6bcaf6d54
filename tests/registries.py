"""Registries to run the client against: the sandbox, and Debian's docker-registry."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from bot.clients.http import HttpClient, HttpLimits
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.credentials import Anonymous, Credential, Login
from bot.model.image import ImageReference
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.registry.store import Store
from bot.sandbox.server import LOOPBACK, Server

USER = "robot"
PASSWORD = "open sesame"
# What bcrypt makes of the password, as `htpasswd -B` writes it.
HTPASSWD = "robot:$2b$05$pB49ipSzSXfGVB/boGIRbeWDorA/Z.BuzaYmnGlJkxihFvDIPl5rC\n"


@dataclass(frozen=True)
class OneLogin:
    """Shows the same login to every registry."""

    def credential(self, registry: str) -> Credential:
        del registry
        return Login(username=USER, password=Secret(PASSWORD))


@dataclass(frozen=True, kw_only=True)
class RunningRegistry:
    """A registry that answers, filled from the outside."""

    host: str
    client: RegistryClient
    publish: Callable[[RegistrySandbox], None]
    """Copies everything out of a sandbox that was seeded into this registry."""
    has_referrers: bool
    sleeps: list[float] = field(default_factory=list)

    def reference(self, text: str) -> ImageReference:
        return ImageReference.parse(f"{self.host}/{text}")


KINDS = ("sandbox open", "sandbox basic", "sandbox bearer", "docker-registry open", "docker-registry htpasswd")


@pytest.fixture(params=KINDS)
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningRegistry]:
    kind = request.param
    has_login = not kind.endswith("open")
    with (
        _sandbox(kind) if kind.startswith("sandbox") else docker_registry(tmp_path, has_login=has_login) as (host, publish),
        plain_http() as http,
    ):
        client = RegistryClient(http=http, keychain=OneLogin() if has_login else Anonymous())
        yield RunningRegistry(host=host, client=client, publish=publish, has_referrers=kind.startswith("sandbox"))


@contextmanager
def plain_http(*, limits: HttpLimits | None = None) -> Iterator[HttpClient]:
    with HttpClient(reach=LOOPBACK, sleep=lambda _: None, limits=limits) as client:
        yield client


@contextmanager
def _sandbox(kind: str) -> Iterator[tuple[str, Callable[[RegistrySandbox], None]]]:
    sandbox = RegistrySandbox(clock=Clock(), access=Access(kind.partition(" ")[2]), users={USER: Secret(PASSWORD)}, max_page=10)

    def publish(seeded: RegistrySandbox) -> None:
        sandbox.store.blobs.update(seeded.store.blobs)
        sandbox.store.repositories.update(seeded.store.repositories)

    with Server(sandbox.app) as server:
        yield f"127.0.0.1:{server.port}", publish


@contextmanager
def docker_registry(folder: Path, *, has_login: bool) -> Iterator[tuple[str, Callable[[RegistrySandbox], None]]]:
    """Debian's docker-registry with its data in the folder: its host and port, and what copies a sandbox into it."""
    program = needed("docker-registry")
    host = f"127.0.0.1:{_free_port()}"
    config = f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '{host}'}}\n"
    if has_login:
        (folder / "htpasswd").write_text(HTPASSWD)
        config += f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}\n"
    (folder / "config.yml").write_text(config)
    process = subprocess.Popen([program, "serve", folder / "config.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://{host}", auth=(USER, PASSWORD) if has_login else None) as http:
            _wait_for(http, process)
            yield host, lambda seeded: upload(seeded.store, http)
    finally:
        process.terminate()
        process.wait(timeout=10)


def needed(program: str) -> str:
    """The path of a program that a test needs; the test is skipped without it, and fails in CI."""
    path = shutil.which(program)
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{program} is not installed")
    return path


def upload(store: Store, http: httpx.Client) -> None:
    """Push everything in a store, children before indexes, as any client would."""
    for name, repository in store.repositories.items():
        for digest, data in store.blobs.items():
            started = http.post(f"/v2/{name}/blobs/uploads/")
            http.put(httpx.URL(started.headers["location"]).copy_merge_params({"digest": digest}), content=data).raise_for_status()
        for manifest in sorted(repository.manifests.values(), key=lambda manifest: "manifests" in manifest.read()):
            for reference in [manifest.digest, *(tag for tag, digest in repository.tags.items() if digest == manifest.digest)]:
                answer = http.put(f"/v2/{name}/manifests/{reference}", content=manifest.body, headers={"content-type": manifest.media_type})
                answer.raise_for_status()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def _wait_for(http: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        try:
            http.get("/v2/")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("docker-registry does not answer")
