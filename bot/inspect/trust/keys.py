"""Public keys that the configuration names, and what they signed."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError

from bot.model.signature import Scheme, Signer

_MAX_BYTES: Final = 64 << 10
_LEAST_RSA_BITS: Final = 2048
_HASHES: Final = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
"""cosign 2 hashes with SHA-256 whatever the curve, cosign 3 with the one that suits it."""

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


class UnreadableKeyError(Exception):
    """A file of a key can't be used; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key that the configuration names."""

    called: str
    """The name of its file: this machine's folders are nobody else's business."""
    fingerprint: str
    """Of its SubjectPublicKeyInfo, as `openssl pkey -pubin -outform DER | sha256sum` tells it."""
    key: PublicKey

    def signer(self, scheme: Scheme) -> Signer:
        return Signer(scheme=scheme, name=f"SHA256:{self.fingerprint}", called=self.called)

    def has_signed(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature is one of the data by this key."""
        return any(_verifies(self.key, data, signature, algorithm) for algorithm in _algorithms(self.key))


def load_keys(paths: Sequence[Path]) -> tuple[TrustedKey, ...]:
    """The keys in the files. Raises UnreadableKeyError for the first that is none."""
    return tuple(map(_load, paths))


def read_key(data: bytes, called: str) -> TrustedKey:
    """The public key in a PEM document. Raises UnreadableKeyError."""
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnreadableKeyError(f"{called} is no public key in PEM (-----BEGIN PUBLIC KEY-----); take cosign's .pub file") from error
    if not isinstance(key, PublicKey):
        raise UnreadableKeyError(f"{called} is of a kind that signs no images; take one of ECDSA, Ed25519 or RSA")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        raise UnreadableKeyError(f"{called} has {key.key_size} bits, which is too few to be trusted; take one of {_LEAST_RSA_BITS} or more")
    plain = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return TrustedKey(called=called, fingerprint=hashlib.sha256(plain).hexdigest(), key=key)


def decoded(text: object, *, most: int = _MAX_BYTES) -> bytes | None:
    """The bytes of a text in base64; None for what is none, or too long."""
    if not isinstance(text, str) or len(text) > most:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _load(path: Path) -> TrustedKey:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except OSError as error:
        raise UnreadableKeyError(f"{path.name} can't be read ({error.strerror}); put the public key there") from error
    return read_key(data, path.name)


def _algorithms(key: PublicKey) -> Sequence[hashes.HashAlgorithm]:
    match key:
        case ed25519.Ed25519PublicKey():
            return _HASHES[:1]  # it hashes by itself
        case ec.EllipticCurvePublicKey() | rsa.RSAPublicKey():
            return _HASHES


def _verifies(key: PublicKey, data: bytes, signature: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    try:
        match key:
            case ed25519.Ed25519PublicKey():
                _verify_ed25519(key, data, signature)
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, ec.ECDSA(algorithm))
            case rsa.RSAPublicKey():
                key.verify(signature, data, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, BadSignatureError, ValueError):
        return False
    return True


def _verify_ed25519(key: ed25519.Ed25519PublicKey, data: bytes, signature: bytes) -> None:
    """Raises InvalidSignature, BadSignatureError or ValueError. cosign 3 signs Ed25519ph (RFC 8032 section 5.1), cosign 2 plain Ed25519."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        state = sodium.crypto_sign_ed25519ph_state()
        sodium.crypto_sign_ed25519ph_update(state, data)
        sodium.crypto_sign_ed25519ph_final_verify(state, signature, key.public_bytes(Encoding.Raw, PublicFormat.Raw))
