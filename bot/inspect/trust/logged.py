"""Signatures without a key as cosign 1 and 2 attach them: beside the signed text a certificate, and the log's promise to have it.

The library verifies bundles, which carry a proof; here the promise (signed entry timestamp) has to do, as in cosign itself
(sigstore/cosign, specs/SIGNATURE_SPEC.md). Certificate, its log and the promise are proved by what the library has for each.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from bot.clients.json_fields import UnreadableError, mapping, parsed, text, within
from bot.inspect.trust.keys import decoded

if TYPE_CHECKING:
    from sigstore.models import TrustedRoot

CERTIFICATE: Final = "dev.sigstore.cosign/certificate"
_PROMISE: Final = "dev.sigstore.cosign/bundle"
_MOST: Final = 1 << 20
"""Characters of one field."""


def proved_certificate(
    root: "TrustedRoot", annotations: Mapping[str, str], payload: bytes, signature: bytes
) -> tuple[x509.Certificate, datetime]:
    """The certificate that the signature of a text is by, and when the log took it. Raises UnreadableError for what is not proved."""
    certificate = _certificate(annotations.get(CERTIFICATE, ""))
    told = parsed(annotations.get(_PROMISE, "").encode())
    entry = mapping(told.get("Payload"))
    at = _check_promise(root, entry, decoded(told.get("SignedEntryTimestamp")))
    _check_entry(entry, payload, signature, certificate)
    _check_issued(root, certificate, at)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise UnreadableError("its certificate is of a kind that is not read")
    try:
        key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise UnreadableError("it was tampered with, or is not by its certificate") from error
    return certificate, at


def _certificate(told: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(told.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnreadableError("its certificate can't be read") from error


def _check_promise(root: "TrustedRoot", entry: Mapping[str, Any], promise: bytes | None) -> datetime:
    """When the log took the entry. The promise is over its four fields in canonical JSON (RFC 8785); none of them needs escapes."""
    from sigstore._internal.trust import KeyringPurpose  # noqa: PLC0415
    from sigstore._utils import KeyID  # noqa: PLC0415
    from sigstore.errors import Error  # noqa: PLC0415

    body, log, seconds, index = entry.get("body"), entry.get("logID"), entry.get("integratedTime"), entry.get("logIndex")
    is_whole = isinstance(body, str) and isinstance(log, str) and type(seconds) is int and type(index) is int
    if not is_whole or promise is None or decoded(body, most=_MOST) is None:
        raise UnreadableError("it has no promise of a log, and nobody else vouches for when it was made")
    promised = {"body": body, "integratedTime": seconds, "logID": log, "logIndex": index}
    data = json.dumps(promised, sort_keys=True, separators=(",", ":")).encode()
    try:
        root.rekor_keyring(KeyringPurpose.VERIFY).verify(key_id=KeyID(bytes.fromhex(str(log))), signature=promise, data=data)
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (Error, ValueError, OverflowError, OSError) as error:
        raise UnreadableError("the log's promise is not by a log of the trust root") from error


def _check_entry(entry: Mapping[str, Any], payload: bytes, signature: bytes, certificate: x509.Certificate) -> None:
    """That the log's entry (hashedrekord 0.0.1) is about this text, this signature and this certificate."""
    told = parsed(decoded(entry.get("body"), most=_MOST) or b"")
    spec = mapping(told.get("spec"))
    written = within(spec, "signature")
    digest = within(spec, "data", "hash")
    logged = decoded(within(written, "publicKey").get("content"), most=_MOST) or b""
    is_it = (
        (text(told.get("kind")), text(told.get("apiVersion"))) == ("hashedrekord", "0.0.1")
        and (text(digest.get("algorithm")), text(digest.get("value"))) == ("sha256", hashlib.sha256(payload).hexdigest())
        and decoded(written.get("content"), most=_MOST) == signature
        and _certificate(logged.decode(errors="replace")) == certificate
    )
    if not is_it:
        raise UnreadableError("the log's entry is about something else")


def _check_issued(root: "TrustedRoot", certificate: x509.Certificate, at: datetime) -> None:
    """That an authority of the trust root gave the certificate for signing code, a log of certificates has it, and it held at the time."""
    from sigstore._internal.sct import verify_sct  # noqa: PLC0415
    from sigstore._internal.trust import KeyringPurpose  # noqa: PLC0415
    from sigstore.errors import Error  # noqa: PLC0415

    agnostic = verification.Criticality.AGNOSTIC
    authority = verification.ExtensionPolicy.webpki_defaults_ca().may_be_present(x509.ExtendedKeyUsage, agnostic, None)
    signer = verification.ExtensionPolicy.webpki_defaults_ee().may_be_present(x509.ExtendedKeyUsage, agnostic, None)
    builder = verification.PolicyBuilder().store(verification.Store(root.get_fulcio_certs())).time(at)
    try:
        verifier = builder.extension_policies(ca_policy=authority, ee_policy=signer).build_client_verifier()
        chain = verifier.verify(certificate, []).chain
        verify_sct(certificate, chain[1:], root.ct_keyring(KeyringPurpose.VERIFY))
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (verification.VerificationError, x509.UnsupportedGeneralNameType, x509.ExtensionNotFound, Error, ValueError) as error:
        raise UnreadableError("its certificate is not by the trust root, or was over when the log took it") from error
    if ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise UnreadableError("its certificate is not for signing code")
