"""One way to GitHub: who asks, how fast, and what its failures mean.

PyGithub throttles and retries; nothing above it does so again.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import github
import requests
from github.Auth import Auth
from github.GithubException import BadAttributeException, GithubException, RateLimitExceededException, UnknownObjectException

from bot.model.forge import ForgeError, StaleHeadError
from bot.model.secret import Secret

GITHUB_API: Final = "https://api.github.com"
_TIMEOUT_SECONDS: Final = 30
_SERVER_FAULT: Final = 500
_USER_AGENT: Final = "rebuild-bot"
_FAILURES: Final = (GithubException, BadAttributeException, requests.RequestException, RuntimeError)
"""PyGithub's two base classes, those of the HTTP library that it lets through, and its own way to refuse a redirect to another host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A personal access token, or the token of a workflow."""

    text: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKey:
    """A GitHub App, installed for `owner`; its tokens live an hour and are renewed in time."""

    app_id: str
    private_key: Secret
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast to go. The defaults are what GitHub asks of well-behaved clients; on loopback all pauses may be nothing."""

    between_requests: timedelta = timedelta(milliseconds=250)
    between_writes: timedelta = timedelta(seconds=1)
    after_secondary_limit: timedelta = timedelta(seconds=60)
    longest_wait: timedelta = timedelta(minutes=15)
    """For a limit to end; beyond that the request fails."""
    retries: int = 4
    retry_backoff_seconds: float = 1.0
    """Doubles with each retry."""


UNPACED: Final = Pace(
    between_requests=timedelta(),
    between_writes=timedelta(),
    after_secondary_limit=timedelta(),
    longest_wait=timedelta(seconds=5),
    retry_backoff_seconds=0.0,
)
"""For a GitHub on loopback."""


class Connection:
    """GitHub at one API address, as one identity. Safe to use from several threads: reads go side by side, writes one after another."""

    def __init__(self, base_url: str, credential: Token | AppKey | None, pace: Pace) -> None:
        """`base_url` is the REST API's: GitHub's, or `https://host/api/v3` of another server. Raises ForgeError for an unknown App."""
        self.base_url: Final = base_url.rstrip("/")
        self._pace: Final = pace
        self._auth: Final = self._authenticate(credential)
        self._local: Final = threading.local()
        self._open: Final[list[github.Github]] = []
        self._writing: Final = threading.RLock()
        self._writer: Final = self._client(between_writes=pace.between_writes)

    @property
    def git_prefix(self) -> str:
        """What the clone addresses of this GitHub begin with; its token may go nowhere else."""
        address = urlsplit(self.base_url)
        return f"{address.scheme}://{address.netloc.removeprefix('api.')}/"

    def token(self) -> Secret | None:
        """The token of this moment; None: nobody in particular asks."""
        return None if self._auth is None else Secret(self._auth.token)

    @property
    def reader(self) -> github.Github:
        """PyGithub for reading, one per thread: its connections are not made for two."""
        if not hasattr(self._local, "reader"):
            # GraphQL queries are POST requests, which PyGithub takes for writes.
            self._local.reader = self._client(between_writes=self._pace.between_requests)
        reader: github.Github = self._local.reader
        return reader

    @contextmanager
    def writer(self) -> Iterator[github.Github]:
        """PyGithub for writing: one thread at a time, as GitHub asks."""
        with self._writing:
            yield self._writer

    def query(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data that a GraphQL query answers."""
        _headers, answer = self.reader.requester.graphql_query(document, dict(variables))
        return _data(answer)

    def mutate(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data that a GraphQL mutation answers."""
        with self.writer() as client:
            _headers, answer = client.requester.graphql_query(document, dict(variables))
        return _data(answer)

    def close(self) -> None:
        for client in self._open:
            client.close()

    def _client(self, *, between_writes: timedelta) -> github.Github:
        client = github.Github(
            base_url=self.base_url,
            auth=self._auth,
            timeout=_TIMEOUT_SECONDS,
            user_agent=_USER_AGENT,
            per_page=100,
            retry=self._retry(),
            seconds_between_requests=self._pace.between_requests.total_seconds(),
            seconds_between_writes=between_writes.total_seconds(),
            lazy=True,
        )
        self._open.append(client)
        return client

    def _retry(self) -> github.GithubRetry:
        longest_seconds = int(self._pace.longest_wait.total_seconds())
        return github.GithubRetry(
            secondary_rate_wait=self._pace.after_secondary_limit.total_seconds(),
            max_rate_limit_wait=longest_seconds,
            total=self._pace.retries,
            backoff_factor=self._pace.retry_backoff_seconds,
            retry_after_max=longest_seconds,
        )

    def _authenticate(self, credential: Token | AppKey | None) -> Auth | None:
        match credential:
            case None:
                return None
            case Token(text=text):
                return github.Auth.Token(text.reveal())
            case AppKey():
                return self._installation(credential)

    def _installation(self, app: AppKey) -> Auth:
        with translated(f"the GitHub App {app.app_id} for {app.owner}"):
            auth = github.Auth.AppAuth(app.app_id, app.private_key.reveal())
            integration = github.GithubIntegration(auth=auth, base_url=self.base_url, timeout=_TIMEOUT_SECONDS, retry=self._retry())
            try:
                installation = integration.get_org_installation(app.owner)
            except UnknownObjectException:
                installation = integration.get_user_installation(app.owner)
            return auth.get_installation_auth(installation.id, requester=integration.requester)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Every failure of PyGithub and of the HTTP below it becomes a ForgeError that says what, where and the remedy."""
    try:
        yield
    except _FAILURES as error:
        raise _forge_error(where, error) from error


def _data(answer: Mapping[str, Any]) -> dict[str, Any]:
    data = answer.get("data")
    if not isinstance(data, dict):
        raise ForgeError("GitHub's GraphQL answered something else than data. Check that the API address is right.", is_temporary=True)
    return data


def _forge_error(where: str, error: Exception) -> ForgeError:
    if not isinstance(error, GithubException):
        return ForgeError(
            f"{where}: no answer from GitHub ({_first_line(error)}). Check the network and the API address.", is_temporary=True
        )
    types = _graphql_types(error)
    said = f"GitHub said {error.status}: {_said(error)}"
    if error.status == requests.codes.conflict or "STALE_DATA" in types:
        return StaleHeadError(f"{where}: the branch has moved ({said}). Read it again.", is_temporary=True)
    if isinstance(error, RateLimitExceededException) or error.status == requests.codes.too_many_requests or "RATE_LIMITED" in types:
        return ForgeError(
            f"{where}: the rate limit is used up ({said}). Run again later, or give the bot an App of its own.", is_temporary=True
        )
    remedy = _REMEDIES.get(error.status, "")
    is_temporary = error.status >= _SERVER_FAULT
    if is_temporary:
        remedy = "Run again later."
    return ForgeError(f"{where}: {said}. {remedy}".rstrip(), is_temporary=is_temporary)


_REMEDIES: Final = {
    401: "Give a token that is valid.",
    403: "Give the token the permissions that the README lists.",
    404: "Check the name, and that the token may see it.",
    422: "Check what was asked for.",
}


def _graphql_types(error: GithubException) -> frozenset[str]:
    errors = error.data.get("errors") if isinstance(error.data, dict) else None
    return frozenset(str(entry.get("type")) for entry in errors or () if isinstance(entry, dict))


def _said(error: GithubException) -> str:
    """The message of a failure with those of its parts, on one line, bounded."""
    data = error.data if isinstance(error.data, dict) else {}
    parts = [entry.get("message") for entry in data.get("errors") or () if isinstance(entry, dict)]
    texts = [text for text in (data.get("message") or error.message, *parts) if isinstance(text, str) and text]
    return " ".join("; ".join(texts).split())[:500] or "nothing"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
