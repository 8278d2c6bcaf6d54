"""The embedded registry beside what other programs show of it: logins, uploads, ranges, refusals, seeding."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient, RegistryError
from bot.clients.oci.credentials import Credential, IdentityToken, Login
from bot.clients.oci.documents import ACCEPT, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from bot.model.image import ImageReference
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, ImageFormat, PullLimit, RegistrySandbox
from bot.sandbox.server import LOOPBACK, Server
from tests.registries import PASSWORD, USER

USERS = {USER: Secret(PASSWORD)}


@contextmanager
def talking(sandbox: RegistrySandbox, **headers: str) -> Iterator[httpx.Client]:
    with Server(sandbox.app) as server, httpx.Client(base_url=server.url, headers=headers) as http:
        yield http


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


NO_CONFIG = json.dumps({"config": {"digest": sha256(b"?")}}).encode()
NO_CHILD = json.dumps({"manifests": [{"digest": sha256(b"?")}]}).encode()


class Holding:
    """A keychain of one credential."""

    def __init__(self, credential: Credential | None) -> None:
        self._credential = credential

    def credential(self, registry: str) -> Credential | None:
        del registry
        return self._credential


@pytest.mark.parametrize(
    ("kind", "repository", "is_let_in"),
    [
        pytest.param("anonymous", "public", True, id="anonymous, public"),
        pytest.param("anonymous", "private", False, id="anonymous, private"),
        pytest.param("login", "private", True, id="login"),
        pytest.param("wrong", "public", False, id="wrong password"),
        pytest.param("identity", "private", True, id="identity token"),
        pytest.param("wrong identity", "private", False, id="wrong identity token"),
    ],
)
def test_who_may_pull(kind: str, repository: str, is_let_in: bool) -> None:  # noqa: FBT001 a column of the table
    sandbox = RegistrySandbox(clock=Clock(), users=USERS, private=["private"])
    sandbox.push_image("public", "1")
    sandbox.push_image("private", "1")
    credential = {
        "anonymous": None,
        "login": Login(username=USER, password=Secret(PASSWORD)),
        "wrong": Login(username=USER, password=Secret("wrong")),
        "identity": IdentityToken(token=Secret(sandbox.gate.identity_token(USER))),
        "wrong identity": IdentityToken(token=Secret("wrong")),
    }[kind]

    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK) as http:
        client = RegistryClient(http=http, keychain=Holding(credential))
        reference = ImageReference.parse(f"127.0.0.1:{server.port}/{repository}:1")
        if is_let_in:
            assert client.tags(reference) == ("1",)
        else:
            with pytest.raises(RegistryError, match=r"401|no token"):
                client.tags(reference)


def test_an_anonymous_token_may_not_push() -> None:
    sandbox = RegistrySandbox(clock=Clock(), users=USERS)
    with talking(sandbox) as http:
        token = http.get("/token", params={"scope": "repository:app:pull,push"}).json()["token"]
        answer = http.post("/v2/app/blobs/uploads/", headers={"authorization": f"Bearer {token}"})

    assert code(answer) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"].endswith('service="sandbox-registry",scope="repository:app:push"')


def test_a_token_runs_out() -> None:
    clock = Clock()
    sandbox = RegistrySandbox(clock=clock)
    sandbox.push_image("app", "1")
    with talking(sandbox) as http:
        told = http.get("/token", params={"scope": "repository:app:pull"}).json()
        headers = {"authorization": f"Bearer {told['token']}"}
        before = http.get("/v2/app/tags/list", headers=headers)
        clock.advance(timedelta(seconds=told["expires_in"]))
        after = http.get("/v2/app/tags/list", headers=headers)

    assert (before.status_code, after.status_code) == (200, 401)


def test_a_blob_goes_up_in_pieces_and_comes_down_in_ranges() -> None:
    data = bytes(range(256)) * 4
    with talking(RegistrySandbox(clock=Clock(), access=Access.OPEN)) as http:
        place = http.post("/v2/app/blobs/uploads/").headers["location"]
        assert http.patch(place, content=data[:500]).headers["range"] == "0-499"
        assert http.get(place).status_code == 204
        done = http.put(place, params={"digest": sha256(data)}, content=data[500:])
        address = done.headers["location"]

        assert http.get(address).content == data
        part = http.get(address, headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content, part.headers["content-range"]) == (206, data[10:20], "bytes 10-19/1024")
        assert http.get(address, headers={"range": "bytes=2000-"}).status_code == 416
        assert http.get(place).status_code == 404


def test_a_blob_is_mounted_or_comes_at_once() -> None:
    with talking(RegistrySandbox(clock=Clock(), access=Access.OPEN)) as http:
        at_once = http.post("/v2/a/blobs/uploads/", params={"digest": sha256(b"x")}, content=b"x")
        mounted = http.post("/v2/b/blobs/uploads/", params={"mount": sha256(b"x"), "from": "a"})
        unknown = http.post("/v2/b/blobs/uploads/", params={"mount": sha256(b"y"), "from": "a"})
        dropped = http.delete(unknown.headers["location"])

    assert [answer.status_code for answer in (at_once, mounted, unknown, dropped)] == [201, 201, 202, 204]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        pytest.param("PUT", "/v2/app/manifests/1", b"{", (400, "MANIFEST_INVALID"), id="no JSON"),
        pytest.param("PUT", "/v2/app/manifests/1", NO_CONFIG, (404, "MANIFEST_BLOB_UNKNOWN"), id="config missing"),
        pytest.param("PUT", "/v2/app/manifests/1", NO_CHILD, (404, "MANIFEST_UNKNOWN"), id="child missing"),
        pytest.param("PUT", f"/v2/app/manifests/{sha256(b'?')}", b"{}", (400, "DIGEST_INVALID"), id="another digest"),
        pytest.param("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'?')}", b"x", (400, "DIGEST_INVALID"), id="another blob"),
        pytest.param("POST", "/v2/app/blobs/uploads/?digest=sha256:1", b"x", (400, "DIGEST_INVALID"), id="no digest"),
        pytest.param("GET", "/v2/none/tags/list", b"", (404, "NAME_UNKNOWN"), id="no repository"),
        pytest.param("GET", "/v2/app/tags/list?n=x", b"", (400, "PAGINATION_NUMBER_INVALID"), id="no number"),
        pytest.param("GET", f"/v2/app/blobs/{sha256(b'?')}", b"", (404, "BLOB_UNKNOWN"), id="no blob"),
    ],
)
def test_refusals_carry_their_codes(method: str, path: str, body: bytes, expected: tuple[int, str]) -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    sandbox.push_image("app", "0")
    with talking(sandbox) as http:
        assert code(http.request(method, path, content=body, headers={"content-type": OCI_MANIFEST})) == expected


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (ACCEPT, 200),
        ("*/*", 200),
        (OCI_INDEX, 200),
        (OCI_MANIFEST, 404),
        (DOCKER_MANIFEST, 404),
        (f"{DOCKER_MANIFEST}, {OCI_INDEX};q=0.5", 200),
    ],
)
def test_an_index_comes_only_to_those_who_know_indexes(accept: str, status: int) -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    sandbox.push_image("app", "1", platforms=("linux/amd64", "linux/arm64"))
    with talking(sandbox, accept=accept) as http:
        assert http.head("/v2/app/manifests/1").status_code == status


def test_a_tag_list_is_validated_by_its_etag() -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    sandbox.push_image("app", "1")
    with talking(sandbox) as http:
        etag = http.get("/v2/app/tags/list").headers["etag"]
        same = http.get("/v2/app/tags/list", headers={"if-none-match": etag})
        sandbox.push_image("app", "2")
        other = http.get("/v2/app/tags/list", headers={"if-none-match": etag})

    assert (same.status_code, same.content, other.json()["tags"]) == (304, b"", ["1", "2"])


def test_referrers_say_that_they_were_filtered() -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    digest = sandbox.push_image("app", "1")
    sandbox.attach("app", "1", artifact_type="a/b")
    sandbox.attach("app", "1", artifact_type="c/d")
    with talking(sandbox) as http:
        everything = http.get(f"/v2/app/referrers/{digest}")
        filtered = http.get(f"/v2/app/referrers/{digest}", params={"artifactType": "a/b"})

    assert len(everything.json()["manifests"]) == 2
    assert [child["artifactType"] for child in filtered.json()["manifests"]] == ["a/b"]
    assert (everything.headers.get("oci-filters-applied"), filtered.headers["oci-filters-applied"]) == (None, "artifactType")


def test_a_registry_may_be_without_referrers() -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN, has_referrers=False)
    digest = sandbox.push_image("app", "1")
    with talking(sandbox) as http:
        assert http.get(f"/v2/app/referrers/{digest}").status_code == 404


def test_only_a_manifest_by_get_counts_as_a_pull() -> None:
    clock = Clock()
    sandbox = RegistrySandbox(clock=clock, access=Access.OPEN, limit=PullLimit(pulls=2, clock=clock))
    sandbox.push_image("app", "1")
    with talking(sandbox, accept=ACCEPT) as http:
        remaining = [
            http.request(method, "/v2/app/manifests/1").headers["ratelimit-remaining"] for method in ("HEAD", "GET", "HEAD", "GET")
        ]
        refused = http.get("/v2/app/manifests/1")
        clock.advance(timedelta(hours=6))
        later = http.get("/v2/app/manifests/1")

    assert remaining == ["2;w=21600", "1;w=21600", "1;w=21600", "0;w=21600"]
    assert (code(refused), later.status_code) == ((429, "TOOMANYREQUESTS"), 200)


class TestSeeding:
    def test_the_same_image_has_the_same_digest(self) -> None:
        sandbox = RegistrySandbox(clock=Clock())

        assert sandbox.push_image("a", "1", layers=[{"x": b"1"}]) == sandbox.push_image("b", "2", layers=[{"x": b"1"}])

    def test_time_makes_another_image_of_the_same_layers(self) -> None:
        clock = Clock()
        sandbox = RegistrySandbox(clock=clock)
        before = sandbox.push_image("a", "1")
        clock.advance(timedelta(days=1))

        assert sandbox.push_image("a", "1") != before
        assert sandbox.store.manifest("a", before).digest == before, "the old one stays under its digest"

    @pytest.mark.parametrize("image_format", list(ImageFormat), ids=lambda image_format: image_format.name)
    def test_an_image_stands_on_its_base_on_each_platform(self, image_format: ImageFormat) -> None:
        platforms = ("linux/amd64", "linux/arm64/v8")
        sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
        sandbox.push_image("base", "1", platforms=platforms, image_format=image_format)
        sandbox.push_image("app", "1", platforms=platforms, base=("base", "1"), image_format=image_format)

        with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK) as http:
            client = RegistryClient(http=http)
            facts = {
                (name, platform): client.facts(ImageReference.parse(f"127.0.0.1:{server.port}/{name}:1"), child.platform)
                for name in ("base", "app")
                for platform in platforms
                for child in client.manifest(ImageReference.parse(f"127.0.0.1:{server.port}/{name}:1")).manifests
                if str(child.platform) == platform
            }

        for platform in platforms:
            assert facts["app", platform].diff_ids[:1] == facts["base", platform].diff_ids
            assert facts["app", platform].layer_digests[:1] == facts["base", platform].layer_digests
            assert len(facts["app", platform].diff_ids) == 2

    def test_a_base_without_the_platform_is_an_error(self) -> None:
        sandbox = RegistrySandbox(clock=Clock())
        sandbox.push_image("base", "1", platforms=("linux/amd64", "linux/arm64"))

        with pytest.raises(ValueError, match="no image for linux/s390x"):
            sandbox.push_image("app", "1", platforms=("linux/s390x",), base=("base", "1"))

    def test_a_chart_tells_of_itself(self) -> None:
        sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
        sandbox.push_chart("charts/redis", "18.0.0", chart={"sources": ["https://git.example.org/redis"], "home": "https://example.org"})

        with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK) as http:
            facts = RegistryClient(http=http).facts(ImageReference.parse(f"127.0.0.1:{server.port}/charts/redis:18.0.0"))

        assert facts.labels == {
            "org.opencontainers.image.title": "redis",
            "org.opencontainers.image.version": "18.0.0",
            "org.opencontainers.image.url": "https://example.org",
            "org.opencontainers.image.source": "https://git.example.org/redis",
        }

    def test_tags_come_and_go(self) -> None:
        sandbox = RegistrySandbox(clock=Clock())
        digest = sandbox.push_image("app", "1.0")

        assert sandbox.tag("app", "latest", "1.0") == digest
        sandbox.remove_tag("app", "1.0")
        assert sandbox.store.known("app").tags == {"latest": digest}
