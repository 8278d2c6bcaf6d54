"""Which hosts may be asked: a name that a repo writes is an address that the bot visits, so what is not public must be named."""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import httpcore

from bot.clients.address import is_loopback

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that carry an IPv4 one in their last 32 bits (RFC 6052 section 2.1)."""
_KINDS: Final[tuple[tuple[str, Callable[[_Address], bool]], ...]] = (
    ("a loopback", lambda address: address.is_loopback),
    ("a link-local", lambda address: address.is_link_local),
    ("a private", lambda _: True),
)
_REMEDY: Final = "If it is yours, add the host to network.private_hosts in the configuration"


class RefusedHostError(Exception):
    """The host is not to be asked; the message says why and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What may be asked: every public host, and of the others those that the configuration names."""

    named: frozenset[str] = frozenset()
    """`host:port` of each address that the configuration holds."""
    private_hosts: tuple[str, ...] = ()
    """Hosts that may be at private addresses, at any port: globs (`*.corp.example`), addresses and networks (`10.0.0.0/8`)."""
    only_hosts: tuple[str, ...] = ()
    """Where not empty, globs of the only hosts that are asked besides `named`."""
    plain_http: frozenset[str] = frozenset()
    """`host:port` of those that credentials may be sent to without TLS."""
    resolve: Callable[..., Sequence[tuple[Any, ...]]] = socket.getaddrinfo
    """Looks a name up, as `socket.getaddrinfo` does."""

    def check_name(self, host: str, port: int) -> None:
        """Raises RefusedHostError where the list of allowed hosts leaves this one out."""
        name = host.lower().rstrip(".")
        if self.only_hosts and self._key(name, port) not in self.named and not _fits(name, self.only_hosts):
            raise RefusedHostError(f"{host} is not among network.only_hosts of the configuration. Add it there if it shall be asked")

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host that may be connected to, in the resolver's order.

        Raises RefusedHostError where there are only others, and OSError where the name has none.
        """
        self.check_name(host, port)
        found = self.resolve(host, port, type=socket.SOCK_STREAM)
        addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = tuple(address for address in addresses if self._may_be_at(host, port, address))
        if not allowed:
            address = addresses[0] if addresses else host
            kind = next(kind for kind, holds in _KINDS if holds(_inner(address)))
            where = f"{host} is" if host == address else f"{host} stands for {address},"
            raise RefusedHostError(f"{where} {kind} address, which is not asked on a file's word. {_REMEDY}")
        return allowed

    def may_show_credentials(self, host: str, port: int) -> bool:
        """Whether credentials may go to a host over plain HTTP."""
        return is_loopback(host) or self._key(host.lower().rstrip("."), port) in self.plain_http

    def _may_be_at(self, host: str, port: int, address: str) -> bool:
        inner = _inner(address)
        if inner.is_global and not inner.is_multicast:
            return True
        name = host.lower().rstrip(".")
        return self._key(name, port) in self.named or _fits(name, self.private_hosts) or _lies_in(inner, self.private_hosts)

    @staticmethod
    def _key(name: str, port: int) -> str:
        return f"{name}:{port}"


class ReachBackend(httpcore.NetworkBackend):
    """Connects to permitted addresses alone. The name is looked up here and nowhere else, so that no second answer can differ."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._below: Final = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._reach.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} can't be found") from error
        for number, address in enumerate(addresses, 1):
            try:
                return self._below.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise AssertionError("a host without addresses is refused before")


def _inner(address: str) -> _Address:
    """The address that is really met: that of IPv4 where it is wrapped in one of IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed
    if parsed in _NAT64:
        return ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)
    return parsed.ipv4_mapped or parsed.sixtofour or parsed


def _fits(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob.lower()) for glob in globs)


def _lies_in(address: _Address, entries: Iterable[str]) -> bool:
    for entry in entries:
        try:
            if address in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False
