"""git over smart HTTP: `git http-backend`, a CGI program, behind ASGI, streaming both ways."""

import asyncio
import contextlib
from collections.abc import Mapping
from threading import RLock
from typing import Final, TypeVar

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.sandbox.github.gate import Gate
from bot.sandbox.github.git_store import ENVIRONMENT
from bot.sandbox.github.merging import follow
from bot.sandbox.github.rest import ApiError
from bot.sandbox.github.state import Repo, Token

log = structlog.get_logger()

Pipe = TypeVar("Pipe", asyncio.StreamReader, asyncio.StreamWriter)

_CHUNK_BYTES: Final = 64 * 1024
_MAX_HEADER_BYTES: Final = 16 * 1024
_PUSH: Final = "git-receive-pack"
_FETCH: Final = "git-upload-pack"


class GitHttp:
    """ASGI endpoint for `/{owner}/{repo}/{service}`; a token is given as the password of any user name."""

    def __init__(self, gate: Gate, lock: RLock) -> None:
        self._gate: Final = gate
        self._lock: Final = lock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        service = request.query_params.get("service") or scope["path"].rpartition("/")[2]
        is_push = service == _PUSH
        request.state.is_write = is_push and request.method == "POST"
        try:
            repo, token = self._admitted(request, is_push=is_push)
        except ApiError as error:
            headers = {"www-authenticate": 'Basic realm="GitHub"'} if error.status == 401 else {}  # noqa: PLR2004 - unauthorized
            await PlainTextResponse(error.message, status_code=error.status, headers=headers)(scope, receive, send)
            return
        if service not in {_PUSH, _FETCH}:
            await PlainTextResponse("Please upgrade your git client.", status_code=403)(scope, receive, send)
            return
        variables = _variables(request, repo, "" if token is None else token.account.login)
        await self._run(request, send, variables, repo if request.state.is_write else None)

    def _admitted(self, request: Request, *, is_push: bool) -> tuple[Repo, Token | None]:
        with self._lock:
            token = self._gate.token_of(request)
            name = request.path_params["repo"].removesuffix(".git")
            repo = self._gate.world.repo(f"{request.path_params['owner']}/{name}")
            if token is None and (is_push or repo is None or repo.is_private):
                raise ApiError(401, "No anonymous write access.")
            if repo is None or (token is not None and not token.may_see(repo)):
                raise ApiError(404, "Repository not found.")
            if is_push and (repo.is_archived or (token is not None and not token.may_change(repo))):
                raise ApiError(403, "This repository was archived so it is read-only." if repo.is_archived else "Write access not granted.")
            return repo, token

    async def _run(self, request: Request, send: Send, variables: Mapping[str, str], pushed: Repo | None) -> None:
        """Hand the request to the backend and its answer to the client, both while they come.

        Not by a StreamingResponse: that one listens for a disconnect, and so takes away parts of the body that is still being read.
        """
        process = await asyncio.create_subprocess_exec(
            "git",
            "http-backend",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=variables,
            limit=_MAX_HEADER_BYTES,
        )
        feeding = asyncio.create_task(_feed(request, process))
        try:
            await _answer(process, send)
            await feeding
            await process.wait()
            if pushed is not None:
                # Before the answer ends: whoever pushed may ask the API next.
                await run_in_threadpool(self._follow, pushed)
            await send({"type": "http.response.body", "body": b""})
        finally:
            feeding.cancel()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    def _follow(self, repo: Repo) -> None:
        with self._lock:
            follow(repo, self._gate.clock())


async def _answer(process: asyncio.subprocess.Process, send: Send) -> None:
    """Everything but the end. A backend that says nothing leaves the server to answer 500."""
    output = _piped(process.stdout)
    head = await output.readuntil(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line)
    status = int(fields.pop("Status", "200").split()[0])
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    while chunk := await output.read(_CHUNK_BYTES):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _feed(request: Request, process: asyncio.subprocess.Process) -> None:
    given = _piped(process.stdin)
    try:
        async for chunk in request.stream():
            given.write(chunk)
            await given.drain()
    except ClientDisconnect:
        process.kill()
    except (BrokenPipeError, ConnectionResetError):
        log.debug("git.backend_stopped_reading", path=request.url.path)
    finally:
        given.close()


def _piped(end: Pipe | None) -> Pipe:
    if end is None:
        raise AssertionError("the backend was started with pipes")
    return end


def _variables(request: Request, repo: Repo, login: str) -> dict[str, str]:
    """The CGI environment; the backend unpacks gzip by itself."""
    service = request.url.path.removeprefix(request.scope.get("root_path", "")).split("/", 3)[3]
    headers = {
        "CONTENT_TYPE": "content-type",
        "CONTENT_LENGTH": "content-length",
        "HTTP_CONTENT_ENCODING": "content-encoding",
        "GIT_PROTOCOL": "git-protocol",
    }
    return {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(repo.store.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{service}",
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "REMOTE_USER": login,
        "REMOTE_ADDR": "127.0.0.1",
        **{name: request.headers[header] for name, header in headers.items() if header in request.headers},
    }
