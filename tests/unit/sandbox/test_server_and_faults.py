"""The server and its faults as a client meets them: real HTTP on loopback."""

import socket
import threading
import time
from datetime import timedelta
from statistics import median

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.sandbox import faults as kinds
from bot.sandbox.faults import Faults
from bot.sandbox.server import Server

DIGEST = "sha256:" + "0" * 64


async def _hello(request: Request) -> PlainTextResponse:
    if request.url.path == "/query":
        request.state.is_write = False
    return PlainTextResponse("hello, world", headers={"Docker-Content-Digest": DIGEST})


APP = Starlette(routes=[Route("/{path:path}", _hello, methods=["GET", "HEAD", "POST"])])


@pytest.fixture(scope="module")
def served():
    faults = Faults(APP)
    with Server(faults) as server, httpx.Client(base_url=server.url) as client:
        yield faults, client


@pytest.fixture
def sandbox(served):
    faults, client = served
    faults.switch_off()
    faults.forget()
    return faults, client


def test_server_frees_its_port_and_its_thread_on_leaving():
    with Server(APP) as server:
        port = server.port
        assert httpx.get(server.url).text == "hello, world"
        assert f"sandbox-{port}" in {thread.name for thread in threading.enumerate()}

    assert f"sandbox-{port}" not in {thread.name for thread in threading.enumerate()}
    socket.create_server(("127.0.0.1", port)).close()


def test_server_answers_at_once(sandbox):
    _, client = sandbox

    seconds = []
    for _ in range(41):
        started = time.perf_counter()
        client.get("/")
        seconds.append(time.perf_counter() - started)

    assert median(seconds) < 0.03, "an answer waits until its own headers are acknowledged"


def test_server_says_when_the_port_is_taken():
    with Server(APP) as server, pytest.raises(OSError, match="in use"), Server(APP, port=server.port):
        pass


@pytest.mark.parametrize(
    ("fault", "status", "headers"),
    [
        pytest.param(kinds.ServerError(status=503), 503, {}, id="server error"),
        pytest.param(kinds.TooManyRequests(retry_after=timedelta(minutes=1)), 429, {"retry-after": "60"}, id="429"),
        pytest.param(kinds.SecondaryRateLimit(retry_after=timedelta(seconds=2)), 403, {"retry-after": "2"}, id="secondary limit"),
    ],
)
def test_answers_instead_of_the_app(sandbox, fault, status, headers):
    faults, client = sandbox
    faults.switch_on("GET /v2/*", fault)

    answer = client.get("/v2/library/python/tags/list")

    assert answer.status_code == status
    assert headers.items() <= dict(answer.headers).items()
    assert client.get("/elsewhere").status_code == 200


@pytest.mark.parametrize(
    ("fault", "error", "reached"),
    [
        pytest.param(kinds.DroppedConnection(), httpx.RemoteProtocolError, 0, id="dropped"),
        pytest.param(kinds.LostAnswer(), httpx.RemoteProtocolError, 1, id="lost answer"),
        pytest.param(kinds.CutShort(), httpx.RemoteProtocolError, 1, id="cut short"),
    ],
)
def test_breaks_the_connection(sandbox, fault, error, reached):
    faults, client = sandbox
    faults.switch_on("POST /v2/*", fault, times=1)

    with pytest.raises(error):
        client.post("/v2/x")

    assert (faults.count(), faults.writes) == (1, reached)
    assert client.post("/v2/x").text == "hello, world"


def test_leaves_out_a_header(sandbox):
    faults, client = sandbox
    faults.switch_on("HEAD *", kinds.MissingHeader())

    assert "docker-content-digest" not in client.head("/v2/x").headers
    assert client.get("/v2/x").headers["docker-content-digest"] == DIGEST


def test_answers_late(sandbox):
    faults, client = sandbox
    faults.switch_on("GET *", kinds.SlowAnswer(delay=timedelta(seconds=0.3)), times=1)

    with pytest.raises(httpx.ReadTimeout):
        client.get("/", timeout=0.05)
    assert client.get("/", timeout=5).text == "hello, world"


def test_lets_some_through_then_fails_so_many_times(sandbox):
    faults, client = sandbox
    faults.switch_on("GET *", kinds.ServerError(status=500), times=2, after=1)

    assert [client.get("/").status_code for _ in range(5)] == [200, 500, 500, 200, 200]


def test_counts_requests_by_route_and_writes_by_what_they_do(sandbox):
    faults, client = sandbox

    client.get("/v2/a/tags/list")
    client.get("/v2/b/tags/list")
    client.post("/v2/a")
    client.post("/query")

    assert faults.count() == 4
    assert faults.count("GET /v2/*/tags/list") == 2
    assert faults.writes == faults.writes_to("POST /v2/*") == 1
    assert faults.requests["POST /query"] == 1
