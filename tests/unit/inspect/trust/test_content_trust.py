"""Docker Content Trust: the chain of roles by a named root key; what expired, was changed, is of others or another digest is not valid."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.clients.oci.credentials import Anonymous
from bot.clients.oci.notary import NotaryClient
from bot.clients.oci.session import RegistryError
from bot.inspect.trust.content_trust import ContentTrust
from bot.inspect.trust.scheme import verdict_of
from bot.model.image import ImageReference
from bot.model.signature import Scheme, SignatureState
from bot.sandbox.server import Server
from tests.registries import plain_http
from tests.signatures import IMAGE, RECORDED, key

NOW = datetime(2026, 11, 29, 17, tzinfo=UTC)
ROLES = json.loads((RECORDED / "content-trust.json").read_text())
"""What Debian's notary 0.7.0 published to its notary-server, for a repository of one signer and one with delegations."""
ROOT = key("content-trust-root")
BASE, DELEGATED = "docker.io/acme/base", "docker.io/acme/delegated"


def image(name, tag, digest=IMAGE):
    return ImageReference.parse(name).at(tag=tag, digest=digest)


def verdict(reference, roles=ROLES, *, keys=(ROOT,), now=NOW):
    def role(asked, name):
        body = roles.get(f"{asked.name}/{name}")
        return None if body is None else body.encode()

    return verdict_of(ContentTrust(roles=role, root_keys=keys, now=now).findings(reference), reference)


@pytest.mark.parametrize(
    ("reference", "role"),
    [
        pytest.param(image(BASE, "1.0.0"), "targets", id="targets"),
        pytest.param(image(DELEGATED, "2.0.0"), "targets/releases", id="delegated"),
    ],
)
def test_what_real_notary_signed_is_valid_by_its_root_alone(reference, role):
    found = verdict(reference)

    (signer,) = found.signers
    assert (found.state, signer.scheme, signer.called) == (SignatureState.VALID, Scheme.CONTENT_TRUST, f"{role} of {reference.name}")
    refused = verdict(reference, keys=[key("other")])
    assert (refused.state, "no key that the configuration names" in refused.reason) == (SignatureState.INVALID, True)


@pytest.mark.parametrize(
    ("reference", "state", "said"),
    [
        pytest.param(image(BASE, "1.0.0", "sha256:" + "b" * 64), SignatureState.INVALID, "signed for another image", id="another digest"),
        pytest.param(image(BASE, "2.0.0"), SignatureState.INVALID, "2.0.0 is not", id="a tag that is not signed"),
        pytest.param(image("docker.io/acme/none", "1"), SignatureState.MISSING, "no signature", id="nothing is signed"),
        pytest.param(image(BASE, None), SignatureState.UNKNOWN, "signs tags", id="no tag"),
    ],
)
def test_what_is_not_signed_is_not_valid(reference, state, said):
    found = verdict(reference)

    assert (found.state, said in found.reason) == (state, True), found


@pytest.mark.parametrize(
    ("days", "said"),
    [
        pytest.param(13, None, id="the timestamp's last day"),
        pytest.param(15, "timestamp expired on 2026-12-13", id="the timestamp is over"),
        pytest.param(5000, "root expired on 2036-11-26", id="root is over"),
    ],
)
def test_what_expired_is_told_with_its_day(days, said):
    found = verdict(image(BASE, "1.0.0"), now=NOW + timedelta(days=days))

    assert (found.state is SignatureState.VALID, said is None or said in found.reason) == (said is None, True), found


def spoilt(name, change):
    """The roles of a repository with one of them changed."""
    told = json.loads(ROLES[f"{BASE}/{name}"])
    change(told)
    return ROLES | {f"{BASE}/{name}": json.dumps(told, separators=(",", ":"))}


def set_to(*path, to):
    def change(told):
        for step in path[:-1]:
            told = told[step]
        told[path[-1]] = to

    return change


