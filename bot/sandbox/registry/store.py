"""What the registry holds: blobs, manifests by digest, tags."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from bot.clients.oci.documents import INDEX_TYPES, MANIFEST_TYPES, OCI_INDEX, is_content, sha256
from bot.model.image import Digest

EMPTY_JSON: Final = b"{}"


class RefusedError(Exception):
    """A request that the specification has an error code for."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """A manifest or index as it was pushed."""

    media_type: str
    digest: Digest
    body: bytes

    def read(self) -> dict[str, Any]:
        told = json.loads(self.body)
        return told if isinstance(told, dict) else {}


@dataclass(slots=True)
class Repository:
    """Tags point to manifests; the same manifest may have several."""

    manifests: dict[Digest, StoredManifest] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    """What its answers say in `Warning: 299` headers."""

    def find(self, reference: str) -> StoredManifest | None:
        """By tag or digest."""
        digest = self.tags.get(reference, reference)
        return next((manifest for known, manifest in self.manifests.items() if known == digest), None)

    def referrers(self, subject: str) -> Iterator[StoredManifest]:
        for manifest in tuple(self.manifests.values()):
            named = manifest.read().get("subject")
            if isinstance(named, dict) and named.get("digest") == subject:
                yield manifest


class Store:
    """All of it, in memory. Blobs are shared by all repositories."""

    def __init__(self) -> None:
        self.blobs: dict[Digest, bytes] = {}
        self.repositories: dict[str, Repository] = {}

    def repository(self, name: str) -> Repository:
        """The repository, made where there is none."""
        return self.repositories.setdefault(name, Repository())

    def known(self, name: str) -> Repository:
        """Raises RefusedError where there is none."""
        repository = self.repositories.get(name)
        if repository is None:
            raise RefusedError(404, "NAME_UNKNOWN", "repository name not known to registry")
        return repository

    def manifest(self, name: str, reference: str) -> StoredManifest:
        """Raises RefusedError where there is none."""
        manifest = self.known(name).find(reference)
        if manifest is None:
            raise RefusedError(404, "MANIFEST_UNKNOWN", f"manifest unknown: {reference}")
        return manifest

    def add_blob(self, data: bytes, *, expected: str | None = None) -> Digest:
        """Raises RefusedError where the bytes are not those of the expected digest."""
        if expected is not None and not is_content(data, Digest(expected)):
            raise RefusedError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        digest = sha256(data) if expected is None else Digest(expected)
        self.blobs[digest] = data
        return digest

    def add_manifest(self, name: str, reference: str, body: bytes, media_type: str) -> StoredManifest:
        """Put it under a tag or its digest. Raises RefusedError where it is none, or what it names was not pushed before."""
        try:
            told = json.loads(body)
        except ValueError as error:
            raise RefusedError(400, "MANIFEST_INVALID", "manifest invalid: no JSON") from error
        if not isinstance(told, dict) or media_type not in INDEX_TYPES | MANIFEST_TYPES:
            raise RefusedError(400, "MANIFEST_INVALID", f"manifest invalid: {media_type} is not known")
        repository = self.repository(name)
        self._prove_complete(repository, told)
        by_digest = ":" in reference
        if by_digest and not is_content(body, Digest(reference)):
            raise RefusedError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        manifest = StoredManifest(media_type=media_type, digest=Digest(reference) if by_digest else sha256(body), body=body)
        repository.manifests[manifest.digest] = manifest
        if not by_digest:
            repository.tags[reference] = manifest.digest
        return manifest

    def referrers_index(self, name: str, subject: str, artifact_type: str | None) -> bytes:
        """The index of what is attached to a manifest (distribution specification, "Listing Referrers")."""
        repository = self.repositories.get(name, Repository())
        entries = [_referrer(manifest) for manifest in repository.referrers(subject)]
        wanted = [entry for entry in entries if artifact_type in {None, entry["artifactType"]}]
        return encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": wanted})

    def _prove_complete(self, repository: Repository, told: dict[str, Any]) -> None:
        blobs = [*told.get("layers", []), *filter(None, [told.get("config")])]
        if any(blob["digest"] not in self.blobs for blob in blobs):
            raise RefusedError(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry")
        if any(child["digest"] not in repository.manifests for child in told.get("manifests", [])):
            raise RefusedError(404, "MANIFEST_UNKNOWN", "manifest unknown: a child of the index was not pushed")


def _referrer(manifest: StoredManifest) -> dict[str, Any]:
    told = manifest.read()
    config = told.get("config", {})
    return {
        "mediaType": manifest.media_type,
        "digest": manifest.digest,
        "size": len(manifest.body),
        "artifactType": told.get("artifactType") or config.get("mediaType", ""),
        "annotations": told.get("annotations", {}),
    }


def encode(document: object) -> bytes:
    """JSON as registries and builders write it, the same bytes each time."""
    return json.dumps(document, separators=(",", ":")).encode()
