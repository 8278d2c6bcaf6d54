"""Whatever a registry, a credential file or a server's header says: it is read, or refused by the error that is made for it."""

import json
from contextlib import suppress

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.clients.oci.challenge import parse_challenges
from bot.clients.oci.credentials import CredentialError, DockerKeychain
from bot.clients.oci.documents import InvalidDocumentError, Manifest, image_facts, parse_time, read_manifest, sha256
from bot.clients.pacing import Pacing
from bot.sandbox.clock import Clock

DIGEST = f"sha256:{'0' * 64}"
FIELDS = "mediaType manifests config layers digest size platform os architecture variant annotations rootfs diff_ids created sources"
RUNTIME = "Labels Env Entrypoint ExposedPorts auths auth identitytoken ghcr.io https://["
WORDS = st.sampled_from(FIELDS.split() + RUNTIME.split())
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS | st.just(DIGEST)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=6)
)
HEADERS = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=200)


def manifest_of(body: bytes) -> Manifest | None:
    with suppress(InvalidDocumentError):
        return read_manifest(body, content_type="", digest=sha256(body))
    return None


@settings(deadline=None)
@given(DOCUMENTS)
def test_any_manifest_is_read_or_refused(document: object) -> None:
    manifest = manifest_of(json.dumps(document).encode())

    if manifest is not None:
        assert all(str(platform) for platform in manifest.platforms)
        assert manifest.child(None) in {*manifest.manifests, None}


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    manifest_of(body)


@settings(deadline=None)
@given(DOCUMENTS)
def test_any_config_is_read_or_refused(document: object) -> None:
    manifest = manifest_of(json.dumps({"config": {"digest": DIGEST}, "layers": []}).encode())
    assert manifest is not None

    with suppress(InvalidDocumentError):
        facts = image_facts(manifest, json.dumps(document).encode(), index=manifest)
        assert all(isinstance(value, str) for pair in facts.labels.items() for value in pair)


@settings(deadline=None)
@given(HEADERS)
def test_any_challenge_is_read(header: str) -> None:
    for challenge in parse_challenges(httpx.Headers([(b"www-authenticate", header.encode("latin-1"))])):
        assert challenge.scheme == challenge.scheme.lower()


@settings(deadline=None)
@given(DOCUMENTS)
@example({"auths": {"https://[": {"auth": ""}}})
def test_any_credential_file_is_read_or_refused(document: object) -> None:
    keychain = DockerKeychain(environment={"DOCKER_AUTH_CONFIG": json.dumps(document), "PATH": ""})

    with suppress(CredentialError):
        keychain.credential("ghcr.io")


@settings(deadline=None)
@given(HEADERS | st.integers().map(str) | st.datetimes().map(str))
def test_any_retry_after_is_a_time_or_nothing(header: str) -> None:
    moment = Pacing(requests_per_host=1, now=Clock()).retry_at(header)

    assert moment is None or moment.tzinfo is not None


@settings(deadline=None)
@given(st.text(max_size=50) | st.datetimes().map(str))
@example("0001-01-01T00:00:00+23:59")
@example("9999-12-31T23:59:59-23:59")
def test_any_time_is_aware_or_nothing(text: str) -> None:
    moment = parse_time(text)

    assert moment is None or moment.tzinfo is not None
