"""Signatures of notation: what the real one made is valid by its root alone; expired, tampered, of another image, by others is not."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bot.inspect.trust.keys import UnreadableKeyError
from bot.inspect.trust.notation import Notation, load_certificates
from bot.inspect.trust.scheme import verdict_of
from bot.model.signature import Scheme, SignatureState
from bot.sandbox.registry.store import Store
from tests.signatures import IMAGE, RECORDED, Shelf, fill, put_layers, put_manifest, recorded, shelf_image

NOW = datetime(2026, 11, 29, 16, 30, tzinfo=UTC)
ROOTS = load_certificates([RECORDED / "notation-ca.crt"])
PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json"


def verdict(shelf, image, *, roots=ROOTS, now=NOW):
    return verdict_of(Notation(registry=shelf, roots=roots, now=now).findings(image), image)


@pytest.fixture(scope="module")
def real():
    """What Debian's notation 1.3.2 pushed to Debian's docker-registry, with certificates of a CA that openssl made."""
    store = Store()
    fill(store, "notation.json")
    return Shelf(store)


@pytest.mark.parametrize("name", ["nes-jws", "nps-jws"])
def test_what_real_notation_signed_is_valid_by_its_root_alone(real, name):
    found = verdict(real, shelf_image(f"notation/{name}"))

    (signer,) = found.signers
    assert (found.state, signer.scheme, signer.issuer) == (SignatureState.VALID, Scheme.NOTATION, "CN=Acme Signing CA,O=Acme,C=DE")
    assert signer.name == f"CN={name.partition('-')[0]},O=Acme,ST=BE,C=DE"
    assert verdict(real, shelf_image(f"notation/{name}"), roots=[Lab().root]).state is SignatureState.INVALID


def test_an_expiry_of_the_signature_counts(real):
    image = shelf_image("notation/expiring")

    assert verdict(real, image).state is SignatureState.VALID
    found = verdict(real, image, now=NOW + timedelta(hours=2))
    assert (found.state, "expired on 2026-11-29" in found.reason) == (SignatureState.INVALID, True)


def test_cose_is_unknown_and_never_valid(real):
    found = verdict(real, shelf_image("notation/nes-cose"))

    assert (found.state, "COSE, which is not read" in found.reason) == (SignatureState.UNKNOWN, True)


class Lab:
    """A certificate authority, and envelopes as notation writes them."""

    def __init__(self, *, days=30, starts=NOW - timedelta(days=1), purpose=None):
        self.purpose = purpose
        self.key, self.signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.starts, self.days = starts, days
        self.root = self._certificate("root", self.key, self.key, "root", ca=True)
        self.leaf = self._certificate("leaf", self.signer, self.key, "root", ca=False)

    def _certificate(self, name, key, issuer_key, issuer, *, ca):
        def named(text):
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False)
        usage |= {"digital_signature": not ca, "key_cert_sign": ca, "encipher_only": False, "decipher_only": False}
        built = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.starts)
            .not_valid_after(self.starts + timedelta(days=self.days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
        )
        if self.purpose is not None and not ca:
            built = built.add_extension(x509.ExtendedKeyUsage([self.purpose]), critical=False)
        return built.sign(issuer_key, hashes.SHA256())

    def envelope(self, *, digest=IMAGE, header=None, chain=None, **more):
        payload = json.dumps({"targetArtifact": {"digest": digest, "size": 1, "mediaType": "x"}}).encode()
        headers = {"cty": PAYLOAD_TYPE, "io.cncf.notary.signingScheme": "notary.x509", "crit": ["io.cncf.notary.signingScheme"]}
        signer = jwt.api_jws.PyJWS()
        protected = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", **headers, **(header or {})}).encode()).rstrip(b"=")
        body = base64.urlsafe_b64encode(payload).rstrip(b"=")
        signature = signer.get_algorithm_by_name("ES256").sign(protected + b"." + body, self.signer)
        certificates = [
            base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in (chain if chain is not None else [self.leaf, self.root])
        ]
        return {
            "payload": body.decode(),
            "protected": protected.decode(),
            "header": {"x5c": certificates},
            "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
            **more,
        }


LAB = Lab()


def with_odd_key(certificate):
    """The same with a kind of key that nobody knows."""
    der = certificate.public_bytes(Encoding.DER)
    return x509.load_der_x509_certificate(der.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0209")))


def attached(envelope, media_type="application/jose+json"):
    shelf = Shelf(recorded().store)
    body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    put_layers(shelf.store, "unsigned", [(body, media_type, {})], tag="signature")
    repository = shelf.store.repositories["unsigned"]
    digest = repository.tags["signature"]
    told = json.loads(repository.manifests[digest].body) | {
        "subject": {"digest": IMAGE},
        "artifactType": "application/vnd.cncf.notary.signature",
    }
    del repository.manifests[digest]
    put_manifest(shelf.store, "unsigned", "signature", told)
    return shelf


@pytest.mark.parametrize(
    ("envelope", "state", "said"),
    [
        pytest.param(LAB.envelope(), SignatureState.VALID, "", id="as it should be"),
        pytest.param(LAB.envelope(chain=[LAB.leaf]), SignatureState.VALID, "", id="without the root"),
        pytest.param(LAB.envelope(digest="sha256:" + "b" * 64), SignatureState.INVALID, "another image", id="another image"),
        pytest.param(LAB.envelope(payload="e30"), SignatureState.INVALID, "tampered", id="another payload"),
        pytest.param(LAB.envelope(signature="AAAA"), SignatureState.INVALID, "tampered", id="another signature"),
        pytest.param(LAB.envelope(signature=7), SignatureState.INVALID, "broken", id="odd signature"),
        pytest.param(LAB.envelope(protected="§"), SignatureState.INVALID, "", id="odd header"),
        pytest.param(LAB.envelope(header={"alg": "none"}), SignatureState.INVALID, "algorithm", id="no algorithm"),
        pytest.param(LAB.envelope(header={"alg": "HS256"}), SignatureState.INVALID, "algorithm", id="a secret's algorithm"),
        pytest.param(LAB.envelope(header={"alg": "PS256"}), SignatureState.INVALID, "algorithm", id="another key's algorithm"),
        pytest.param(LAB.envelope(header={"crit": ["x"]}), SignatureState.INVALID, "has to be understood", id="a critical header"),
        pytest.param(LAB.envelope(header={"cty": "text/plain"}), SignatureState.INVALID, "not one of notation", id="another content"),
        pytest.param(LAB.envelope(header={"io.cncf.notary.expiry": 7}), SignatureState.INVALID, "expiry can't be read", id="odd expiry"),
        pytest.param(LAB.envelope(chain=[]), SignatureState.INVALID, "certificates can't be read", id="no certificate"),
        pytest.param(LAB.envelope(header={}, chain=[LAB.root]), SignatureState.INVALID, "not for signatures", id="signed by the root"),
        pytest.param(LAB.envelope(chain=[Lab().leaf, LAB.root]), SignatureState.INVALID, "tampered", id="somebody else's certificate"),
        pytest.param(Lab().envelope(), SignatureState.INVALID, "comes from no root", id="another authority"),
        pytest.param(LAB.envelope(payload="\ud800"), SignatureState.INVALID, "tampered", id="half a character"),
        pytest.param(LAB.envelope(chain=[with_odd_key(LAB.leaf)]), SignatureState.INVALID, "key of its certificate", id="no key"),
        pytest.param(b"rubbish", SignatureState.INVALID, "no valid JSON", id="no JSON"),
        pytest.param(b" " * 10_000_000, SignatureState.UNKNOWN, "10000000 bytes", id="10 MB"),
        pytest.param(b"[" * 10_000, SignatureState.INVALID, "no valid JSON", id="nested"),
        pytest.param({"header": [], "payload": {}, "protected": 1}, SignatureState.INVALID, "certificates", id="odd types"),
    ],
)
def test_an_envelope_is_judged(envelope, state, said):
    found = verdict(attached(envelope), shelf_image("unsigned"), roots=[LAB.root])

    assert (found.state, said in found.reason) == (state, True), found


def test_a_certificate_that_is_over_is_told_with_its_day():
    old = Lab(days=30, starts=NOW - timedelta(days=60))
    stamped = old.envelope()
    stamped["header"]["io.cncf.notary.timestampSignature"] = "AAAA"

    assert "expired on 2026-10-30" in verdict(attached(old.envelope()), shelf_image("unsigned"), roots=[old.root]).reason
    assert verdict(attached(stamped), shelf_image("unsigned"), roots=[old.root]).state is SignatureState.UNKNOWN


def test_a_certificate_that_is_named_itself_is_its_own_root():
    assert verdict(attached(LAB.envelope()), shelf_image("unsigned"), roots=[LAB.leaf]).state is SignatureState.VALID


@pytest.mark.parametrize(
    ("purpose", "state"),
    [
        pytest.param(ExtendedKeyUsageOID.CODE_SIGNING, SignatureState.VALID, id="of code"),
        pytest.param(ExtendedKeyUsageOID.SERVER_AUTH, SignatureState.INVALID, id="of web servers"),
    ],
)
def test_certificates_of_other_purposes_sign_nothing(purpose, state):
    lab = Lab(purpose=purpose)

    assert verdict(attached(lab.envelope()), shelf_image("unsigned"), roots=[lab.root]).state is state


def test_nothing_attached_is_missing():
    assert verdict(Shelf(recorded().store), shelf_image("unsigned")).state is SignatureState.MISSING


def test_a_file_without_a_certificate_is_told_by_its_name(tmp_path):
    (tmp_path / "ca.pem").write_text("x")

    for name in ("ca.pem", "gone.pem"):
        with pytest.raises(UnreadableKeyError, match=f"{name} holds no certificate"):
            load_certificates([tmp_path / name])
