"""One way to GitHub: who asks, and how fast.

PyGithub throttles, and repeats what got no answer; here is repeated what got one that says nothing: an unreadable one, or a limit of
GraphQL, which comes with status 200. A write is repeated by itself only where it was surely not done: else whoever wants it done has to
look first.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import github
import requests
import structlog
from github.Auth import AppAuth, AppInstallationAuth, Auth
from github.GithubException import GithubException, UnknownObjectException
from github.Requester import Requester
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError

from bot.clients.address import git_prefix
from bot.clients.github.documents import writing
from bot.clients.github.failures import UNREADABLE, Refusal, RefusedError, TooHeavyError, UnreadableError, refusals_of, translated
from bot.clients.github.patience import Client, Patience, PatientRequester, PatientRetry, Resource, RestLimits
from bot.clients.pacing import Pacing
from bot.model.forge import ForgeError
from bot.model.secret import Secret

log = structlog.get_logger()

GITHUB_API: Final = "https://api.github.com"
Write = tuple[str, Mapping[str, Any]]
"""A mutation of `documents.MUTATIONS` and its input."""
_TIMEOUT_SECONDS: Final = 30
_USER_AGENT: Final = "rebuild-bot"
_OUT_OF_TIME: Final = frozenset({502, 504})
"""What GitHub's GraphQL answers where a query takes it more than ten seconds (GitHub Docs, "Rate limits and query limits")."""


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
    """How fast to go. The defaults are what GitHub asks of well-behaved clients; on loopback all pauses may be nothing.

    Pauses belong to writes (GitHub's "Best practices for using the REST API"): reads go side by side, and wait only where GitHub says so.
    """

    between_writes: timedelta = timedelta(seconds=1)
    after_secondary_limit: timedelta = timedelta(seconds=60)
    longest_wait: timedelta = timedelta(minutes=15)
    """For a limit to end; beyond that the request fails."""
    retries: int = 4
    retry_backoff_seconds: float = 1.0
    """Doubles with each retry."""
    reserve_percent: int = 0
    """Of each hourly limit: left for others who share the identity."""


UNPACED: Final = Pace(
    between_writes=timedelta(),
    after_secondary_limit=timedelta(),
    longest_wait=timedelta(seconds=5),
    retry_backoff_seconds=0.0,
)
"""For a GitHub on loopback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A GraphQL answer: what there is, and why the rest is missing."""

    data: dict[str, Any]
    refusals: tuple[Refusal, ...] = ()

    def whole(self) -> dict[str, Any]:
        """The data, where nothing is missing. Raises RefusedError."""
        if self.refusals:
            raise RefusedError(self.refusals)
        return self.data


_ONLY_UNDONE: Final[Mapping[str, Any]] = {"status_forcelist": [429], "read": 0, "other": 0}
"""Writes are repeated where they never arrived, or were refused for their pace."""


