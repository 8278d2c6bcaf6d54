"""Signatures of notation: JWS envelopes with their certificates (notaryproject/specifications, signature-specification.md).

A certificate has to be valid today: who signed says when, and nobody vouches for it. Revocation lists and OCSP are not asked.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID
from jwt.algorithms import ECAlgorithm, RSAPSSAlgorithm

from bot.clients.json_fields import UnreadableError, mapping, moment, parsed, text, texts, within
from bot.clients.named_files import content
from bot.clients.oci.session import NotFoundError, RegistryError
from bot.inspect.trust.keys import UnreadableKeyError, decoded
from bot.inspect.trust.places import Store, read_blob
from bot.inspect.trust.scheme import Finding, Refused, Signed, Unread, judged
from bot.model.image import ImageReference
from bot.model.signature import Scheme, Signer

NOTATION: Final = "application/vnd.cncf.notary.signature"
_JWS: Final = "application/jose+json"
_COSE: Final = "application/cose"
_PAYLOAD: Final = "application/vnd.cncf.notary.payload.v1+json"
_SCHEME: Final = "io.cncf.notary.signingScheme"
_EXPIRY: Final = "io.cncf.notary.expiry"
_UNDERSTOOD: Final = frozenset({_SCHEME, _EXPIRY, "io.cncf.notary.authenticSigningTime"})
_ALGORITHMS: Final[dict[str, Any]] = {
    "PS256": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA256),
    "PS384": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA384),
    "PS512": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA512),
    "ES256": ECAlgorithm(ECAlgorithm.SHA256, ec.SECP256R1),
    "ES384": ECAlgorithm(ECAlgorithm.SHA384, ec.SECP384R1),
    "ES512": ECAlgorithm(ECAlgorithm.SHA512, ec.SECP521R1),
}
"""All that the specification allows."""
_MOST: Final = 50
_MOST_CERTIFICATES: Final = 10
_MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """Satisfies `bot.inspect.trust.scheme.SignatureScheme`."""

    registry: Store
    roots: Sequence[x509.Certificate]
    now: datetime

    def findings(self, image: ImageReference) -> Iterator[Finding]:
        try:
            referrers = [one for one in self.registry.referrers(image.at(digest=image.digest)) if one.artifact_type in {"", NOTATION}]
        except RegistryError as error:
            yield Unread(reason=str(error))
            return
        for referrer in referrers[:_MOST]:
            yield from self._of_manifest(image.at(digest=referrer.digest), image)
        if len(referrers) > _MOST:
            yield Unread(reason=f"{len(referrers)} signatures are attached, and {_MOST} were looked at")

    def _of_manifest(self, place: ImageReference, image: ImageReference) -> Iterator[Finding]:
        try:
            manifest = self.registry.manifest(place)
        except NotFoundError:
            return
        except RegistryError as error:
            yield Unread(reason=str(error))
            return
        for layer in manifest.layers[:_MOST]:
            if layer.media_type == _COSE:
                yield Unread(reason="it is signed by notation in COSE, which is not read; have it signed with --signature-format jws")
            elif layer.media_type == _JWS:
                body = read_blob(self.registry, image, layer)
                yield body if isinstance(body, Unread) else self._judged(body, str(image.digest))

    def _judged(self, body: bytes, digest: str) -> Finding:
        return judged(lambda: self._of_envelope(parsed(body), digest), about="a signature of notation: ")

    def _of_envelope(self, told: dict[str, Any], digest: str) -> Finding:
        header = mapping(told.get("header"))
        chain = _chain(header.get("x5c"))
        protected, payload = told.get("protected"), told.get("payload")
        if not isinstance(protected, str) or not isinstance(payload, str):
            raise UnreadableError("its envelope is broken")
        said = parsed(_plain(protected))
        _check_header(said)
        _check_signature(said, chain[0], f"{protected}.{payload}".encode(errors="replace"), _plain(told.get("signature")))
        about = text(within(parsed(_plain(payload)), "targetArtifact").get("digest"))
        if about != digest:
            raise UnreadableError(f"what was signed is about another image ({about[:80] or 'none'})")
        until = moment(said.get(_EXPIRY))
        if _EXPIRY in said and (until is None or until <= self.now):
            return Refused(reason=f"the signature expired on {until:%Y-%m-%d}" if until else "the signature's expiry can't be read")
        ended = next((one.not_valid_after_utc for one in chain if one.not_valid_after_utc <= self.now), None)
        if ended is not None and "io.cncf.notary.timestampSignature" in header:
            return Unread(reason=f"a certificate of the signature expired on {ended:%Y-%m-%d}, and its time stamp is not read")
        if ended is not None:
            return Refused(reason=f"a certificate of the signature expired on {ended:%Y-%m-%d}")
        root = self._root_of(chain)
        if root is None:
            return Refused(reason=f"it is signed by {_name(chain[0])}, whose certificate comes from no root that the configuration names")
        return Signed(signer=Signer(scheme=Scheme.NOTATION, name=_name(chain[0]), issuer=_name(root)))

    def _root_of(self, chain: Sequence[x509.Certificate]) -> x509.Certificate | None:
        """The configured root that the chain leads to; a certificate that is named itself is its own."""
        if chain[0] in self.roots:
            return chain[0]
        anything = verification.ExtensionPolicy.permit_all()
        authority = anything.require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, _is_authority)
        for root in self.roots:
            builder = verification.PolicyBuilder().store(verification.Store([root])).time(self.now)
            verifier = builder.extension_policies(ca_policy=authority, ee_policy=anything).build_client_verifier()
            try:
                verifier.verify(chain[0], list(chain[1:]))
            except (verification.VerificationError, x509.UnsupportedGeneralNameType, ValueError):
                continue
            return root
        return None


def load_certificates(paths: Sequence[Path]) -> tuple[x509.Certificate, ...]:
    """The certificates (PEM) in the files. Raises UnreadableKeyError for the first file that has none."""
    return tuple(one for path in paths for one in _load(path))


def _load(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content(path, max_bytes=_MAX_BYTES))
    except (UnreadableError, ValueError, UnsupportedAlgorithm) as error:
        raise UnreadableKeyError(f"{path.name} holds no certificate in PEM (-----BEGIN CERTIFICATE-----); put the root there") from error


def _is_authority(_policy: object, _certificate: x509.Certificate, constraints: x509.ExtensionType | None) -> None:
    if not isinstance(constraints, x509.BasicConstraints) or not constraints.ca:
        raise ValueError("no authority")


def _chain(told: object) -> list[x509.Certificate]:
    """The certificates of an envelope, the signer's first. Raises UnreadableError."""
    listed = [decoded(one) for one in texts_of(told)]
    if not listed or None in listed:
        raise UnreadableError("its certificates can't be read")
    try:
        chain = [x509.load_der_x509_certificate(one) for one in listed if one is not None]
        usage = chain[0].extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = [one.value for one in chain[0].extensions if isinstance(one.value, x509.ExtendedKeyUsage)]
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise UnreadableError("its certificates can't be read") from error
    # What the same authority gives to web servers signs no images (section "Certificate requirements").
    if not usage.digital_signature or any(ExtendedKeyUsageOID.CODE_SIGNING not in one for one in purposes):
        raise UnreadableError("its certificate is not for signatures")
    return chain


