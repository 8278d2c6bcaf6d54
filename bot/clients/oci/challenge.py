"""WWW-Authenticate challenges, and the tokens that answer them (distribution's "Token Authentication Specification")."""

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final, assert_never

import httpx
import structlog

from bot.clients.address import is_loopback, origin, without_query
from bot.clients.http import Answer, HttpClient
from bot.clients.oci.credentials import Credential, IdentityToken, Login, RegistryToken
from bot.clients.oci.endpoint import Endpoint
from bot.model.secret import Secret

log = structlog.get_logger()

_MAX_HEADER_CHARACTERS: Final = 8192
_MAX_TOKEN_BYTES: Final = 1 << 20
_SEPARATOR: Final = re.compile(r"[\s,]+", re.ASCII)
_PARAMETER: Final = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))', re.ASCII)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?=[\s,]|$)", re.ASCII)
_DEFAULT_LIFE: Final = timedelta(seconds=60)
"""Of a token whose life is not told (the specification's default)."""
_MARGIN: Final = timedelta(seconds=10)
_CLIENT_ID: Final = "rebuild-bot"
_READING_ACTIONS: Final = ("metadata_read",)
"""Asked for besides `pull` where a registry's challenge names them: Azure's for tag lists."""


class ChallengeError(Exception):
    """The registry can't be logged in to; the message says why, where and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """How a registry wants to be answered."""

    scheme: str
    """In small letters: `bearer`, `basic`."""
    parameters: dict[str, str] = field(default_factory=dict)


def parse_challenges(headers: httpx.Headers) -> tuple[Challenge, ...]:
    """The challenges of an answer's WWW-Authenticate headers, in order; what is no challenge is passed over (RFC 9110 section 11.6.1)."""
    return tuple(challenge for text in headers.get_list("www-authenticate") for challenge in _challenges(text[:_MAX_HEADER_CHARACTERS]))


