"""Where bills of materials are attached: BuildKit's attestations in the index, OCI referrers, the tags of older cosign."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.clients.oci.documents import Descriptor, Manifest

_PREDICATES: Final = ("https://spdx.dev/Document", "https://cyclonedx.org/bom", "https://cyclonedx.org/specification")
"""Beginnings: publishers write versions behind them, or not."""
_PREDICATE_KEYS: Final = ("in-toto.io/predicate-type", "predicateType", "dev.sigstore.bundle.predicateType")
_DOCUMENTS: Final = frozenset({"application/spdx+json", "text/spdx+json", "application/vnd.cyclonedx+json"})
_ENVELOPES: Final = ("application/vnd.in-toto+json", "application/vnd.dsse.envelope.v1+json", "application/vnd.dev.sigstore.bundle")
BUILDKIT: Final = "attestation in the index"
REFERRER: Final = "referrer"
TAG_SUFFIXES: Final = (".att", ".sbom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A blob that says to be a bill of materials."""

    where: str
    descriptor: Descriptor


def attestations(index: Manifest, image: Manifest) -> Iterator[Descriptor]:
    """The attestation manifests that BuildKit put into an index beside an image."""
    for child in index.manifests:
        kind = child.annotations.get("vnd.docker.reference.type", "")
        if kind == "attestation-manifest" and child.annotations.get("vnd.docker.reference.digest") == image.digest:
            yield child


def is_promising(referrer: Descriptor) -> bool:
    """Whether a referrer may be a bill of materials, by its type; a bundle tells it by an annotation, where it tells it."""
    if referrer.artifact_type in _DOCUMENTS:
        return True
    told = _predicate(referrer)
    return referrer.artifact_type.startswith(_ENVELOPES) and (not told or told.startswith(_PREDICATES))


def attachments(manifest: Manifest, where: str) -> Iterator[Attachment]:
    """The blobs of an attached manifest that are worth fetching."""
    outer = next((manifest.annotations[key] for key in _PREDICATE_KEYS if key in manifest.annotations), "")
    for layer in manifest.layers:
        told = _predicate(layer) or outer
        is_statement = layer.media_type.startswith(_ENVELOPES) and (not told or told.startswith(_PREDICATES))
        if is_statement or layer.media_type in _DOCUMENTS:
            yield Attachment(where=where, descriptor=layer)


def tags_of(digest: str) -> Iterator[str]:
    """The tags under which cosign put attestations and bills of materials of an image."""
    stem = digest.replace(":", "-")
    return (f"{stem}{suffix}" for suffix in TAG_SUFFIXES)


def _predicate(descriptor: Descriptor) -> str:
    return next((descriptor.annotations[key] for key in _PREDICATE_KEYS if key in descriptor.annotations), "")
