"""What `doctor` looks at beyond GitHub, registries and scanners: what judges signatures."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.model.checkup import Checkup, Standing
from bot.wiring.doctor.signatures import look_at_signatures
from tests.unit.settings.reading import load

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def told(found: list[Checkup]) -> dict[str, tuple[str, str]]:
    return {one.what: (one.standing.value, one.said) for one in found}


def test_files_that_judge_signatures_are_read(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "good.pub").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "bad.pub").write_text("no key")
    (tmp_path / "policy.yaml").write_text("kind: ClusterImagePolicy\nspec: [")
    (tmp_path / "other.yaml").write_text("kind: ConfigMap\n")
    text = """
signatures:
- {match: ["ghcr.io/acme/*"], policy: require, keys: [good.pub, bad.pub]}
- match: ["ghcr.io/acme/*"]
  policy: warn
  certificates: [good.pub]
  content_trust: {server: "https://n.example.com", root_keys: [bad.pub]}
- {match: ["ghcr.io/acme/*"], policy: warn, identities: [{issuer: a, subject: b}], trusted_root: bad.pub}
admission: {policies: [policy.yaml, other.yaml]}
"""
    found = told(list(look_at_signatures(load(tmp_path, text, {}))))

    assert {what: standing for what, (standing, _) in found.items()} == {
        "signatures[1]: good.pub": Standing.FINE,
        "signatures[1]: bad.pub": Standing.WRONG,
        "signatures[2]: good.pub": Standing.WRONG,
        "signatures[2]: bad.pub": Standing.WRONG,
        "signatures[3]: bad.pub": Standing.WRONG,
        "admission: policy.yaml": Standing.WRONG,
        "admission: other.yaml": Standing.WRONG,
    }
    assert found["signatures[3]: bad.pub"][1].startswith("the trust root bad.pub can't be read (it holds none)")
