"""Manifests, indexes and configs as values. What a registry sends is hostile: every field is checked before it is believed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from bot.clients.json_text import read_json
from bot.clients.trouble import unreadable_json
from bot.model.image import Digest, InvalidReferenceError, Platform
from bot.model.notes import ImageFacts

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFEST_TYPES: Final = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
ACCEPT: Final = f"{OCI_INDEX}, {DOCKER_INDEX}, {OCI_MANIFEST}, {DOCKER_MANIFEST}"
HELM_CONFIG: Final = "application/vnd.cncf.helm.config.v1+json"

_SOURCE: Final = "org.opencontainers.image.source"
_DEFAULT_PLATFORM: Final = Platform(os="linux", architecture="amd64")
_MAX_TEXT: Final = 64_000
_MAX_ITEMS: Final = 10_000


class InvalidDocumentError(Exception):
    """What the registry sent is no manifest, index or config; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What points to content: its type, digest and size, and for manifests the platform."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_image(self) -> bool:
        """Whether it is an image that runs: no attestation (BuildKit's `unknown/unknown`) and no other attachment."""
        if "vnd.docker.reference.type" in self.annotations:
            return False
        return self.platform is None or "unknown" not in {self.platform.os, self.platform.architecture}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest or index: exactly the bytes that its digest names, and what they say."""

    media_type: str
    digest: Digest
    body: bytes
    manifests: tuple[Descriptor, ...] = ()
    """Of an index."""
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_index(self) -> bool:
        return self.media_type in INDEX_TYPES

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Of an index: the platforms that it has images for, in its order, each once."""
        found = (child.platform for child in self.manifests if child.is_image and child.platform)
        return tuple(dict.fromkeys(found))

    def child(self, platform: Platform | None) -> Descriptor | None:
        """The image of an index for a platform; without a wish linux/amd64, else the first one. None: it has none for that platform."""
        images = [child for child in self.manifests if child.is_image]
        wanted = normal_platform(platform or _DEFAULT_PLATFORM)
        fitting = [child for child in images if child.platform and normal_platform(child.platform) == wanted]
        if fitting:
            return fitting[0]
        return images[0] if images and platform is None else None


def sha256(data: bytes) -> Digest:
    """The digest of some bytes."""
    return Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")


def is_content(data: bytes, digest: Digest) -> bool:
    """Whether a digest is that of the bytes."""
    algorithm, _, _ = digest.partition(":")
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}" == digest


def normal_platform(platform: Platform) -> Platform:
    """The platform without the variant that it has anyway (containerd's normalisation: arm64 is v8, arm is v7, amd64 is v1)."""
    usual = {"arm64": "v8", "arm": "v7", "amd64": "v1"}.get(platform.architecture)
    if platform.variant and platform.variant == usual:
        return Platform(os=platform.os, architecture=platform.architecture)
    return platform


def suits(platform: Platform, wanted: Platform) -> bool:
    """Whether an image for one platform is one for another; variants are told apart where both name one."""
    one, other = normal_platform(platform), normal_platform(wanted)
    is_open = not platform.variant or not wanted.variant
    return one == other or (is_open and (one.os, one.architecture) == (other.os, other.architecture))


def read_manifest(body: bytes, *, content_type: str, digest: Digest) -> Manifest:
    """A manifest or index from its bytes. Raises InvalidDocumentError, also for the old schema 1."""
    told = _object(body)
    named = told.get("mediaType")
    media_type = named if isinstance(named, str) and named else content_type.partition(";")[0].strip()
    if media_type not in INDEX_TYPES | MANIFEST_TYPES:
        media_type = OCI_INDEX if "manifests" in told else OCI_MANIFEST if "config" in told else media_type
    annotations = _texts(told.get("annotations"))
    if media_type in INDEX_TYPES:
        children = tuple(_descriptor(child) for child in _items(told, "manifests"))
        return Manifest(media_type=media_type, digest=digest, body=body, manifests=children, annotations=annotations)
    if media_type in MANIFEST_TYPES:
        layers = tuple(_descriptor(layer) for layer in _items(told, "layers"))
        config = _descriptor(told.get("config"))
        return Manifest(media_type=media_type, digest=digest, body=body, config=config, layers=layers, annotations=annotations)
    raise InvalidDocumentError(f"a manifest of the type {media_type[:100]!r} can't be read; Docker's schema 1 is long withdrawn.")


