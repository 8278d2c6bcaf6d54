"""Signatures of cosign: found in both places, by each kind of key; everything else is no valid signature."""

import json
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.clients.http import HttpClient
from bot.inspect.trust.cosign import Cosign
from bot.inspect.trust.keys import UnreadableKeyError, load_keys, read_key
from bot.inspect.trust.places import SIMPLE_SIGNING
from bot.inspect.trust.scheme import verdict_of
from bot.inspect.trust.statements import pre_authentication_encoding
from bot.model.image import ImageReference
from bot.model.signature import SignatureState
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.server import Server
from tests.registries import LOOPBACK, RegistryClient, docker_registry, plain_http
from tests.signatures import (
    IMAGE,
    KINDS,
    RECORDED,
    Shelf,
    base64_of,
    image_of,
    key,
    manifest_of,
    put_layers,
    put_manifest,
    recorded,
    shelf_image,
)

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
BARE = json.dumps({"mediaType": BUNDLE_TYPE}).encode()
OTHER = "sha256:" + "b" * 64
SBOM = "https://spdx.dev/Document"
SIGNATURE = "dev.cosignproject.cosign/signature"
OWN = ec.generate_private_key(ec.SECP256R1())
OWN_KEY = read_key(OWN.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "own.pub")


@pytest.fixture(scope="module", params=[True, False], ids=["referrers API", "referrers tag"])
def shop(request):
    sandbox = recorded(has_referrers=request.param)
    with Server(sandbox.app) as server, plain_http() as http:
        yield sandbox, RegistryClient(http=http), server


@pytest.fixture
def own():
    shelf = Shelf(recorded().store)
    return shelf.store, shelf, shelf_image("unsigned")


def verdict(client, image, *keys):
    return verdict_of(Cosign(registry=client, keys=keys).findings(image), image)


def signed(data):
    return OWN.sign(data, ec.ECDSA(hashes.SHA256()))


def simple(digest=IMAGE, *, kind="cosign container image signature", name="127.0.0.1/app", **more):
    told = {"identity": {"docker-reference": name}, "image": {"docker-manifest-digest": digest}, "type": kind}
    return json.dumps({"critical": told, "optional": None, **more}).encode()


def layer(payload, signature=None):
    return payload, SIMPLE_SIGNING, {SIGNATURE: base64_of(signed(payload)) if signature is None else signature}


def statement(digest=IMAGE, kind="https://sigstore.dev/cosign/sign/v1"):
    subject = [{"name": "x", "digest": {"sha256": digest.partition(":")[2]}}]
    return json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": kind, "predicate": {}}).encode()


def bundle(payload, *, payload_type="application/vnd.in-toto+json", signature=None):
    signature = base64_of(signed(pre_authentication_encoding(payload_type, payload))) if signature is None else signature
    envelope = {"payload": base64_of(payload), "payloadType": payload_type, "signatures": [{"sig": signature}]}
    return json.dumps({"mediaType": BUNDLE_TYPE, "verificationMaterial": {"publicKey": {}}, "dsseEnvelope": envelope}).encode()


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_real_cosign_signed_is_valid_by_its_key_alone(shop, version, kind):
    _, client, server = shop
    image, right, wrong = image_of(server, f"{version}/{kind}"), key(kind), key("other")

    found = verdict(client, image, wrong, right)

    assert (found.state, [signer.called for signer in found.signers]) == (SignatureState.VALID, [f"{kind}.pub"])
    assert found.signers[0].name == f"SHA256:{right.fingerprint}"
    refused = verdict(client, image, wrong)
    assert refused.state is SignatureState.INVALID
    assert "other.pub did not make" in refused.reason


def test_a_name_that_the_signer_gave_another_image_is_told(shop):
    _, client, server = shop

    assert verdict(client, image_of(server, "v2/p256"), key("p256")).signed_as == "127.0.0.1:5055/v2/p256"


def test_provenance_vouches_for_an_image_and_a_bill_of_materials_does_not(shop):
    _, client, server = shop

    assert verdict(client, image_of(server, "v3/provenance"), key("p256")).state is SignatureState.VALID
    assert verdict(client, image_of(server, "v3/attested"), key("p256")).state is SignatureState.MISSING


def test_nothing_attached_is_missing_and_never_valid(shop):
    sandbox, client, server = shop
    before = sandbox.faults.count("*")

    found = verdict(client, image_of(server, "unsigned"), key("p256"))

    assert (found.state, found.signers) == (SignatureState.MISSING, ())
    assert str(IMAGE) in str(found)
    assert sandbox.faults.count("*") - before <= 3, sandbox.faults.requests


