"""Attestations that GitHub keeps: valid by a trusted identity, about this image; hidden, refused or unread ones are unknown."""

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.inspect.trust.github import GitHubAttestations
from bot.inspect.trust.keyless import load_keyless
from bot.inspect.trust.scheme import verdict_of
from bot.model.signature import Identity, SignatureState
from bot.sandbox.server import Server
from bot.watch.github import GitHubApi
from bot.watch.github_attestations import bundles
from tests.registries import plain_http
from tests.signatures import IMAGE, shelf_image
from tests.sigstore_lab import ISSUER, SUBJECT, SigstoreLab

pytest.importorskip("sigstore", reason="the extra `keyless` is not installed")
ACME = Identity(issuer=ISSUER, subject="https://github.com/acme/*")
IMAGE_REFERENCE = shelf_image("acme/base")
LAB = SigstoreLab()
KIND = "https://slsa.dev/provenance/v1"


def provenance(digest=IMAGE, *, subject=SUBJECT):
    named = [{"name": "x", "digest": {"sha256": digest.partition(":")[2]}}]
    told = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": named,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
    return {"bundle": LAB.bundle(json.dumps(told).encode(), subject=subject), "repository_id": 1}


def stamped():
    entry = provenance()
    material = entry["bundle"]["verificationMaterial"]
    material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": "AAAA"}]}
    material["tlogEntries"] = []
    return entry


@pytest.fixture(scope="module")
def keyless(tmp_path_factory):
    path = tmp_path_factory.mktemp("root") / "trusted_root.json"
    path.write_text(json.dumps(LAB.trusted_root))
    return load_keyless([ACME], path)


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        pytest.param({"attestations": [provenance()]}, SignatureState.VALID, "", id="provenance"),
        pytest.param({"attestations": [provenance("sha256:" + "b" * 64)]}, SignatureState.INVALID, "another image", id="of another image"),
        pytest.param({"attestations": [provenance(subject="https://x.example")]}, SignatureState.INVALID, "does not trust", id="by others"),
        pytest.param({"attestations": [provenance("sha256:" + "b" * 64), provenance()]}, SignatureState.VALID, "", id="one of two"),
        pytest.param({"attestations": [stamped()]}, SignatureState.UNKNOWN, "a time stamp alone", id="stamped alone"),
        pytest.param({"attestations": [{"bundle": None, "bundle_url": "x"}]}, SignatureState.UNKNOWN, "where an", id="by address"),
        pytest.param({"attestations": [{"bundle": {"a": "b" * (2 << 20)}}]}, SignatureState.UNKNOWN, "bytes", id="2 MiB"),
        pytest.param({"attestations": [{"bundle": {"a": 1}}]}, SignatureState.INVALID, "verified", id="no bundle"),
        pytest.param({"attestations": 7}, SignatureState.UNKNOWN, "lacks their list", id="odd types"),
        pytest.param({}, SignatureState.UNKNOWN, "lacks their list", id="no list"),
        pytest.param({"attestations": [7]}, SignatureState.UNKNOWN, "not what is in it", id="an odd entry"),
        pytest.param({"attestations": []}, SignatureState.MISSING, "no signature", id="none"),
        pytest.param({"attestations": [{"bundle": {"a": 1}}] * 30}, SignatureState.UNKNOWN, "the rest was not read", id="a full page"),
        pytest.param([], SignatureState.UNKNOWN, "no JSON object", id="no object"),
        pytest.param(404, SignatureState.UNKNOWN, "may not see them", id="none, or hidden"),
        pytest.param(403, SignatureState.UNKNOWN, "403", id="refused"),
    ],
)
def test_what_github_keeps_is_judged(keyless, answer, state, said):
    asked = []

    def respond(request):
        asked.append(str(request.url.path))
        return Response(status_code=answer) if isinstance(answer, int) else JSONResponse(answer)

    with Server(Starlette(routes=[Route("/{path:path}", respond)])) as server, plain_http() as http:
        api = GitHubApi(http=http, base_url=server.url)
        scheme = GitHubAttestations(bundles_of=lambda repo, digest: bundles(api, repo, digest), repo="acme/*", keyless=keyless)
        found = verdict_of(scheme.findings(IMAGE_REFERENCE), IMAGE_REFERENCE)

    assert (found.state, said in found.reason) == (state, True), found
    assert asked == [f"/repos/acme/base/attestations/{IMAGE}"]
