"""Signatures of cosign: simple signing (sigstore/cosign, specs/SIGNATURE_SPEC.md) and Sigstore bundles (sigstore/protobuf-specs)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.clients.json_fields import mapping, objects, parsed, text, within
from bot.inspect.trust.keyless import Keyless
from bot.inspect.trust.keys import TrustedKey, decoded
from bot.inspect.trust.logged import CERTIFICATE
from bot.inspect.trust.places import SIMPLE_SIGNING, Attached, Store, attached_signatures
from bot.inspect.trust.scheme import Finding, Refused, Signed, Unread, judged
from bot.inspect.trust.statements import check_statement, pre_authentication_encoding, told_in_simple_signing
from bot.model.image import ImageReference
from bot.model.signature import Scheme

_SIGNATURE: Final = "dev.cosignproject.cosign/signature"
_MAX_PAYLOAD: Final = 2 << 20
_BUNDLES: Final = frozenset(
    {
        *(f"application/vnd.dev.sigstore.bundle+json;version=0.{minor}" for minor in (1, 2, 3)),
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    }
)
_MOST_SIGNATURES: Final = 10
"""Of one envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosign:
    """Satisfies `bot.inspect.trust.scheme.SignatureScheme`."""

    registry: Store
    keys: Sequence[TrustedKey] = ()
    keyless: Keyless | None = None
    """What checks signatures by identities; None: the configuration trusts keys alone."""

    def findings(self, image: ImageReference) -> Iterator[Finding]:
        for one in attached_signatures(self.registry, image):
            yield one if isinstance(one, Unread) else self._judged(one, str(image.digest))

    def _judged(self, one: Attached, digest: str) -> Finding:
        judge = self._of_payload if one.media_type == SIMPLE_SIGNING else self._of_bundle
        return judged(lambda: judge(one, digest))

    def _of_payload(self, one: Attached, digest: str) -> Finding:
        """A simple signing text, its signature beside it."""
        signature = decoded(one.annotations.get(_SIGNATURE))
        if signature is None:
            return Refused(reason="a signature is attached that is not in base64")
        key = self._key_of(one.body, signature)
        if key is None and CERTIFICATE in one.annotations and self.keyless is not None:
            return self.keyless.judged_in_log(one.annotations, one.body, signature, digest)
        if key is None:
            return self._by_others(has_certificate=CERTIFICATE in one.annotations)
        return Signed(signer=key.signer(Scheme.COSIGN), told_name=told_in_simple_signing(one.body, digest))

    def _of_bundle(self, one: Attached, digest: str) -> Finding:
        told = parsed(one.body)
        if text(told.get("mediaType")) not in _BUNDLES:
            return Unread(reason=f"a bundle is attached of a form that is not read ({text(told.get('mediaType'))[:80] or 'none'})")
        envelope = mapping(told.get("dsseEnvelope"))
        if not envelope:
            return Refused(reason="a bundle is attached that has no envelope, and so does not say which image it is about")
        payload, kind = decoded(envelope.get("payload"), most=_MAX_PAYLOAD), envelope.get("payloadType")
        if payload is None or not isinstance(kind, str):
            return Refused(reason="a bundle is attached whose envelope is broken")
        signed = pre_authentication_encoding(kind, payload)
        signatures = [decoded(entry.get("sig")) for entry in objects(envelope.get("signatures"))[:_MOST_SIGNATURES]]
        key = next((key for signature in signatures if signature for key in [self._key_of(signed, signature)] if key), None)
        material = within(told, "verificationMaterial")
        has_certificate = "certificate" in material or "x509CertificateChain" in material
        if key is None and has_certificate and self.keyless is not None:
            return self.keyless.judged(one.body, digest)
        if key is None:
            return self._by_others(has_certificate=has_certificate)
        check_statement(kind, payload, digest)
        return Signed(signer=key.signer(Scheme.COSIGN))

    def _key_of(self, data: bytes, signature: bytes) -> TrustedKey | None:
        return next((key for key in self.keys if key.has_signed(data, signature)), None)

    def _by_others(self, *, has_certificate: bool) -> Finding:
        """A signature that none of the keys made; or that is broken: whose it is, nobody can tell then."""
        if has_certificate:
            return Refused(reason="it is signed by an identity, and the configuration trusts keys alone for this image")
        named = ", ".join(key.called for key in self.keys)
        return Refused(reason=f"a signature is attached that {named or 'no trusted key'} did not make, or that was tampered with")
