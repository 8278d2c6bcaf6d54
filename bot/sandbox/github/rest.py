"""What all REST routes share: who asks, what GitHub's errors look like, pages, conditional requests, rate limits."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.clock import Clock
from bot.sandbox.github.git_store import ConflictError
from bot.sandbox.github.state import Account, Issue, Limit, Pull, Repo, Token, World

log = structlog.get_logger()

DOCUMENTATION: Final = "https://docs.github.com/rest"
MAX_BODY_CHARACTERS: Final = 65_536
MAX_TITLE_CHARACTERS: Final = 256
_MAX_PAGE_SIZE: Final = 100
_MAX_REQUEST_BYTES: Final = 100 * 1024 * 1024
ANONYMOUS_LIMIT: Final = 60
_READING_METHODS: Final = frozenset({"GET", "HEAD"})


class ApiError(Exception):
    """What GitHub answers instead of the thing asked for."""

    def __init__(self, status: int, message: str, *, errors: Sequence[Mapping[str, str] | str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)


class LimitError(ApiError):
    """The hour's requests are used up."""


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def not_resolved(what: str) -> ApiError:
    """GraphQL's way to say it."""
    return ApiError(404, f"Could not resolve to {what}")


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> ApiError:
    """GitHub's 422: which field of what is wrong, and how."""
    error = {"resource": resource, "code": code, "field": field}
    return ApiError(422, "Validation Failed", errors=[error | {"message": message} if message else error])


