"""Who asks GitHub, what it may, and how much of its hourly budget is left: asked for and never assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bot.clients.github.connection import Connection
from bot.clients.github.failures import translated

_MOST: Final = 200
_MOST_SECONDS: Final = 1 << 35
"""Some thousand years: what is later is no time."""
_SCOPES: Final = "x-oauth-scopes"
"""Of a classic token alone (GitHub Docs, "Scopes for OAuth apps"); a fine-grained one does not tell what it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Of one of GitHub's hourly limits (GitHub Docs, "Rate limits for the REST API")."""

    resource: str
    limit: int
    left: int
    resets_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What GitHub says of who asks."""

    permissions: Mapping[str, str] | None
    """Of an App's installation: `contents: write`. None: it is a token, or GitHub does not say."""
    is_of_all_repos: bool | None
    """Whether the installation holds all repos of its owner; None: it is a token."""
    is_suspended: bool
    scopes: frozenset[str] | None
    """Of a classic token. None: it is none."""
    budgets: tuple[Budget, ...]
    ahead: timedelta | None
    """How far this machine's clock is ahead of GitHub's; None: GitHub told no time."""


def identity_of(connection: Connection, now: datetime) -> Identity:
    """By one request, which no limit counts (GitHub Docs, "Get rate limit status for the authenticated user"). Raises ForgeError."""
    with translated("who asks, and what it may"):
        headers, answer = connection.reader.requester.requestJsonAndCheck("GET", "/rate_limit")
        told = connection.installation
        return Identity(
            permissions=None if told is None else _permissions(told.get("permissions")),
            is_of_all_repos=None if told is None else told.get("repository_selection") == "all",
            is_suspended=told is not None and told.get("suspended_at") is not None,
            scopes=_scopes(headers),
            budgets=_budgets(answer),
            ahead=_ahead(headers, now),
        )


def _permissions(told: object) -> Mapping[str, str] | None:
    if not isinstance(told, dict):
        return None
    return {name: level for name, level in list(told.items())[:_MOST] if isinstance(name, str) and isinstance(level, str)}


def _scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    told = headers.get(_SCOPES)
    return None if not isinstance(told, str) else frozenset(scope.strip() for scope in told.split(",")[:_MOST] if scope.strip())


def _budgets(answer: object) -> tuple[Budget, ...]:
    resources = answer.get("resources") if isinstance(answer, dict) else None
    found = []
    for name in ("core", "graphql"):
        one = resources.get(name) if isinstance(resources, dict) else None
        limit, left, reset = (_number(one.get(key)) if isinstance(one, dict) else None for key in ("limit", "remaining", "reset"))
        if limit is not None and left is not None and reset is not None:
            found.append(Budget(resource=name, limit=limit, left=left, resets_at=datetime.fromtimestamp(reset, UTC)))
    return tuple(found)


def _number(told: object) -> int | None:
    return told if isinstance(told, int) and 0 <= told < _MOST_SECONDS else None


def _ahead(headers: Mapping[str, Any], now: datetime) -> timedelta | None:
    try:
        return now - parsedate_to_datetime(headers["date"])
    except (ValueError, OverflowError, KeyError, TypeError):
        return None
