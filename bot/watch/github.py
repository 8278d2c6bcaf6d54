"""What the datasources of GitHub share: its REST interface, its limits, its repos."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import httpx

from bot.clients.http import Answer, HttpClient
from bot.model.dependency import Dependency
from bot.model.listing import DatasourceError
from bot.model.secret import Secret
from bot.watch.web import JsonSource, Limits

PER_PAGE: Final = "100"
_REPO: Final = re.compile(r"([A-Za-z0-9_.-]{1,100})/([A-Za-z0-9_.-]{1,100})", re.ASCII)
_LIMITED: Final = frozenset({httpx.codes.FORBIDDEN, httpx.codes.TOO_MANY_REQUESTS})


@dataclass(frozen=True, kw_only=True)
class GitHubApi:
    """Where GitHub answers and who asks."""

    http: HttpClient
    base_url: str = "https://api.github.com"
    """Of the REST interface; `https://github.example.org/api/v3` for an Enterprise Server."""
    web_url: str = "https://github.com"
    """Where people look at repos."""
    token: Callable[[], Secret | None] = field(default=lambda: None)
    """Asked before each look-up, for tokens that run out."""
    limits: Callable[[], Limits | None] = field(default=lambda: None)
    """Those of whose token that is; asked before each look-up as well."""

    def source(self) -> JsonSource:
        """The interface, with the token of this moment."""
        headers = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
        return JsonSource(
            http=self.http, base_url=self.base_url, headers=headers, token=self.token(), refusal=_refusal, limits=self.limits()
        )


def owner_and_name(dependency: Dependency) -> tuple[str, str]:
    """The two parts of `owner/repo`. Raises DatasourceError."""
    found = _REPO.fullmatch(dependency.name)
    if found is None or {".", ".."} & {found[1], found[2]}:
        raise DatasourceError(f"{dependency}: no repo of the form owner/name. Correct the name.")
    return found[1], found[2]


def _refusal(answer: Answer) -> DatasourceError | None:
    """A rate limit in GitHub's words (REST documentation, "Rate limits"): 403 or 429, with the time at which it resumes."""
    if answer.status not in _LIMITED:
        return None
    remaining, reset = answer.headers.get("x-ratelimit-remaining"), answer.headers.get("x-ratelimit-reset", "")
    retry_after = answer.headers.get("retry-after")
    if remaining == "0" and re.fullmatch("[0-9]{1,11}", reset):
        resumes = datetime.fromtimestamp(int(reset), UTC)
        remedy = f"It resumes at {resumes:%Y-%m-%d %H:%M:%S} UTC; a token has more."
        return DatasourceError(f"{answer}: GitHub's rate limit is used up. {remedy}", is_temporary=True)
    if retry_after is not None:
        return DatasourceError(f"{answer}: GitHub's secondary rate limit. Ask again in {retry_after[:20]} s.", is_temporary=True)
    return None
