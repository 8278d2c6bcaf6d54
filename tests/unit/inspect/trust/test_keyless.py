"""Signatures without a key: by whom, vouched for by which root, about which image; everything else is no valid signature."""

import copy
import json
import sys
from datetime import timedelta

import pytest

from bot.inspect.trust.cosign import Cosign
from bot.inspect.trust.keyless import KeylessError, load_keyless
from bot.inspect.trust.places import SIMPLE_SIGNING
from bot.inspect.trust.scheme import verdict_of
from bot.model.signature import Identity, SignatureState
from tests.signatures import IMAGE, Shelf, put_layers, recorded, shelf_image
from tests.sigstore_lab import BUNDLE_TYPE, ISSUER, SUBJECT, SigstoreLab, b64

pytest.importorskip("sigstore", reason="the extra `keyless` is not installed")
COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1"
ACME = Identity(issuer=ISSUER, subject="https://github.com/acme/*")


@pytest.fixture(scope="module")
def lab():
    return SigstoreLab()


@pytest.fixture(scope="module")
def root(lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("root") / "trusted_root.json"
    path.write_text(json.dumps(lab.trusted_root))
    return path


def statement(digest=IMAGE, kind=COSIGN_SIGN):
    subject = [{"name": "x", "digest": {"sha256": digest.partition(":")[2]}}]
    return json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": kind, "predicate": {}}).encode()


def verdict(root, bundle, *identities):
    shelf = Shelf(recorded().store)
    body = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    put_layers(shelf.store, "unsigned", [(body, BUNDLE_TYPE, {})])
    scheme = Cosign(registry=shelf, keyless=load_keyless(identities or [ACME], root))
    return verdict_of(scheme.findings(shelf_image("unsigned")), shelf_image("unsigned"))


def test_an_identity_that_is_trusted_is_valid_and_told(lab, root):
    found = verdict(root, lab.bundle(statement()))

    assert (found.state, found.reason) == (SignatureState.VALID, "")
    assert [(signer.name, signer.issuer) for signer in found.signers] == [(SUBJECT, ISSUER)]
    assert found.signed_at == lab.now - timedelta(seconds=5)
    assert str(found) == f"signed by {SUBJECT} (issuer {ISSUER}) on 2026-11-20"


@pytest.mark.parametrize(
    ("identity", "subject", "is_valid"),
    [
        pytest.param(Identity(issuer=ISSUER, subject=SUBJECT), SUBJECT, True, id="exact"),
        pytest.param(ACME, SUBJECT, True, id="pattern"),
        pytest.param(Identity(issuer=ISSUER, subject="https://github.com/other/*"), SUBJECT, False, id="another identity"),
        pytest.param(Identity(issuer="https://accounts.example", subject="*acme*"), SUBJECT, False, id="another issuer"),
        pytest.param(Identity(issuer=ISSUER, subject="*@acme.example"), "anna@acme.example", True, id="an address of mail"),
        pytest.param(ACME, "https://github.com/acme-evil/x", False, id="a name that begins alike"),
    ],
)
def test_issuer_and_identity_both_have_to_fit(lab, root, identity, subject, is_valid):
    found = verdict(root, lab.bundle(statement(), subject=subject), identity)

    assert (found.state is SignatureState.VALID) is is_valid
    if not is_valid:
        assert f"signed by {subject} (issuer {ISSUER}), whom the configuration does not trust" in found.reason


def changed(bundle, *path, to):
    told = copy.deepcopy(bundle)
    place = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return told


ENTRY = ("verificationMaterial", "tlogEntries", 0)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda b, _: changed(b, "dsseEnvelope", "payload", to=b64(statement() + b" ")), "verified", id="another payload"),
        pytest.param(
            lambda b, _: changed(b, "dsseEnvelope", "signatures", 0, "sig", to=b64(b"x" * 70)), "verified", id="another signature"
        ),
        pytest.param(lambda b, _: changed(b, *ENTRY, "inclusionPromise", "signedEntryTimestamp", to=b64(b"x")), "log", id="no promise"),
        pytest.param(lambda b, _: changed(b, *ENTRY, "inclusionProof", "rootHash", to=b64(b"x" * 32)), "log", id="no proof"),
        pytest.param(lambda b, _: changed(b, *ENTRY, "integratedTime", to="1"), "verified", id="another time"),
        pytest.param(lambda b, _: changed(b, "verificationMaterial", "tlogEntries", to=[]), "log entry", id="not logged"),
        pytest.param(
            lambda b, _: changed(b, "verificationMaterial", "certificate", "rawBytes", to=b64(b"x")), "verified", id="no certificate"
        ),
        pytest.param(lambda b, _: changed(b, *ENTRY, to=7), "verified", id="odd types"),
        pytest.param(lambda _, lab: lab.bundle(statement("sha256:" + "b" * 64)), "another image", id="another image"),
        pytest.param(lambda _, lab: lab.bundle(statement(kind="https://spdx.dev/Document")), "neither", id="a bill of materials"),
        pytest.param(lambda _, lab: lab.bundle(b"rubbish"), "no valid JSON", id="no statement"),
        pytest.param(
            lambda _, lab: lab.bundle(statement(), logged_at=lab.now + timedelta(hours=1)),
            "verified",
            id="signed when the certificate was over",
        ),
        pytest.param(lambda _, __: SigstoreLab().bundle(statement()), "verified", id="another authority"),
    ],
)
def test_what_was_changed_or_is_not_vouched_for_is_not_valid(lab, root, spoil, said):
    found = verdict(root, spoil(lab.bundle(statement()), lab))

    assert (found.state, found.signers, said in found.reason) == (SignatureState.INVALID, (), True), found


