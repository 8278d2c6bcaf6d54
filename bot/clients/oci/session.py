"""Asking a registry: with the credential it wants, within its pull limit, through its pages; refusals become errors with a remedy."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

from bot.clients.address import origin, without_query
from bot.clients.http import Answer, HttpClient, HttpError
from bot.clients.http_cache import Caching, Validated
from bot.clients.oci.challenge import Authorizer, Challenge, ChallengeError, parse_challenges
from bot.clients.oci.credentials import CredentialError, Keychain, RegistryToken
from bot.clients.oci.endpoint import Endpoint
from bot.clients.oci.pull_limit import PullLimitError, PullLimits
from bot.clients.paging import PagingError, pages
from bot.model.failure import ToldError
from bot.model.secret import Secret

_MEBIBYTE: Final = 1 << 20
MAX_PAGE_BYTES: Final = 32 * _MEBIBYTE
_MAX_PAGES: Final = 10_000


class RegistryError(ToldError):
    """The registry refused, failed or sent nonsense; the message says what, where and the remedy."""

    def __init__(self, message: str, *, is_temporary: bool = False, status: int | None = None) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary
        self.status = status
        """Of the answer that refused, where there was one."""


class NotFoundError(RegistryError):
    """The registry answered: there is no such repository, tag or digest."""


class Session:
    """All requests to all registries go through here. Safe to use from several threads. Every method raises RegistryError."""

    def __init__(self, *, http: HttpClient, keychain: Keychain, now: Callable[[], datetime]) -> None:
        self._http = http
        self._keychain = keychain
        self._authorizer = Authorizer(http=http, now=now)
        self._pull_limits = PullLimits(now=now)
        self._lock = Lock()
        self._first: dict[str, Lock] = {}
        self._challenges: dict[str, tuple[Challenge, ...]] = {}
        """What each host answered last that wanted a credential; empty: it wants none."""

    def head(self, endpoint: Endpoint, path: str, *, accept: str) -> Answer:
        """The headers of what is at `path`; always from the registry itself."""
        return self._ask("HEAD", endpoint, endpoint.url(path), accept=accept, max_body_bytes=MAX_PAGE_BYTES, caching=None)

    def get(self, endpoint: Endpoint, path: str, *, max_body_bytes: int, accept: str = "*/*", caching: Caching | None = None) -> Answer:
        """What is at `path`."""
        return self._ask("GET", endpoint, endpoint.url(path), accept=accept, max_body_bytes=max_body_bytes, caching=caching)

    def pages(self, endpoint: Endpoint, path: str, *, accept: str = "*/*") -> Iterator[Answer]:
        """What is at `path`, and all that its Link headers lead to."""

        def ask(url: str) -> Answer:
            return self._ask("GET", endpoint, url, accept=accept, max_body_bytes=MAX_PAGE_BYTES, caching=Validated())

        try:
            yield from pages(endpoint.url(path), ask, max_pages=_MAX_PAGES)
        except PagingError as error:
            raise RegistryError(str(error)) from error

    @contextmanager
    def stream(self, endpoint: Endpoint, path: str, *, max_body_bytes: int, total_timeout: timedelta) -> Iterator[Iterator[bytes]]:
        """The pieces of what is at `path`, as they come; the repository was asked for something before, so how to ask is known."""
        with self._opened(endpoint, endpoint.url(path), {}, max_body_bytes, total_timeout) as (_, pieces):
            yield pieces

    def part(self, endpoint: Endpoint, path: str, *, start: int, size: int, total_timeout: timedelta) -> bytes | None:
        """So many bytes of what is at `path`. None: the registry, or its storage, gives only the whole, of which nothing is read."""
        wanted = f"bytes={start}-{start + size - 1}"
        with self._opened(endpoint, endpoint.url(path), {"range": wanted}, size, total_timeout) as (answer, pieces):
            given = answer.headers.get("content-range", "")
            if answer.status != httpx.codes.PARTIAL_CONTENT or not given.startswith(f"bytes {start}-{start + size - 1}/"):
                return None
            data = b"".join(pieces)
        return data if len(data) == size else None

    def pull_token(self, endpoint: Endpoint, path: str) -> Secret | None:
        """The short-lived token that the registry gave for the repository; None: it wants none, or a credential that lasts.

        `path` is asked for where it is not known yet how the registry wants to be asked.
        """
        if endpoint.host not in self._challenges:
            self.head(endpoint, path, accept="*/*")
        known = self._challenges.get(endpoint.host, ())
        credential = self._keychain.credential(endpoint.credential_host)
        if isinstance(credential, RegistryToken) or not any(challenge.scheme == "bearer" for challenge in known):
            return None
        try:
            return self._authorizer.authorization(known, endpoint, credential)
        except HttpError as error:
            raise RegistryError(str(error), is_temporary=error.is_temporary) from error
        except (ChallengeError, CredentialError) as error:
            raise RegistryError(str(error)) from error

    @contextmanager
    def _opened(
        self, endpoint: Endpoint, url: str, headers: Mapping[str, str], max_body_bytes: int, total_timeout: timedelta
    ) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        try:
            with ExitStack() as stack:
                answer, pieces = stack.enter_context(self._stream(endpoint, url, headers, max_body_bytes, total_timeout))
                challenges = parse_challenges(answer.headers) if _is_refused(answer, url) else ()
                if challenges:
                    stack.close()
                    self._challenges[endpoint.host] = challenges
                    self._authorizer.forget(endpoint)
                    answer, pieces = stack.enter_context(self._stream(endpoint, url, headers, max_body_bytes, total_timeout))
                if not answer.is_success:
                    raise _refusal(answer, endpoint, url)
                yield answer, pieces
        except HttpError as error:
            raise RegistryError(str(error), is_temporary=error.is_temporary) from error
        except (ChallengeError, CredentialError) as error:
            raise RegistryError(str(error)) from error

    def _stream(
        self, endpoint: Endpoint, url: str, headers: Mapping[str, str], max_body_bytes: int, total_timeout: timedelta
    ) -> AbstractContextManager[tuple[Answer, Iterator[bytes]]]:
        secret = self._known_authorization(endpoint)
        return self._http.stream(url, headers=headers, authorization=secret, max_body_bytes=max_body_bytes, total_timeout=total_timeout)

    def _known_authorization(self, endpoint: Endpoint) -> Secret | None:
        known = self._challenges.get(endpoint.host)
        credential = self._keychain.credential(endpoint.credential_host)
        return self._authorizer.authorization(known, endpoint, credential) if known else None

    def _ask(self, method: str, endpoint: Endpoint, url: str, *, accept: str, max_body_bytes: int, caching: Caching | None) -> Answer:
        counts_as_pull = method == "GET" and "/manifests/" in url
        try:
            if counts_as_pull:
                self._pull_limits.take(endpoint.host)
            answer = self._authorized(method, endpoint, url, accept=accept, max_body_bytes=max_body_bytes, caching=caching)
        except HttpError as error:
            raise RegistryError(str(error), is_temporary=error.is_temporary) from error
        except PullLimitError as error:
            raise RegistryError(f"{method} {without_query(url)}: {error}", is_temporary=True) from error
        except (ChallengeError, CredentialError) as error:
            raise RegistryError(str(error)) from error
        if not answer.is_kept:
            self._pull_limits.observe(endpoint.host, answer.headers)
        elif counts_as_pull:
            self._pull_limits.give_back(endpoint.host)
        if not answer.is_success:
            raise _refusal(answer, endpoint, url)
        return answer

    def _authorized(
        self, method: str, endpoint: Endpoint, url: str, *, accept: str, max_body_bytes: int, caching: Caching | None
    ) -> Answer:
        """Ask with what the host wanted last time; where it wants something else now, once more with that.

        The first question to a host is asked alone: the others then know already how to ask. Pages on a host that the registry
        redirected to are asked for anonymously.
        """
        if origin(url) != origin(endpoint.url("")):
            return self._http.request(method, url, headers={"accept": accept}, max_body_bytes=max_body_bytes, caching=caching)
        with self._alone_at_first(endpoint.host):
            secret = self._known_authorization(endpoint)
            answer = self._http.request(
                method, url, headers={"accept": accept}, authorization=secret, max_body_bytes=max_body_bytes, caching=caching
            )
            challenges = parse_challenges(answer.headers) if _is_refused(answer, url) else ()
            if not challenges:
                self._challenges.setdefault(endpoint.host, ())
                return answer
            self._challenges[endpoint.host] = challenges
        if secret is not None:
            self._authorizer.forget(endpoint)
        secret = self._known_authorization(endpoint)
        return self._http.request(
            method, url, headers={"accept": accept}, authorization=secret, max_body_bytes=max_body_bytes, caching=caching
        )

    def _alone_at_first(self, host: str) -> AbstractContextManager[object]:
        with self._lock:
            return nullcontext() if host in self._challenges else self._first.setdefault(host, Lock())


def _is_refused(answer: Answer, url: str) -> bool:
    """Whether the registry wants to be asked otherwise: what the storage behind a redirect wants is not what the registry wants."""
    return answer.status == httpx.codes.UNAUTHORIZED and origin(answer.url) == origin(url)


def _refusal(answer: Answer, endpoint: Endpoint, url: str) -> RegistryError:
    """What a status that is no success means, in the words of the registry's error body."""
    said = _said(answer)
    what = f"{answer}" + (f" ({said})" if said else "")
    match answer.status:
        case httpx.codes.NOT_FOUND:
            return NotFoundError(f"{what}. Check the {_asked_by(url)}.", status=answer.status)
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            remedy = f"Check that it exists and that `docker login {endpoint.credential_host}` may pull it."
            return RegistryError(f"{what}. {remedy}", status=answer.status)
        case _:
            return RegistryError(f"{what}. Check that {endpoint.host} is a registry.", status=answer.status)


def _asked_by(url: str) -> str:
    """What of an image's reference a question was made of: `name and the digest`."""
    path = unquote(urlsplit(url).path)
    if path.rpartition("/")[2].startswith(("sha256:", "sha512:")):
        return "name and the digest"
    return "name and the tag" if "/manifests/" in path else "name"


def _said(answer: Answer) -> str:
    """The codes and messages of an error body (distribution specification, "Error Codes"), short and printable."""
    try:
        errors = json.loads(answer.body[:65536])["errors"]
        said = "; ".join(f"{error.get('code')}: {error.get('message')}" for error in errors[:3])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ""
    return "".join(character if character.isprintable() else " " for character in said)[:300]
