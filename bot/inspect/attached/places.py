"""Where documents are attached: BuildKit's attestations in the index, OCI referrers, the tags of older cosign."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.clients.oci.documents import Descriptor, Manifest

_PREDICATE_KEYS: Final = ("in-toto.io/predicate-type", "predicateType", "dev.sigstore.bundle.predicateType")
_ENVELOPES: Final = ("application/vnd.in-toto+json", "application/vnd.dsse.envelope.v1+json", "application/vnd.dev.sigstore.bundle")
BUILDKIT: Final = "attestation in the index"
REFERRER: Final = "referrer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A kind of document, by what its attachments say to be."""

    what: str
    """In words, for what could not be read."""
    predicates: tuple[str, ...]
    """Beginnings: publishers write versions behind them, or not."""
    media_types: frozenset[str]
    """Of documents without an envelope."""
    tag_suffixes: tuple[str, ...]
    """Of the tags under which cosign put them."""


BILLS: Final = Sought(
    what="bill of materials",
    predicates=("https://spdx.dev/Document", "https://cyclonedx.org/bom", "https://cyclonedx.org/specification"),
    media_types=frozenset({"application/spdx+json", "text/spdx+json", "application/vnd.cyclonedx+json"}),
    tag_suffixes=(".att", ".sbom"),
)
STATEMENTS: Final = Sought(
    what="VEX document",
    predicates=("https://openvex.dev/ns", "https://cyclonedx.org/vex", "https://docs.oasis-open.org/csaf"),
    media_types=frozenset({"application/vnd.openvex+json", "application/openvex+json", "application/vex+json", "application/csaf+json"}),
    tag_suffixes=(".att",),
)
PROVENANCE: Final = Sought(
    what="provenance",
    predicates=("https://slsa.dev/provenance/",),
    media_types=frozenset(),
    tag_suffixes=(".att",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A blob that says to be what is sought."""

    where: str
    descriptor: Descriptor


def attestations(index: Manifest, image: Manifest) -> Iterator[Descriptor]:
    """The attestation manifests that BuildKit put into an index beside an image."""
    for child in index.manifests:
        kind = child.annotations.get("vnd.docker.reference.type", "")
        if kind == "attestation-manifest" and child.annotations.get("vnd.docker.reference.digest") == image.digest:
            yield child


def is_promising(referrer: Descriptor, sought: Sought) -> bool:
    """Whether a referrer may be what is sought, by its type; a bundle tells it by an annotation, where it tells it."""
    if referrer.artifact_type in sought.media_types:
        return True
    told = _predicate(referrer)
    return referrer.artifact_type.startswith(_ENVELOPES) and (not told or told.startswith(sought.predicates))


def attachments(manifest: Manifest, where: str, sought: Sought) -> Iterator[Attachment]:
    """The blobs of an attached manifest that are worth fetching."""
    outer = next((manifest.annotations[key] for key in _PREDICATE_KEYS if key in manifest.annotations), "")
    for layer in manifest.layers:
        told = _predicate(layer) or outer
        is_statement = layer.media_type.startswith(_ENVELOPES) and (not told or told.startswith(sought.predicates))
        if is_statement or layer.media_type in sought.media_types:
            yield Attachment(where=where, descriptor=layer)


def tags_of(digest: str, sought: Sought) -> Iterator[str]:
    """The tags under which cosign put what is attached to an image."""
    stem = digest.replace(":", "-")
    return (f"{stem}{suffix}" for suffix in sought.tag_suffixes)


def _predicate(descriptor: Descriptor) -> str:
    return next((descriptor.annotations[key] for key in _PREDICATE_KEYS if key in descriptor.annotations), "")