def test_a_bundle_of_a_form_to_come_is_unknown(lab, root):
    found = verdict(root, changed(lab.bundle(statement()), "mediaType", to="application/vnd.dev.sigstore.bundle.v9+json"))

    assert (found.state, "v9" in found.reason) == (SignatureState.UNKNOWN, True)


def test_provenance_by_a_trusted_identity_vouches_for_the_image(lab, root):
    assert verdict(root, lab.bundle(statement(kind="https://slsa.dev/provenance/v1"))).state is SignatureState.VALID


def simple(digest=IMAGE):
    critical = {"identity": {"docker-reference": "ghcr.io/acme/base"}, "image": {"docker-manifest-digest": digest}}
    return json.dumps({"critical": {**critical, "type": "cosign container image signature"}, "optional": None}).encode()


def verdict_of_older(root, payload, annotations, *identities):
    shelf = Shelf(recorded().store)
    put_layers(shelf.store, "unsigned", [(payload, SIMPLE_SIGNING, annotations)])
    scheme = Cosign(registry=shelf, keyless=load_keyless(identities or [ACME], root))
    return verdict_of(scheme.findings(shelf_image("unsigned")), shelf_image("unsigned"))


def test_the_form_of_older_cosign_is_read_too(lab, root):
    found = verdict_of_older(root, simple(), lab.annotations(simple()))

    assert (found.state, found.signed_at, found.signed_as) == (SignatureState.VALID, lab.now, "ghcr.io/acme/base")
    assert [(signer.name, signer.issuer) for signer in found.signers] == [(SUBJECT, ISSUER)]


def with_promise(annotations, **more):
    told = json.loads(annotations["dev.sigstore.cosign/bundle"])
    return {**annotations, "dev.sigstore.cosign/bundle": json.dumps({**told, "Payload": {**told["Payload"], **more}})}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda a, _: {**a, "dev.sigstore.cosign/bundle": ""}, "no valid JSON", id="no promise"),
        pytest.param(lambda a, _: {**a, "dev.sigstore.cosign/bundle": "{}"}, "no promise", id="an empty promise"),
        pytest.param(lambda a, _: with_promise(a, integratedTime=1), "promise is not by a log", id="another time"),
        pytest.param(lambda a, _: with_promise(a, integratedTime="1"), "no promise", id="odd types"),
        pytest.param(lambda a, _: with_promise(a, logID="zz"), "promise is not by a log", id="an odd log"),
        pytest.param(lambda a, _: with_promise(a, body=[]), "no promise", id="an odd entry"),
        pytest.param(lambda a, _: {**a, "dev.sigstore.cosign/certificate": "x"}, "certificate can't be read", id="no certificate"),
        pytest.param(lambda _, lab: {**lab.annotations(b"other"), "x": ""}, "about something else", id="the entry of another text"),
        pytest.param(
            lambda a, lab: {**a, **{key: lab.annotations(simple())[key] for key in ("dev.sigstore.cosign/certificate",)}},
            "about something else",
            id="somebody else's certificate",
        ),
        pytest.param(lambda a, _: {**a, "dev.cosignproject.cosign/signature": b64(b"x")}, "about something else", id="another signature"),
        pytest.param(
            lambda _, lab: lab.annotations(simple(), logged_at=lab.now + timedelta(hours=1)),
            "was over when",
            id="expired",
        ),
        pytest.param(lambda _, __: SigstoreLab().annotations(simple()), "not by a log", id="another Sigstore"),
        pytest.param(lambda _, lab: lab.annotations(simple(), subject="https://x.example/y"), "does not trust", id="another identity"),
    ],
)
def test_what_is_wrong_with_the_older_form_is_not_valid(lab, root, spoil, said):
    found = verdict_of_older(root, simple(), spoil(lab.annotations(simple()), lab))

    assert (found.state, said in found.reason) == (SignatureState.INVALID, True), found


def test_an_authority_that_the_root_does_not_name_vouches_for_nobody(lab, root):
    foreign = SigstoreLab(signatures_log=lab.signatures_log)

    assert "not by the trust root" in verdict_of_older(root, simple(), foreign.annotations(simple())).reason
    unlogged = SigstoreLab(signatures_log=lab.signatures_log, authority=lab.authority)
    assert "not by the trust root" in verdict_of_older(root, simple(), unlogged.annotations(simple())).reason


def test_the_older_form_of_another_image_is_not_valid(lab, root):
    other = simple("sha256:" + "b" * 64)

    assert "another image" in verdict_of_older(root, other, lab.annotations(other)).reason


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"mediaType": "x"}'])
def test_a_root_that_is_none_is_told(tmp_path, text):
    (tmp_path / "root.json").write_text(text)

    with pytest.raises(KeylessError, match=r"the trust root root\.json can't be read"):
        load_keyless([ACME], tmp_path / "root.json")


def test_the_public_root_ships_with_the_library_and_asks_nobody():
    assert load_keyless([ACME], None).identities == [ACME]


def test_without_the_extra_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sigstore.models", None)

    with pytest.raises(KeylessError, match=r"install rebuild-bot\[keyless\]"):
        load_keyless([ACME], None)
