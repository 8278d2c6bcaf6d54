"""What lies below the HTTP client: the cache on disk, then the credentials, then the network."""

from pathlib import Path
from typing import Any, Final

import httpx

from bot.clients.http_cache import CACHING, Caching, CachingTransport
from bot.model.secret import Secret

_AUTHORIZATION: Final = "bot.authorization"


def request_extensions(*, authorization: Secret | None, caching: Caching | None) -> dict[str, Any]:
    """What a request carries for the transports below."""
    return {_AUTHORIZATION: authorization, CACHING: caching}


def network(transport: httpx.BaseTransport | None, *, cache: Path | None) -> httpx.BaseTransport:
    """The transports in their order. Credentials are put in below the cache, so that none is ever written to disk."""
    below = _Authorizing(transport or _Network())
    return below if cache is None else CachingTransport(below, cache)


class _Network(httpx.BaseTransport):
    """The real one. A client of its own, because a client with a transport of ours passes over the proxies of the environment."""

    def __init__(self) -> None:
        self._client = httpx.Client(follow_redirects=False, trust_env=True)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request, stream=True)

    def close(self) -> None:
        self._client.close()


class _Authorizing(httpx.BaseTransport):
    """Puts a request's credential into its header."""

    def __init__(self, below: httpx.BaseTransport) -> None:
        self._below = below

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        secret = request.extensions.get(_AUTHORIZATION)
        if not isinstance(secret, Secret):
            return self._below.handle_request(request)
        authorized = httpx.Request(
            request.method,
            request.url,
            headers=[*request.headers.raw, (b"authorization", secret.reveal().encode())],
            stream=request.stream,
            extensions={name: value for name, value in request.extensions.items() if name != _AUTHORIZATION},
        )
        return self._below.handle_request(authorized)

    def close(self) -> None:
        self._below.close()
