"""One server on the wire: its address, its credential, and what its answers mean before anybody reads them."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx

from bot.assess.fields import Object, UnreadableError, mapping
from bot.clients.http import Answer, HttpClient, HttpError
from bot.clients.json_text import read_json
from bot.clients.paging import PagingError, pages
from bot.model.secret import Secret

MAX_PAGES: Final = 200
_DENIED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_SUCCESSES: Final = range(200, 300)


class DeniedError(Exception):
    """The server lets us not ask this; the message says what, where, and the remedy."""

    def __init__(self, message: str, *, is_of_login: bool = False) -> None:
        super().__init__(message)
        self.is_of_login = is_of_login
        """Whether it is who asks that it does not know: so it will be with each other question."""


class DownError(Exception):
    """No usable answer: not reached, too slow, too large, limited, a 5xx, or a status that makes no sense; the message says which."""


def _nothing() -> Secret:
    return Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What the environment holds for a server; all that is not named is empty."""

    username: str = ""
    password: Secret = field(default_factory=_nothing)
    token: Secret = field(default_factory=_nothing)

    def basic(self) -> "Credential | None":
        """By user name and password (RFC 7617); None: they are not there."""
        if not self.username or not self.password:
            return None
        pair = b64encode(f"{self.username}:{self.password.reveal()}".encode()).decode()
        return Credential(value=Secret(f"Basic {pair}"))

    def bearer(self) -> "Credential | None":
        """By the token (RFC 6750); None: it is not there."""
        return Credential(value=Secret(f"Bearer {self.token.reveal()}")) if self.token else None

    def own(self, header: str) -> "Credential | None":
        """By the token in a header of the server's own; None: it is not there."""
        return Credential(value=self.token, header=header) if self.token else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A header that goes to the server and to nobody that it may redirect to."""

    value: Secret
    header: str = "authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer whose status means something to who asked: a success, or one that was expected."""

    answer: Answer

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def data(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The body as JSON. Raises UnreadableError."""
        if not self.answer.body:
            raise UnreadableError("its answer is empty")
        try:
            return read_json(self.answer.body)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("its answer is no valid JSON") from error

    @property
    def document(self) -> Object:
        """The body as a JSON object. Raises UnreadableError."""
        data = self.data
        if not isinstance(data, dict):
            raise UnreadableError("its answer is no JSON object")
        return mapping(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Asks one server. Safe to use from several threads."""

    http: HttpClient
    base_url: str
    """No slash at its end."""
    login: Login
    now: Callable[[], datetime]
    """The time of day, by which signed tokens live; not that at which the run began."""
    issuer: str = ""
    """The name under which signed tokens are issued, for servers that want such."""
    application: str = ""
    """The one that an image is scanned for, for servers that know applications."""
    stage: str = ""
    """Of that application."""
    organization: str = ""
    """The one that owns the images, for servers that know organizations."""

    def ask(
        self,
        method: str,
        path: str,
        *,
        credential: Credential | None = None,
        headers: Mapping[str, str] | None = None,
        json: bytes | None = None,
        form: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> Said:
        """What the server says to a path below its address (with its query).

        `expected` are statuses beside the successes that mean something to who asks. Raises DeniedError and DownError.
        """
        return self._asked(
            f"{self.base_url}{path}",
            method=method,
            credential=credential,
            headers=headers or {},
            json=json,
            form=form,
            expected=expected,
        )

    def pages(self, path: str, *, credential: Credential | None = None, headers: Mapping[str, str] | None = None) -> Iterator[Said]:
        """The page at a path, and all that Link headers lead to from it. Raises DeniedError and DownError."""

        def ask(url: str) -> Answer:
            return self._asked(url, credential=credential, headers=headers or {}).answer

        try:
            yield from (Said(answer=answer) for answer in pages(f"{self.base_url}{path}", ask, max_pages=MAX_PAGES))
        except PagingError as error:
            raise DownError(str(error)) from error

    def _asked(
        self,
        url: str,
        *,
        method: str = "GET",
        credential: Credential | None,
        headers: Mapping[str, str],
        json: bytes | None = None,
        form: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> Said:
        try:
            answer = self.http.request(
                method,
                url,
                headers={"accept": "application/json", **headers},
                authorization=credential.value if credential else None,
                authorization_header=credential.header if credential else "authorization",
                json=json,
                form=form,
            )
        except HttpError as error:
            raise DownError(str(error)) from error
        if answer.status in _SUCCESSES or answer.status in expected:
            return Said(answer=answer)
        if answer.status in _DENIED:
            shown = "its credential is not enough" if credential else "it wants a credential, and the configuration names none that is set"
            raise DeniedError(
                f"{answer}: {shown}. Check what `scanners` names for it, and what that may read",
                is_of_login=answer.status == httpx.codes.UNAUTHORIZED,
            )
        raise DownError(f"{answer}: an answer that means nothing here. Check the address under `scanners`")
