"""Images have to be signed: a whole run proposes the newest that is, holds what is not, and says who signed."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.inspect.trust.places import SIMPLE_SIGNING
from bot.model.pull_request import Outcome
from bot.model.update import Hold
from bot.sandbox.faults import StrangeAnswer
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import Acme, outcomes, run
from tests.signatures import base64_of, put_layers

IMAGE = "docker.io/acme/base"
ANNA, BEN = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


@pytest.fixture
def shop(acme: Acme) -> Acme:
    acme.registry.gate.access = Access.OPEN
    digests = {tag: acme.release(tag, repository=IMAGE) for tag in ("1.0.0", "1.1.0", "1.2.0")}
    sign(acme, digests["1.0.0"], ANNA)
    sign(acme, digests["1.1.0"], BEN)
    acme.github.create_repo("acme", "shop", {"Dockerfile": f"FROM acme/base:1.0.0@{digests['1.0.0']}\n"})
    for name, private in {"anna": ANNA, "ben": BEN}.items():
        (acme.folder / f"{name}.pub").write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return acme


def sign(acme, digest, private):
    critical = {"identity": {"docker-reference": IMAGE}, "image": {"docker-manifest-digest": digest}}
    payload = json.dumps({"critical": {**critical, "type": "cosign container image signature"}, "optional": None}).encode()
    signature = base64_of(private.sign(payload, ec.ECDSA(hashes.SHA256())))
    layers = [(payload, SIMPLE_SIGNING, {"dev.cosignproject.cosign/signature": signature})]
    put_layers(acme.registry.store, IMAGE, layers, tag=f"{digest.replace(':', '-')}.sig")


def demand(acme, policy, **more):
    entry = {"match": ["acme/*"], "policy": policy, **more}
    acme.config.write_text(f"{acme.config.read_text()}signatures: {json.dumps([entry])}\n")


def asked_for_signatures(acme):
    return [route for route in acme.registry.faults.requests if ".sig" in route or "referrers" in route]


def proposed(summary):
    return [update.release.value for sent in summary.sent for update in sent.proposal.updates]


def body_of(summary):
    return summary.sent[0].proposal.body


def test_nobody_is_asked_where_nothing_is_demanded(shop):
    summary = run(shop)

    assert proposed(summary) == ["1.2.0"]
    assert asked_for_signatures(shop) == []


def test_the_newest_signed_one_goes_out_and_the_other_signer_is_told(shop):
    demand(shop, "require", keys=["anna.pub", "ben.pub"])

    summary = run(shop)

    assert (proposed(summary), outcomes(summary)) == (["1.1.0"], [("acme/shop", Outcome.OPENED)])
    assert "⚠️ **Another signer**: signed by the key `ben.pub`; the image in use is signed by the key `anna.pub`" in body_of(summary)
    (decision,) = summary.apps[0].decisions
    held = next(one for one in decision.candidates if one.value == "1.2.0")
    assert (held.verdict, "it is not signed" in held.reason) == ("held", True)


def test_without_a_signed_one_all_waits_and_every_output_says_why(shop):
    (shop.folder / "carl.pub").write_bytes((shop.folder / "anna.pub").read_bytes())
    demand(shop, "require", keys=["carl.pub"])

    printed = shop.run("run", "--dry-run", "--format", "json")
    assert "signature: 1.2.0: it is not signed: no signature is attached" in printed.stdout


def test_a_warning_lets_it_go_out_and_says_so(shop):
    demand(shop, "warn", keys=["anna.pub"])

    summary = run(shop)

    assert proposed(summary) == ["1.2.0"]
    assert "⚠️ **No valid signature**: it is not signed" in body_of(summary)


def test_what_is_warned_of_is_not_left_to_auto_merge(shop):
    demand(shop, "warn", keys=["anna.pub"])
    shop.config.write_text(shop.config.read_text().replace("defaults: {", "defaults: {auto_merge: [minor, patch, digest], "))

    (sent,) = run(shop).sent

    assert sent.note.startswith("GitHub does not merge it by itself: it is not signed")
    assert not sent.proposal.is_auto_merged


def test_an_image_that_a_cluster_would_refuse_is_held_or_told(shop):
    policy = {
        "apiVersion": "policy.sigstore.dev/v1beta1",
        "kind": "ClusterImagePolicy",
        "metadata": {"name": "bases"},
        "spec": {"images": [{"glob": "**/acme/*"}], "authorities": [{"key": {"data": (shop.folder / "anna.pub").read_text()}}]},
    }
    (shop.folder / "policy.json").write_text(json.dumps(policy))
    written = shop.config.read_text()
    shop.config.write_text(f"{written}admission: {{policies: [policy.json], would_refuse: hold}}\n")

    (decision,) = run(shop).apps[0].decisions
    assert isinstance(decision.verdict, Hold)
    assert decision.verdict.policy == "admission"
    assert "refused at admission by the policy bases (Sigstore policy-controller, policy.json)" in decision.verdict.reason

    shop.github.create_repo("acme", "clusters", {"prod/policies/bases.yaml": json.dumps(policy)})
    shop.config.write_text(f"{written}admission: {{repos: [{{repo: acme/clusters, folder: prod}}]}}\n")
    told = run(shop)
    assert proposed(told) == ["1.2.0"]
    assert (
        "⚠️ **Would be refused at admission** by the policy bases (Sigstore policy-controller, acme/clusters/prod/policies/bases"
        in body_of(told).replace("\u200b", "")
    )


def test_a_registry_that_fails_holds_what_must_be_signed(shop):
    demand(shop, "require", keys=["anna.pub", "ben.pub"])
    shop.registry.faults.switch_on("* *.sig", StrangeAnswer(body=b"<html>"))

    summary = run(shop)

    (decision,) = summary.apps[0].decisions
    assert isinstance(decision.verdict, Hold)
    assert "whether it is signed is not known" in decision.verdict.reason
