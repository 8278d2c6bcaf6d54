"""Between HTTP and the routes: who asks, rate limits, conditional requests, pages, and GitHub's headers."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from threading import RLock
from typing import Any, Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.clock import Clock
from bot.sandbox.github.git_store import ConflictError
from bot.sandbox.github.rest import ANONYMOUS_LIMIT, Answer, ApiError, Call, Handler, LimitError, Page, number
from bot.sandbox.github.state import Limit, Token, World

_DOCUMENTATION: Final = "https://docs.github.com/rest"
_MAX_PAGE_SIZE: Final = 100
_MAX_REQUEST_BYTES: Final = 100 * 1024 * 1024
_READING_METHODS: Final = frozenset({"GET", "HEAD"})


class Gate:
    """Turns requests into calls and answers into responses; one call at a time, for git and the state have one writer."""

    def __init__(self, world: World, clock: Clock, lock: RLock) -> None:
        self.world: Final = world
        self.clock: Final = clock
        self._lock: Final = lock
        self._anonymous: Final = Limit(limit=ANONYMOUS_LIMIT)
        self._apps: Final = Limit(limit=world.requests_per_hour)

    async def answer(self, request: Request, handler: Handler, *, resource: str = "core") -> Response:
        body = await request.body()
        return await run_in_threadpool(self._answer, request, body, handler, resource)

    def _answer(self, request: Request, body: bytes, handler: Handler, resource: str) -> Response:
        with self._lock:
            limit, token = self._renewed(self._anonymous), None
            try:
                token = self.token_of(request)
                limit = self._limit(request, token, resource)
                self._check(request, body, limit)
                call = Call(
                    world=self.world,
                    clock=self.clock,
                    request=request,
                    token=token,
                    body=_parsed(body),
                    base=f"{_origin(request)}{request.scope.get('root_path', '')}",
                )
                response = _response(call, handler(call))
            except LimitError as error:
                # GraphQL says it with 200.
                response = (
                    _error(error) if resource == "core" else JSONResponse({"errors": [{"type": "RATE_LIMITED", "message": error.message}]})
                )
            except ApiError as error:
                response = _error(error)
            except ConflictError as error:
                response = _error(ApiError(409, str(error)))
            is_free = response.status_code == 304 or request.url.path.endswith("/rate_limit")  # noqa: PLR2004 - not modified
            if not is_free and limit.used < limit.limit:
                limit.used += 1
            if token is not None and token.scopes is not None:
                response.headers["x-oauth-scopes"] = ", ".join(token.scopes)
            for name, value in _limit_headers(limit, resource).items():
                response.headers[name] = value
            return response

    def token_of(self, request: Request) -> Token | None:
        """None: nobody in particular asks. Raises ApiError for a credential that is not known."""
        text = credential(request.headers.get("authorization", ""))
        if text is None:
            return None
        token = self.world.tokens.get(text)
        if token is None:
            # The routes of Apps read the signed assertion themselves.
            if text.count(".") == 2 and ("/app" in request.url.path or request.url.path.endswith("/installation")):  # noqa: PLR2004 - JWT
                return None
            raise ApiError(401, "Bad credentials")
        return token

    def _limit(self, request: Request, token: Token | None, resource: str) -> Limit:
        if token is not None:
            return self._renewed(token.limits.setdefault(resource, Limit(limit=self.world.requests_per_hour)))
        return self._renewed(self._anonymous if credential(request.headers.get("authorization", "")) is None else self._apps)

    def _renewed(self, limit: Limit) -> Limit:
        """Of this hour, by the sandbox's clock."""
        now = self.clock()
        if limit.resets_at is None or limit.resets_at <= now:
            limit.resets_at = now + timedelta(hours=1)
            limit.used = 0
        return limit

    def _check(self, request: Request, body: bytes, limit: Limit) -> None:
        if limit.used >= limit.limit and not request.url.path.endswith("/rate_limit"):
            who = "127.0.0.1" if limit is self._anonymous else "user"
            raise LimitError(
                403, f"API rate limit exceeded for {who}. If you reach out to GitHub Support for help, please include the request ID."
            )
        if len(body) > _MAX_REQUEST_BYTES:
            raise ApiError(413, "Request Entity Too Large")


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def credential(header: str) -> str | None:
    """The token in an Authorization header: `token X`, `Bearer X`, or the password of basic authentication."""
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "":
            return None
        case "basic":
            try:
                user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return ""
            return password if password not in {"", "x-oauth-basic"} else user
        case _:
            return value.strip()


def _limit_headers(limit: Limit, resource: str) -> dict[str, str]:
    reset = 0 if limit.resets_at is None else int(limit.resets_at.timestamp())
    return {
        "x-ratelimit-limit": str(limit.limit),
        "x-ratelimit-remaining": str(limit.limit - limit.used),
        "x-ratelimit-used": str(limit.used),
        "x-ratelimit-reset": str(reset),
        "x-ratelimit-resource": resource,
    }


def _parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "Problems parsing JSON") from error
    if not isinstance(parsed, dict | list):
        raise ApiError(400, "Body should be a JSON object")
    return parsed if isinstance(parsed, dict) else {"": parsed}


def _response(call: Call, answer: Answer) -> Response:
    headers = dict(answer.headers)
    data = answer.data
    if isinstance(data, Page):
        data, headers["link"] = _part(call, data)
        if not headers["link"]:
            del headers["link"]
    if data is None:
        return Response(status_code=answer.status, headers=_common(headers))
    content = json.dumps(data).encode()
    if call.request.method in _READING_METHODS and answer.status == 200:  # noqa: PLR2004 - OK
        etag = f'W/"{hashlib.sha256(content).hexdigest()}"'
        headers |= {"etag": etag, "cache-control": "private, max-age=60, s-maxage=60", "vary": "Accept, Authorization, Cookie"}
        if etag in call.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=_common(headers))
    return Response(content, status_code=answer.status, media_type="application/json; charset=utf-8", headers=_common(headers))


def _error(error: ApiError) -> Response:
    data: dict[str, Any] = {"message": error.message}
    if error.errors:
        data["errors"] = list(error.errors)
    data |= {"documentation_url": _DOCUMENTATION, "status": str(error.status)}
    return Response(json.dumps(data), status_code=error.status, media_type="application/json; charset=utf-8", headers=_common({}))


def _common(headers: Mapping[str, str]) -> dict[str, str]:
    return {"x-github-media-type": "github.v3; format=json", "x-github-request-id": "0000:SANDBOX", **headers}


def _part(call: Call, page: Page) -> tuple[Any, str]:
    """One page as JSON, and the Link header that leads to the others."""
    size = min(max(number(call.query("per_page", "30")) or 30, 1), _MAX_PAGE_SIZE)
    page_number = max(number(call.query("page", "1")), 1)
    last = max(-(-len(page.items) // size), 1)
    shown = [page.shape(item) for item in page.items[(page_number - 1) * size : page_number * size]]
    targets = {"prev": page_number - 1, "next": page_number + 1, "last": last, "first": 1}
    links = [
        f'<{_address(call, target)}>; rel="{name}"'
        for name, target in targets.items()
        if 1 <= target <= last and not (name == "last" and page_number >= last) and not (name == "first" and page_number == 1)
    ]
    data = shown if page.total_key is None else {page.total_key[0]: len(page.items), page.total_key[1]: shown}
    return data, ", ".join(links)


def _address(call: Call, page: int) -> str:
    parameters = [(name, value) for name, value in call.request.query_params.multi_items() if name != "page"]
    return f"{_origin(call.request)}{call.request.url.path}?{urlencode([*parameters, ('page', str(page))])}"
