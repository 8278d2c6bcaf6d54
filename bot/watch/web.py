"""Web interfaces that answer in JSON, as the datasources ask them."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from urllib.parse import quote

import httpx

from bot.clients.address import origin, without_query
from bot.clients.http import Answer, HttpClient, HttpError
from bot.clients.http_cache import Validated
from bot.clients.pacing import ClosedError
from bot.clients.paging import PagingError, pages
from bot.clients.trouble import unreadable_json
from bot.model.listing import DatasourceError, NotListedError
from bot.model.secret import Secret

_MAX_BODY_BYTES: Final = 64 << 20
_MAX_PAGES: Final = 300
_MAX_TIME_CHARACTERS: Final = 40


class Limits(Protocol):
    """When an interface may be asked, by what it says of itself in its answers."""

    def wait(self) -> None:
        """Come back once it may be asked. Raises ClosedError where that takes too long."""
        ...

    def note(self, answer: Answer) -> None: ...


class JsonSource:
    """One web interface: its address, what it is told of us, and its refusals as DatasourceErrors. Safe to use from several threads."""

    def __init__(
        self,
        *,
        http: HttpClient,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        token: Secret | None = None,
        refusal: Callable[[Answer], DatasourceError | None] = lambda _: None,
        limits: Limits | None = None,
    ) -> None:
        """The token goes to the host of `base_url` only; `refusal` reads answers that mean more there than their status says."""
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {"accept": "application/json", **(headers or {})}
        self._authorization = Secret(f"Bearer {token.reveal()}") if token else None
        self._refusal = refusal
        self._limits = limits

    def get(self, *path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at a path, whose parts are escaped. Raises DatasourceError."""
        answer = self._ask(f"{self._url(path)}?{httpx.QueryParams(dict(query))}" if query else self._url(path))
        told = _json(answer)
        if not isinstance(told, dict):
            raise DatasourceError(f"{answer}: no JSON object. Report it to the server's operators.")
        return told

    def items(self, *path: str, query: Mapping[str, str], ends_with_slash: bool = False) -> Iterator[dict[str, Any]]:
        """The objects of the JSON lists at a path and all its further pages. Raises DatasourceError."""
        url = f"{self._url(path)}{'/' if ends_with_slash else ''}{f'?{httpx.QueryParams(dict(query))}' if query else ''}"
        try:
            for answer in pages(url, self._ask, max_pages=_MAX_PAGES):
                told = _json(answer)
                if not isinstance(told, list):
                    raise DatasourceError(f"{answer}: no JSON list. Report it to the server's operators.")
                yield from (item for item in told if isinstance(item, dict))
        except PagingError as error:
            raise DatasourceError(str(error)) from error

    def _url(self, path: tuple[str, ...]) -> str:
        if {"", ".", ".."} & set(path):
            raise DatasourceError(f"{self._base_url}: no path of {path!r}. Correct the name.")
        return "/".join((self._base_url, *(quote(part, safe="") for part in path)))

    def _ask(self, url: str) -> Answer:
        # A Link on the host that a redirect led to is not ours to show the token to.
        authorization = self._authorization if origin(url) == origin(self._base_url) else None
        try:
            if self._limits is not None:
                self._limits.wait()
            answer = self._http.request(
                "GET", url, headers=self._headers, authorization=authorization, max_body_bytes=_MAX_BODY_BYTES, caching=Validated()
            )
        except ClosedError as error:
            raise DatasourceError(f"GET {without_query(url)}: {error}", is_temporary=True) from error
        except HttpError as error:
            raise DatasourceError(str(error), is_temporary=error.is_temporary) from error
        if self._limits is not None:
            self._limits.note(answer)
        if answer.is_success:
            return answer
        refusal = self._refusal(answer)
        if refusal is not None:
            raise refusal
        if answer.status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
            raise NotListedError(f"{answer}. Check the name.")
        raise DatasourceError(f"{answer}. Check the name, and that it may be read.")


def text(item: Mapping[str, Any], name: str) -> str | None:
    """A field that is a text and not empty; None: it is not."""
    value = item.get(name)
    return value if isinstance(value, str) and value else None


def time(item: Mapping[str, Any], name: str) -> datetime | None:
    """A field that is an ISO 8601 time or day, aware and in UTC; None: it is not."""
    try:
        moment = datetime.fromisoformat((text(item, name) or "")[:_MAX_TIME_CHARACTERS])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _json(answer: Answer) -> object:
    try:
        told: object = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise DatasourceError(f"{answer}: {unreadable_json(error)}. Report it to the server's operators.") from error
    return told
