"""OSV's web interface (version 1): one question at a time, its answers bounded and read with suspicion."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from bot.assess.osv.kept import Listed
from bot.assess.osv.query import Query, Record
from bot.clients.http import Answer, HttpClient, HttpError
from bot.clients.trouble import unreadable_json
from bot.model.failure import ToldError

MOST_CHARACTERS: Final = 1000
"""Of a name, a version or an ecosystem."""
_MOST_TOKEN_CHARACTERS: Final = 10_000
_MOST_SHOWN: Final = 40
_BAD_REQUEST: Final = 400
_NOT_FOUND: Final = 404
_OF_A_BATCH: Final = frozenset({"results"})
_OF_A_RESULT: Final = frozenset({"vulns", "next_page_token"})
"""All that the interface knows there: beside anything else (`error`) a list that is empty, or not there, is none."""
REPORT: Final = "Run again later, or report it to the service's operators."
_OFFLINE: Final = (
    "Where there is no way to it, make a mirror with `rebuild-bot advisories fetch` and name its folder under assess.advisories."
)


class OsvError(ToldError):
    """No usable answer; the message says what, where and the remedy."""

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary


class RefusedError(OsvError):
    """The question itself is at fault, so that a part of it may be answered."""


class Page(NamedTuple):
    """What one answer tells of one query."""

    listed: tuple[Listed, ...] = ()
    next_token: str = ""
    """Of the page behind it; empty: this is the last one."""
    problem: str = ""
    """Why the query's result can't be used; empty: it can."""


class OsvApi:
    """The interface at an address. Safe to use from several threads."""

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._http = http
        self.base_url: Final = base_url.rstrip("/")

    def pages(self, tokens: Mapping[Query, str]) -> dict[Query, Page]:
        """The page of each query at its token (empty: the first). Raises OsvError where there is no such answer."""
        body = json.dumps({"queries": [written(query, token) for query, token in tokens.items()]}).encode()
        answer, told = self._json("POST", "/v1/querybatch", body)
        if strange := _strange(told, _OF_A_BATCH):
            raise OsvError(f"{answer}: an answer with {strange} in it. {REPORT}")
        results = told.get("results")
        if not isinstance(results, list) or len(results) != len(tokens):
            raise OsvError(f"{answer}: not one result for each of {len(tokens)} queries. {REPORT}")
        return {query: _page(result, answer) for query, result in zip(tokens, results, strict=True)}

    def record(self, listed: Listed) -> Record:
        """The advisory of a name. Raises OsvError."""
        answer, record = self._json("GET", f"/v1/vulns/{quote(listed.id, safe='')}")
        if record.get("id") != listed.id:
            raise OsvError(f"{answer}: another advisory than {listed.id}. {REPORT}")
        return record

    def _json(self, method: str, path: str, body: bytes | None = None) -> tuple[Answer, dict[str, Any]]:
        try:
            answer = self._http.request(method, f"{self.base_url}{path}", headers={"accept": "application/json"}, json=body)
        except HttpError as error:
            remedy = f" {_OFFLINE}" if error.status is None and error.is_temporary else ""
            raise OsvError(f"{error}{remedy}", is_temporary=error.is_temporary) from error
        if answer.status == _BAD_REQUEST:
            raise RefusedError(f"{answer}: the service does not take this question. Check the ecosystem and the name.")
        if answer.status == _NOT_FOUND and body is None:
            raise OsvError(f"{answer}: listed, and yet not there. {REPORT}")
        if not answer.is_success:
            raise OsvError(f"{answer}. Check assess.osv_url in the configuration.")
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise OsvError(f"{answer}: {unreadable_json(error)}. {REPORT}") from error
        if not isinstance(told, dict):
            raise OsvError(f"{answer}: no JSON object. {REPORT}")
        return answer, told


def written(query: Query, token: str = "") -> Mapping[str, Any]:
    """A query as the interface takes it, at a page."""
    package = {"ecosystem": query.ecosystem, "name": query.name}
    asked = {"package": package, **({"version": query.version} if query.version else {})}
    return {**asked, "page_token": token} if token else asked


def _page(result: object, answer: Answer) -> Page:
    if isinstance(result, dict) and (strange := _strange(result, _OF_A_RESULT)):
        return Page(problem=f"{answer}: a result with {strange} in it, which is no list of advisories. {REPORT}")
    vulns, token = (result.get("vulns", []), result.get("next_page_token", "")) if isinstance(result, dict) else (None, "")
    if not isinstance(vulns, list) or not isinstance(token, str) or len(token) > _MOST_TOKEN_CHARACTERS:
        return Page(problem=f"{answer}: a result that is no list of advisories. {REPORT}")
    listed = tuple(one for vuln in vulns if (one := _listed(vuln)) is not None)
    if len(listed) < len(vulns):
        return Page(problem=f"{answer}: an advisory without a name. {REPORT}")
    return Page(listed=listed, next_token=token)


def _strange(told: Mapping[str, Any], known: frozenset[str]) -> str:
    """The first key that the interface does not know; empty: there is none."""
    return next((repr(key[:_MOST_SHOWN]) for key in told if key not in known), "")


def _listed(vuln: object) -> Listed | None:
    id_, modified = (vuln.get("id"), vuln.get("modified", "")) if isinstance(vuln, dict) else (None, None)
    if not isinstance(id_, str) or not isinstance(modified, str) or len(modified) > MOST_CHARACTERS:
        return None
    is_name = id_.isprintable() and modified.isprintable() and 0 < len(id_) <= MOST_CHARACTERS and id_ not in {".", ".."}
    return Listed(id_, modified) if is_name else None