def test_what_was_read_once_is_not_asked_for_again_and_proved_anew(shop, tmp_path):
    sandbox, _, server = shop
    image = image_of(server, "v2/p256")
    before = sandbox.faults.count("*")
    with HttpClient(reach=LOOPBACK, sleep=lambda _: None, cache=tmp_path / "http.sqlite3") as http:
        first = verdict(RegistryClient(http=http), image, key("p256"))
        asked = sandbox.faults.count("*")
        again = verdict(RegistryClient(http=http), image, key("p256"))

    assert (first.state, again) == (SignatureState.VALID, first)
    # A HEAD of the tag, what stands there, and the signed text; then the HEAD alone.
    assert (asked - before, sandbox.faults.count("*") - asked) == (3, 1)


@pytest.mark.parametrize(
    ("layers", "state", "said"),
    [
        pytest.param([layer(simple())], SignatureState.VALID, "", id="as it should be"),
        pytest.param([layer(simple(OTHER))], SignatureState.INVALID, "about another image", id="another digest"),
        pytest.param([layer(simple(kind="atomic container signature"))], SignatureState.INVALID, "no image signature of cosign", id="type"),
        pytest.param([layer(simple(), base64_of(signed(simple(name="x"))))], SignatureState.INVALID, "tampered with", id="tampered"),
        pytest.param([layer(simple(), "§§§")], SignatureState.INVALID, "not in base64", id="no base64"),
        pytest.param([layer(simple(), "A" * 100_000)], SignatureState.INVALID, "did not make", id="a signature of 100 kB"),
        pytest.param([layer(simple(), "")], SignatureState.INVALID, "tampered with", id="an empty signature"),
        pytest.param([(simple(), SIMPLE_SIGNING, {})], SignatureState.INVALID, "not in base64", id="no signature beside it"),
        pytest.param([layer(b"[]")], SignatureState.INVALID, "no image signature", id="no object"),
        pytest.param([layer(b"rubbish")], SignatureState.INVALID, "no valid JSON", id="no JSON"),
        pytest.param([layer(b"[" * 100_000)], SignatureState.INVALID, "no valid JSON", id="nested without end"),
        pytest.param([layer(b'{"critical": {"image": 7, "type": []}}')], SignatureState.INVALID, "no image signature", id="odd types"),
        pytest.param([layer(simple(), "AAAA"), layer(simple())], SignatureState.VALID, "", id="one good one is enough"),
        pytest.param([layer(b" " * 10_000_000)], SignatureState.UNKNOWN, "10000000 bytes", id="10 MB"),
        pytest.param([layer(simple(), "AAAA")] * 60, SignatureState.UNKNOWN, "more than 50", id="many"),
        pytest.param([(b"x", "application/x-other", {})], SignatureState.MISSING, "no signature", id="something else"),
        pytest.param([(bundle(statement()), BUNDLE_TYPE, {})], SignatureState.VALID, "", id="bundle"),
        pytest.param([(bundle(statement(OTHER)), BUNDLE_TYPE, {})], SignatureState.INVALID, "another image", id="bundle: other"),
        pytest.param([(bundle(statement(kind=SBOM)), BUNDLE_TYPE, {})], SignatureState.INVALID, "neither", id="bundle: SBOM"),
        pytest.param([(bundle(b"{}", payload_type="text/plain"), BUNDLE_TYPE, {})], SignatureState.INVALID, "in-toto", id="bundle: type"),
        pytest.param([(bundle(statement(), signature="AAAA"), BUNDLE_TYPE, {})], SignatureState.INVALID, "tampered", id="bundle: tampered"),
        pytest.param([(BARE, BUNDLE_TYPE, {})], SignatureState.INVALID, "no envelope", id="bundle: without envelope"),
        pytest.param(
            [(BARE[:-1] + b', "dsseEnvelope": {"payload": 1}}', BUNDLE_TYPE, {})],
            SignatureState.INVALID,
            "broken",
            id="bundle: odd payload",
        ),
        pytest.param(
            [(BARE[:-1] + b', "dsseEnvelope": {"payload": "", "payloadType": "x", "signatures": [1, {"sig": 2}, {}]}}', BUNDLE_TYPE, {})],
            SignatureState.INVALID,
            "did not make",
            id="bundle: odd signatures",
        ),
        pytest.param(
            [(BARE[:-1] + b', "dsseEnvelope": {"payload": "", "payloadType": "\\ud800", "signatures": []}}', BUNDLE_TYPE, {})],
            SignatureState.INVALID,
            "did not make",
            id="bundle: half a character",
        ),
        pytest.param([(b"{}", BUNDLE_TYPE, {})], SignatureState.UNKNOWN, "not read (none)", id="bundle: of no form"),
        pytest.param([(b"rubbish", BUNDLE_TYPE, {})], SignatureState.INVALID, "no valid JSON", id="bundle: no JSON"),
    ],
)
def test_what_is_attached_is_judged(own, layers, state, said):
    store, client, image = own
    put_layers(store, "unsigned", layers)

    found = verdict(client, image, OWN_KEY)

    assert (found.state, said in found.reason) == (state, True), found