class Connection:
    """GitHub at one API address, as one identity. Safe to use from several threads: reads go side by side, writes one after another."""

    def __init__(
        self,
        base_url: str,
        credential: Token | AppKey | None,
        pace: Pace,
        pacing: Pacing | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`base_url` is the REST API's: GitHub's, or `https://host/api/v3` of another server. Raises ForgeError for an unknown App.

        `pacing` is shared with others that ask the same GitHub: what it told one of them holds for all. Where `now` is far from GitHub's
        time, its first answer raises ClockError.
        """
        self.base_url: Final = base_url.rstrip("/")
        self._pace: Final = pace
        self._patience: Final = Patience(
            pacing or Pacing(),
            host=urlsplit(self.base_url).netloc,
            who=credential.owner if isinstance(credential, AppKey) else "",
            longest=pace.longest_wait,
            reserve_percent=pace.reserve_percent,
            now=now,
        )
        self.installation: Mapping[str, Any] | None = None
        """What GitHub says of the App's installation; None: a token asks."""
        self._auth: Final = self._authenticate(credential)
        self._local: Final = threading.local()
        self._open: Final[list[Client]] = []
        self._writing: Final = threading.RLock()
        self._writer: Final = self._client(self._retry(**_ONLY_UNDONE), between_writes=pace.between_writes)

    @property
    def git_prefix(self) -> str:
        """What the clone addresses of this GitHub begin with; its token may go nowhere else."""
        return git_prefix(self.base_url)

    def rest_limits(self, longest: timedelta) -> RestLimits:
        """Its limits, for others that ask with its token and wait no longer than that."""
        return RestLimits(self._patience.waiting_at_most(longest))

    def token(self) -> Secret | None:
        """The token of this moment; None: nobody in particular asks."""
        return None if self._auth is None else Secret(self._auth.token)

    @property
    def reader(self) -> Client:
        """PyGithub for reading, one per thread: its connections are not made for two."""
        if not hasattr(self._local, "reader"):
            self._local.reader = self._client(self._retry(), between_writes=timedelta())
        reader: Client = self._local.reader
        return reader

    @property
    def _brief_reader(self) -> Client:
        """The same, but that what looks like too heavy a question is not asked again as it is."""
        if not hasattr(self._local, "brief_reader"):
            passing = [429, *(status for status in range(500, 600) if status not in _OUT_OF_TIME)]
            self._local.brief_reader = self._client(self._retry(status_forcelist=passing, read=0), between_writes=timedelta())
        reader: Client = self._local.brief_reader
        return reader

    @contextmanager
    def writer(self) -> Iterator[Client]:
        """PyGithub for writing: one thread at a time, as GitHub asks."""
        with self._writing:
            yield self._writer

    def query(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data that a GraphQL query answers, whole. Raises RefusedError, UnreadableError."""
        return self.ask(document, variables).whole()

    def ask(self, document: str, variables: Mapping[str, Any]) -> Reply:
        """What a GraphQL query answers, which may be a part of it."""
        for _ in range(self._pace.retries):
            try:
                reply = self._post(self.reader, document, variables)
                if not (reply.refusals and all(refusal.is_passing for refusal in reply.refusals)):
                    return reply
                log.warning("github.broke_off", message=reply.refusals[0].message)
            except UNREADABLE as error:
                log.warning("github.answer_unreadable", error=type(error).__name__)
            except UnreadableError as error:
                log.warning("github.answer_unreadable", error=str(error))
        return self._post(self.reader, document, variables)

    def ask_briefly(self, document: str, variables: Mapping[str, Any]) -> Reply:
        """The same for a question that can be asked in smaller parts. Raises TooHeavyError where that may help."""
        try:
            reply = self._post(self._brief_reader, document, variables)
        except GithubException as error:
            if error.status in _OUT_OF_TIME:
                raise TooHeavyError from error
            raise
        except requests.ConnectionError as error:
            if _is_broken_off(error):
                raise TooHeavyError from error
            raise
        except (*UNREADABLE, UnreadableError) as error:
            raise TooHeavyError from error
        if any(refusal.is_about_weight for refusal in reply.refusals):
            raise TooHeavyError
        return reply

    def write(self, writes: Sequence[Write]) -> list[dict[str, Any]]:
        """What GitHub says of each of these mutations, all done by one request and one after another.

        Raises RefusedError where one was refused, though the others were done; where the answer is lost, nobody knows.
        """
        data = self.written(writes).whole()
        return [data[f"done{number}"] for number in range(len(writes))]

    def try_writes(self, writes: Sequence[Write]) -> list[tuple[Refusal, ...]]:
        """The same for mutations that have nothing to do with each other: why each was not done; nothing where it was."""
        reply = self.written(writes)
        refusals: dict[int, list[Refusal]] = {number: [] for number in range(len(writes))}
        for refusal in reply.refusals:
            numbers = [number for number in refusals if refusal.path[:1] == (f"done{number}",)]
            for number in numbers or refusals:
                refusals[number].append(refusal)
        return [tuple(about) for about in refusals.values()]

    def written(self, writes: Sequence[Write]) -> Reply:
        """What GitHub says of all of them, as `done0` and so on; whatever one of them was refused for stands beside what was done."""
        document = writing([name for name, _ in writes])
        with self.writer() as client:
            return self._post(client, document, {f"input{number}": given for number, (_, given) in enumerate(writes)})

    def _post(self, client: Client, document: str, variables: Mapping[str, Any]) -> Reply:
        """The answer, once GitHub is not asked too much any more. Raises ClosedError where that takes too long."""
        for tries in range(self._pace.retries):
            headers, reply = _posted(client, document, variables)
            if not _is_about_pace(reply):
                return reply
            log.warning("github.rate_limited", message=reply.refusals[0].message)
            if not self._patience.note(Resource.GRAPHQL, headers, is_refused=True):
                self._patience.slow_down(self._pace.after_secondary_limit * 2**tries)
        return _posted(client, document, variables)[1]

    def close(self) -> None:
        for client in self._open:
            client.close()

    def _client(self, retry: github.GithubRetry, *, between_writes: timedelta) -> Client:
        requester = PatientRequester(
            self._patience,
            base_url=self.base_url,
            auth=self._auth,
            timeout=_TIMEOUT_SECONDS,
            user_agent=_USER_AGENT,
            per_page=100,
            verify=True,
            retry=retry,
            pool_size=None,
            seconds_between_requests=0,
            seconds_between_writes=between_writes.total_seconds(),
            lazy=True,
        )
        client = Client(requester)
        self._open.append(client)
        return client

    def _retry(self, **options: Any) -> github.GithubRetry:  # noqa: ANN401 - urllib3's own options
        """Reads are repeated whatever happened, unless the options say otherwise."""
        options = {"status_forcelist": [429, *range(500, 600)]} | options
        longest_seconds = int(self._pace.longest_wait.total_seconds())
        return PatientRetry(
            patience=self._patience,
            secondary_rate_wait=self._pace.after_secondary_limit.total_seconds(),
            max_rate_limit_wait=longest_seconds,
            total=self._pace.retries,
            backoff_factor=self._pace.retry_backoff_seconds,
            retry_after_max=longest_seconds,
            **options,
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
                try:
                    installation = integration.get_user_installation(app.owner)
                except UnknownObjectException as error:
                    raise _not_installed(app) from error
            self.installation = installation.raw_data
            return _InstallationAuth(auth, installation.id, requester=integration.requester)


class _InstallationAuth(AppInstallationAuth):
    """PyGithub's, which gets a new token before the old one runs out; of several threads that see it run out one asks."""

    def __init__(self, app: AppAuth, installation_id: int, *, requester: Requester) -> None:
        self._renewing: Final = threading.RLock()
        super().__init__(app, installation_id, requester=requester)

    @property
    def token(self) -> str:
        with self._renewing:
            return super().token


def _not_installed(app: AppKey) -> ForgeError:
    remedy = "Install it there (the App's settings, Install App), or take the owner out of github.owners"
    return ForgeError(f"{app.owner}: the GitHub App {app.app_id} is not installed for this owner. {remedy}.")


def _is_about_pace(reply: Reply) -> bool:
    """Whether GitHub did nothing of it because too much was asked for."""
    return any(refusal.is_about_pace for refusal in reply.refusals) and not any(reply.data.values())


def _is_broken_off(error: requests.ConnectionError) -> bool:
    """Whether the question arrived, and the answer did not come in time or not at all."""
    cause = error.args[0] if error.args else None
    return isinstance(cause.reason if isinstance(cause, MaxRetryError) else cause, ReadTimeoutError | ProtocolError)


def _posted(client: Client, document: str, variables: Mapping[str, Any]) -> tuple[Mapping[str, Any], Reply]:
    requester = client.requester
    headers, answer = requester.requestJsonAndCheck("POST", requester.graphql_url, input={"query": document, "variables": dict(variables)})
    if not isinstance(answer, dict):
        raise UnreadableError("no object")
    data, refusals = answer.get("data"), refusals_of(answer)
    if not refusals and not isinstance(data, dict):
        raise UnreadableError("neither data nor errors; a proxy, or another address than the API's, may have answered")
    return headers, Reply(data=data if isinstance(data, dict) else {}, refusals=refusals)
