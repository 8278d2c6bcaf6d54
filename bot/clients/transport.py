"""What lies below the HTTP client: the cache on disk, then the credentials, then the network."""

import os
import ssl
import urllib.request
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import httpcore
import httpx

from bot.clients.address import host_and_port
from bot.clients.http_cache import CACHING, Caching, CachingTransport
from bot.clients.reach import Reach, ReachBackend
from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError
from bot.model.secret import Secret

_AUTHORIZATION: Final = "bot.authorization"
_AUTHORIZATION_HEADER: Final = "bot.authorization_header"


def request_extensions(
    *, authorization: Secret | None, authorization_header: str = "authorization", caching: Caching | None
) -> dict[str, Any]:
    """What a request carries for the transports below."""
    return {_AUTHORIZATION: authorization, _AUTHORIZATION_HEADER: authorization_header, CACHING: caching}


def network(transport: httpx.BaseTransport | None, *, cache: Path | None, reach: Reach) -> httpx.BaseTransport:
    """The transports in their order. Credentials are put in below the cache, so that none is ever written to disk."""
    below = _Authorizing(transport or _Network(reach))
    return below if cache is None else CachingTransport(below, cache)


class SurroundingsError(ToldError):
    """What the environment says of certificates or proxies can't be used; the message names the variable and the remedy."""

    exit_code = ExitCode.USAGE


def _context() -> ssl.SSLContext:
    """Raises SurroundingsError."""
    try:
        return _context_of(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except OSError as error:
        name = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "the built-in list of certificates")
        what = f"the certificates that {name} names can't be used: {error.strerror or error}"
        raise SurroundingsError(f"{what}. Correct the variable, or unset it.") from error


@lru_cache(maxsize=4)
def _context_of(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """One for all clients: to read the certificates takes a tenth of a second. httpx finds the file and the folder by itself."""
    return httpx.create_ssl_context()


def _by_way_of(scheme: str, url: str) -> httpx.BaseTransport:
    """Raises SurroundingsError."""
    try:
        return httpx.HTTPTransport(proxy=httpx.Proxy(url if "://" in url else f"http://{url}"), verify=_context())
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        # The address may hold a password.
        what = f"{scheme.upper()}_PROXY (or ALL_PROXY) names no proxy of a kind that is known"
        raise SurroundingsError(f"{what}. Write it as http://host:port, or unset it.") from error


class _Direct(httpx.HTTPTransport):
    """Without a proxy: connects to what may be reached."""

    def __init__(self, reach: Reach) -> None:
        context = _context()
        super().__init__(verify=context)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=ReachBackend(reach),
        )


class _Network(httpx.BaseTransport):
    """The real one: by way of the proxy that the environment names for an address, else directly.

    What a proxy connects to it alone decides; the address that this machine knows for the host is still held against the rules.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._direct: Final = _Direct(reach)
        named = urllib.request.getproxies()
        self._proxies: Final = {
            scheme: _by_way_of(scheme, url) for scheme in ("http", "https") if (url := named.get(scheme) or named.get("all"))
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        proxy = self._proxies.get(request.url.scheme)
        if proxy is None or urllib.request.proxy_bypass(request.url.host):
            return self._direct.handle_request(request)
        host, port = host_and_port(str(request.url))
        with suppress(OSError):  # Behind a proxy, names are often known to it alone.
            self._reach.addresses(host, port)
        return proxy.handle_request(request)

    def close(self) -> None:
        self._direct.close()
        for proxy in self._proxies.values():
            proxy.close()


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
            headers=[*request.headers.raw, (request.extensions[_AUTHORIZATION_HEADER].encode(), secret.reveal().encode())],
            stream=request.stream,
            extensions={name: value for name, value in request.extensions.items() if name != _AUTHORIZATION},
        )
        return self._below.handle_request(authorized)

    def close(self) -> None:
        self._below.close()
