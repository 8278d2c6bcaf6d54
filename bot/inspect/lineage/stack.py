"""What of an image its base can be told by: its layers, the instructions that made it, and what was written on it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.clients.oci.documents import InvalidDocumentError, Manifest, parse_time, suits
from bot.clients.oci.session import NotFoundError, RegistryError
from bot.inspect.configuration import ImageConfig, read_config
from bot.inspect.registry import Registry
from bot.ledger.bases import BaseImage, normal
from bot.ledger.images import chain_of
from bot.model.image import Digest, ImageReference, Platform

_MAX_CONFIG_BYTES: Final = 8 << 20
_REVISION: Final = "org.opencontainers.image.revision"
_MAX_REVISION: Final = 200
_MAX_LAYERS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """An image on one platform, from its lowest layer up. What it says of itself is its builder's own word: hostile."""

    reference: ImageReference
    manifest: Manifest
    index: Manifest | None
    platform: str
    created_at: datetime | None
    labels: Mapping[str, str]
    """Of the config: builders hand them on from base to image."""
    annotations: tuple[Mapping[str, str], ...]
    """Of the manifest, of its entry in the index, and of the index: nobody hands those on."""
    chains: tuple[str, ...]
    """Of the lowest layer, of the two lowest, and so on: `bot.ledger.images.chain_of` them."""
    instructions: tuple[str, ...] = ()
    """What tells the first so many steps of its history from others; empty: it has no history."""
    has_whole_history: bool = False
    """Whether its history tells how each layer was made."""
    dated: tuple[str, ...] = ()
    """The same with their dates."""
    commands: tuple[str, ...] = ()
    """The steps of its history, as its builder words them."""
    comments: tuple[str, ...] = ()
    """What stands beside each of them."""
    attested_revision: str = ""
    """The commit that its provenance says it was built from: of this very image, while labels are handed on from its base."""

    @property
    def digests(self) -> frozenset[Digest]:
        """All that stand for it."""
        return frozenset({self.manifest.digest, *([self.index.digest] if self.index else [])})

    @property
    def steps(self) -> int:
        return max(len(self.instructions) - 1, 0)

    @property
    def revision(self) -> str:
        """The commit that it was built from, as its provenance, else its labels and annotations say; at most 200 characters of it."""
        told = self.attested_revision or self.labels.get(_REVISION) or self._annotated(_REVISION)
        return told[:_MAX_REVISION].encode("utf-8", "replace").decode()

    def _annotated(self, key: str) -> str:
        return next((annotations[key] for annotations in self.annotations if annotations.get(key)), "")

    def as_base(self, now: datetime) -> BaseImage:
        """The image as one that others may stand on."""
        return BaseImage(
            digest=self.index.digest if self.index else self.manifest.digest,
            manifest=self.manifest.digest,
            platform=normal(self.platform),
            name=self.reference.name,
            tag=self.reference.tag or "",
            chain=self.chains[-1] if self.chains else "",
            layers=len(self.chains),
            steps=self.steps if self.has_whole_history else 0,
            instructions=self.instructions[-1] if self.has_whole_history else "",
            dated=self.dated[-1] if self.has_whole_history else "",
            created_at=self.created_at,
            first_seen=now,
        )


def read_stack(registry: Registry, reference: ImageReference, platform: Platform | None) -> Stack:
    """An image on a platform; without a wish linux/amd64, else the first one. Raises RegistryError."""
    top = registry.manifest(reference)
    if not top.is_index:
        found = _read(registry, reference, top, index=None)
        if platform is not None and found.platform and not suits(Platform.parse(found.platform), platform):
            raise NotFoundError(f"{reference}: no image for {platform}; there is {found.platform}.")
        return found
    child = top.child(platform)
    if child is None:
        known = ", ".join(map(str, top.platforms)) or "none"
        raise NotFoundError(f"{reference}: no image for {platform or 'any platform'}; there are: {known}.")
    manifest = registry.manifest(reference.at(digest=child.digest))
    return _read(registry, reference, manifest, index=top, of_entry=child.annotations)


def _read(
    registry: Registry, reference: ImageReference, manifest: Manifest, *, index: Manifest | None, of_entry: Mapping[str, str] | None = None
) -> Stack:
    if manifest.is_index or manifest.config is None or len(manifest.layers) > _MAX_LAYERS:
        raise RegistryError(f"{reference}: its manifest {manifest.digest} is not that of a container image.")
    try:
        config = read_config(registry.blob(reference, manifest.config, max_bytes=_MAX_CONFIG_BYTES))
    except InvalidDocumentError as error:
        raise RegistryError(f"{reference}: {error}.") from error
    if len(config.diff_ids) != len(manifest.layers):
        raise RegistryError(f"{reference}: its config names {len(config.diff_ids)} layers, its manifest {len(manifest.layers)}.")
    steps = config.history
    return Stack(
        reference=reference,
        manifest=manifest,
        index=index,
        platform=config.platform,
        created_at=config.created_at,
        labels=config.configuration.labels,
        annotations=(manifest.annotations, of_entry or {}, index.annotations if index else {}),
        chains=tuple(_chains(config.diff_ids)),
        instructions=tuple(_prints(steps, _told)) if steps else (),
        has_whole_history=_is_whole(config),
        dated=tuple(_prints(steps, _told_with_date)) if steps else (),
        commands=tuple(_text(step, "created_by") for step in steps),
        comments=tuple(_text(step, "comment") for step in steps),
    )


def _is_whole(config: ImageConfig) -> bool:
    """Whether the history tells of each layer: some builders leave it out, or fill it with nothing."""
    made = sum(not _is_empty(step) for step in config.history)
    return bool(config.history) and made == len(config.diff_ids) and all(_text(step, "created_by") for step in config.history)


def _chains(diff_ids: Sequence[str]) -> Iterator[str]:
    chain = ""
    for diff_id in diff_ids:
        chain = chain_of([chain, diff_id]) if chain else diff_id
        yield chain


def _prints(steps: Sequence[Mapping[str, Any]], told: Callable[[Mapping[str, Any]], list[object]]) -> Iterator[str]:
    """Hashes of no step, of the first one, of the first two, and so on."""
    digest = hashlib.sha256()
    yield digest.hexdigest()
    for step in steps:
        digest.update(json.dumps(told(step)).encode() + b"\n")
        yield digest.hexdigest()


def _told(step: Mapping[str, Any]) -> list[object]:
    return [_text(step, "created_by"), _is_empty(step)]


def _told_with_date(step: Mapping[str, Any]) -> list[object]:
    return [*_told(step), str(parse_time(step.get("created")))]


def _text(step: Mapping[str, Any], key: str) -> str:
    told = step.get(key)
    return told if isinstance(told, str) else ""


def _is_empty(step: Mapping[str, Any]) -> bool:
    return step.get("empty_layer") is True