def texts_of(told: object) -> list[str]:
    """The texts of a list, however long each is."""
    return [one for one in told[:_MOST_CERTIFICATES] if isinstance(one, str)] if isinstance(told, list) else []


def _check_header(said: dict[str, Any]) -> None:
    """Raises UnreadableError for what the specification does not allow, or what is not understood and has to be."""
    if text(said.get("cty")) != _PAYLOAD or text(said.get(_SCHEME)) not in {"notary.x509", "notary.x509.signingAuthority"}:
        raise UnreadableError("its header is not one of notation")
    critical = texts(said.get("crit"))
    if not set(critical) <= _UNDERSTOOD:
        raise UnreadableError(f"its header has to be understood, and is not ({', '.join(critical)[:80]})")


def _check_signature(said: dict[str, Any], signer: x509.Certificate, data: bytes, signature: bytes) -> None:
    name = text(said.get("alg"))
    algorithm, key = _ALGORITHMS.get(name), _key_of(signer)
    suits = isinstance(key, rsa.RSAPublicKey if name.startswith("PS") else ec.EllipticCurvePublicKey)
    if algorithm is None or not suits:
        raise UnreadableError(f"its algorithm ({name[:20] or 'none'}) is not one of notation, or not that of its key")
    if not algorithm.verify(data, key, signature):
        raise UnreadableError("it was tampered with, or is not by its certificate")


def _key_of(certificate: x509.Certificate) -> object:
    """Raises UnreadableError: a certificate is read before the key in it is."""
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnreadableError("the key of its certificate can't be read") from error


def _plain(told: object) -> bytes:
    """Base64 of URLs without padding (RFC 7515). Raises UnreadableError."""
    if not isinstance(told, str):
        raise UnreadableError("its envelope is broken")
    try:
        return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))
    except ValueError as error:
        raise UnreadableError("its envelope is broken") from error


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:300] or "somebody without a name"
