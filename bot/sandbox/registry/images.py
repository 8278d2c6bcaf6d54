"""Images made of tiny but real layers: tar, gzip, config, manifest, index."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from bot.clients.oci.documents import DOCKER_INDEX, DOCKER_MANIFEST, HELM_CONFIG, OCI_INDEX, OCI_MANIFEST
from bot.model.image import Digest, Platform
from bot.sandbox.registry.store import Store, StoredManifest, encode

_PROVENANCE: Final = "https://slsa.dev/provenance/v0.2"
Files = Mapping[str, bytes]
"""What a layer adds: path without a leading slash -> content."""


class ImageFormat(Enum):
    """The media types of an image: index, manifest, config, layer."""

    OCI = (
        OCI_INDEX,
        OCI_MANIFEST,
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar+gzip",
    )
    DOCKER = (
        DOCKER_INDEX,
        DOCKER_MANIFEST,
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
    )


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """How a container of the image is started."""

    user: str = ""
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: Sequence[str] = ()
    exposed_ports: Sequence[str] = ()
    working_folder: str = ""
    volumes: Sequence[str] = ()
    healthcheck: Sequence[str] = ()
    stop_signal: str = ""

    def config(self, labels: Mapping[str, str]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "User": self.user,
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "Env": list(self.environment),
            "ExposedPorts": {port: {} for port in self.exposed_ports},
            "WorkingDir": self.working_folder,
            "Volumes": {folder: {} for folder in self.volumes},
            "Healthcheck": {"Test": list(self.healthcheck)} if self.healthcheck else {},
            "StopSignal": self.stop_signal,
            "Labels": dict(labels),
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One step of an image's history."""

    instruction: str
    """As the history tells it: `RUN apt-get update`."""
    files: Files | Callable[[Platform], Files] | None = None
    """The same for each platform, or made for it; None: a step without a layer (`ENV`, `USER`, `CMD`)."""
    created: datetime | None = None
    """None: when the image was."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an image is made of. The same recipe makes the same digest."""

    layers: Sequence[Files | Layer] = ({"etc/os-release": b"ID=sandbox\n"},)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of each manifest, and of the index where there is one."""
    platforms: Sequence[str] = ("linux/amd64",)
    """One makes a manifest, several an index over one manifest each."""
    created: datetime
    runtime: Runtime = field(default_factory=Runtime)
    image_format: ImageFormat = ImageFormat.OCI
    attested: bool = False
    """Whether each platform gets an attestation manifest as BuildKit attaches it; makes an index in any case."""


def build(store: Store, repository: str, recipe: Recipe, base: StoredManifest | None = None) -> StoredManifest:
    """Make the image and put it into a repository under its digest, on the layers of `base` where one is given."""
    index_type, manifest_type, _, _ = recipe.image_format.value
    children = []
    for text in recipe.platforms:
        platform = parse_platform(text)
        manifest = _build_one(store, repository, recipe, platform, _for_platform(store, base, platform))
        children.append({**_descriptor(manifest_type, manifest.digest, len(manifest.body)), "platform": _platform(platform)})
        if len(recipe.platforms) == 1 and not recipe.attested:
            return manifest
    if recipe.attested:
        children += [_attestation(store, repository, child) for child in tuple(children)]
    index: dict[str, Any] = {"schemaVersion": 2, "mediaType": index_type, "manifests": children}
    if recipe.annotations:
        index["annotations"] = dict(recipe.annotations)
    return _add(store, repository, index, index_type)


def build_artifact(
    store: Store, repository: str, *, artifact_type: str, annotations: Mapping[str, str], subject: StoredManifest
) -> StoredManifest:
    """Attach something without content to a manifest: a signature, a life cycle."""
    config = _descriptor("application/vnd.oci.empty.v1+json", store.add_blob(b"{}"), 2)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": config,
        "layers": [config],
        "subject": _descriptor(subject.media_type, subject.digest, len(subject.body)),
        "annotations": dict(annotations),
    }
    return _add(store, repository, manifest, OCI_MANIFEST)


def build_chart(store: Store, repository: str, chart: Mapping[str, object], files: Files) -> StoredManifest:
    """A Helm chart as `helm push` lays it out; `chart` is its Chart.yaml, whose annotations are the manifest's, too (Helm 3.10 on)."""
    own = chart.get("annotations")
    config = encode(chart)
    archive = gzip.compress(_tar(files), mtime=0)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _descriptor(HELM_CONFIG, store.add_blob(config), len(config)),
        "layers": [_descriptor("application/vnd.cncf.helm.chart.content.v1.tar+gzip", store.add_blob(archive), len(archive))],
        **({"annotations": own} if own else {}),
    }
    return _add(store, repository, manifest, OCI_MANIFEST)


