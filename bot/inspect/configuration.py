"""An image's configuration document (OCI image specification, "Image Configuration"): how it runs, and how it was built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.clients.json_text import read_json
from bot.clients.oci.documents import Descriptor, InvalidDocumentError, parse_time
from bot.model.contents import Base, Configuration, Layer
from bot.model.image import Digest, InvalidReferenceError

_MAX_ITEMS: Final = 10_000
_MAX_TEXT: Final = 20_000
_BASE_NAME: Final = "org.opencontainers.image.base.name"
_BASE_DIGEST: Final = "org.opencontainers.image.base.digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """What the document says, checked."""

    platform: str
    created_at: datetime | None
    configuration: Configuration
    diff_ids: tuple[str, ...]
    history: tuple[Mapping[str, Any], ...]

    def layers(self, descriptors: Sequence[Descriptor]) -> tuple[Layer, ...]:
        """The layers with their instructions. Raises InvalidDocumentError where document and manifest disagree on how many there are."""
        if len(self.diff_ids) != len(descriptors):
            raise InvalidDocumentError(f"it names {len(self.diff_ids)} layers, the manifest {len(descriptors)}")
        made = [entry for entry in self.history if entry.get("empty_layer") is not True]
        told: Sequence[Mapping[str, Any]] = made if len(made) == len(descriptors) else [{}] * len(descriptors)
        return tuple(
            Layer(
                diff_id=diff_id,
                digest=descriptor.digest,
                size_bytes=descriptor.size,
                created_by=_text(entry.get("created_by")),
                created_at=parse_time(entry.get("created")),
            )
            for diff_id, descriptor, entry in zip(self.diff_ids, descriptors, told, strict=True)
        )


def read_config(data: bytes) -> ImageConfig:
    """The document. Raises InvalidDocumentError where it is not that of an image."""
    try:
        told = read_json(data)
    except (ValueError, RecursionError) as error:
        raise InvalidDocumentError("its config is no valid JSON") from error
    root = told.get("rootfs") if isinstance(told, dict) else None
    if not isinstance(root, dict):
        raise InvalidDocumentError("its config names no layers: it is no container image")
    runs = told.get("config")
    runs = runs if isinstance(runs, dict) else {}
    health = runs.get("Healthcheck")
    history = told.get("history")
    return ImageConfig(
        platform="/".join(filter(None, (_text(told.get(part)) for part in ("os", "architecture", "variant")))),
        created_at=parse_time(told.get("created")),
        configuration=Configuration(
            user=_text(runs.get("User")),
            entrypoint=_texts(runs.get("Entrypoint")),
            command=_texts(runs.get("Cmd")),
            environment=_texts(runs.get("Env")),
            working_folder=_text(runs.get("WorkingDir")),
            exposed_ports=_keys(runs.get("ExposedPorts")),
            volumes=_keys(runs.get("Volumes")),
            healthcheck=_texts(health.get("Test")) if isinstance(health, dict) else (),
            stop_signal=_text(runs.get("StopSignal")),
            labels=_pairs(runs.get("Labels")),
        ),
        diff_ids=_texts(root.get("diff_ids")),
        history=tuple(entry for entry in history[:_MAX_ITEMS] if isinstance(entry, dict)) if isinstance(history, list) else (),
    )


def declared_base(labels: Mapping[str, str]) -> Base | None:
    """The base that an image's labels or annotations name (OCI image specification, "Pre-Defined Annotation Keys")."""
    name = labels.get(_BASE_NAME, "")
    try:
        digest = Digest(labels[_BASE_DIGEST]) if labels.get(_BASE_DIGEST) else None
    except InvalidReferenceError:
        digest = None
    return Base(name=name, digest=digest, source="its own labels") if name or digest else None


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value[:_MAX_TEXT],)
    return tuple(item[:_MAX_TEXT] for item in value[:_MAX_ITEMS] if isinstance(item, str)) if isinstance(value, list) else ()


def _keys(value: object) -> tuple[str, ...]:
    return tuple(sorted(key[:_MAX_TEXT] for key in list(value)[:_MAX_ITEMS])) if isinstance(value, dict) else ()


def _pairs(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key[:_MAX_TEXT]: text[:_MAX_TEXT] for key, text in list(value.items())[:_MAX_ITEMS] if isinstance(text, str)}
