"""Images with signatures that real tools made, in a registry that counts what it is asked.

`tests/unit/inspect/trust/recorded/cosign.json` is what Debian's cosign 2.5.0 (repositories v2/*) and 3.1.1 (v3/*) pushed to Debian's
docker-registry for one and the same image, with keys that openssl made; the private keys are gone.
"""

import base64
import hashlib
import json
from pathlib import Path

from bot.clients.oci.documents import OCI_MANIFEST, Descriptor, read_manifest
from bot.clients.oci.session import NotFoundError
from bot.inspect.trust.keys import read_key
from bot.model.image import Digest, ImageReference
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.registry.store import Repository, Store, StoredManifest, encode

RECORDED = Path(__file__).parent / "unit" / "inspect" / "trust" / "recorded"
IMAGE = Digest("sha256:1de2ab3218832ed6cfb3ef4bc8c97f6502fe98132415af788abd325e9da129ee")
SIG_TAG = f"{IMAGE.replace(':', '-')}.sig"
KINDS = ("p256", "p384", "rsa", "ed")


def key(kind):
    return read_key((RECORDED / f"{kind}.pub").read_bytes(), f"{kind}.pub")


def recorded(*, has_referrers=True):
    """A registry with all that was recorded."""
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN, has_referrers=has_referrers)
    fill(sandbox.store, "cosign.json")
    return sandbox


def fill(store: Store, name):
    told = json.loads((RECORDED / name).read_text(encoding="utf-8"))
    store.blobs |= {Digest(digest): text.encode("latin-1") for digest, text in told["blobs"].items()}
    for repository, held in told["repositories"].items():
        target = store.repository(repository)
        for digest, one in held["manifests"].items():
            body = one["body"].encode()
            assert digest == f"sha256:{hashlib.sha256(body).hexdigest()}"
            target.manifests[Digest(digest)] = StoredManifest(media_type=one["media_type"], digest=Digest(digest), body=body)
        target.tags |= {tag: Digest(digest) for tag, digest in held["tags"].items()}


class Shelf:
    """A store asked without HTTP; it counts. Satisfies `bot.inspect.registry.Registry` as far as signatures need it."""

    def __init__(self, store):
        self.store = store
        self.asked = []

    def manifest(self, reference):
        wanted = reference.digest or reference.tag
        self.asked.append(f"manifest {reference.repository} {wanted}")
        found = self._known(reference).find(wanted)
        if found is None:
            raise NotFoundError(f"{reference}: not there", status=404)
        return read_manifest(found.body, content_type=found.media_type, digest=found.digest)

    def referrers(self, reference):
        self.asked.append(f"referrers {reference.repository} {reference.digest}")
        subjects = self._known(reference).referrers(reference.digest)
        return tuple(
            Descriptor(media_type=one.media_type, digest=one.digest, size=len(one.body), artifact_type=one.read().get("artifactType", ""))
            for one in subjects
        )

    def blob(self, reference, descriptor, *, max_bytes):
        self.asked.append(f"blob {reference.repository} {descriptor.digest}")
        assert len(self.store.blobs[descriptor.digest]) <= max_bytes
        return self.store.blobs[descriptor.digest]

    def _known(self, reference):
        return self.store.repositories.get(reference.repository) or Repository()


def shelf_image(repository, digest=IMAGE, tag="1"):
    return ImageReference.parse(f"ghcr.io/{repository}").at(tag=tag, digest=digest)


def image_of(server, repository):
    return ImageReference.parse(f"127.0.0.1:{server.port}/{repository}").at(tag="1", digest=IMAGE)


def manifest_of(store, repository, tag=SIG_TAG):
    """What stands under a tag, as a mapping to be changed."""
    return json.loads(store.manifest(repository, tag).body)


def put_manifest(store, repository, tag, told):
    body = encode(told)
    digest = Digest(f"sha256:{hashlib.sha256(body).hexdigest()}")
    target = store.repository(repository)
    target.manifests[digest] = StoredManifest(media_type=told.get("mediaType", OCI_MANIFEST), digest=digest, body=body)
    target.tags[tag] = digest


def put_layers(store, repository, layers, tag=SIG_TAG):
    """A manifest of blobs under a tag: (body, media type, annotations) each."""
    described = []
    for body, media_type, annotations in layers:
        digest = Digest(f"sha256:{hashlib.sha256(body).hexdigest()}")
        store.blobs[digest] = body
        described.append({"mediaType": media_type, "digest": digest, "size": len(body), "annotations": annotations})
    empty = store.add_blob(b"{}")
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": empty, "size": 2}
    told = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": described}
    put_manifest(store, repository, tag, told)


def base64_of(data):
    return base64.b64encode(data).decode()
