"""Where cosign puts signatures: under the tag `sha256-<hex>.sig` (cosign 1 and 2), and as referrers (OCI 1.1; cosign 3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

from bot.clients.oci.documents import Descriptor, Manifest
from bot.clients.oci.session import NotFoundError, RegistryError
from bot.clients.once import Turns, once
from bot.inspect.registry import Registry
from bot.inspect.trust.scheme import Unread
from bot.inspect.trust.statements import COSIGN_SIGN
from bot.model.image import Digest, ImageReference

SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_EMPTY: Final = frozenset({"", "application/vnd.oci.empty.v1+json", "application/vnd.oci.image.config.v1+json"})
"""What an attachment is said to be where its own type did not reach the list: by a registry without the referrers API."""
_OURS: Final = (SIMPLE_SIGNING, "application/vnd.dev.cosign.artifact.sig.", BUNDLE)
_PREDICATE: Final = "dev.sigstore.bundle.predicateType"
_VOUCHING: Final = (COSIGN_SIGN, "https://slsa.dev/provenance/")
_MAX_BYTES: Final = 1 << 20
"""Of one signature: a hundred times what they have."""
_MOST: Final = 50
"""Signatures of one image that are read, and attachments that are opened to see whether they are some."""


class Store(Protocol):
    """What signatures are read from: a registry. Every method raises RegistryError."""

    def manifest(self, reference: ImageReference, /) -> Manifest: ...

    def referrers(self, reference: ImageReference, /) -> Sequence[Descriptor]: ...

    def blob(self, reference: ImageReference, descriptor: Descriptor, *, max_bytes: int) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A signature as it is attached."""

    media_type: str
    annotations: Mapping[str, str]
    body: bytes


class AskedOnce:
    """A registry of which each thing is asked once, however many keys it is held against. Satisfies Store."""

    def __init__(self, registry: Registry) -> None:
        self.manifest: Final = once(registry.manifest)
        self.referrers: Final = once(registry.referrers)
        self._registry: Final = registry
        self._lock: Final = Turns()
        self._blobs: Final[dict[Digest, bytes]] = {}

    def blob(self, reference: ImageReference, descriptor: Descriptor, *, max_bytes: int) -> bytes:
        with self._lock.at(descriptor.digest):
            if descriptor.digest not in self._blobs:
                self._blobs[descriptor.digest] = self._registry.blob(reference, descriptor, max_bytes=max_bytes)
            return self._blobs[descriptor.digest]


def attached_signatures(registry: Store, image: ImageReference) -> Iterator[Attached | Unread]:
    """The signatures of the image, the old place first, and what could not be read of both."""
    found = _all(registry, image)
    yield from islice(found, _MOST)
    if next(found, None) is not None:
        yield Unread(reason=f"more than {_MOST} signatures are attached, and the rest was not read")


def _all(registry: Store, image: ImageReference) -> Iterator[Attached | Unread]:
    yield from _of_manifest(registry, image.at(tag=f"{str(image.digest).replace(':', '-')}.sig"), image)
    try:
        referrers = [one for one in registry.referrers(image.at(digest=image.digest)) if _may_be_signature(one)]
    except RegistryError as error:
        yield Unread(reason=str(error))
        return
    for referrer in referrers[:_MOST]:
        yield from _of_manifest(registry, image.at(digest=referrer.digest), image)
    if len(referrers) > _MOST:
        yield Unread(reason=f"{len(referrers)} things are attached that may be signatures, and {_MOST} were looked at")


def _may_be_signature(referrer: Descriptor) -> bool:
    is_ours = referrer.artifact_type in _EMPTY or referrer.artifact_type.startswith(_OURS)
    return is_ours and _may_vouch(referrer.annotations)


def _may_vouch(annotations: Mapping[str, str]) -> bool:
    """Whether what a bundle is said to hold vouches for an image; where nothing is said, the bundle itself has to be read."""
    told = annotations.get(_PREDICATE, "")
    return not told or told.startswith(_VOUCHING)


def _of_manifest(registry: Store, place: ImageReference, image: ImageReference) -> Iterator[Attached | Unread]:
    try:
        manifest = registry.manifest(place)
    except NotFoundError:
        return
    except RegistryError as error:
        yield Unread(reason=str(error))
        return
    if not _may_vouch(manifest.annotations):
        return
    for layer in manifest.layers:
        if layer.media_type == SIMPLE_SIGNING or layer.media_type.startswith(BUNDLE):
            yield _read(registry, image, layer)


def _read(registry: Store, image: ImageReference, layer: Descriptor) -> Attached | Unread:
    body = read_blob(registry, image, layer)
    return body if isinstance(body, Unread) else Attached(media_type=layer.media_type, annotations=layer.annotations, body=body)


def read_blob(registry: Store, image: ImageReference, layer: Descriptor) -> bytes | Unread:
    """The bytes of a signature, or why they can't be had."""
    if layer.size > _MAX_BYTES:
        return Unread(reason=f"a signature has {layer.size} bytes, and at most {_MAX_BYTES} are read")
    try:
        return registry.blob(image, layer, max_bytes=_MAX_BYTES)
    except RegistryError as error:
        return Unread(reason=str(error))
