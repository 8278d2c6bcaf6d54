"""HTTP for everything but GitHub's own library: the only place that retries, and where every answer is bounded in time and size.

Tenacity retries here and nowhere else on the path: what a caller gets is an answer, or an error that outlived the tries.
"""

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import BinaryIO, Final, Self

import httpx
import structlog
import tenacity

from bot import __version__
from bot.clients.address import AddressError, host_and_port, host_of, origin, without_query
from bot.clients.http_cache import KEPT, Caching
from bot.clients.pacing import Cause, ClosedError, Pacing
from bot.clients.reach import Reach, RefusedHostError
from bot.clients.transport import network, request_extensions
from bot.clients.trouble import trouble
from bot.model.failure import ToldError
from bot.model.secret import Secret
from bot.model.sizes import in_words

log = structlog.get_logger()

_TEMPORARY: Final = frozenset({408, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MEBIBYTE: Final = 1 << 20
_PIECE: Final = _MEBIBYTE // 4


_CHECK_NETWORK: Final = "Check the address, the network and its proxy (HTTPS_PROXY), then run again."
_REPORT: Final = "Check the address; if it is right, report it to the server's operators."


class HttpError(ToldError):
    """No usable answer: no connection, out of time, too large, or a temporary status that outlived the tries. Says what, where, remedy."""

    def __init__(self, message: str, *, is_temporary: bool = False, status: int | None = None, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary
        self.status = status
        self.retry_at = retry_at
        """When the server lets itself be asked again, where it said so; aware, UTC."""


class _LastingError(HttpError):
    """Temporary, but not so soon over that another try would be worth its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What one request may cost."""

    connect_timeout: timedelta = timedelta(seconds=10)
    read_timeout: timedelta = timedelta(seconds=30)
    """Between two pieces of an answer."""
    total_timeout: timedelta = timedelta(seconds=120)
    """For a whole answer, however slowly it trickles."""
    tries: int = 4
    longest_wait: timedelta = timedelta(seconds=60)
    """A server that asks for a longer wait than this is not waited for: the look-up fails, with the time at which it resumes.

    A shorter one is waited for by all threads, whichever of them was asked for it.
    """
    rest: timedelta = timedelta(seconds=60)
    """A host that can't be reached in all tries is left alone for so long, lest each of its images waits for it again."""
    redirects: int = 5
    max_body_bytes: int = 32 * _MEBIBYTE
    requests_per_host: int = 8
    """At the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer. Any status but the temporary ones: the caller knows what 401 and 404 mean to it."""

    method: str
    url: str
    status: int
    headers: httpx.Headers
    body: bytes = b""
    is_kept: bool = False
    """Whether it comes from the disk alone: its headers are as old as it is."""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 the success class of RFC 9110

    def __str__(self) -> str:
        return f"{self.method} {without_query(self.url)}: {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: Secret | None = None
    authorization_header: str = "authorization"
    form: Mapping[str, str] | None = None
    json: bytes | None = None
    max_body_bytes: int
    caching: Caching | None = None

    def __str__(self) -> str:
        return f"{self.method} {without_query(self.url)}"


class HttpClient:
    """Asks, follows redirects, retries, and bounds. Safe to use from several threads.

    Every request is one that may be repeated: this client reads, it writes nothing anywhere.
    """

    def __init__(
        self,
        *,
        reach: Reach | None = None,
        transport: httpx.BaseTransport | None = None,
        cache: Path | None = None,
        limits: HttpLimits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        pacing: Pacing | None = None,
    ) -> None:
        """`reach` is what may be asked; without it, public hosts alone. `pacing` is shared with others that ask the same hosts.

        `cache` is the file that answers are kept in between runs (see `Caching`); it may be deleted whenever no run is on.

        `transport` stands for the network itself.
        """
        self.limits: Final = limits or HttpLimits()
        self._reach: Final = reach or Reach()
        self._sleep = sleep
        self._monotonic = monotonic
        self._client = httpx.Client(
            transport=network(transport, cache=cache, reach=self._reach),
            follow_redirects=False,
            timeout=httpx.Timeout(self.limits.read_timeout.total_seconds(), connect=self.limits.connect_timeout.total_seconds()),
            headers={"user-agent": f"rebuild-bot/{__version__}"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        self._pacing = pacing or Pacing(requests_per_host=self.limits.requests_per_host, now=now, sleep=sleep)

    @property
    def reach(self) -> Reach:
        """What may be asked."""
        return self._reach

    @property
    def pacing(self) -> Pacing:
        """What is known of each host's patience, for others that ask the same hosts."""
        return self._pacing

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        authorization: Secret | None = None,
        authorization_header: str = "authorization",
        form: Mapping[str, str] | None = None,
        json: bytes | None = None,
        max_body_bytes: int | None = None,
        caching: Caching | None = None,
    ) -> Answer:
        """The answer with its body in memory.

        `json` is the body of a question that is too long for an address; where it is sent to, it stays: a redirect is an error.
        `authorization` is the whole header value; it goes to the host of `url` and to no other that it may redirect to.
        `authorization_header` is the header that it stands in, for servers with one of their own (`X-Api-Key`).
        Without `caching` the answer comes from the server and is not kept.
        Raises HttpError: no connection, out of time, larger than `max_body_bytes`, a temporary status after all tries.
        """
        sink = io.BytesIO()
        answer = self.download(
            method,
            url,
            sink,
            headers=headers,
            authorization=authorization,
            authorization_header=authorization_header,
            form=form,
            json=json,
            max_body_bytes=max_body_bytes,
            caching=caching,
        )
        return replace(answer, body=sink.getvalue())

    def download(
        self,
        method: str,
        url: str,
        sink: BinaryIO,
        *,
        headers: Mapping[str, str] | None = None,
        authorization: Secret | None = None,
        authorization_header: str = "authorization",
        form: Mapping[str, str] | None = None,
        json: bytes | None = None,
        max_body_bytes: int | None = None,
        caching: Caching | None = None,
    ) -> Answer:
        """Like `request`, but the body goes into `sink` (emptied first), for answers too large to hold."""
        request = _Request(
            method=method,
            url=url,
            headers=headers or {},
            authorization=authorization,
            authorization_header=authorization_header,
            form=form,
            json=json,
            max_body_bytes=self.limits.max_body_bytes if max_body_bytes is None else max_body_bytes,
            caching=caching,
        )
        try:
            return self._retrying()(self._follow, request, sink)
        except HttpError as error:
            cause = error.__cause__
            if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout):
                until = self._pacing.after(self.limits.rest)
                why = f"{trouble(cause)}. {_CHECK_NETWORK}"
                self._pacing.leave_alone(host_of(str(cause.request.url)), until=until, why=why, cause=Cause.UNREACHED)
            raise

    def _retrying(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.limits.tries),
            wait=self._wait,
            retry=tenacity.retry_if_exception(self._is_worth_another_try),
            before_sleep=_log_retry,
            sleep=self._sleep,
            reraise=True,
        )

    @contextmanager
    def stream(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        authorization: Secret | None = None,
        max_body_bytes: int,
        total_timeout: timedelta,
    ) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """An answer and the pieces of its body as they come, for what is too large to keep. The body is not decoded.

        Until it begins, tries are repeated; one that breaks off raises HttpError. It counts as one request to the host till the end.
        """
        request = _Request(
            method="GET",
            url=url,
            headers={"accept-encoding": "identity", **(headers or {})},
            authorization=authorization,
            max_body_bytes=max_body_bytes,
        )
        response, opened = self._retrying()(self._open, request)
        with opened:
            answer = Answer(method="GET", url=str(response.url), status=response.status_code, headers=response.headers)
            yield answer, self._pieces(request, response, total_timeout)

    def _open(self, request: _Request) -> tuple[httpx.Response, ExitStack]:
        """The answer at the end of the redirects, and what closes it."""
        for _ in range(self.limits.redirects + 1):
            host = self._permitted(request)
            with ExitStack() as stack, _translated(request):
                stack.enter_context(self._pacing.place(host))
                self._wait_for(host, request)
                extensions = request_extensions(authorization=request.authorization, caching=None)
                response = stack.enter_context(
                    self._client.stream(request.method, request.url, headers=request.headers, extensions=extensions)
                )
                if response.status_code in _TEMPORARY:
                    raise self._temporary(request, response)
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or location is None:
                    return response, stack.pop_all()
            request = self._redirected(request, location)
        raise HttpError(f"{request}: more than {self.limits.redirects} redirects. Check the address.")

    def _pieces(self, request: _Request, response: httpx.Response, total_timeout: timedelta) -> Iterator[bytes]:
        deadline = self._monotonic() + total_timeout.total_seconds()
        size = 0
        with _translated(request):
            for piece in response.iter_raw(_PIECE):
                size += len(piece)
                if size > request.max_body_bytes:
                    raise _too_large(request)
                if self._monotonic() > deadline:
                    raise _too_slow(request, total_timeout)
                yield piece

    def _follow(self, request: _Request, sink: BinaryIO) -> Answer:
        for _ in range(self.limits.redirects + 1):
            answer = self._once(request, sink)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            request = self._redirected(request, location)
        raise HttpError(f"{request}: more than {self.limits.redirects} redirects. Check the address.")

    def _redirected(self, request: _Request, location: str) -> _Request:
        try:
            target = httpx.URL(request.url).join(location)
        except httpx.InvalidURL as error:
            raise HttpError(f"{request}: redirects to what is no address ({location[:200]!r}). {_REPORT}") from error
        if target.scheme not in {"http", "https"}:
            raise HttpError(f"{request}: redirects to {target.scheme}:, which is no web address and not followed. {_REPORT}")
        if target.scheme == "http" and request.url.startswith("https:"):
            raise HttpError(f"{request}: redirects from https to http, which anybody on the way could change: not followed. {_REPORT}")
        if request.json is not None:
            raise HttpError(f"{request}: redirects to {without_query(str(target))}, where the question is not sent. Check the address.")
        stays = origin(str(target)) == origin(request.url)
        return replace(
            request,
            method=request.method if request.form is None else "GET",
            url=str(target),
            authorization=request.authorization if stays else None,
            form=None,
        )

    def _once(self, request: _Request, sink: BinaryIO) -> Answer:
        host = self._permitted(request)
        with self._pacing.place(host), _translated(request):
            self._wait_for(host, request)
            return self._exchange(request, sink)

    def _wait_for(self, host: str, request: _Request) -> None:
        """Until the host may be asked; by who has a place already, lest those who wait for one come at a time when nobody may."""
        try:
            self._pacing.wait(host, longest=self.limits.longest_wait)
        except ClosedError as error:
            raise _LastingError(f"{request}: {error}", is_temporary=True, retry_at=error.closed.until) from error

    def _permitted(self, request: _Request) -> str:
        """Host and port of a request that may be sent as it is; where the host stands is checked when it is connected to."""
        try:
            host = host_of(request.url)
            name, port = host_and_port(request.url)
            self._reach.check_name(name, port)
        except AddressError as error:
            raise HttpError(str(error)) from error
        except RefusedHostError as error:
            raise HttpError(f"{request}: {error}.") from error
        shows_credentials = request.authorization is not None or request.form is not None
        if shows_credentials and request.url.startswith("http:") and not self._reach.may_show_credentials(name, port):
            remedy = f"Use https, or set plain_http for {host} under registries or scanners in the configuration"
            raise HttpError(f"{request}: credentials are not sent without TLS. {remedy}.")
        return host

    def _exchange(self, request: _Request, sink: BinaryIO) -> Answer:
        deadline = self._monotonic() + self.limits.total_timeout.total_seconds()
        extensions = request_extensions(
            authorization=request.authorization, authorization_header=request.authorization_header, caching=request.caching
        )
        headers = request.headers if request.json is None else {**request.headers, "content-type": "application/json"}
        with self._client.stream(
            request.method, request.url, headers=headers, data=request.form, content=request.json, extensions=extensions
        ) as response:
            if response.status_code in _TEMPORARY:
                raise self._temporary(request, response)
            sink.seek(0)
            sink.truncate()
            size = 0
            for piece in response.iter_bytes():
                size += len(piece)
                if size > request.max_body_bytes:
                    raise _too_large(request)
                if self._monotonic() > deadline:
                    raise _too_slow(request, self.limits.total_timeout)
                sink.write(piece)
            return Answer(
                method=request.method,
                url=request.url,
                status=response.status_code,
                headers=response.headers,
                is_kept=response.extensions.get(KEPT) is True,
            )

    def _temporary(self, request: _Request, response: httpx.Response) -> HttpError:
        retry_at = self._pacing.retry_at(response.headers.get("retry-after"))
        resumes = f" It may be asked again at {retry_at:%Y-%m-%d %H:%M:%S} UTC." if retry_at else " Run again later."
        error = HttpError(
            f"{request}: {response.status_code} {response.reason_phrase}.{resumes}",
            is_temporary=True,
            status=response.status_code,
            retry_at=retry_at,
        )
        if retry_at is not None:
            host, status = host_of(request.url), f"{response.status_code} {response.reason_phrase}".strip()
            why = f"{host} answered {status} before and is left alone until {retry_at:%Y-%m-%d %H:%M:%S} UTC. Run again then."
            self._pacing.leave_alone(host, until=retry_at, why=why, cause=Cause.LIMIT)
        return error

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, HttpError) and error.retry_at is not None:
            return self._pacing.wait_until(error.retry_at).total_seconds()
        return float(tenacity.wait_random_exponential(multiplier=1, max=20)(state))

    def _is_worth_another_try(self, error: BaseException) -> bool:
        if not isinstance(error, HttpError) or isinstance(error, _LastingError) or not error.is_temporary:
            return False
        return error.retry_at is None or self._pacing.wait_until(error.retry_at) <= self.limits.longest_wait


def _too_large(request: _Request) -> HttpError:
    remedy = "Check what answers at this address; if it is right, leave its pins out (`rebuild-bot: ignore`)"
    return HttpError(f"{request}: the answer is larger than {in_words(request.max_body_bytes)}, which is not read. {remedy}.")


def _too_slow(request: _Request, timeout: timedelta) -> HttpError:
    return _LastingError(f"{request}: not answered whole within {timeout.total_seconds():.0f} s. Run again later.", is_temporary=True)


@contextmanager
def _translated(request: _Request) -> Iterator[None]:
    """What the library below raises, as HttpError."""
    try:
        yield
    except RefusedHostError as error:
        raise HttpError(f"{request}: {error}.") from error
    except httpx.TransportError as error:
        log.info("http.not_reached", request=str(request), error=f"{type(error).__name__}: {error}")
        raise HttpError(f"{request}: {trouble(error)}. {_CHECK_NETWORK}", is_temporary=True) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
        log.info("http.not_asked", request=str(request), error=f"{type(error).__name__}: {error}")
        raise HttpError(f"{request}: {trouble(error)}. Check the address.") from error


def _log_retry(state: tenacity.RetryCallState) -> None:
    request = state.args[0]
    error = state.outcome.exception() if state.outcome else None
    wait = state.next_action.sleep if state.next_action else 0.0
    log.info("http.retried", request=str(request), attempt=state.attempt_number, wait_seconds=round(wait, 3), error=str(error))