def image_facts(manifest: Manifest, config: bytes, *, index: Manifest | None) -> ImageFacts:
    """What a manifest, its config and the index that it came from tell. Raises InvalidDocumentError."""
    told = _object(config)
    runs = told.get("config")
    runs = runs if isinstance(runs, dict) else {}
    labels = {**(index.annotations if index else {}), **manifest.annotations, **_texts(runs.get("Labels"))}
    is_chart = manifest.config is not None and manifest.config.media_type == HELM_CONFIG
    if is_chart:
        labels = {**_chart_labels(told), **labels}
    root, health = told.get("rootfs"), runs.get("Healthcheck")
    created = told.get("created") or labels.get("org.opencontainers.image.created")
    return ImageFacts(
        digest=(index or manifest).digest,
        platform="/".join(filter(None, (_text(told.get(part)) for part in ("os", "architecture", "variant")))),
        labels=labels,
        created_at=parse_time(created),
        layer_digests=tuple(layer.digest for layer in manifest.layers),
        diff_ids=_strings(root.get("diff_ids")) if isinstance(root, dict) else (),
        size_bytes=sum(layer.size for layer in manifest.layers),
        platforms=tuple(str(platform) for platform in index.platforms) if index else (),
        user=_text(runs.get("User")),
        entrypoint=_strings(runs.get("Entrypoint")),
        command=_strings(runs.get("Cmd")),
        environment=_strings(runs.get("Env")),
        exposed_ports=_keys(runs.get("ExposedPorts")),
        working_folder=_text(runs.get("WorkingDir")),
        volumes=_keys(runs.get("Volumes")),
        healthcheck=_strings(health.get("Test")) if isinstance(health, dict) else (),
        stop_signal=_text(runs.get("StopSignal")),
    )


def _keys(value: object) -> tuple[str, ...]:
    return tuple(sorted(_texts(dict.fromkeys(value, "")))) if isinstance(value, dict) else ()


def parse_time(text: object) -> datetime | None:
    """An RFC 3339 time, aware and in UTC; None for anything else, and for the epochs that reproducible builds write (1970, 1980)."""
    if not isinstance(text, str) or len(text) > 40:  # noqa: PLR2004 longer than any time
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1980 else None  # noqa: PLR2004 see above


def _chart_labels(chart: dict[str, Any]) -> dict[str, str]:
    """A chart's Chart.yaml, which is its config, in the words of image labels."""
    sources = _strings(chart.get("sources"))
    labels = {
        "org.opencontainers.image.title": _text(chart.get("name")),
        "org.opencontainers.image.version": _text(chart.get("version")),
        "org.opencontainers.image.url": _text(chart.get("home")),
        _SOURCE: sources[0] if sources else "",
    }
    return {name: value for name, value in labels.items() if value}


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = read_json(body)
    except (ValueError, RecursionError) as error:
        raise InvalidDocumentError(unreadable_json(error)) from error
    if not isinstance(told, dict):
        raise InvalidDocumentError("no JSON object")
    return told


def _items(told: dict[str, Any], name: str) -> list[Any]:
    items = told.get(name) or []
    if not isinstance(items, list) or len(items) > _MAX_ITEMS:
        raise InvalidDocumentError(f"`{name}` is no list of at most {_MAX_ITEMS} descriptors")
    return items


def _descriptor(told: object) -> Descriptor:
    if not isinstance(told, dict):
        raise InvalidDocumentError("a descriptor is missing")
    size = told.get("size")
    try:
        digest = Digest(_text(told.get("digest")))
    except InvalidReferenceError as error:
        raise InvalidDocumentError(str(error)) from error
    return Descriptor(
        media_type=_text(told.get("mediaType")),
        digest=digest,
        size=size if isinstance(size, int) and size >= 0 else 0,
        platform=_platform(told.get("platform")),
        artifact_type=_text(told.get("artifactType")),
        annotations=_texts(told.get("annotations")),
    )


def _platform(told: object) -> Platform | None:
    if not isinstance(told, dict):
        return None
    system, architecture = _text(told.get("os")), _text(told.get("architecture"))
    if not system or not architecture:
        return None
    return Platform(os=system[:40], architecture=architecture[:40], variant=_text(told.get("variant"))[:40])


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: text[:_MAX_TEXT] for name, text in list(value.items())[:_MAX_ITEMS] if isinstance(name, str) and isinstance(text, str)}


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item[:_MAX_TEXT] for item in value[:_MAX_ITEMS] if isinstance(item, str)) if isinstance(value, list) else ()
