"""Signatures without a key: a certificate of minutes says who signed, logs say when (Sigstore client specification).

`sigstore` verifies certificate, logs and signature, with a trust root from a file, and asks nobody; it is not installed unless
the extra `keyless` is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.clients.json_fields import UnreadableError
from bot.inspect.trust.logged import proved_certificate
from bot.inspect.trust.scheme import Finding, Refused, Signed
from bot.inspect.trust.statements import check_statement, told_in_simple_signing
from bot.model.signature import Identity, Scheme, Signer

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier

_ISSUER: Final = "1.3.6.1.4.1.57264.1.8"
_OLD_ISSUER: Final = "1.3.6.1.4.1.57264.1.1"
_SHIPPED: Final = "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
"""The folder in which `sigstore` ships the public Sigstore's trust root."""
_MAX_TOLD: Final = 300
INSTALL: Final = "signatures by identities need the extra `keyless`; install rebuild-bot[keyless]"


class KeylessError(Exception):
    """Signatures by identities can't be checked; the message says why, and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """Whose signatures count, and what vouches for who they are."""

    root: "TrustedRoot"
    verifier: "Verifier"
    identities: Sequence[Identity]

    def judged_in_log(self, annotations: Mapping[str, str], payload: bytes, signature: bytes, digest: str) -> Finding:
        """What a signed text with certificate and promise beside it (cosign 1 and 2) proves of an image; never raises."""
        from sigstore.errors import VerificationError  # noqa: PLC0415

        asked = _Asked(identities=self.identities)
        try:
            certificate, at = proved_certificate(self.root, annotations, payload, signature)
            asked.verify(certificate)
            told_name = told_in_simple_signing(payload, digest)
        except UnreadableError as error:
            return Refused(reason=f"a signature by an identity can't be verified: {error}")
        except VerificationError:
            return Refused(reason=asked.refusal)
        return Signed(signer=Signer(scheme=Scheme.COSIGN, name=asked.subject, issuer=asked.issuer), at=at, told_name=told_name)

    def judged(self, bundle: bytes, digest: str) -> Finding:
        """What a bundle (v0.1 to v0.3) proves of an image; never raises."""
        from sigstore.errors import Error, VerificationError  # noqa: PLC0415 - heavy, and not always installed
        from sigstore.models import Bundle, InvalidBundle  # noqa: PLC0415

        asked = _Asked(identities=self.identities)
        try:
            read = Bundle.from_json(bundle)
            kind, payload = self.verifier.verify_dsse(read, asked)
            check_statement(kind, payload, digest)
        except UnreadableError as error:
            return Refused(reason=str(error))
        except (VerificationError, InvalidBundle, Error, ValueError) as error:
            return Refused(reason=asked.refusal or f"a signature by an identity can't be verified: {_told(error)}")
        signer = Signer(scheme=Scheme.COSIGN, name=asked.subject, issuer=asked.issuer)
        # The certificate holds for minutes, and the logs' time was proved to lie within them.
        return Signed(signer=signer, at=read.signing_certificate.not_valid_before_utc)


def load_keyless(identities: Sequence[Identity], trusted_root: Path | None) -> Keyless:
    """What checks signatures by these identities. Raises KeylessError."""
    try:
        from sigstore.models import TrustedRoot  # noqa: PLC0415
        from sigstore.verify import Verifier  # noqa: PLC0415
    except ImportError as error:
        raise KeylessError(INSTALL) from error
    try:
        root = TrustedRoot.from_file(str(trusted_root or _shipped()))
        return Keyless(root=root, verifier=Verifier(trusted_root=root), identities=identities)
    except Exception as error:
        name = trusted_root.name if trusted_root else "the one that sigstore ships"
        # The library's words on odd JSON quote the file.
        said = "it holds none" if isinstance(error, ValueError) else _told(error)
        raise KeylessError(f"the trust root {name} can't be read ({said}); take Sigstore's trusted_root.json") from error


def _shipped() -> Path:
    from importlib.resources import files  # noqa: PLC0415

    return Path(str(files("sigstore._store") / _SHIPPED / "trusted_root.json"))


@dataclass(slots=True, kw_only=True)
class _Asked:
    """The library's policy: it is shown the certificate once that is proved. Satisfies `sigstore.verify.policy.VerificationPolicy`."""

    identities: Sequence[Identity]
    subject: str = ""
    issuer: str = ""
    refusal: str = ""

    def verify(self, cert: "Certificate") -> None:
        from sigstore.errors import VerificationError  # noqa: PLC0415

        self.issuer = _issuer(cert)
        subjects = _subjects(cert)
        found = next((one for one in subjects if any(who.fits(issuer=self.issuer, subject=one) for who in self.identities)), None)
        if found is None or not self.issuer:
            said = f"{', '.join(subjects)[:_MAX_TOLD] or 'nobody'} (issuer {self.issuer[:_MAX_TOLD] or 'not told'})"
            self.refusal = f"it is signed by {said}, whom the configuration does not trust for this image"
            raise VerificationError(self.refusal)
        self.subject = found


def _subjects(certificate: "Certificate") -> list[str]:
    from cryptography import x509  # noqa: PLC0415

    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    kinds: tuple[Any, ...] = (x509.UniformResourceIdentifier, x509.RFC822Name)
    return [name for kind in kinds for name in named.get_values_for_type(kind)]


def _issuer(certificate: "Certificate") -> str:
    """Who vouched: an UTF8String in DER, or in the older place the bare text (sigstore/fulcio, docs/oid-info.md)."""
    from cryptography import x509  # noqa: PLC0415

    told = {one.oid.dotted_string: one.value.value for one in certificate.extensions if isinstance(one.value, x509.UnrecognizedExtension)}
    new = told.get(_ISSUER, b"")
    utf8_string, long_form = 0x0C, 0x80
    if len(new) > 2 and new[0] == utf8_string and new[1] < long_form:  # noqa: PLR2004 tag and length
        text = new[2 : 2 + new[1]]
    elif len(new) > 3 and new[:2] == bytes([utf8_string, long_form + 1]):  # noqa: PLR2004 the length in one byte of its own
        text = new[3 : 3 + new[2]]
    else:
        text = told.get(_OLD_ISSUER, b"")
    return text.decode(errors="replace")


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:_MAX_TOLD] or type(error).__name__