def parse_platform(text: str) -> Platform:
    """`os/architecture[/variant]`."""
    system, architecture, *variant = text.split("/")
    return Platform(os=system, architecture=architecture, variant="".join(variant))


def _build_one(store: Store, repository: str, recipe: Recipe, platform: Platform, base: StoredManifest | None) -> StoredManifest:
    _, manifest_type, config_type, layer_type = recipe.image_format.value
    descriptors, diff_ids, history = _below(store, base)
    for layer in recipe.layers:
        step = layer if isinstance(layer, Layer) else Layer(instruction=f"layer {len(diff_ids)}", files=layer)
        told = {"created": _written(step.created or recipe.created), "created_by": step.instruction}
        files = step.files(platform) if callable(step.files) else step.files
        history.append(told if files is not None else {**told, "empty_layer": True})
        if files is not None:
            tar = _tar({**files, "etc/platform": str(platform).encode()})
            archive = gzip.compress(tar, mtime=0)
            descriptors.append(_descriptor(layer_type, store.add_blob(archive), len(archive)))
            diff_ids.append(f"sha256:{hashlib.sha256(tar).hexdigest()}")
    config = encode(
        {
            **_platform(platform),
            "created": _written(recipe.created),
            "config": recipe.runtime.config(recipe.labels),
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": history,
        }
    )
    manifest: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": _descriptor(config_type, store.add_blob(config), len(config)),
        "layers": descriptors,
    }
    if recipe.annotations and recipe.image_format is ImageFormat.OCI:
        manifest["annotations"] = dict(recipe.annotations)
    return _add(store, repository, manifest, manifest_type)


def _below(store: Store, base: StoredManifest | None) -> tuple[list[dict[str, Any]], list[str], list[dict[str, Any]]]:
    """Descriptors, diff_ids and history of what an image is built on."""
    if base is None:
        return [], [], []
    told = base.read()
    config = StoredManifest(media_type="", digest=base.digest, body=store.blobs[told["config"]["digest"]]).read()
    return list(told["layers"]), list(config["rootfs"]["diff_ids"]), list(config["history"])


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _for_platform(store: Store, base: StoredManifest | None, platform: Platform) -> StoredManifest | None:
    """The manifest of a base for one platform: itself, or the child of its index."""
    if base is None or "manifests" not in base.read():
        return base
    wanted = _platform(platform)
    digest = next((child["digest"] for child in base.read()["manifests"] if child.get("platform") == wanted), None)
    if digest is None:
        raise ValueError(f"the base {base.digest} has no image for {platform}; push it for that platform first")
    found = (repository.find(digest) for repository in store.repositories.values())
    return next(manifest for manifest in found if manifest is not None)


def _attestation(store: Store, repository: str, child: Mapping[str, Any]) -> dict[str, Any]:
    """What BuildKit puts beside an image: its provenance, in a manifest for the platform `unknown/unknown` that names its digest."""
    subject = {"name": repository, "digest": {"sha256": child["digest"].removeprefix("sha256:")}}
    told = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": _PROVENANCE, "subject": [subject], "predicate": {}}
    statement = encode(told)
    config = encode({"architecture": "unknown", "os": "unknown", "config": {}, "rootfs": {"type": "layers", "diff_ids": []}})
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _descriptor("application/vnd.oci.image.config.v1+json", store.add_blob(config), len(config)),
        "layers": [
            {
                **_descriptor("application/vnd.in-toto+json", store.add_blob(statement), len(statement)),
                "annotations": {"in-toto.io/predicate-type": _PROVENANCE},
            }
        ],
    }
    stored = _add(store, repository, manifest, OCI_MANIFEST)
    return {
        **_descriptor(OCI_MANIFEST, stored.digest, len(stored.body)),
        "annotations": {"vnd.docker.reference.digest": child["digest"], "vnd.docker.reference.type": "attestation-manifest"},
        "platform": {"architecture": "unknown", "os": "unknown"},
    }


def _add(store: Store, repository: str, document: Mapping[str, object], media_type: str) -> StoredManifest:
    body = encode(document)
    return store.add_manifest(repository, f"sha256:{hashlib.sha256(body).hexdigest()}", body, media_type)


def _tar(files: Files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _descriptor(media_type: str, digest: Digest, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _platform(platform: Platform) -> dict[str, str]:
    told = {"architecture": platform.architecture, "os": platform.os}
    return {**told, "variant": platform.variant} if platform.variant else told
