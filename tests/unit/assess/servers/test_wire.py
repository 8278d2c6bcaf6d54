"""One server on the wire: pages, redirects, and where its credential goes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.assess.fields import UnreadableError
from bot.assess.servers.wire import DownError, Login, Wire
from bot.clients.http import HttpClient
from bot.model.secret import Secret
from bot.sandbox.server import LOOPBACK, Server

NOW = datetime(2026, 11, 29, tzinfo=UTC)
LOGIN = Login(username="bot", password=Secret("pa55"), token=Secret("t0ken"))


class Site:
    """Pages of a list, a redirect, and what headers came."""

    def __init__(self) -> None:
        self.elsewhere = ""
        self.headers: list[dict[str, str]] = []
        routes = [Route("/list", self._list), Route("/moved", self._moved), Route("/seen", self._seen), Route("/endless", self._endless)]
        self.app = Starlette(routes=routes)

    async def _list(self, request: Request) -> Response:
        page = int(request.query_params.get("page", "1"))
        headers = {"link": f'</list?page={page + 1}>; rel="next"'} if page < 3 else {}
        return JSONResponse([page], headers=headers)

    async def _endless(self, request: Request) -> Response:
        page = int(request.query_params.get("page", "1"))
        return JSONResponse([page], headers={"link": f'</endless?page={page + 1}>; rel="next"'})

    async def _moved(self, _request: Request) -> Response:
        return RedirectResponse(f"{self.elsewhere}/seen", status_code=302)

    async def _seen(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        return JSONResponse({})


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        yield http


def wire(http: HttpClient, url: str) -> Wire:
    return Wire(http=http, base_url=url, login=LOGIN, now=lambda: NOW)


def test_all_pages_are_read(http):
    with Server(Site().app) as server:
        assert [said.data for said in wire(http, server.url).pages("/list")] == [[1], [2], [3]]


def test_a_list_without_an_end_is_a_failure(http):
    with Server(Site().app) as server, pytest.raises(DownError, match="more than 200 pages"):
        list(wire(http, server.url).pages("/endless"))


@pytest.mark.parametrize(
    ("credential", "header", "value"),
    [
        pytest.param(LOGIN.basic(), "authorization", "Basic Ym90OnBhNTU=", id="basic"),
        pytest.param(LOGIN.bearer(), "authorization", "Bearer t0ken", id="bearer"),
        pytest.param(LOGIN.own("x-api-key"), "x-api-key", "t0ken", id="a header of its own"),
    ],
)
def test_a_credential_goes_to_the_server_and_to_nobody_that_it_redirects_to(http, credential, header, value):
    first, second = Site(), Site()
    with Server(first.app) as one, Server(second.app) as other:
        first.elsewhere = other.url
        wire(http, one.url).ask("GET", "/seen", credential=credential)
        wire(http, one.url).ask("GET", "/moved", credential=credential)

    assert first.headers[0][header] == value
    assert len(second.headers) == 1
    assert header not in second.headers[0]


def test_a_question_with_a_body_is_not_sent_on(http):
    site = Site()
    with Server(site.app) as server, pytest.raises(DownError):
        wire(http, server.url).ask("POST", "/moved", json=b"{}")
    assert not site.headers


def test_a_list_is_no_document(http):
    with Server(Site().app) as server, pytest.raises(UnreadableError, match="no JSON object"):
        _ = wire(http, server.url).ask("GET", "/list").document
