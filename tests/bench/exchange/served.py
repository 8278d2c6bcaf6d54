"""The sandbox's GitHub with tarballs and an answer to many blobs by one GraphQL document, and a relay that counts bytes."""

import gzip
import socket
import socketserver
import threading
from contextlib import suppress
from typing import Final, Self
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from bot.clients.git.command import BareRepo
from bot.clients.text import is_binary
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.github.git_store import GitStore

_PIECE_BYTES: Final = 64 * 1024
_MAX_TEXT_BYTES: Final = 512 * 1024
"""Of a text there is no more, as in the sandbox's own GraphQL."""


class Served:
    """ASGI app. Answers of the API are compressed, as GitHub's are for who takes that; those of git are not."""

    def __init__(self, github: GitHubSandbox) -> None:
        self._github: Final = github
        own = [
            Route("/api/v3/repos/{owner}/{repo}/tarball/{ref}", self._moved),
            Route("/codeload/{owner}/{repo}/{ref}", self._tarball),
            Route("/api/blobs", self._blobs, methods=["POST"]),
            Mount("/", github.app),
        ]
        self._compressed: Final = GZipMiddleware(Starlette(routes=own), compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._github.app if ".git/" in scope["path"] else self._compressed
        await app(scope, receive, send)

    def _moved(self, request: Request) -> Response:
        """GitHub gives tarballs at another host, by an address that is made for the asker."""
        given = request.path_params
        return RedirectResponse(f"/codeload/{given['owner']}/{given['repo']}/{given['ref']}", status_code=302)

    def _tarball(self, request: Request) -> Response:
        prefix = "--prefix={owner}-{repo}-{ref:.7}/".format(**request.path_params)
        packed = gzip.compress(self._store(request).git("archive", "--format=tar", prefix, request.path_params["ref"]), compresslevel=6)
        return Response(packed, media_type="application/x-gzip")

    async def _blobs(self, request: Request) -> Response:
        """Answers what `ways.document` asks, and reads no other GraphQL."""
        variables = (await request.json())["variables"]
        store = self._github.repo(f"{variables.pop('owner')}/{variables.pop('name')}").store
        contents = await run_in_threadpool(BareRepo(store.path).contents, list(dict.fromkeys(variables.values())))
        blobs = {f"b{name[1:]}": _blob(contents[oid]) for name, oid in variables.items()}
        return JSONResponse({"data": {"repository": blobs}})

    def _store(self, request: Request) -> GitStore:
        return self._github.repo("{owner}/{repo}".format(**request.path_params)).store


class Relay:
    """Context manager: `url` leads to the server at `target`, and all that goes either way is counted, headers too."""

    def __init__(self, target: str) -> None:
        self._target: Final = (urlsplit(target).hostname, urlsplit(target).port)
        self._lock: Final = threading.Lock()
        self.sent = 0
        self.received = 0

    def __enter__(self) -> Self:
        relay = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(relay._target) as there:
                    there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    back = threading.Thread(target=relay._pass_on, args=(there, self.request, "received"), daemon=True)
                    back.start()
                    relay._pass_on(self.request, there, "sent")
                    back.join()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def forget(self) -> None:
        with self._lock:
            self.sent = self.received = 0

    def _pass_on(self, source: socket.socket, sink: socket.socket, kind: str) -> None:
        # Counted before it goes on: whoever has the whole answer may ask for the count.
        with suppress(OSError):
            while piece := source.recv(_PIECE_BYTES):
                with self._lock:
                    setattr(self, kind, getattr(self, kind) + len(piece))
                sink.sendall(piece)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _blob(content: bytes) -> dict[str, object]:
    text = None if is_binary(content) else content[:_MAX_TEXT_BYTES].decode("utf-8", "replace")
    return {"text": text, "isTruncated": len(content) > _MAX_TEXT_BYTES, "isBinary": text is None}
