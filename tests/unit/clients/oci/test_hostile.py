"""A registry that means ill gets nothing: no endless work, no credential, no wrong byte believed."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from bot.clients.http import HttpClient, HttpLimits
from bot.clients.oci.client import RegistryClient, RegistryError
from bot.clients.oci.documents import OCI_MANIFEST
from bot.clients.oci.endpoint import Mirror
from bot.model.image import ImageReference
from bot.model.notes import ImageFacts
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import CutShort, Faults, MissingHeader, ServerError, StrangeAnswer
from bot.sandbox.registry import Access, PullLimit, RegistrySandbox
from bot.sandbox.server import LOOPBACK, Server
from tests.registries import PASSWORD, USER, OneLogin

Handler = Callable[[Request], Awaitable[Response]]
DIGEST = f"sha256:{'0' * 64}"


@contextmanager
def facing(handler: Handler, *, max_tags: int = 1000) -> Iterator[tuple[RegistryClient, ImageReference, Faults]]:
    """The client in front of a registry that answers everything by one handler."""
    faults = Faults(Starlette(routes=[Route("/{path:path}", handler, methods=["GET"])]))
    seconds = count(0, 5)
    limits = HttpLimits(total_timeout=timedelta(minutes=1), tries=2)
    with Server(faults) as server, HttpClient(reach=LOOPBACK, sleep=lambda _: None, limits=limits, monotonic=lambda: next(seconds)) as http:
        client = RegistryClient(http=http, keychain=OneLogin(), max_tags=max_tags)
        yield client, ImageReference.parse(f"127.0.0.1:{server.port}/app:1"), faults


def answering(body: bytes | str, **headers: str) -> Handler:
    async def handler(_: Request) -> Response:
        return Response(body, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return handler


def tags(*names: object) -> bytes:
    return json.dumps({"name": "app", "tags": names}).encode()


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        pytest.param(answering(tags("1"), link='</v2/app/tags/list?n=1000>; rel="next"'), "leads in a circle", id="Link to itself"),
        pytest.param(
            answering(tags("1"), link='<http://evil.example/tags>; rel="next"'),
            r"leads elsewhere \(http://evil.example/tags\)",
            id="Link to another host",
        ),
        pytest.param(answering(tags("1"), link='<ftp://127.0.0.1/tags>; rel="next"'), "leads elsewhere", id="Link to another protocol"),
        pytest.param(answering(tags("1"), link='<http://[>; rel="next"'), "leads|no address", id="Link to nowhere"),
        pytest.param(answering("{"), "no valid JSON", id="half an answer"),
        pytest.param(answering(b"\xff\xfe{}"), "no valid JSON", id="not UTF-8"),
        pytest.param(answering("[" * 100_000), "no valid JSON", id="nested too deeply"),
        pytest.param(answering('{"tags": "1"}'), "no list of tags", id="tags of another kind"),
        pytest.param(answering("[1]"), "no list of tags", id="no object"),
        pytest.param(answering(tags(*(f"1.{number}" for number in range(1001)))), "more than 1,000 tags", id="too many tags"),
        pytest.param(answering(tags(), location="/"), "", id="nothing to see"),
    ],
)
def test_a_bad_tag_list_is_an_error(handler: Handler, message: str) -> None:
    with facing(handler) as (client, reference, faults):
        if not message:
            assert client.tags(reference) == ()
            return
        with pytest.raises(RegistryError, match=message):
            client.tags(reference)
        assert faults.count() <= 3


def test_pages_without_end_are_given_up() -> None:
    numbers = count()

    async def endless(_: Request) -> Response:
        return Response(tags("1"), headers={"link": f'</v2/app/tags/list?last={next(numbers)}>; rel="next"'})

    with facing(endless) as (client, reference, faults), pytest.raises(RegistryError, match="a page without a new tag names a next one"):
        client.tags(reference)
    assert faults.count() == 2


def test_pages_of_hardly_any_tags_without_end_are_given_up() -> None:
    numbers = count()

    async def endless(_: Request) -> Response:
        number = next(numbers)
        return Response(tags(str(number)), headers={"link": f'</v2/app/tags/list?last={number}>; rel="next"'})

    with facing(endless) as (client, reference, faults), pytest.raises(RegistryError, match="300 pages with hardly a tag on each"):
        client.tags(reference)
    assert faults.count() == 300


def test_pages_of_new_tags_without_end_are_given_up() -> None:
    numbers = count()

    async def endless(_: Request) -> Response:
        number = next(numbers)
        return Response(
            tags(*(f"{number}.{tag}" for tag in range(300))), headers={"link": f'</v2/app/tags/list?last={number}>; rel="next"'}
        )

    with facing(endless) as (client, reference, faults), pytest.raises(RegistryError, match="more than 1,000 tags"):
        client.tags(reference)
    assert faults.count() == 4


def test_a_gigantic_answer_is_not_read() -> None:
    async def endless(_: Request) -> Response:
        return StreamingResponse(b'{"tags": [' + b'"1",' * 300_000 for _ in count())

    with facing(endless) as (client, reference, _), pytest.raises(RegistryError, match=r"larger than|not answered whole"):
        client.tags(reference)


def test_a_body_that_trickles_is_given_up() -> None:
    async def trickle(_: Request) -> Response:
        return StreamingResponse(b" " for _ in range(1000))

    with facing(trickle) as (client, reference, _), pytest.raises(RegistryError, match="not answered whole within 60 s") as caught:
        client.tags(reference)
    assert caught.value.is_temporary


@pytest.mark.parametrize(
    "name",
    [
        "--upload-pack=x",
        "-rf",
        "a b",
        "a\nb",
        "a\x1b[31m",
        "$(id)",
        "`id`",
        "@everyone",
        "../../x",
        "a|b",
        "<b>",
        "a" * 129,
        "",
        1,
        None,
        ["x"],
        "é",
    ],
)
def test_a_tag_that_is_none_is_dropped(name: object) -> None:
    with facing(answering(tags("1.0", name, "1.1"))) as (client, reference, _):
        assert client.tags(reference) == ("1.0", "1.1")


@pytest.mark.parametrize("digest", ["sha256:1", "md5:0", f"sha256:{'G' * 64}", "", f"{DIGEST},{DIGEST}"])
def test_a_digest_that_is_none_is_an_error(digest: str) -> None:
    handler = answering("", docker_content_digest=digest)
    with facing(handler) as (client, reference, _), pytest.raises(RegistryError, match="Docker-Content-Digest is not a digest"):
        client.digest(reference)


def test_bytes_of_another_digest_are_not_used() -> None:
    wrong = answering('{"schemaVersion": 2}', docker_content_digest=DIGEST)
    with facing(wrong) as (client, reference, _), pytest.raises(RegistryError, match=f"the bytes are not those of {DIGEST}"):
        client.manifest(reference)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff",
        b'{"schemaVersion": 1, "fsLayers": []}',
        b'{"config": {"digest": "sha256:1"}}',
        b'{"config": null, "layers": []}',
        b'{"manifests": {}}',
        b'{"manifests": [1]}',
        b'{"manifests": [{"digest": 1}]}',
        json.dumps({"mediaType": OCI_MANIFEST, "config": {"digest": DIGEST}, "layers": [{"digest": DIGEST}] * 10_001}).encode(),
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_manifest_that_is_none_is_an_error(body: bytes) -> None:
    digest = f"sha256:{sha256(body).hexdigest()}"
    with facing(answering(body, docker_content_digest=digest)) as (client, reference, _), pytest.raises(RegistryError):
        client.facts(reference)


@pytest.mark.parametrize(
    "config",
    [
        {"config": []},
        {"config": {"Labels": [], "Entrypoint": "sh", "Env": {"A": 1}, "ExposedPorts": ["80"], "User": 1}},
        {"created": 5, "rootfs": [], "config": None},
        {"created": "0001-01-01T00:00:00Z", "rootfs": {"diff_ids": [1, {}]}},
        {"created": "1970-01-01T00:00:00Z"},
        {"created": "9" * 10_000},
    ],
    ids=lambda config: repr(config)[:50],
)
def test_odd_configs_tell_nothing(config: dict[str, object]) -> None:
    body = json.dumps(config).encode()
    descriptor = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": f"sha256:{sha256(body).hexdigest()}", "size": -1}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": descriptor, "layers": []}).encode()

    async def handler(request: Request) -> Response:
        return Response(body if "/blobs/" in request.url.path else manifest)

    with facing(handler) as (client, reference, _):
        facts = client.facts(reference)

    assert (facts.labels, facts.created_at, facts.diff_ids, facts.user, facts.size_bytes) == ({}, None, (), "", 0)


def test_a_foreign_realm_gets_no_login() -> None:
    shown: list[str | None] = []

    async def realm(request: Request) -> Response:
        shown.append(request.headers.get("authorization"))
        return JSONResponse({"token": "x"})

    with Server(Starlette(routes=[Route("/token", realm)])) as evil:

        async def challenging(request: Request) -> Response:
            if request.headers.get("authorization"):
                return Response(tags("1"))
            return Response(status_code=401, headers={"www-authenticate": f'Bearer realm="http://localhost:{evil.port}/token"'})

        with facing(challenging) as (client, reference, _):
            assert client.tags(reference) == ("1",)

    assert shown == [None]


def test_a_registry_that_never_lets_in_is_not_asked_for_long() -> None:
    async def refusing(_: Request) -> Response:
        body = {"errors": [{"code": "UNAUTHORIZED", "message": "no\x1b[31m\nway" + "!" * 1000}]}
        return JSONResponse(body, status_code=401, headers={"www-authenticate": "Basic realm=x"})

    with facing(refusing) as (client, reference, faults):
        with pytest.raises(
            RegistryError, match=r"401 \(UNAUTHORIZED: no \[31m way!+\)\. Check that it exists and that `docker login"
        ) as caught:
            client.tags(reference)
        assert faults.count() == 2
    assert len(str(caught.value)) < 600


def test_warnings_are_shown_as_far_as_they_are_warnings() -> None:
    handler = answering(tags("1"), warning='299 - "deprecated: \\"use\\" b", 199 - "other", 299 - "soon gone"')
    with facing(handler) as (client, reference, _):
        assert client.tag_list(reference).warnings == ('deprecated: "use" b', "soon gone")


def test_a_missing_digest_header_is_made_up_for() -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    pushed = sandbox.push_image("app", "1", platforms=("linux/amd64", "linux/arm64"))
    sandbox.faults.switch_on("* *", MissingHeader())

    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK) as http:
        client = RegistryClient(http=http)
        reference = ImageReference.parse(f"127.0.0.1:{server.port}/app:1")
        assert (client.digest(reference), client.manifest(reference).digest) == (pushed, pushed)


def test_a_registry_without_head_is_asked_by_get() -> None:
    body = b'{"schemaVersion": 2, "manifests": []}'

    async def handler(request: Request) -> Response:
        return Response(body if request.method == "GET" else b"", status_code=200 if request.method == "GET" else 405)

    with facing(handler) as (client, reference, _):
        assert client.digest(reference) == client.manifest(reference).digest == f"sha256:{sha256(body).hexdigest()}"


@pytest.mark.parametrize("access", [Access.BASIC, Access.BEARER])
def test_no_secret_is_logged(access: Access, tmp_path: Path) -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=access, users={USER: Secret(PASSWORD)}, private=["app"])
    sandbox.push_image("app", "1")

    with (
        Server(sandbox.app) as server,
        HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db", sleep=lambda _: None) as http,
        capture_logs() as logs,
    ):
        reference = ImageReference.parse(f"127.0.0.1:{server.port}/app:1")
        RegistryClient(http=http, keychain=OneLogin()).facts(reference)
        RegistryClient(http=http, keychain=OneLogin()).tags(reference)
        sandbox.faults.switch_on("HEAD *", ServerError())
        with pytest.raises(RegistryError) as caught:
            RegistryClient(http=http, keychain=OneLogin()).digest(reference)

    written = f"{logs} {caught.value}".encode() + b"".join(file.read_bytes() for file in tmp_path.iterdir())
    basic = OneLogin().credential("").basic().reveal().removeprefix("Basic ")
    assert not any(secret.encode() in written for secret in (PASSWORD, basic, "sandbox-token"))
    assert b"http.retried" in written


def test_passing_faults_are_outlived() -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.BEARER)
    sandbox.push_image("app", "1")
    for fault in (ServerError(), CutShort()):
        for route in ("GET /token", "GET *tags*"):
            sandbox.faults.switch_on(route, fault, times=1)

    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        assert RegistryClient(http=http).tags(ImageReference.parse(f"127.0.0.1:{server.port}/app")) == ("1",)


def test_a_token_that_ran_out_is_fetched_again() -> None:
    clock = Clock()
    sandbox = RegistrySandbox(clock=clock, access=Access.BEARER)
    sandbox.push_image("app", "1")
    stopped = Clock()

    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK) as http:
        client = RegistryClient(http=http, now=stopped)
        reference = ImageReference.parse(f"127.0.0.1:{server.port}/app")
        client.tags(reference)
        clock.advance(timedelta(hours=1))
        assert client.tags(reference) == ("1",)
        assert sandbox.faults.count("GET /token") == 2


def test_docker_hubs_last_pulls_are_left_to_others() -> None:
    clock = Clock()
    sandbox = RegistrySandbox(clock=clock, access=Access.OPEN, limit=PullLimit(pulls=8, clock=clock))
    for number in range(9):
        sandbox.push_image("library/app", str(number))

    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK) as http:
        mirrors = {"hub": Mirror(prefix="docker.io", location=f"127.0.0.1:{server.port}")}
        client = RegistryClient(http=http, mirrors=mirrors, now=clock)
        references = [ImageReference.parse(f"app:{number}") for number in range(9)]
        for reference in references[:3]:
            client.facts(reference)
        with pytest.raises(
            RegistryError, match=r"5 pulls are left, and 5 are kept .* resumes at the latest at 2026-01-05 15:00 UTC"
        ) as caught:
            client.facts(references[3])
        assert caught.value.is_temporary
        assert [str(client.digest(reference))[:7] for reference in references] == ["sha256:"] * 9

        clock.advance(timedelta(hours=6))
        client.facts(references[3])


def test_a_kept_manifest_is_no_pull_and_its_old_headers_mean_nothing(tmp_path: Path) -> None:
    clock = Clock()
    sandbox = RegistrySandbox(clock=clock, access=Access.OPEN, limit=PullLimit(pulls=7, clock=clock))
    kept, other = sandbox.push_image("app", "kept"), sandbox.push_image("app", "other")

    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
        client = RegistryClient(http=http, now=clock)
        reference = ImageReference.parse(f"127.0.0.1:{server.port}/app")
        client.manifest(reference.at(digest=kept))
        for _ in range(9):
            client.manifest(reference.at(digest=kept))
        client.manifest(reference.at(digest=other))
        assert sandbox.faults.count("GET *manifests*") == 2

        third = sandbox.push_image("app", "third")
        with pytest.raises(RegistryError, match="5 pulls are left"):
            client.manifest(reference.at(digest=third))


def test_what_the_storage_behind_a_redirect_wants_is_not_answered() -> None:
    shown: list[str | None] = []

    async def storage(request: Request) -> Response:
        shown.append(request.headers.get("authorization"))
        return Response(status_code=401, headers={"www-authenticate": "Basic realm=x"})

    with Server(Starlette(routes=[Route("/blob", storage)])) as elsewhere:

        async def redirecting(request: Request) -> Response:
            shown.append(request.headers.get("authorization"))
            return Response(status_code=307, headers={"location": f"http://localhost:{elsewhere.port}/blob"})

        with facing(redirecting) as (client, reference, _), pytest.raises(RegistryError, match="/blob: 401"):
            client.tags(reference)

    assert shown == [None, None]


def test_pages_behind_a_redirect_are_asked_for_anonymously() -> None:
    shown: list[str | None] = []

    async def elsewhere(request: Request) -> Response:
        shown.append(request.headers.get("authorization"))
        if request.url.query:
            return Response(tags("2"))
        return Response(tags("1"), headers={"link": '</v2/app/tags/list?last=1>; rel="next"'})

    with Server(Starlette(routes=[Route("/{path:path}", elsewhere)])) as other:

        async def redirecting(request: Request) -> Response:
            if request.headers.get("authorization") is None:
                return Response(status_code=401, headers={"www-authenticate": "Basic realm=x"})
            return Response(status_code=307, headers={"location": f"http://localhost:{other.port}/v2/app/tags/list"})

        with facing(redirecting) as (client, reference, _):
            assert client.tags(reference) == ("1", "2")

    assert shown == [None, None]


def test_the_longest_mirror_prefix_is_asked() -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    sandbox.push_image("hub/library/app", "general")
    sandbox.push_image("special/app", "special")

    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK) as http:
        host = f"127.0.0.1:{server.port}"
        mirrors = {
            "a": Mirror(prefix="docker.io", location=f"{host}/hub", plain_http=True),
            "b": Mirror(prefix="docker.io/team", location=f"{host}/special", plain_http=True),
        }
        client = RegistryClient(http=http, mirrors=mirrors)
        assert client.tags(ImageReference.parse("app")) == ("general",)
        assert client.tags(ImageReference.parse("team/app")) == ("special",)
        with pytest.raises(RegistryError, match="/v2/hub/teams/app/"):
            client.tags(ImageReference.parse("teams/app"))


@pytest.mark.parametrize("route", ["GET *blobs*", "GET *manifests/sha256*"])
def test_a_strange_answer_does_not_stay_in_the_place_of_the_content(route: str, tmp_path: Path) -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    sandbox.push_image("app", "1")
    sandbox.faults.switch_on(route, StrangeAnswer(), times=2)

    def facts() -> ImageFacts:
        with HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db", sleep=lambda _: None) as http:
            return RegistryClient(http=http).facts(reference)

    with Server(sandbox.app) as server:
        reference = ImageReference.parse(f"127.0.0.1:{server.port}/app:1")
        with pytest.raises(RegistryError, match="are not those of"):
            facts()
        healed = facts()
        asked = sandbox.faults.count(route)
        again = facts()

    assert healed == again
    assert sandbox.faults.count(route) == asked, "what is right is kept"
