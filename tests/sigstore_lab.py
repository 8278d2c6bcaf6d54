"""A Sigstore of our own: a certificate authority, a log of certificates and a log of signatures, and bundles that it vouches for.

Its forms are those of sigstore/protobuf-specs (bundle v0.3, trusted root v0.1) and of Rekor's entries (dsse and hashedrekord v0.0.1).
`sigstore` is its judge, and of what stands beside signed texts (`annotations`) Debian's cosign 3.1.1: `cosign verify --offline
--trusted-root` takes it, and refuses other identities.
"""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bot.inspect.trust.statements import pre_authentication_encoding

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/acme/base/.github/workflows/release.yml@refs/heads/main"
IN_TOTO = "application/vnd.in-toto+json"
_ISSUER_OID = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_OLD_ISSUER_OID = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_SCT_OID = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_HOST = "log.example"


def b64(data):
    return base64.b64encode(data).decode()


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def der(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def sign(key, data):
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(kw_only=True)
class SigstoreLab:
    """Signs at `now`; its certificates hold for ten minutes, as Fulcio's."""

    now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)
    authority: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    certificates_log: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    signatures_log: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    def __post_init__(self):
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "lab"), x509.NameAttribute(NameOID.COMMON_NAME, "lab CA")])
        public = self.authority.public_key()
        identifier = x509.SubjectKeyIdentifier.from_public_key(public)
        self.root = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(1)
            .not_valid_before(self.now - timedelta(days=365))
            .not_valid_after(self.now + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(identifier, critical=False)
            .sign(self.authority, hashes.SHA256())
        )

    @property
    def trusted_root(self):
        span = {"start": _text(self.now - timedelta(days=365))}
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log(self.signatures_log, span)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "lab", "commonName": "lab CA"},
                    "uri": "https://ca.example",
                    "certChain": {"certificates": [{"rawBytes": b64(self.root.public_bytes(Encoding.DER))}]},
                    "validFor": span,
                }
            ],
            "ctlogs": [_log(self.certificates_log, span)],
            "timestampAuthorities": [],
        }

    def certificate(self, key, *, subject=SUBJECT, issuer=ISSUER):
        """A signing certificate, logged."""
        bare = self._builder(key, subject, issuer).sign(self.authority, hashes.SHA256())
        milliseconds = int(self.now.timestamp() * 1000)
        tbs = bare.tbs_certificate_bytes
        head = struct.pack("!BBQH", 0, 0, milliseconds, 1) + hashlib.sha256(der(self.authority)).digest()
        signature = sign(self.certificates_log, head + struct.pack("!I", len(tbs))[1:] + tbs + struct.pack("!H", 0))
        log_id = hashlib.sha256(der(self.certificates_log)).digest()
        stamp = struct.pack("!B32sQHBBH", 0, log_id, milliseconds, 0, 4, 3, len(signature)) + signature
        listed = struct.pack("!HH", len(stamp) + 2, len(stamp)) + stamp
        wrapped = bytes([0x04, len(listed)]) + listed
        assert len(listed) < 128
        told = x509.UnrecognizedExtension(_SCT_OID, wrapped)
        return self._builder(key, subject, issuer).add_extension(told, critical=False).sign(self.authority, hashes.SHA256())

    def _builder(self, key, subject, issuer):
        name = x509.UniformResourceIdentifier(subject) if "://" in subject else x509.RFC822Name(subject)
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.root.subject)
            .public_key(key.public_key())
            .serial_number(77)
            .not_valid_before(self.now - timedelta(seconds=5))
            .not_valid_after(self.now + timedelta(minutes=10))
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.authority.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_OLD_ISSUER_OID, issuer.encode()), critical=False)
            .add_extension(x509.UnrecognizedExtension(_ISSUER_OID, bytes([0x0C, len(issuer)]) + issuer.encode()), critical=False)
        )

    def bundle(self, payload, *, payload_type=IN_TOTO, subject=SUBJECT, issuer=ISSUER, logged_at=None):
        """A bundle of a payload, as a mapping; `logged_at` is what the log says of when."""
        key = new_key()
        certificate = self.certificate(key, subject=subject, issuer=issuer)
        signature = sign(key, pre_authentication_encoding(payload_type, payload))
        envelope = {"payload": b64(payload), "payloadType": payload_type, "signatures": [{"sig": b64(signature)}]}
        body = _entry(envelope, payload, signature, certificate)
        return {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {
                "certificate": {"rawBytes": b64(certificate.public_bytes(Encoding.DER))},
                "tlogEntries": [self._logged(body, logged_at or self.now)],
            },
            "dsseEnvelope": envelope,
        }

    def annotations(self, payload, *, subject=SUBJECT, issuer=ISSUER, logged_at=None):
        """What cosign 1 and 2 write beside a signed text."""
        key = new_key()
        certificate, signature = self.certificate(key, subject=subject, issuer=issuer), sign(key, payload)
        pem = certificate.public_bytes(Encoding.PEM)
        written = {"content": b64(signature), "publicKey": {"content": b64(pem)}}
        spec = {"data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}}, "signature": written}
        body = json.dumps({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec}, sort_keys=True, separators=(",", ":")).encode()
        promised, promise = self._promise(body, logged_at or self.now)
        return {
            "dev.cosignproject.cosign/signature": b64(signature),
            "dev.sigstore.cosign/certificate": pem.decode(),
            "dev.sigstore.cosign/chain": self.root.public_bytes(Encoding.PEM).decode(),
            "dev.sigstore.cosign/bundle": json.dumps({"SignedEntryTimestamp": b64(promise), "Payload": promised}),
        }

    def _promise(self, body, at):
        log_id = hashlib.sha256(der(self.signatures_log)).digest()
        promised = {"body": b64(body), "integratedTime": int(at.timestamp()), "logID": log_id.hex(), "logIndex": 0}
        return promised, sign(self.signatures_log, json.dumps(promised, sort_keys=True, separators=(",", ":")).encode())

    def _logged(self, body, at):
        log_id = hashlib.sha256(der(self.signatures_log)).digest()
        seconds = int(at.timestamp())
        _, promise = self._promise(body, at)
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"{_HOST}\n1\n{b64(root)}\n"
        signed = f"{note}\n— {_HOST} {b64(log_id[:4] + sign(self.signatures_log, note.encode()))}\n"
        return {
            "logIndex": "0",
            "logId": {"keyId": b64(log_id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(seconds),
            "inclusionPromise": {"signedEntryTimestamp": b64(promise)},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": signed},
            },
            "canonicalizedBody": b64(body),
        }


def _entry(envelope, payload, signature, certificate):
    whole = json.dumps(envelope, separators=(",", ":")).encode()
    verifier = b64(certificate.public_bytes(Encoding.PEM))
    spec = {
        "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(whole).hexdigest()},
        "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
        "signatures": [{"signature": b64(signature), "verifier": verifier}],
    }
    return json.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec}, sort_keys=True, separators=(",", ":")).encode()


def _log(key, span):
    public = {"rawBytes": b64(der(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": span}
    return {
        "baseUrl": f"https://{_HOST}",
        "hashAlgorithm": "SHA2_256",
        "publicKey": public,
        "logId": {"keyId": b64(hashlib.sha256(der(key)).digest())},
    }


def _usage(*, signs_certificates):
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
