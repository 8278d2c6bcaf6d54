"""A scanner's server on loopback, the image that it is asked of, and who asks it: every server in the same way."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.assess.assessor import Assessor
from bot.assess.servers.patience import Patience
from bot.assess.servers.scanner import Image, Scanner
from bot.assess.servers.servers import server
from bot.assess.servers.source import ServerSource, Setup
from bot.assess.servers.wire import Login, Wire
from bot.clients.http import HttpClient, HttpLimits
from bot.clients.oci.endpoint import Endpoint
from bot.clients.pacing import Pacing
from bot.clients.shelf import Shelf
from bot.model.assessment import Assessment
from bot.model.contents import Contents, Layer, OperatingSystem, Package
from bot.model.image import Digest
from bot.model.scanner import ScannerKind
from bot.model.secret import Secret
from bot.report.contents.cyclonedx import cyclonedx
from bot.sandbox.scanners.scans import Finding, Scan, ScannerSandbox
from bot.sandbox.server import LOOPBACK, Server
from tests.scanner_schemas import ANSWERS, NO_JSON, QUESTIONS

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DIGEST = Digest(f"sha256:{'a' * 64}")
ORGANIZATION = "f59045b3-f093-40c3-871d-a334ae30c568"
OTHER = Digest(f"sha256:{'c' * 64}")
LAYER = Digest(f"sha256:{'1' * 64}")

OPENSSL = Package(
    type="deb",
    namespace="debian",
    name="libssl3",
    version="3.0.11-1~deb12u2",
    architecture="amd64",
    source_name="openssl",
    purl="pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
)
SHADOW = Package(
    type="deb", namespace="debian", name="passwd", version="1:4.13+dfsg1-1", purl="pkg:deb/debian/passwd@1:4.13%2Bdfsg1-1?distro=debian-12"
)
DJANGO = Package(type="pypi", name="Django", version="4.2.0", path="app/site-packages/Django-4.2.0.dist-info", purl="pkg:pypi/django@4.2.0")
PACKAGES = (OPENSSL, SHADOW, DJANGO)
FINDINGS = (
    Finding(id="CVE-2026-0001", package=OPENSSL, fixed_in="3.0.12-1"),
    Finding(id="CVE-2026-0002", package=DJANGO),
)


def contents(
    *, digest: Digest = DIGEST, image: str = "registry.example.com/shop/team/app:1.2", packages: tuple[Package, ...] = PACKAGES
) -> Contents:
    return Contents(
        image=image,
        digest=digest,
        platform="linux/amd64",
        operating_system=OperatingSystem(id="debian", version="12"),
        packages=packages,
        layers=(Layer(diff_id=f"sha256:{'2' * 64}", digest=LAYER, size_bytes=1),),
    )


def image_id(digest: Digest) -> Digest:
    """Of a manifest's image the digest of the configuration."""
    return Digest(f"sha256:{sha256(digest.encode()).hexdigest()}")


def image_of(told: Contents) -> Image:
    host, _, rest = told.image.partition("/")
    repository = rest.partition(":")[0]
    return Image(
        contents=told,
        endpoint=Endpoint(scheme="https", host=host, repository=repository, credential_host=host),
        configuration_digest=lambda: image_id(told.digest),
        pull_token=lambda: Secret("Bearer for-some-minutes"),
        bill_of_materials=lambda: cyclonedx(told, NOW),
    )


class Judge:
    """ASGI middleware that holds what goes over the wire against what vendors publish, and keeps what does not fit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.faults: list[str] = []
        self.unknown: set[str] = set()
        self.is_on = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = f"{scope['method']} {scope['path']}"
        bodies: dict[str, bytearray] = {"question": bytearray(), "answer": bytearray()}
        status = [0]

        async def heard() -> Message:
            message = await receive()
            bodies["question"] += message.get("body", b"")
            return message

        async def told(message: Message) -> None:
            status[0] = message.get("status", status[0])
            bodies["answer"] += message.get("body", b"")
            await send(message)

        await self._app(scope, heard, told)
        self._judge(f"the question {route}", QUESTIONS, route, bytes(bodies["question"]))
        if status[0] in {200, 201, 202}:
            self._judge(f"the answer to {route}", ANSWERS, route, bytes(bodies["answer"]))

    def _judge(self, what: str, schemas: dict[str, Any], route: str, body: bytes) -> None:
        if not body or not self.is_on:
            return
        schema = next((schema for pattern, schema in schemas.items() if fnmatchcase(route, pattern)), None)
        if schema is None:
            self.unknown.add(what)
            return
        if schema is NO_JSON:
            return
        try:
            jsonschema.validate(json.loads(body), schema)
        except (ValueError, jsonschema.ValidationError) as error:
            self.faults.append(f"{what}: {str(error)[:300]}")


@dataclass(kw_only=True)
class World:
    """One server and who asks it. What is kept between runs lies in `folder`."""

    kind: ScannerKind
    sandbox: ScannerSandbox
    url: str
    folder: Path
    login: Login
    judge: Judge
    wait: timedelta = timedelta(seconds=10)
    submit: bool = False
    tries: int = 2
    clock: Callable[[], datetime] = lambda: NOW
    waited: list[timedelta] = field(default_factory=list)

    @contextmanager
    def source(self) -> Iterator[ServerSource]:
        """One run's."""
        pacing = Pacing(now=self.clock, sleep=lambda seconds: self.waited.append(timedelta(seconds=seconds)))
        limits = HttpLimits(tries=self.tries)
        with (
            HttpClient(reach=LOOPBACK, sleep=lambda _: None, limits=limits, pacing=pacing, now=self.clock) as http,
            closing(Shelf(self.folder / "scanners.sqlite3")) as shelf,
        ):
            setup = Setup(name="Scanner", place=f"{self.kind} {self.url}", trust=0, serves=lambda _: True, submits=self.submit)
            patience = Patience(self.wait, pause=self.waited.append)
            yield ServerSource(setup, self.scanner(http), image_of=image_of, shelf=shelf, patience=patience, now=self.clock)

    def scanner(self, http: HttpClient) -> Scanner:
        names = {"issuer": "rebuild-bot", "application": "rebuild-bot", "stage": "build", "organization": ORGANIZATION}
        wire = Wire(http=http, base_url=self.url, login=self.login, now=self.clock, **names)
        return server(self.kind).make(wire=wire)

    def assess(self, *images: Contents) -> Assessment:
        """What one run knows of the last of the images."""
        with self.source() as source:
            assessor = Assessor(sources=[source])
            found = [assessor.assess(image) for image in images or (contents(),)]
        return found[-1]

    def put(self, *findings: Finding, digest: Digest = DIGEST, **more: Any) -> Scan:
        """Let the server know an image, or find this in it."""
        scan = Scan(packages=PACKAGES, findings=findings, **more)
        self.sandbox.would_find[digest] = scan
        if not self.submit:
            self.sandbox.scans[digest] = scan
        return scan


@contextmanager
def world(kind: ScannerKind, sandbox: ScannerSandbox, login: Login, folder: Path, *, submit: bool) -> Iterator[World]:
    judge = Judge(sandbox.app)
    with Server(judge) as running:
        yield World(kind=kind, sandbox=sandbox, url=running.url, folder=folder, login=login, judge=judge, submit=submit)