def test_of_an_identity_that_nobody_trusts_it_is_said_so(own):
    store, client, image = own
    put_layers(store, "unsigned", [(simple(), SIMPLE_SIGNING, {SIGNATURE: "AAAA", "dev.sigstore.cosign/certificate": "x"})])

    assert "trusts keys alone" in verdict(client, image, OWN_KEY).reason


@pytest.mark.parametrize(
    ("route", "fault", "said"),
    [
        pytest.param("*/manifests/*.sig", ServerError(), "502", id="the tag"),
        pytest.param("*/referrers/*", ServerError(), "502", id="the referrers"),
        pytest.param("*/blobs/*", ServerError(), "502", id="the signature itself"),
        pytest.param("*/manifests/*.sig", StrangeAnswer(body=b"<html>"), "JSON", id="no manifest"),
        pytest.param("*/blobs/*", StrangeAnswer(body=b"other bytes"), "bytes", id="other bytes than the digest's"),
    ],
)
def test_a_registry_that_does_not_answer_leaves_it_unknown(own, route, fault, said):
    store, _, _ = own
    put_layers(store, "unsigned", [layer(simple(), "AAAA")])
    sandbox = recorded()
    sandbox.store.repositories = store.repositories
    sandbox.store.blobs = store.blobs
    sandbox.faults.switch_on(route, fault)
    with Server(sandbox.app) as server, plain_http() as http:
        client = RegistryClient(http=http)
        found = verdict(client, image_of(server, "unsigned"), OWN_KEY)

    assert (found.state, said in found.reason) == (SignatureState.UNKNOWN, True), found


def test_a_registry_that_is_down_leaves_it_unknown():
    with plain_http() as http:
        image = ImageReference.parse("127.0.0.1:9/team/app").at(digest=IMAGE)
        assert verdict(RegistryClient(http=http), image, OWN_KEY).state is SignatureState.UNKNOWN


def test_a_signature_moved_to_another_image_is_not_valid_there(own):
    store, client, image = own
    other = manifest_of(store, "unsigned", "1")
    other["annotations"] = {"a": "b"}
    put_manifest(store, "unsigned", "2", other)
    digest = store.repositories["unsigned"].tags["2"]
    put_layers(store, "unsigned", [layer(simple())], tag=f"{digest.replace(':', '-')}.sig")

    found = verdict(client, image.at(digest=digest), OWN_KEY)

    assert (found.state, "about another image" in found.reason) == (SignatureState.INVALID, True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "no public key", id="empty"),
        pytest.param(b"\0" * 1000, "no public key", id="rubbish"),
        pytest.param((RECORDED / "p256.pub").read_bytes()[:60], "no public key", id="cut off"),
        pytest.param(
            rsa.generate_private_key(65537, 1024).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "1024 bits",
            id="a short RSA key",
        ),
    ],
)
def test_a_file_that_is_no_key_is_refused_with_its_name(data, said, tmp_path):
    (tmp_path / "base.pub").write_bytes(data)

    with pytest.raises(UnreadableKeyError, match=said) as told:
        load_keys([tmp_path / "base.pub"])
    assert str(told.value).startswith("base.pub")


def test_a_key_that_is_not_there_is_told_by_its_name(tmp_path):
    with pytest.raises(UnreadableKeyError, match=r"gone\.pub can't be read"):
        load_keys([tmp_path / "gone.pub"])


def test_against_the_cosign_of_this_machine(tmp_path):
    """Real cosign signs in Debian's docker-registry; what it finds valid, and not, is what we find."""
    cosign = shutil.which("cosign")
    if cosign is None:
        pytest.skip("cosign is not installed here: its recorded signatures are read above")
    environment = {"COSIGN_PASSWORD": "x", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def ask(*arguments):
        return subprocess.run([cosign, *arguments], cwd=tmp_path, env=environment, capture_output=True, check=False, text=True)

    with docker_registry(tmp_path, has_login=False) as (host, publish), plain_http() as http:
        publish(recorded())
        image = f"{host}/unsigned@{IMAGE}"
        assert ask("generate-key-pair").returncode == 0
        options = ("--key", "cosign.key", "--tlog-upload=false", "--yes", "--allow-insecure-registry")
        if "--use-signing-config" in ask("sign", "--help").stdout:
            options = (*options, "--use-signing-config=false")
        made = ask("sign", *options, image)
        assert made.returncode == 0, made.stderr

        (theirs,) = load_keys([tmp_path / "cosign.pub"])
        reference = ImageReference.parse(f"{host}/unsigned").at(digest=IMAGE)
        assert verdict(RegistryClient(http=http), reference, theirs).state is SignatureState.VALID
        assert verdict(RegistryClient(http=http), reference, OWN_KEY).state is SignatureState.INVALID
        judged = ask("verify", "--key", "cosign.pub", "--insecure-ignore-tlog", "--allow-insecure-registry", image)
        assert judged.returncode == 0, judged.stderr