def _challenges(text: str) -> list[Challenge]:
    found: list[Challenge] = []
    position = 0
    while position < len(text):
        separator = _SEPARATOR.match(text, position)
        position = separator.end() if separator else position
        parameter = _PARAMETER.match(text, position)
        scheme = _SCHEME.match(text, position)
        if parameter and found:
            quoted = parameter[2]
            found[-1].parameters.setdefault(parameter[1].lower(), parameter[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
            position = parameter.end()
        elif scheme:
            found.append(Challenge(scheme=scheme[0].lower()))
            position = scheme.end()
        else:
            position += 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    authorization: Secret
    expires_at: datetime


class Authorizer:
    """Answers challenges: one token per realm, service and scope, until it expires. Safe to use from several threads.

    A realm on a host that does not belong to the registry is asked without credentials: what a registry says can't send them elsewhere.
    """

    def __init__(self, *, http: HttpClient, now: Callable[[], datetime]) -> None:
        self._http = http
        self._now = now
        self._lock = Lock()
        self._locks: dict[tuple[str, ...], Lock] = {}
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self._actions: dict[str, tuple[str, ...]] = {}

    def authorization(self, challenges: tuple[Challenge, ...], endpoint: Endpoint, credential: Credential | None) -> Secret:
        """The value of the Authorization header that answers one of the challenges. Raises ChallengeError and HttpError."""
        if isinstance(credential, RegistryToken):
            return _bearer(credential.token.reveal())
        by_scheme = {challenge.scheme: challenge for challenge in reversed(challenges)}
        if "bearer" in by_scheme:
            return self._token(by_scheme["bearer"], endpoint, credential)
        if "basic" in by_scheme:
            if isinstance(credential, Login):
                return credential.basic()
            raise ChallengeError(f"{endpoint.host} wants a user name and password. Log in with `docker login {endpoint.credential_host}`.")
        offered = ", ".join(by_scheme) or "nothing"
        raise ChallengeError(f"{endpoint.host} asks to be answered by {offered[:200]}; only Bearer and Basic are known.")

    def forget(self, endpoint: Endpoint) -> None:
        """Drop the tokens for a repository: the registry no longer takes them."""
        with self._lock:
            scope = self._scope(endpoint)
            for key in [key for key in self._tokens if key[0] == endpoint.host and key[-1] == scope]:
                del self._tokens[key]

    def _token(self, challenge: Challenge, endpoint: Endpoint, credential: Credential | None) -> Secret:
        realm, service = challenge.parameters.get("realm", ""), challenge.parameters.get("service", "")
        with self._lock:
            self._learn_actions(challenge, endpoint)
            key = (endpoint.host, realm, service, self._scope(endpoint))
            lock = self._locks.setdefault(key, Lock())
        with lock:
            token = self._tokens.get(key)
            if token is None or token.expires_at <= self._now():
                token = self._tokens[key] = self._fetch(realm, service, endpoint, credential)
            return token.authorization

    def _learn_actions(self, challenge: Challenge, endpoint: Endpoint) -> None:
        asked = challenge.parameters.get("scope", "").rpartition(":")[2].split(",")
        known = self._actions.get(endpoint.host, ())
        self._actions[endpoint.host] = tuple(action for action in _READING_ACTIONS if action in asked or action in known)

    def _scope(self, endpoint: Endpoint) -> str:
        """The repository and what to do with it: reading, whatever else the registry's challenge may name; empty for the API's root."""
        if not endpoint.repository:
            return ""
        return f"repository:{endpoint.repository}:{','.join(('pull', *self._actions.get(endpoint.host, ())))}"

    def _fetch(self, realm: str, service: str, endpoint: Endpoint, credential: Credential | None) -> _Token:
        shown = credential if _may_have_credentials(realm, endpoint) else None
        if shown is not credential:
            log.warning("credential.kept_back", registry=endpoint.host, realm=without_query(realm))
        answer = self._ask(realm, service, endpoint, shown)
        if not answer.is_success:
            kept_back = " Credentials were kept back: the realm is on a foreign host." if shown is not credential else ""
            raise ChallengeError(
                f"{endpoint.host}: no token for {endpoint.repository or 'its own root'} ({answer}).{kept_back} "
                f"Check that it exists and that `docker login {endpoint.credential_host}` may pull it."
            )
        log.debug("token.fetched", registry=endpoint.host, repository=endpoint.repository)
        return self._read(answer)

    def _ask(self, realm: str, service: str, endpoint: Endpoint, credential: Credential | None) -> Answer:
        scope = self._scope(endpoint)
        match credential:
            case IdentityToken():
                form = {"grant_type": "refresh_token", "service": service, "client_id": _CLIENT_ID, "scope": scope}
                form["refresh_token"] = credential.token.reveal()
                return self._http.request("POST", realm, form=form, max_body_bytes=_MAX_TOKEN_BYTES)
            case Login() | None:
                query = {name: value for name, value in (("service", service), ("scope", scope)) if value}
                url = str(httpx.URL(realm).copy_merge_params(query))
                authorization = None if credential is None else credential.basic()
                return self._http.request("GET", url, authorization=authorization, max_body_bytes=_MAX_TOKEN_BYTES)
            case RegistryToken():
                raise ChallengeError(f"{endpoint.host}: a ready token is not changed into another.")
            case _:
                assert_never(credential)

    def _read(self, answer: Answer) -> _Token:
        try:
            told: Any = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise ChallengeError(f"{answer}: the token answer is no JSON.") from error
        text = (told.get("token") or told.get("access_token")) if isinstance(told, dict) else None
        if not isinstance(text, str) or not text.isascii() or not text.isprintable():
            raise ChallengeError(f"{answer}: the answer holds no token.")
        seconds = told.get("expires_in")
        life = timedelta(seconds=min(seconds, 86400)) if isinstance(seconds, int) and seconds > 0 else _DEFAULT_LIFE
        return _Token(authorization=_bearer(text), expires_at=self._now().astimezone(UTC) + max(life - _MARGIN, life / 2))


def _may_have_credentials(realm: str, endpoint: Endpoint) -> bool:
    """Whether a realm belongs to the registry: the same host, or one under the same parent (`auth.docker.io`, `gitlab.com`).

    Raises ChallengeError for a realm that would carry the token in the clear.
    """
    try:
        scheme, host, _ = origin(realm)
    except httpx.InvalidURL:
        scheme, host = "", ""
    registry = origin(f"{endpoint.scheme}://{endpoint.host}")[1]
    if not host or scheme not in {"http", "https"}:
        raise ChallengeError(f"{endpoint.host}: its realm {realm[:200]!r} is no address.")
    if scheme == "http" and endpoint.scheme == "https":
        raise ChallengeError(f"{endpoint.host}: its realm {without_query(realm)[:200]} is not encrypted, so it is not asked.")
    if is_loopback(host) and not is_loopback(registry):
        raise ChallengeError(f"{endpoint.host}: its realm {without_query(realm)[:200]} is on this machine, so it is not asked.")
    parent = "" if _is_address(registry) else registry.partition(".")[2]
    return host == registry or ("." in parent and (host == parent or host.endswith(f".{parent}")))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bearer(token: str) -> Secret:
    return Secret(f"Bearer {token}")
