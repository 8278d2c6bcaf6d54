"""What was signed: the texts that name an image. Each says which digest it is about, and counts for that one alone.

Simple signing: containers/image, docs/containers-signature.5. Envelopes: DSSE (secure-systems-lab/dsse, protocol.md) and in-toto.
"""

from typing import Any, Final

from bot.clients.json_fields import UnreadableError, mapping, objects, text, within
from bot.clients.json_text import read_json

_COSIGN_TYPE: Final = "cosign container image signature"
_IN_TOTO: Final = "application/vnd.in-toto+json"
COSIGN_SIGN: Final = "https://sigstore.dev/cosign/sign/v1"
_PROVENANCE: Final = "https://slsa.dev/provenance/"
"""Who vouches for how an image was built vouches for the image. Scan results and bills of materials are signed of bad images as well."""


def told_in_simple_signing(payload: bytes, digest: str) -> str:
    """The name that a simple signing text gives the image. Raises UnreadableError where it is none, or is about another image."""
    critical = mapping(_object(payload).get("critical"))
    if text(critical.get("type")) != _COSIGN_TYPE:
        raise UnreadableError("what was signed is no image signature of cosign")
    about = text(within(critical, "image").get("docker-manifest-digest"))
    if about != digest:
        raise UnreadableError(f"what was signed is about another image ({about[:80] or 'none'})")
    return text(within(critical, "identity").get("docker-reference"))


def check_statement(payload_type: object, payload: bytes, digest: str) -> None:
    """Raises UnreadableError where an envelope's payload is no statement that vouches for the image."""
    if payload_type != _IN_TOTO:
        raise UnreadableError("what was signed is no in-toto statement")
    told = _object(payload)
    kind = text(told.get("predicateType"))
    if kind != COSIGN_SIGN and not kind.startswith(_PROVENANCE):
        raise UnreadableError(f"what was signed is neither a signature nor provenance, but {kind[:80] or 'nothing that it names'}")
    algorithm, _, value = digest.partition(":")
    if value not in {text(within(subject, "digest").get(algorithm)) for subject in objects(told.get("subject"))}:
        raise UnreadableError("what was signed is about another image")


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """The bytes that a DSSE envelope's signatures are over."""
    # JSON may hold half of a pair of surrogates, which is no text: nobody signed that.
    kind = payload_type.encode(errors="replace")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _object(data: bytes) -> dict[str, Any]:
    try:
        told = read_json(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("what was signed is no valid JSON") from error
    return mapping(told)