def refused(resource: str, message: str) -> ApiError:
    """GitHub's 422 for what no single field can mend."""
    return ApiError(422, "Validation Failed", errors=[{"resource": resource, "code": "custom", "message": message}])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`data` is JSON, a Page of a list, or None for no body."""

    status: int = 200
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A list of which the request wants a part; each item becomes JSON by `shape`, and only those of the part."""

    items: Sequence[Any]
    shape: Callable[[Any], Any]
    total_key: tuple[str, str] | None = None
    """The keys (total, list) of an answer that wraps its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, understood as far as all routes need it."""

    world: World
    clock: Clock
    request: Request
    token: Token | None
    body: Any
    base: str
    """Scheme, host and port by which the client came."""

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def viewer(self) -> Account:
        """Raises ApiError for a request without credentials."""
        if self.token is None:
            raise ApiError(401, "Requires authentication")
        return self.token.account

    def path(self, name: str) -> str:
        """A part of the path; empty where the route has no such part."""
        return str(self.request.path_params.get(name, ""))

    def query(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def text(self, name: str, default: str | None = None) -> str | None:
        """A string of the body; None where it is absent or null."""
        value = self.body.get(name, default)
        return value if isinstance(value, str) else default

    def need(self, resource: str, name: str) -> str:
        """A string of the body that must be there."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise invalid(resource, name, "missing_field")
        return value

    def names(self, name: str) -> list[str]:
        """A list of strings of the body; GitHub takes labels as objects too."""
        items = self.body.get(name) or []
        return [str(item["name"]) if isinstance(item, dict) else str(item) for item in items]

    def repo(self) -> Repo:
        """The repo of the path, as far as who asks may see it."""
        repo = self.world.repo(f"{self.path('owner')}/{self.path('repo')}")
        if repo is None or (repo.is_private and self.token is None):
            raise not_found()
        return repo

    def writable_repo(self) -> Repo:
        _, repo = self.viewer, self.repo()
        self.check_writable(repo)
        return repo

    def check_writable(self, repo: Repo) -> None:
        """Raises ApiError where who asks may not change the repo."""
        viewer = self.viewer
        if self.token is not None and not self.token.may_write:
            of_app = "integration" if viewer.kind == "Bot" else "personal access token"
            raise ApiError(403, f"Resource not accessible by {of_app}")
        if repo.is_archived:
            raise ApiError(403, "Repository was archived so is read-only.")

    def issue(self, repo: Repo) -> Issue:
        issue = repo.issues.get(_number(self.path("number")))
        if issue is None:
            raise not_found()
        return issue

    def pull(self, repo: Repo) -> tuple[Issue, Pull]:
        issue = self.issue(repo)
        if issue.pull is None:
            raise not_found()
        return issue, issue.pull


Handler = Callable[[Call], Answer]
Routes = tuple[tuple[str, str, Handler], ...]
"""Method, path below the API's root, handler."""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


class Gate:
    """Turns requests into calls and answers into responses; one call at a time, for git and the state have one writer."""

    def __init__(self, world: World, clock: Clock, lock: RLock) -> None:
        self.world: Final = world
        self.clock: Final = clock
        self._lock: Final = lock
        self._anonymous: Final = Limit(limit=ANONYMOUS_LIMIT)

    async def answer(self, request: Request, handler: Handler, *, resource: str = "core") -> Response:
        body = await request.body()
        return await run_in_threadpool(self._answer, request, body, handler, resource)

    def _answer(self, request: Request, body: bytes, handler: Handler, resource: str) -> Response:
        with self._lock:
            limit = self._anonymous
            try:
                token = self.token_of(request)
                limit = self.limit(token, resource)
                self._check(request, body, limit)
                call = Call(
                    world=self.world,
                    clock=self.clock,
                    request=request,
                    token=token,
                    body=_parsed(body),
                    base=f"{request.url.scheme}://{request.url.netloc}",
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
            for name, value in limit_headers(limit, resource).items():
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

    def limit(self, token: Token | None, resource: str) -> Limit:
        """Of this hour, by the sandbox's clock."""
        default = Limit(limit=self.world.requests_per_hour)
        limit = self._anonymous if token is None else token.limits.setdefault(resource, default)
        now = self.clock()
        if limit.resets_at is None or limit.resets_at <= now:
            limit.resets_at = now + timedelta(hours=1)
            limit.used = 0
        return limit

    def _check(self, request: Request, body: bytes, limit: Limit) -> None:
        if limit.used >= limit.limit and not request.url.path.endswith("/rate_limit"):
            who = "user" if limit is not self._anonymous else "127.0.0.1"
            raise LimitError(
                403, f"API rate limit exceeded for {who}. If you reach out to GitHub Support for help, please include the request ID."
            )
        if len(body) > _MAX_REQUEST_BYTES:
            raise ApiError(413, "Request Entity Too Large")


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


def limit_headers(limit: Limit, resource: str) -> dict[str, str]:
    reset = 0 if limit.resets_at is None else int(limit.resets_at.timestamp())
    return {
        "x-ratelimit-limit": str(limit.limit),
        "x-ratelimit-remaining": str(limit.limit - limit.used),
        "x-ratelimit-used": str(limit.used),
        "x-ratelimit-reset": str(reset),
        "x-ratelimit-resource": resource,
    }


def check_text(resource: str, *, title: str | None = None, body: str | None = None) -> None:
    """GitHub's limits on what is written. Raises ApiError."""
    for name, text, most in (("title", title, MAX_TITLE_CHARACTERS), ("body", body, MAX_BODY_CHARACTERS)):
        if text is not None and len(text) > most:
            raise invalid(resource, name, "custom", f"{name} is too long (maximum is {most} characters)")


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
    data |= {"documentation_url": DOCUMENTATION, "status": str(error.status)}
    return Response(json.dumps(data), status_code=error.status, media_type="application/json; charset=utf-8", headers=_common({}))


def _common(headers: Mapping[str, str]) -> dict[str, str]:
    return {"x-github-media-type": "github.v3; format=json", "x-github-request-id": "0000:SANDBOX", **headers}


def _part(call: Call, page: Page) -> tuple[Any, str]:
    """One page as JSON, and the Link header that leads to the others."""
    size = min(max(_number(call.query("per_page", "30")) or 30, 1), _MAX_PAGE_SIZE)
    number = max(_number(call.query("page", "1")), 1)
    last = max(-(-len(page.items) // size), 1)
    shown = [page.shape(item) for item in page.items[(number - 1) * size : number * size]]
    targets = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    links = [
        f'<{_address(call, target)}>; rel="{name}"'
        for name, target in targets.items()
        if 1 <= target <= last and not (name == "last" and number >= last) and not (name == "first" and number == 1)
    ]
    data = shown if page.total_key is None else {page.total_key[0]: len(page.items), page.total_key[1]: shown}
    return data, ", ".join(links)


def _address(call: Call, page: int) -> str:
    parameters = [(name, value) for name, value in call.request.query_params.multi_items() if name != "page"]
    return f"{call.base}{call.request.url.path}?{urlencode([*parameters, ('page', str(page))])}"
