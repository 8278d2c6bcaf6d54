"""A world of images whose bases their makers know: a registry with published images, and what builders say of them."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from bot.clients.oci.client import RegistryClient
from bot.clients.oci.documents import OCI_INDEX, OCI_MANIFEST, Descriptor, Manifest, read_manifest, sha256
from bot.clients.oci.session import NotFoundError
from bot.clients.short_memory import ShortMemory
from bot.inspect.lineage.lineages import Lineages
from bot.inspect.registry import Registry
from bot.ledger.ledger import Ledger
from bot.model.failure import Failure
from bot.model.image import Digest, ImageReference
from bot.model.lineage import Lineage
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, Layer, RegistrySandbox
from bot.sandbox.registry.store import RefusedError, Store, StoredManifest, encode
from bot.sandbox.server import Server
from tests.registries import plain_http

BASE_NAME, BASE_DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
V02, V1 = "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"
BUILDKIT_V02 = "https://mobyproject.org/buildkit@v1"
BUILDKIT_V1 = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"


@dataclass(kw_only=True)
class World:
    sandbox: RegistrySandbox
    client: Registry
    ledger: Ledger
    host: str
    clock: Clock
    memory: ShortMemory | None = None
    lineages: Lineages = field(init=False)

    def __post_init__(self) -> None:
        self.anew()

    def anew(self, *detectors) -> None:
        """As in another run: what was asked before is asked again."""
        self.lineages = Lineages(registry=self.client, ledger=self.ledger, now=self.clock, detectors=detectors, memory=self.memory)

    def remembering(self, file: Path) -> None:
        self.memory = ShortMemory(file)
        self.anew()

    def name(self, repository: str) -> str:
        return f"{self.host}/{repository}"

    def reference(self, text: str) -> ImageReference:
        return ImageReference.parse(self.name(text))

    def push(
        self, repository: str, tag: str = "1", *, on: str | None = None, steps: Sequence[str] = ("RUN make", "CMD run"), **more: Any
    ) -> Digest:
        """An image built on another one (`repository:tag`, or at a digest); a step with RUN or COPY makes a layer, others do not."""
        self.clock.advance(timedelta(hours=1))
        mark = more.pop("mark", f"{repository}:{tag}")
        layers = [Layer(instruction=step, files=_files(step, mark) if step.startswith(("RUN", "COPY")) else None) for step in steps]
        base = None if on is None else tuple(on.split("@") if "@" in on else on.rsplit(":", 1))
        return self.sandbox.push_image(repository, tag, layers=layers, base=base, **more)

    def remember(self, text: str, platform: str | None = None) -> None:
        assert self.lineages.remember(self.reference(text), platform) is None

    def lineage(self, text: str, platform: str | None = None) -> Lineage:
        found = self.lineages.of(self.reference(text), platform)
        assert not isinstance(found, Failure), found
        return found

    def platform_digest(self, repository: str, reference: str, platform: str = "linux/amd64") -> str:
        """The digest of the manifest of one platform of an index."""
        system, _, architecture = platform.partition("/")
        told = self.sandbox.store.manifest(repository, reference).read()
        return next(child["digest"] for child in told["manifests"] if child["platform"] == {"os": system, "architecture": architecture})

    def material(self, text: str, digest: str, *, platform: str = "linux/amd64") -> dict[str, Any]:
        """As BuildKit names an image that a build used."""
        repository, _, tag = text.rpartition(":")
        host = self.host.replace(":", "%3A")
        purl = f"pkg:docker/{host}/{repository}@{tag}?platform={platform.replace('/', '%2F')}"
        return {"uri": purl, "digest": {"sha256": digest.removeprefix("sha256:")}}

    def attest(
        self,
        repository: str,
        tag: str,
        materials: Sequence[Mapping[str, Any]],
        *,
        way: str = "buildkit v0.2",
        platform: str = "linux/amd64",
        builder: str = "",
    ) -> None:
        """Say of an image what its build used, and who built it."""
        store = self.sandbox.store
        top = store.manifest(repository, tag)
        told = top.read()
        digest = self.platform_digest(repository, tag, platform) if "manifests" in told else top.digest
        kind = V1 if way.endswith("v1") else V02
        statement = {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": kind,
            "subject": [{"name": repository, "digest": {"sha256": digest.removeprefix("sha256:")}}],
            "predicate": _predicate(way, list(materials), builder),
        }
        envelope = {
            "payloadType": "application/vnd.in-toto+json",
            "payload": base64.b64encode(encode(statement)).decode(),
            "signatures": [],
        }
        subject = {"mediaType": top.media_type, "digest": digest, "size": len(store.manifest(repository, digest).body)}
        if way.startswith("buildkit"):
            child = self._attach(repository, statement, "application/vnd.in-toto+json", {"in-toto.io/predicate-type": kind})
            child |= {"platform": {"os": "unknown", "architecture": "unknown"}}
            child["annotations"] = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest}
            system, _, architecture = platform.partition("/")
            own = [{**subject, "platform": {"os": system, "architecture": architecture}}]
            index = encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*told.get("manifests", own), child]})
            store.add_manifest(repository, tag, index, OCI_INDEX)
        elif way.startswith("bundle"):
            annotations = {"dev.sigstore.bundle.predicateType": kind}
            self._attach(repository, {"dsseEnvelope": envelope}, BUNDLE, {}, artifactType=BUNDLE, subject=subject, annotations=annotations)
        elif way.startswith("att"):
            att = f"{digest.replace(':', '-')}.att"
            self._attach(repository, envelope, "application/vnd.dsse.envelope.v1+json", {"predicateType": kind}, tag=att)
        else:
            raise ValueError(way)

    def _attach(
        self, repository: str, told: Mapping[str, Any], kind: str, on_layer: Mapping[str, str], *, tag: str | None = None, **more: Any
    ) -> dict[str, Any]:
        store, body = self.sandbox.store, encode(told)
        layer = {"mediaType": kind, "digest": store.add_blob(body), "size": len(body), "annotations": on_layer}
        config = {"mediaType": "application/json", "digest": store.add_blob(b"{}"), "size": 2}
        manifest = encode({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer], **more})
        stored = store.add_manifest(repository, tag or sha256(manifest), manifest, OCI_MANIFEST)
        return {"mediaType": OCI_MANIFEST, "digest": stored.digest, "size": len(manifest)}


@dataclass(frozen=True, kw_only=True)
class StoreRegistry:
    """`bot.inspect.registry.Registry` without a server, for many images."""

    store: Store

    def manifest(self, reference: ImageReference) -> Manifest:
        found = self._found(reference, reference.digest or reference.tag or "latest")
        return read_manifest(found.body, content_type=found.media_type, digest=found.digest)

    def blob(self, reference: ImageReference, descriptor: Descriptor, *, max_bytes: int) -> bytes:
        del reference, max_bytes
        return self.store.blobs[descriptor.digest]

    def referrers(self, reference: ImageReference) -> Sequence[Descriptor]:
        body = self.store.referrers_index(reference.repository, str(reference.digest), None)
        return read_manifest(body, content_type=OCI_INDEX, digest=sha256(body)).manifests

    def stream(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("lineage reads no layers")

    part = stream

    def _found(self, reference: ImageReference, wanted: str) -> StoredManifest:
        try:
            return self.store.manifest(reference.repository, wanted)
        except RefusedError as error:
            raise NotFoundError(str(error), status=404) from error


@contextmanager
def served_by_nobody() -> Iterator[World]:
    clock = Clock()
    sandbox = RegistrySandbox(clock=clock, access=Access.OPEN)
    with closing(Ledger.open("sqlite://")) as ledger:
        yield World(sandbox=sandbox, client=StoreRegistry(store=sandbox.store), ledger=ledger, host="registry.example", clock=clock)


@contextmanager
def world() -> Iterator[World]:
    clock = Clock()
    sandbox = RegistrySandbox(clock=clock, access=Access.OPEN)
    with Server(sandbox.app) as server, plain_http() as http, closing(Ledger.open("sqlite://")) as ledger:
        yield World(sandbox=sandbox, client=RegistryClient(http=http), ledger=ledger, host=f"127.0.0.1:{server.port}", clock=clock)


def _files(step: str, mark: str) -> Mapping[str, bytes]:
    return {f"srv/{sha256(f'{step} {mark}'.encode())[7:19]}": f"{step} {mark}".encode()}


def _predicate(way: str, materials: list[Any], builder: str = "") -> dict[str, Any]:
    is_buildkit, by = "other" not in way, {"id": builder}
    if way.endswith("v1"):
        kind = BUILDKIT_V1 if is_buildkit else "https://tekton.dev/chains/v2/slsa"
        return {"buildDefinition": {"buildType": kind, "resolvedDependencies": materials}, "runDetails": {"builder": by}}
    kind = BUILDKIT_V02 if is_buildkit else "https://slsa.dev/container-based-build/v0.1"
    return {"buildType": kind, "materials": materials, "builder": by}
