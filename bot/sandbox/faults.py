"""Faults that can be switched on in front of any ASGI app, and the count of what was asked of it."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Final, Protocol, assert_never

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.partial_data import Hole, with_hole
from bot.sandbox.spoilt import cut_short, with_changed_body, without_header

DROP_CONNECTION: Final = "sandbox.drop_connection"
"""The ASGI extension by which `bot.sandbox.server` lets a fault close the connection."""

_READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_SECONDARY_LIMIT: Final = {
    "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID.",
    "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError:
    """Answered instead of the app: a 5xx, as from a proxy in front of it."""

    status: int = 502


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyRequests:
    """429, with `Retry-After` in whole seconds where it is given."""

    retry_after: timedelta | None = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondaryRateLimit:
    """GitHub's 403 for asking or writing too fast, in its words."""

    retry_after: timedelta | None = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedConnection:
    """Closed before the first byte of an answer; the app has not seen the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShort:
    """The app did its work, and the connection closes in the middle of its answer's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAnswer:
    """The app did its work, and the connection closes before its answer, so that nobody knows whether it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowAnswer:
    """The right answer, late."""

    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingHeader:
    """The right answer without one of its headers."""

    name: str = "Docker-Content-Digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangeAnswer:
    """Answered instead of the app: status 200 with something else than what was asked for, as from a proxy's sign-in page."""

    body: bytes = b"<html><body><h1>Please sign in</h1></body></html>"
    kind: str = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialData:
    """The app did its work, and its GraphQL answer comes with a hole (see `with_hole`): status 200, `data` and `errors`."""

    hole: Hole = Hole.BROKE_OFF
    where: float = 0.0


Fault = (
    ServerError
    | TooManyRequests
    | SecondaryRateLimit
    | DroppedConnection
    | CutShort
    | LostAnswer
    | SlowAnswer
    | MissingHeader
    | StrangeAnswer
    | PartialData
)


@dataclass(slots=True, kw_only=True)
class _Switch:
    route: str
    fault: Fault
    times: int | None
    after: int


class Chances(Protocol):
    """Decides for each request whether it fails."""

    def draw(self, route: str, number: int) -> Fault | None:
        """What the so-manieth request of a route meets; None: nothing."""


class Faults:
    """ASGI middleware, outermost. A route is `METHOD /path`, where `*` stands for anything, slashes too: `GET /v2/*/tags/list`, `* *`.

    A request counts as a write unless its method only reads; an app that knows better says so by `request.state.is_write`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._switches: list[_Switch] = []
        self._chances: Chances | None = None
        self._requests: Counter[str] = Counter()
        self._writes: Counter[str] = Counter()

    def switch_on(self, route: str, fault: Fault, *, times: int | None = None, after: int = 0) -> None:
        """From now on, let `after` matching requests through, then meet `times` with the fault (None: until `switch_off`)."""
        self._switches.append(_Switch(route=route, fault=fault, times=times, after=after))

    def leave_to(self, chances: Chances) -> None:
        """From now on, what no switch breaks may fail by chance (until `switch_off`)."""
        self._chances = chances

    def switch_off(self) -> None:
        self._switches.clear()
        self._chances = None

    def count(self, route: str = "*") -> int:
        """How many requests were made, failed ones too, since the start or `forget`."""
        return _sum(self._requests, route)

    @property
    def writes(self) -> int:
        """How many requests wanted to change something and reached the app."""
        return self._writes.total()

    def writes_to(self, route: str) -> int:
        return _sum(self._writes, route)

    @property
    def requests(self) -> dict[str, int]:
        """Every route asked for, most asked first."""
        return dict(self._requests.most_common())

    def forget(self) -> None:
        """Set all counts to zero."""
        self._requests.clear()
        self._writes.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = f"{scope['method']} {scope['path']}"
        self._requests[route] += 1
        fault = self._due(route)
        if fault is None and self._chances is not None:
            fault = self._chances.draw(route, self._requests[route])
        if fault is None:
            await self._ask_app(route, scope, receive, send)
        else:
            await self._meet(fault, route, scope, receive, send)

    async def _meet(self, fault: Fault, route: str, scope: Scope, receive: Receive, send: Send) -> None:
        match fault:
            case ServerError(status=status):
                await _answer(send, status=status, body=b"<html><body><h1>Server error</h1></body></html>", kind="text/html")
            case TooManyRequests(retry_after=retry_after):
                body = {"errors": [{"code": "TOOMANYREQUESTS", "message": "too many requests"}], "message": "too many requests"}
                await _answer(send, status=429, body=json.dumps(body).encode(), retry_after=retry_after)
            case SecondaryRateLimit(retry_after=retry_after):
                await _answer(send, status=403, body=json.dumps(_SECONDARY_LIMIT).encode(), retry_after=retry_after)
            case DroppedConnection():
                await _drop(scope, receive)
            case LostAnswer():
                await self._ask_app(route, scope, receive, _swallow)
                await _drop(scope, receive)
            case SlowAnswer(delay=delay):
                await asyncio.sleep(delay.total_seconds())
                await self._ask_app(route, scope, receive, send)
            case StrangeAnswer(body=body, kind=kind):
                await _answer(send, status=200, body=body, kind=kind)
            case CutShort() | MissingHeader() | PartialData():
                await self._ask_app(route, scope, receive, _spoilt(fault, scope, send))
            case _ as unreachable:
                assert_never(unreachable)

    async def _ask_app(self, route: str, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        state["is_write"] = scope["method"] not in _READING_METHODS

        async def counting(message: Message) -> None:
            # Before the client can read the answer and ask for the count.
            if message["type"] == "http.response.start" and state["is_write"]:
                self._writes[route] += 1
            await send(message)

        await self._app(scope, receive, counting)

    def _due(self, route: str) -> Fault | None:
        """The fault that this request meets; its switch is counted down."""
        for switch in self._switches:
            if switch.times == 0 or not fnmatchcase(route, switch.route):
                continue
            if switch.after > 0:
                switch.after -= 1
                continue
            if switch.times is not None:
                switch.times -= 1
            return switch.fault
        return None


def _sum(counts: Counter[str], route: str) -> int:
    # A copy: the server's thread goes on counting.
    return sum(count for asked, count in counts.copy().items() if fnmatchcase(asked, route))


async def _answer(send: Send, *, status: int, body: bytes, kind: str = "application/json", retry_after: timedelta | None = None) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    if retry_after is not None:
        headers.append((b"retry-after", str(int(retry_after.total_seconds())).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _drop(scope: Scope, receive: Receive) -> None:
    """Close the connection and wait until the server has noticed, for it answers 500 to an app that says nothing."""
    scope["extensions"][DROP_CONNECTION]()
    while (await receive())["type"] != "http.disconnect":
        pass


def _spoilt(fault: CutShort | MissingHeader | PartialData, scope: Scope, send: Send) -> Send:
    match fault:
        case CutShort():
            return cut_short(send, scope["extensions"][DROP_CONNECTION])
        case MissingHeader(name=name):
            return without_header(send, name)
        case PartialData(hole=hole, where=where):
            return with_changed_body(send, lambda body: with_hole(body, hole, where=where))
        case _ as unreachable:
            assert_never(unreachable)


async def _swallow(_message: Message) -> None:
    """Take the app's answer and let nobody have it."""