HASH = ("signed", "targets", "1.0.0", "hashes", "sha256")
OTHER_DIGEST = base64.b64encode(b"b" * 32).decode()


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        pytest.param(spoilt("targets", set_to(*HASH, to=OTHER_DIGEST)), "tampered", id="targets"),
        pytest.param(spoilt("timestamp", set_to("signed", "expires", to="2099-01-01T00:00:00Z")), "tampered", id="a later expiry"),
        pytest.param(spoilt("timestamp", set_to("signatures", to=[])), "not signed by those", id="no signature"),
        pytest.param(spoilt("timestamp", set_to("signatures", to=7)), "not signed by those", id="signatures of another type"),
        pytest.param(spoilt("root", set_to("signed", "roles", "targets", "threshold", to=0)), "signed by no key", id="a threshold of none"),
        pytest.param(spoilt("root", set_to("signed", "roles", "root", "threshold", to=0)), "who may sign root", id="root for nobody"),
        pytest.param(spoilt("root", set_to("signed", "keys", to={})), "who may sign root", id="no keys"),
        pytest.param(spoilt("root", set_to("signed", to=[])), "who may sign root", id="odd types"),
        pytest.param({k: v for k, v in ROLES.items() if k != f"{BASE}/snapshot"}, "snapshot is not there", id="a role that is missing"),
        pytest.param(ROLES | {f"{BASE}/targets": ROLES[f"{DELEGATED}/targets"]}, "not the one that is listed", id="another's targets"),
        pytest.param(ROLES | {f"{BASE}/timestamp": ROLES[f"{BASE}/snapshot"]}, "timestamp is not signed by those", id="roles mixed up"),
        pytest.param(ROLES | {f"{BASE}/root": "rubbish"}, "no valid JSON", id="no JSON"),
        pytest.param(ROLES | {f"{BASE}/root": "[" * 10_000}, "no valid JSON", id="nested"),
    ],
)
def test_what_was_changed_is_not_valid(roles, said):
    found = verdict(image(BASE, "1.0.0"), roles)

    assert (found.state, said in found.reason) == (SignatureState.INVALID, True), found


def test_the_metadata_of_another_repository_of_the_same_publisher_is_not_taken():
    mixed = {name.replace(BASE, "docker.io/acme/other"): body for name, body in ROLES.items()}

    found = verdict(image("docker.io/acme/other", "1.0.0"), mixed)

    assert (found.state, "of another repository" in found.reason) == (SignatureState.INVALID, True)


def test_a_tag_that_its_releases_do_not_sign_is_not_taken_from_elsewhere():
    assert "3.0.0 is not" in verdict(image(DELEGATED, "3.0.0")).reason


def test_a_server_that_does_not_answer_leaves_it_unknown():
    def down(_image, _role):
        raise RegistryError("notary.example: no answer")

    reference = image(BASE, "1.0.0")
    found = verdict_of(ContentTrust(roles=down, root_keys=[ROOT], now=NOW).findings(reference), reference)

    assert (found.state, "no answer" in found.reason) == (SignatureState.UNKNOWN, True)


def test_over_http_a_repository_costs_four_requests():
    asked = []

    def answer(request):
        asked.append(request.url.path)
        name = request.url.path.removeprefix("/v2/").removesuffix(".json").replace("/_trust/tuf/", "/")
        return Response(ROLES[name], media_type="application/json") if name in ROLES else Response(status_code=404)

    app = Starlette(routes=[Route("/{path:path}", answer)])
    with Server(app) as server, plain_http() as http:
        client = NotaryClient(server.url, http=http, keychain=Anonymous())
        found = verdict_of(ContentTrust(roles=client.role, root_keys=[ROOT], now=NOW).findings(image(BASE, "1.0.0")), image(BASE, "1.0.0"))
        none = client.role(image("docker.io/acme/none", "1"), "root")

    assert (found.state, none) == (SignatureState.VALID, None)
    assert asked[:4] == [f"/v2/{BASE}/_trust/tuf/{role}.json" for role in ("root", "timestamp", "snapshot", "targets")]
