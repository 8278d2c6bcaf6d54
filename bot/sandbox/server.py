"""An ASGI app on loopback, served from a thread."""

import socket
import threading
from types import TracebackType
from typing import Final, Self, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.clients.reach import Reach
from bot.sandbox.faults import DROP_CONNECTION

LOOPBACK: Final = Reach(private_hosts=("127.0.0.0/8",))
"""What a client may reach that is to meet a server of this kind."""
_STOP_SECONDS: Final = 5


class Server:
    """Context manager: the app answers at `url` from entering to leaving.

    Each request is answered on the thread's event loop; an app that blocks shall use the thread pool.
    Raises OSError where the port is taken; port 0 takes a free one.
    """

    def __init__(self, app: ASGIApp, *, port: int = 0) -> None:
        self._app = app
        self._wanted_port = port
        self._socket: socket.socket | None = None
        self._running: tuple[_Uvicorn, threading.Thread] | None = None

    @property
    def port(self) -> int:
        if self._socket is None:
            raise RuntimeError("the server has no port yet; enter it first: `with server:`")
        return cast("int", self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Scheme, host and port, no slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        # Bound here, not in the thread: a port that is taken is the caller's to hear of.
        self._socket = _listening(self._wanted_port)
        config = uvicorn.Config(
            self._app,
            http=_DroppingProtocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        uvicorn_server = _Uvicorn(config)
        thread = threading.Thread(target=uvicorn_server.run, args=([self._socket],), name=f"sandbox-{self.port}", daemon=True)
        thread.start()
        uvicorn_server.has_started.wait()
        self._running = (uvicorn_server, thread)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._running is not None:
            uvicorn_server, thread = self._running
            uvicorn_server.should_exit = True
            thread.join(timeout=2 * _STOP_SECONDS)
            self._running = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _listening(port: int) -> socket.socket:
    # The protocol is named, for asyncio switches off Nagle's delay (40 ms for every answer) only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


class _Uvicorn(uvicorn.Server):
    """uvicorn, which tells by an event that it answers, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets=sockets)
        finally:
            self.has_started.set()


class _DroppingProtocol(H11Protocol):
    """HTTP/1.1 which hands the app, as an ASGI extension, a way to break the connection: ASGI itself has none."""

    def connection_made(self, transport) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        super().connection_made(transport)
        app = cast("ASGIApp", self.app)

        async def with_extension(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[DROP_CONNECTION] = transport.close
            await app(scope, receive, send)

        self.app = with_extension
