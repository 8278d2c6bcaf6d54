"""Docker Content Trust (Notary v1): tags that a publisher signed, in The Update Framework's roles as notary writes them.

The chain is root -> timestamp -> snapshot -> targets -> `targets/releases`, where there is one (theupdateframework/notary; TUF
specification 1.0, sections 4 and 5). Nothing is believed on first use: root has to be signed by a key that the configuration names. That
metadata is older than what was seen before (rollback) is not noticed within its expiry.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509.oid import NameOID

from bot.clients.json_fields import UnreadableError, mapping, moment, objects, parsed, text, texts, within
from bot.clients.oci.session import RegistryError
from bot.inspect.trust.keys import TrustedKey, decoded
from bot.inspect.trust.scheme import Finding, Refused, Signed, Unread
from bot.model.image import ImageReference
from bot.model.signature import Scheme, Signer

_RELEASES: Final = "targets/releases"
"""The role that `docker trust sign` signs with, and the one that Docker believes before `targets`."""
_TARGETS: Final = "targets"
_MOST_KEYS: Final = 50
_MAX_KEY: Final = 64 << 10

Roles = Callable[[ImageReference, str], bytes | None]
"""The metadata of a role of an image's repository; None: there is none. Raises RegistryError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    """Who may sign a role, and how many of them have to."""

    keys: Mapping[str, Any]
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTrust:
    """Satisfies `bot.inspect.trust.scheme.SignatureScheme`."""

    roles: Roles
    root_keys: Sequence[TrustedKey]
    now: datetime

    def findings(self, image: ImageReference) -> Iterator[Finding]:
        if image.tag is None:
            yield Unread(reason="content trust signs tags, and the image is named by its digest alone")
            return
        try:
            root = self.roles(image, "root")
            if root is not None:
                yield self._judged(root, image, image.tag)
        except UnreadableError as error:
            yield Refused(reason=f"content trust: {error}")
        except RegistryError as error:
            yield Unread(reason=str(error))

    def _judged(self, root_body: bytes, image: ImageReference, tag: str) -> Finding:
        root = self._root(root_body, image.name)
        timestamp = self._signed(self._have(image, "timestamp"), "timestamp", _role(root, "timestamp"))
        snapshot_body = self._have(image, "snapshot")
        _check_hash(timestamp, "snapshot", snapshot_body)
        snapshot = self._signed(snapshot_body, "snapshot", _role(root, "snapshot"))
        _check_hash(snapshot, "root", root_body)
        targets_body = self._have(image, _TARGETS)
        _check_hash(snapshot, _TARGETS, targets_body)
        targets = self._signed(targets_body, _TARGETS, _role(root, _TARGETS))
        releases = _delegated(targets)
        if releases is not None and _RELEASES in mapping(snapshot.get("meta")):
            body = self._have(image, _RELEASES)
            _check_hash(snapshot, _RELEASES, body)
            delegated = self._signed(body, _RELEASES, releases)
            if tag in mapping(delegated.get("targets")):
                return _finding(delegated, tag, image, _RELEASES, releases)
        if tag in mapping(targets.get("targets")):
            return _finding(targets, tag, image, _TARGETS, _role(root, _TARGETS))
        return Refused(reason=f"content trust: other tags of the repository are signed, and {tag} is not")

    def _have(self, image: ImageReference, role: str) -> bytes:
        body = self.roles(image, role)
        if body is None:
            raise UnreadableError(f"{role} is not there")
        return body

    def _root(self, body: bytes, name: str) -> dict[str, Any]:
        """What root says, signed by a key that the configuration names, and as it asks for itself."""
        told = parsed(body)
        signed = mapping(told.get("signed"))
        own = _role(signed, "root")
        trusted = {one.fingerprint for one in self.root_keys}
        pinned = {name: key for name, key in own.keys.items() if _fingerprint(key) in trusted}
        if not pinned or not _signers(told, _Role(keys=pinned, threshold=1)):
            raise UnreadableError("root is signed by no key that the configuration names")
        # The same publisher's metadata of another repository is signed by the same key: the certificates of root name theirs.
        if any(one not in {None, name} for one in map(_named_in, mapping(signed.get("keys")).values())):
            raise UnreadableError("root is that of another repository")
        return self._signed(body, "root", own)

    def _signed(self, body: bytes, name: str, role: _Role) -> dict[str, Any]:
        """What a role says. Raises UnreadableError where too few of its keys signed it, or its time is over."""
        told = parsed(body)
        signed = mapping(told.get("signed"))
        if len(_signers(told, role)) < role.threshold:
            raise UnreadableError(f"{name} is not signed by those who have to, or was tampered with")
        if text(signed.get("_type")).lower() != name.partition("/")[0]:
            raise UnreadableError(f"{name} is another role's metadata")
        expires = moment(signed.get("expires"))
        if expires is None or expires <= self.now:
            when = f"on {expires:%Y-%m-%d}" if expires else "at a time that can't be read"
            raise UnreadableError(f"{name} expired {when}")
        return signed


