"""Who may do what: open, Basic, or Bearer with a token endpoint."""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Final

from starlette.requests import Request

from bot.model.secret import Secret

TOKEN_LIFE: Final = timedelta(seconds=300)
_SERVICE: Final = "sandbox-registry"


class Access(StrEnum):
    """How the registry wants to be asked."""

    OPEN = "open"
    """Anybody may pull and push."""
    BASIC = "basic"
    """Every request carries a user name and password."""
    BEARER = "bearer"
    """Every request carries a token; anonymous tokens pull what is not private, users' tokens pull and push everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Granted:
    scopes: frozenset[str]
    expires_at: datetime


class Gate:
    """Lets requests in, or says how to ask."""

    def __init__(self, *, access: Access, users: Mapping[str, Secret], private: Collection[str], clock: Callable[[], datetime]) -> None:
        self.access = access
        self.private = set(private)
        self._users = dict(users)
        self._clock = clock
        self._numbers = count(1)
        self._granted: dict[str, _Granted] = {}
        self._identities: dict[str, str] = {}

    def challenge(self, request: Request, *, repository: str | None, action: str) -> str | None:
        """None: come in. Else the WWW-Authenticate header that says how to ask."""
        match self.access:
            case Access.OPEN:
                return None
            case Access.BASIC:
                return None if self.user(request) else 'Basic realm="sandbox"'
            case Access.BEARER:
                scope = f"repository:{repository}:{action}" if repository else ""
                return None if self._has_token(request, scope) else self._bearer(request, scope)

    def user(self, request: Request) -> str | None:
        """The user that a Basic header proves; None: nobody."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(text, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return name if self._users.get(name) == Secret(password) else None

    def user_of(self, name: str, password: str) -> str | None:
        return name if self._users.get(name) == Secret(password) else None

    def token(self, user: str | None, scopes: Collection[str]) -> str:
        """A token for those of the scopes that the user may have."""
        text = f"sandbox-token-{next(self._numbers)}"
        granted = frozenset(scope for wanted in scopes for scope in _each_action(wanted) if self._may(user, scope))
        self._granted[text] = _Granted(scopes=granted, expires_at=self._clock() + TOKEN_LIFE)
        return text

    def identity_token(self, user: str) -> str:
        """A long-lived token that stands for the user at the token endpoint."""
        text = f"sandbox-identity-{next(self._numbers)}"
        self._identities[text] = user
        return text

    def identity(self, token: str) -> str | None:
        return self._identities.get(token)

    def _may(self, user: str | None, scope: str) -> bool:
        _, repository, action = scope.split(":")
        return user is not None or (action == "pull" and repository not in self.private)

    def _has_token(self, request: Request, scope: str) -> bool:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        granted = self._granted.get(text) if scheme.lower() == "bearer" else None
        return granted is not None and granted.expires_at > self._clock() and (not scope or scope in granted.scopes)

    def _bearer(self, request: Request, scope: str) -> str:
        realm = request.url.replace(path="/token", query="")
        challenge = f'Bearer realm="{realm}",service="{_SERVICE}"'
        return f'{challenge},scope="{scope}"' if scope else challenge


def _each_action(scope: str) -> list[str]:
    """`repository:NAME:pull,push` as one scope for each action; nothing where it is no such scope."""
    kind, _, rest = scope.partition(":")
    name, colon, actions = rest.rpartition(":")
    return [f"{kind}:{name}:{action}" for action in actions.split(",")] if colon and ":" not in name else []
