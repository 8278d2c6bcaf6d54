"""The only place that retries, and where every answer is bounded."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Lock

import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from bot.clients.http import HttpClient, HttpError, HttpLimits
from bot.clients.http_cache import Content, Validated
from bot.clients.pacing import Pacing
from bot.clients.reach import Reach
from bot.clients.transport import SurroundingsError
from bot.model.exit_code import ExitCode
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import CutShort, DroppedConnection, Faults, ServerError, TooManyRequests
from bot.sandbox.server import LOOPBACK, Server

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
Handler = Callable[[Request], Awaitable[Response]]


@contextmanager
def serving(handler: Handler) -> Iterator[tuple[str, Faults]]:
    faults = Faults(Starlette(routes=[Route("/{path:path}", handler, methods=["GET", "POST"])]))
    with Server(faults) as server:
        yield server.url, faults


async def fine(_: Request) -> Response:
    return PlainTextResponse("fine")


@pytest.mark.parametrize(
    "fault",
    [ServerError(status=502), ServerError(status=504), TooManyRequests(retry_after=None), DroppedConnection(), CutShort()],
    ids=repr,
)
def test_a_passing_fault_is_outlived(fault: ServerError) -> None:
    sleeps: list[float] = []
    with serving(fine) as (url, faults), HttpClient(reach=LOOPBACK, sleep=sleeps.append) as http:
        faults.switch_on("GET *", fault, times=3)

        answer = http.request("GET", f"{url}/a")

    assert answer.body == b"fine"
    assert len(sleeps) == 3
    assert all(0 <= pause <= 20 for pause in sleeps)


def test_a_lasting_fault_is_an_error_after_four_tries() -> None:
    with serving(fine) as (url, faults), HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http, capture_logs() as logs:
        faults.switch_on("GET *", ServerError(status=503))

        with pytest.raises(HttpError, match=rf"^GET {url}/a: 503 Service Unavailable\. Run again later\.$") as caught:
            http.request("GET", f"{url}/a?secret=1")

        assert faults.count() == 4
    assert caught.value.is_temporary
    assert [(entry["event"], entry["attempt"]) for entry in logs] == [("http.retried", 1), ("http.retried", 2), ("http.retried", 3)]
    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("7", 7, id="seconds"),
        pytest.param("Wed, 04 Mar 2026 05:06:37 GMT", 30, id="HTTP date"),
        pytest.param("Wed, 04 Mar 2026 05:00:00 GMT", 0, id="date gone by"),
        pytest.param("-5", 0, id="negative"),
    ],
)
def test_retry_after_is_obeyed(header: str, seconds: float) -> None:
    answers = iter([429, 200])
    sleeps: list[float] = []
    clock = Clock(NOW)

    async def limited(_: Request) -> Response:
        return Response(status_code=next(answers), headers={"retry-after": header})

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        clock.advance(timedelta(seconds=seconds))

    with serving(limited) as (url, _), HttpClient(reach=LOOPBACK, sleep=sleep, now=clock) as http:
        assert http.request("GET", url).status == 200

    assert sleeps == [seconds]


@pytest.mark.parametrize("header", ["soon", "99999999999999999999", "Wed, 99 Mar 2026"])
def test_nonsense_in_retry_after_is_passed_over(header: str) -> None:
    answers = iter([429, 200])

    async def limited(_: Request) -> Response:
        return Response(status_code=next(answers), headers={"retry-after": header})

    with serving(limited) as (url, _), HttpClient(reach=LOOPBACK, sleep=lambda _: None, now=lambda: NOW) as http:
        assert http.request("GET", url).status == 200


def test_a_long_wait_is_said_and_the_host_left_alone_until_then() -> None:
    clock = Clock(NOW)
    with serving(fine) as (url, faults), HttpClient(reach=LOOPBACK, sleep=pytest.fail, now=clock) as http:
        faults.switch_on("GET *", TooManyRequests(retry_after=timedelta(hours=2)), times=1)

        with pytest.raises(HttpError, match=r"429 .* asked again at 2026-03-04 07:06:07 UTC"):
            http.request("GET", url)
        with pytest.raises(HttpError, match=r"answered 429 .* before and is left alone until 2026-03-04 07:06:07 UTC\. Run again then"):
            http.request("GET", f"{url}/other")
        assert faults.count() == 1

        clock.advance(timedelta(hours=2))
        assert http.request("GET", url).status == 200


def test_only_the_host_that_cannot_be_reached_is_left_alone() -> None:
    with Server(fine) as gone:
        nowhere = f"http://localhost:{gone.port}/blob"

    async def redirecting(request: Request) -> Response:
        return PlainTextResponse("fine") if request.url.path == "/a" else Response(status_code=307, headers={"location": nowhere})

    with serving(redirecting) as (url, _), HttpClient(reach=LOOPBACK, sleep=lambda _: None, now=lambda: NOW) as http:
        with pytest.raises(HttpError, match="nothing answers there"):
            http.request("GET", f"{url}/b")
        assert http.request("GET", f"{url}/a").body == b"fine"


def test_a_body_larger_than_allowed_is_not_read() -> None:
    async def endless(_: Request) -> Response:
        return StreamingResponse(b"x" * 65536 for _ in count())

    with serving(endless) as (url, faults), HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http:
        with pytest.raises(HttpError, match=r"larger than 1\.0 MB, which is not read\. Check what answers") as caught:
            http.request("GET", url, max_body_bytes=1_000_000)
        assert faults.count() == 1
    assert not caught.value.is_temporary


def test_a_body_that_trickles_is_given_up() -> None:
    seconds = count(0, 20)

    async def trickle(_: Request) -> Response:
        return StreamingResponse(b"x" for _ in range(100))

    limits = HttpLimits(total_timeout=timedelta(seconds=60), tries=2)
    with (
        serving(trickle) as (url, _),
        HttpClient(reach=LOOPBACK, sleep=pytest.fail, limits=limits, monotonic=lambda: next(seconds)) as http,
        pytest.raises(HttpError, match="not answered whole within 60 s") as caught,
    ):
        http.request("GET", url)
    assert caught.value.is_temporary


def test_a_host_that_cannot_be_reached_is_left_alone_for_a_minute() -> None:
    clock = Clock(NOW)
    sleeps: list[float] = []
    with Server(fine) as server:
        url = server.url
    with HttpClient(reach=LOOPBACK, sleep=sleeps.append, now=clock) as http:
        with pytest.raises(HttpError, match="nothing answers there") as caught:
            http.request("GET", url)
        assert len(sleeps) == 3
        with pytest.raises(HttpError, match=r"nothing answers there\. Check the address, the network and its proxy"):
            http.request("GET", url)
        assert len(sleeps) == 3
        clock.advance(timedelta(minutes=1))
        with pytest.raises(HttpError, match="nothing answers there"):
            http.request("GET", url)
    assert caught.value.is_temporary


@pytest.mark.parametrize("url", ["http://[::1", "nowhere", "http://", "ftp://127.0.0.1/x", "http://a b/"])
def test_what_is_no_address_is_an_error(url: str) -> None:
    with HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http, pytest.raises(HttpError):
        http.request("GET", url)


def test_a_redirect_keeps_the_credential_on_its_own_host_only() -> None:
    seen: dict[str, str | None] = {}

    async def elsewhere(request: Request) -> Response:
        seen["elsewhere"] = request.headers.get("authorization")
        return PlainTextResponse("blob")

    with serving(elsewhere) as (other, _):

        async def redirecting(request: Request) -> Response:
            seen[request.url.path] = request.headers.get("authorization")
            return Response(status_code=307, headers={"location": "/second" if request.url.path == "/first" else other})

        with serving(redirecting) as (url, _), HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http:
            answer = http.request("GET", f"{url}/first", authorization=Secret("Bearer token"))

    assert answer.body == b"blob"
    assert seen == {"/first": "Bearer token", "/second": "Bearer token", "elsewhere": None}


def test_a_redirect_to_what_is_no_web_address_names_it_and_the_remedy() -> None:
    async def redirecting(_: Request) -> Response:
        return Response(status_code=302, headers={"location": "file:///etc/passwd"})

    with serving(redirecting) as (url, _), HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http, pytest.raises(HttpError) as caught:
        http.request("GET", url)

    assert str(caught.value) == (
        f"GET {url}: redirects to file:, which is no web address and not followed. "
        "Check the address; if it is right, report it to the server's operators."
    )


@pytest.mark.parametrize("location", ["/again", "ftp://127.0.0.1/", "file:///etc/passwd", "http://["])
def test_a_redirect_that_leads_nowhere_is_an_error(location: str) -> None:
    async def redirecting(_: Request) -> Response:
        return Response(status_code=302, headers={"location": location})

    with serving(redirecting) as (url, faults), HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http:
        with pytest.raises(HttpError, match=r"redirect|no address"):
            http.request("GET", url)
        assert faults.count() <= 6


def test_cookies_are_not_kept() -> None:
    async def handler(request: Request) -> Response:
        response = PlainTextResponse(request.headers.get("cookie", "none"))
        response.set_cookie("session", "1")
        return response

    with serving(handler) as (url, _), HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http:
        assert [http.request("GET", url).body for _ in range(2)] == [b"none", b"none"]


def test_a_host_gets_no_more_requests_at_once_than_allowed() -> None:
    lock, inside, most = Lock(), 0, 0
    together = Barrier(3)

    def meet() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        with suppress(BrokenBarrierError):
            together.wait(timeout=0.3)
        with lock:
            inside -= 1

    async def handler(_: Request) -> Response:
        await run_in_threadpool(meet)
        return PlainTextResponse("")

    with (
        serving(handler) as (url, _),
        HttpClient(reach=LOOPBACK, sleep=pytest.fail, limits=HttpLimits(requests_per_host=2)) as http,
        ThreadPoolExecutor(6) as pool,
    ):
        list(pool.map(lambda _: http.request("GET", url), range(6)))

    assert most == 2


class TestCache:
    @staticmethod
    async def tagged(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"1"':
            return Response(status_code=304, headers={"etag": '"1"'})
        return PlainTextResponse("list", headers={"etag": '"1"', "last-modified": "Mon, 02 Jan 2006 15:04:05 GMT"})

    def test_a_second_run_only_validates(self, tmp_path: Path) -> None:
        asked: list[str | None] = []

        async def handler(request: Request) -> Response:
            asked.append(request.headers.get("if-none-match"))
            return await self.tagged(request)

        with serving(handler) as (url, _):
            for _ in range(2):
                with HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
                    answers = [http.request("GET", url, caching=Validated(), authorization=Secret("Basic hidden")) for _ in range(2)]
                    assert [(answer.status, answer.body) for answer in answers] == [(200, b"list")] * 2

        assert asked == [None, '"1"', '"1"', '"1"']
        assert not any(b"hidden" in file.read_bytes() for file in tmp_path.iterdir())

    def test_a_changed_answer_replaces_the_kept_one(self, tmp_path: Path) -> None:
        bodies = iter(["old", "new", "new"])

        async def handler(_: Request) -> Response:
            body = next(bodies)
            return PlainTextResponse(body, headers={"etag": f'"{body}"', "cache-control": "max-age=3600"})

        with serving(handler) as (url, _), HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
            assert [http.request("GET", url, caching=Validated()).body for _ in range(3)] == [b"old", b"new", b"new"]

    def test_content_is_asked_for_once_wherever_it_comes_from(self, tmp_path: Path) -> None:
        with serving(fine) as (url, faults):
            for path in ("a", "b"):
                with HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
                    assert http.request("GET", f"{url}/{path}", caching=Content(name="sha256:1")).body == b"fine"
            assert faults.count() == 1

    def test_a_refusal_is_not_kept_as_content(self, tmp_path: Path) -> None:
        statuses = iter([401, 200, 500])

        async def handler(_: Request) -> Response:
            return PlainTextResponse("", status_code=next(statuses))

        with serving(handler) as (url, _), HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db", sleep=pytest.fail) as http:
            assert [http.request("GET", url, caching=Content(name="x")).status for _ in range(3)] == [401, 200, 200]

    def test_without_a_wish_nothing_is_kept(self, tmp_path: Path) -> None:
        async def handler(_: Request) -> Response:
            return PlainTextResponse("token", headers={"cache-control": "max-age=3600"})

        with serving(handler) as (url, faults), HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
            for _ in range(2):
                http.request("GET", url)
            assert faults.count() == 2
        assert not any(b"token" in file.read_bytes() for file in tmp_path.iterdir())

    @pytest.mark.parametrize("content", [b"", b"no database at all" * 100], ids=["empty", "garbage"])
    def test_a_broken_file_begins_anew(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "http.db").write_bytes(content)

        with serving(self.tagged) as (url, _), HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
            assert [http.request("GET", url, caching=Validated()).body for _ in range(2)] == [b"list"] * 2

    def test_a_place_that_cannot_be_written_costs_nothing_but_time(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with serving(self.tagged) as (url, _), HttpClient(reach=LOOPBACK, cache=tmp_path / "file" / "http.db") as http:
            assert http.request("GET", url, caching=Validated()).body == b"list"

    @pytest.mark.parametrize("table", ["entries", "streams"])
    def test_a_cache_that_breaks_in_the_middle_costs_one_try(self, tmp_path: Path, table: str) -> None:
        with serving(self.tagged) as (url, _), HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db", sleep=lambda _: None) as http:
            with closing(sqlite3.connect(tmp_path / "http.db")) as database:
                database.execute(f"DROP TABLE {table}")
                database.commit()
            assert [http.request("GET", url, caching=Validated()).body for _ in range(2)] == [b"list"] * 2

    def test_a_file_that_has_grown_too_large_begins_anew(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.clients.http_cache._MAX_FILE_BYTES", 100)
        with serving(fine) as (url, faults):
            for _ in range(2):
                with HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
                    http.request("GET", url, caching=Content(name="x"))
            assert faults.count() == 2


def test_a_question_in_json_is_sent_again_after_a_passing_fault_and_never_to_another_address() -> None:
    asked: list[tuple[str, bytes]] = []

    async def answer(request: Request) -> Response:
        if request.url.path == "/moved":
            return Response(status_code=307, headers={"location": "/elsewhere"})
        asked.append((request.headers["content-type"], await request.body()))
        return PlainTextResponse("fine")

    with serving(answer) as (url, faults), HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        faults.switch_on("POST /a", ServerError(status=503), times=2)
        http.request("POST", f"{url}/a", json=b"{}")
        with pytest.raises(HttpError, match=r"/moved: redirects to http://[^ ]*/elsewhere, where the question is not sent"):
            http.request("POST", f"{url}/moved", json=b"{}")

    assert asked == [("application/json", b"{}")]


def test_while_a_host_wants_to_be_left_alone_no_thread_asks_it() -> None:
    """One is told to wait; seven others, of another client, come meanwhile."""
    clock, all_wait = Clock(NOW), Barrier(9, timeout=30)

    def sleep(_: float) -> None:
        all_wait.wait()
        all_wait.wait()

    pacing = Pacing(now=clock, sleep=sleep)
    with (
        serving(fine) as (url, faults),
        HttpClient(reach=LOOPBACK, sleep=sleep, now=clock, pacing=pacing) as http,
        HttpClient(reach=LOOPBACK, sleep=sleep, now=clock, pacing=pacing) as other,
        ThreadPoolExecutor(8) as pool,
    ):
        faults.switch_on("GET *", TooManyRequests(retry_after=timedelta(seconds=30)), times=1)
        first = pool.submit(http.request, "GET", url)
        while pacing.closed(url.removeprefix("http://")) is None:
            wait([first], timeout=0.01)
        others = [pool.submit(other.request, "GET", f"{url}/{number}") for number in range(7)]
        all_wait.wait()
        asked_meanwhile = faults.count()
        clock.advance(timedelta(seconds=30))
        all_wait.wait()

        statuses = [future.result().status for future in [first, *others]]
        asked = faults.count()

    assert (asked_meanwhile, asked, statuses) == (1, 1 + 8, [200] * 8)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("SSL_CERT_FILE", "/gone/acme.pem", "that SSL_CERT_FILE names can't be used: No such file", id="no such certificates"),
        pytest.param("SSL_CERT_FILE", __file__, "that SSL_CERT_FILE names can't be used", id="a file without certificates"),
        pytest.param("HTTPS_PROXY", "socks5://me:secret@proxy:1080", "HTTPS_PROXY .* names no proxy of a kind that is known", id="SOCKS"),
        pytest.param("ALL_PROXY", "ftp://proxy", "Write it as http://host:port", id="another scheme"),
    ],
)
def test_what_the_environment_says_wrongly_is_named_and_no_secret_of_it(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)

    with pytest.raises(SurroundingsError, match=said) as raised:
        HttpClient(reach=Reach())

    assert raised.value.exit_code == ExitCode.USAGE
    assert "secret" not in str(raised.value)
