"""One message to an address that is a secret itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bot.model.failure import Failure
from bot.model.secret import Secret

_SECONDS: Final = 15.0
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Webhook:
    """An incoming webhook of a chat, as Slack has them."""

    url: Secret

    def announce(self, message: Mapping[str, Any]) -> Failure | None:
        """Send a message once: twice said is worse than not said. What failed comes back; the address is never in it."""
        return _post(self.url, message)


def _post(url: Secret, message: Mapping[str, Any]) -> Failure | None:
    host = host_of(url)
    if not host:
        return Failure(where="webhook", what="its address is no https URL", remedy="Set REBUILD_BOT_WEBHOOK_URL to what the chat gave.")
    where = f"webhook at {host}"
    try:
        answer = httpx.post(url.reveal(), json=dict(message), timeout=_SECONDS, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        # The library's own words may hold the address.
        what = "it did not answer in time" if isinstance(error, httpx.TimeoutException) else "it could not be reached"
        return Failure(where=where, what=what, remedy="Check the network and the address.")
    if answer.is_success:
        return None
    return Failure(where=where, what=f"it answered {answer.status_code}", remedy="Check whether the webhook still exists.")


def host_of(url: Secret) -> str:
    """The host alone; empty where the address is none that may be used: https, or http on this machine."""
    try:
        parts = urlsplit(url.reveal())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return host if parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK) else ""
