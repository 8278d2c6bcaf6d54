"""What a REST route is given and what it gives back: calls, answers, and GitHub's errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request

from bot.sandbox.clock import Clock
from bot.sandbox.github.state import Account, AccountKind, Issue, Pull, Repo, Token, World

MAX_BODY_CHARACTERS: Final = 65_536
MAX_TITLE_CHARACTERS: Final = 256
ANONYMOUS_LIMIT: Final = 60


class ApiError(Exception):
    """What GitHub answers instead of the thing asked for."""

    def __init__(self, status: int, message: str, *, errors: Sequence[Mapping[str, str] | str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)


class LimitError(ApiError):
    """The hour's requests are used up."""


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def not_resolved(what: str) -> ApiError:
    """GraphQL's way to say it."""
    return ApiError(404, f"Could not resolve to {what}")


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> ApiError:
    """GitHub's 422: which field of what is wrong, and how."""
    error = {"resource": resource, "code": code, "field": field}
    return ApiError(422, "Validation Failed", errors=[error | {"message": message} if message else error])


def refused(resource: str, message: str) -> ApiError:
    """GitHub's 422 for what no single field can mend."""
    return ApiError(422, "Validation Failed", errors=[{"resource": resource, "code": "custom", "message": message}])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`data` is JSON, a Page of a list, or None for no body."""

    status: int = 200
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A list of which the request wants a part; each item becomes JSON by `shape`, and only those of the part."""

    items: Sequence[Any]
    shape: Callable[[Any], Any]
    total_key: tuple[str, str] | None = None
    """The keys (total, list) of an answer that wraps its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, understood as far as all routes need it."""

    world: World
    clock: Clock
    request: Request
    token: Token | None
    body: Any
    base: str
    """Scheme, host and port by which the client came, and the path below which GitHub lies there."""

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def viewer(self) -> Account:
        """Raises ApiError for a request without credentials."""
        if self.token is None:
            raise ApiError(401, "Requires authentication")
        return self.token.account

    def path(self, name: str) -> str:
        """A part of the path; empty where the route has no such part."""
        return str(self.request.path_params.get(name, ""))

    def query(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def text(self, name: str, default: str | None = None) -> str | None:
        """A string of the body; None where it is absent or null."""
        value = self.body.get(name, default)
        return value if isinstance(value, str) else default

    def need(self, resource: str, name: str) -> str:
        """A string of the body that must be there."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise invalid(resource, name, "missing_field")
        return value

    def names(self, name: str) -> list[str]:
        """A list of strings of the body; GitHub takes labels as objects too."""
        items = self.body.get(name) or []
        return [str(item["name"]) if isinstance(item, dict) else str(item) for item in items]

    def repo(self) -> Repo:
        """The repo of the path, as far as who asks may see it."""
        repo = self.world.repo(f"{self.path('owner')}/{self.path('repo')}")
        if repo is None or not (self.token.may_see(repo) if self.token else not repo.is_private):
            raise not_found()
        return repo

    def writable_repo(self) -> Repo:
        _, repo = self.viewer, self.repo()
        self.check_writable(repo)
        return repo

    def check_writable(self, repo: Repo) -> None:
        """Raises ApiError where who asks may not change the repo."""
        viewer = self.viewer
        if self.token is not None and not self.token.may_change(repo):
            of_app = "integration" if viewer.kind is AccountKind.BOT else "personal access token"
            raise ApiError(403, f"Resource not accessible by {of_app}")
        if repo.is_archived:
            raise ApiError(403, "Repository was archived so is read-only.")

    def issue(self, repo: Repo) -> Issue:
        issue = repo.issues.get(number(self.path("number")))
        if issue is None:
            raise not_found()
        return issue

    def pull(self, repo: Repo) -> tuple[Issue, Pull]:
        issue = self.issue(repo)
        if issue.pull is None:
            raise not_found()
        return issue, issue.pull


Handler = Callable[[Call], Answer]
Routes = tuple[tuple[str, str, Handler], ...]
"""Method, path below the API's root, handler."""


def number(text: str) -> int:
    """Zero for what is no number: GitHub has nothing of that number."""
    return int(text) if text.isdecimal() else 0


def check_text(resource: str, *, title: str | None = None, body: str | None = None) -> None:
    """GitHub's limits on what is written. Raises ApiError."""
    for name, text, most in (("title", title, MAX_TITLE_CHARACTERS), ("body", body, MAX_BODY_CHARACTERS)):
        if text is not None and len(text) > most:
            raise invalid(resource, name, "custom", f"{name} is too long (maximum is {most} characters)")