def _finding(signed: Mapping[str, Any], tag: str, image: ImageReference, name: str, role: _Role) -> Finding:
    digest = decoded(within(signed, "targets", tag, "hashes").get("sha256"))
    if digest is None or f"sha256:{digest.hex()}" != image.digest:
        return Refused(reason=f"content trust: {tag} is signed for another image (sha256:{digest.hex() if digest else '?'})")
    keys = sorted(filter(None, map(_fingerprint, role.keys.values())))
    who = " or ".join(f"SHA256:{key}" for key in keys)
    return Signed(signer=Signer(scheme=Scheme.CONTENT_TRUST, name=who, called=f"{name} of {image.name}"))


def _role(root: Mapping[str, Any], name: str) -> _Role:
    """Raises UnreadableError where root does not say who may sign a role."""
    told = within(root, "roles", name)
    return _with_keys(told, mapping(root.get("keys")), name)


def _delegated(targets: Mapping[str, Any]) -> _Role | None:
    """Who may sign `targets/releases` for every tag; None: nobody."""
    delegations = mapping(targets.get("delegations"))
    found = next((one for one in objects(delegations.get("roles")) if text(one.get("name")) == _RELEASES), None)
    # An empty path is the beginning of every name.
    if found is None or not isinstance(found.get("paths"), list) or "" not in found["paths"]:
        return None
    return _with_keys(found, mapping(delegations.get("keys")), _RELEASES)


def _with_keys(told: Mapping[str, Any], keys: Mapping[str, Any], name: str) -> _Role:
    threshold = told.get("threshold")
    known: dict[str, Any] = {}
    for one in texts(told.get("keyids"))[:_MOST_KEYS]:
        key = _key(mapping(keys.get(one)))
        if key is not None:
            known[one] = key
    if type(threshold) is not int or threshold < 1 or not known:
        raise UnreadableError(f"it does not say who may sign {name}")
    return _Role(keys=known, threshold=threshold)


def _key(told: Mapping[str, Any]) -> Any:  # noqa: ANN401 a public key of one of four kinds
    """A public key as notary writes it; None for what is none, or of a kind that notary does not sign with."""
    data = decoded(within(told, "keyval").get("public"), most=_MAX_KEY)
    if data is None:
        return None
    try:
        match text(told.get("keytype")):
            case "ecdsa" | "rsa":
                return load_der_public_key(data)
            case "ecdsa-x509" | "rsa-x509":
                return x509.load_pem_x509_certificate(data).public_key()
            case "ed25519":
                return ed25519.Ed25519PublicKey.from_public_bytes(data)
            case _:
                return None
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None


def _named_in(told: object) -> str | None:
    """The repository that the certificate of a key names; None: it is a bare key. Raises UnreadableError."""
    if not text(mapping(told).get("keytype")).endswith("-x509"):
        return None
    try:
        certificate = x509.load_pem_x509_certificate(decoded(within(told, "keyval").get("public"), most=_MAX_KEY) or b"")
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (ValueError, x509.InvalidVersion) as error:
        raise UnreadableError("a certificate of root can't be read") from error
    return str(names[0].value) if names else ""


def _fingerprint(key: Any) -> str:  # noqa: ANN401 see above
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _signers(told: Mapping[str, Any], role: _Role) -> set[str]:
    """The keys of a role that signed the metadata, each counted once whatever it is called."""
    data = _canonical(told.get("signed"))
    found = set()
    for one in objects(told.get("signatures"))[:_MOST_KEYS]:
        key, signature = role.keys.get(text(one.get("keyid"))), decoded(one.get("sig"))
        if key is not None and signature is not None and _verifies(key, data, signature):
            found.add(_fingerprint(key))
    return found


def _verifies(key: object, data: bytes, signature: bytes) -> bool:
    try:
        match key:
            case ed25519.Ed25519PublicKey():
                key.verify(signature, data)
            case ec.EllipticCurvePublicKey():
                half = len(signature) // 2
                numbers = (int.from_bytes(part) for part in (signature[:half], signature[half:]))
                key.verify(encode_dss_signature(*numbers), data, ec.ECDSA(hashes.SHA256()))
            case rsa.RSAPublicKey():
                pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
                key.verify(signature, data, pss, hashes.SHA256())
            case _:
                return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _canonical(signed: object) -> bytes:
    """Canonical JSON: keys in order, no blanks. What it escapes otherwise than this is in no metadata of notary."""
    return json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")


def _check_hash(listing: Mapping[str, Any], name: str, body: bytes) -> None:
    """Raises UnreadableError where the metadata of a role is not the one that another role lists."""
    wanted = decoded(within(listing, "meta", name, "hashes").get("sha256"))
    if wanted != hashlib.sha256(body).digest():
        raise UnreadableError(f"{name} is not the one that is listed: it is older, newer or was tampered with")
