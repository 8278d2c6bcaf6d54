"""A reading client of Notary v1 servers (Docker Content Trust): the signed metadata of a repository, as it is served."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from bot.clients.http import HttpClient
from bot.clients.oci.credentials import Keychain
from bot.clients.oci.endpoint import Endpoint
from bot.clients.oci.session import NotFoundError, Session
from bot.model.image import ImageReference

MAX_BYTES: Final = 8 << 20
"""Of one role: a repository of 50,000 signed tags."""


class NotaryClient:
    """Safe to use from several threads. It shows its own login, as `docker login HOST` keeps it, or none."""

    def __init__(
        self, server: str, *, http: HttpClient, keychain: Keychain, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`server` is an address: https://notary.example.com."""
        self._server: Final = urlsplit(server)
        self._session: Final = Session(http=http, keychain=keychain, now=now)

    def role(self, image: ImageReference, role: str) -> bytes | None:
        """The metadata of a role (`root`, `targets/releases`) of an image's repository; None: there is none. Raises RegistryError."""
        host = self._server.netloc
        endpoint = Endpoint(scheme=self._server.scheme, host=host, repository=image.name, credential_host=host)
        try:
            return self._session.get(endpoint, f"_trust/tuf/{role}.json", max_body_bytes=MAX_BYTES).body
        except NotFoundError:
            return None
