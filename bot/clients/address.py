"""Addresses of web servers: which may be asked, and what of them may be shown."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

import httpx

_SERVER_API: Final = "/api/v3"
_HOST: Final = re.compile(r"[A-Za-z0-9._:\[\]-]+", re.ASCII)


class AddressError(ValueError):
    """The text is no address of a web server; the message says so."""


def host_of(url: str) -> str:
    """Host and port of an address that may be asked. Raises AddressError for any other."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise AddressError(f"{url[:200]!r} is no address: {error}. Check it.") from error
    host = parts.netloc.decode()
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise AddressError(f"{url[:200]!r} is no address of a web server. Check it.")
    return host


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL, default ports spelled out. Raises httpx.InvalidURL."""
    parts = httpx.URL(url)
    return parts.scheme, parts.host, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def without_query(url: str) -> str:
    """The URL without user information, query and fragment, fit for logs and messages."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return repr(url[:200])
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def is_loopback(host: str) -> bool:
    """Whether a host of a URL is this machine, where plain HTTP is as good as TLS (the rule of Docker's insecure registries)."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_and_port(url: str) -> tuple[str, int]:
    """The host of an address that may be asked, without brackets, and its port. Raises AddressError."""
    host_of(url)
    parts = httpx.URL(url)
    return parts.host, parts.port or (443 if parts.scheme == "https" else 80)


def git_prefix(base_url: str) -> str:
    """What the clone addresses of a GitHub begin with, by the address of its REST API: `https://github.com/`, `https://host:8443/prefix/`.

    An Enterprise server has its API at /api/v3 below where its repos are; GitHub, and its data residencies, on a host of its own.
    """
    address = urlsplit(base_url)
    path = address.path.rstrip("/")
    if path.endswith(_SERVER_API):
        return f"{address.scheme}://{address.netloc}{path.removesuffix(_SERVER_API)}/"
    return f"{address.scheme}://{address.netloc.removeprefix('api.')}{path}/"
