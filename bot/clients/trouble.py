"""What went wrong on the way to another machine, in words that people use: the one place that reads what libraries throw."""

import errno
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Final

_NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL})
_OF_THE_SYSTEM: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (socket.gaierror, "no machine of this name can be found"),
    (ssl.SSLError, "no secure connection could be made"),
    (ConnectionRefusedError, "nothing answers there"),
    (ConnectionError, "the connection was broken off"),
    (TimeoutError, "no answer in time"),
)
_KINDS: Final = (
    # By name, so that no library is loaded for it; the first that the name of a class of the error holds.
    ("Timeout", "no answer in time"),
    ("ProxyError", "the proxy does not let it through"),
    ("UnsupportedProtocol", "only http and https are asked"),
    ("InvalidURL", "this is no address"),
    ("Decoding", "the answer is packed in a way that can't be unpacked"),
    ("DecodeError", "the answer is packed in a way that can't be unpacked"),
    ("IncompleteRead", "the answer broke off"),
    ("ChunkedEncoding", "the answer broke off"),
    ("ReadError", "the answer broke off"),
    ("RemoteProtocol", "the answer broke off, or is no HTTP"),
    ("ProtocolError", "the answer broke off, or is no HTTP"),
    ("RetryError", "nothing but errors for an answer"),
    ("WriteError", "the connection was broken off"),
    ("ConnectError", "nothing answers there"),
    ("ConnectionError", "nothing answers there"),
)


def trouble(error: BaseException) -> str:
    """Why there is no usable answer, by the oldest cause that is known; never a library's own words."""
    chain = list(_causes(error))
    for cause in reversed(chain):
        if found := _of_the_system(cause):
            return found
    for cause in reversed(chain):
        names = [kind.__name__ for kind in type(cause).__mro__]
        for part, words in _KINDS:
            if any(part in name for name in names):
                return words
    return "it can't be asked"


def unreadable_json(error: ValueError | RecursionError) -> str:
    """Why an answer is no JSON."""
    if isinstance(error, RecursionError):
        return "no valid JSON (nested too deeply)"
    return f"no valid JSON (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else "no valid JSON"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and what is wrapped in those; each once."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__ or cause.__context__, getattr(cause, "reason", None), *cause.args]


def _of_the_system(cause: BaseException) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = getattr(cause, "verify_message", "") or "no reason given"
        return f"its certificate is not trusted ({reason})"
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
        return "no name can be looked up here: the network is missing, or its name server"
    if isinstance(cause, OSError) and cause.errno in _NO_WAY:
        return "there is no way to it from here"
    return next((words for kind, words in _OF_THE_SYSTEM if isinstance(cause, kind)), "")
