"""GitHub Apps: who they are, where they are installed, and their tokens of an hour."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from bot.sandbox.github import shapes
from bot.sandbox.github.gate import credential
from bot.sandbox.github.rest import Answer, ApiError, Call, Page, Routes, not_found
from bot.sandbox.github.state import Account, App, Token

_LONGEST_ASSERTION = timedelta(minutes=10)


def _asking(call: Call) -> App:
    """The App that signed the request. Assertions live by the computers' clocks, not the sandbox's."""
    text = credential(call.request.headers.get("authorization", "")) or ""
    try:
        claimed = jwt.decode(text, options={"verify_signature": False})
        app = call.world.apps.get(str(claimed.get("iss")))
        if app is None:
            raise ApiError(404, "Integration not found")
        claims = jwt.decode(text, app.public_key, algorithms=["RS256"], options={"require": ["exp", "iat"]}, leeway=60)
    except jwt.PyJWTError as error:
        raise ApiError(401, "A JSON web token could not be decoded") from error
    if claims["exp"] - claims["iat"] > _LONGEST_ASSERTION.total_seconds() + 60:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


def _app(call: Call) -> Answer:
    app = _asking(call)
    return Answer(
        data={
            "id": app.id,
            "slug": app.slug,
            "node_id": shapes.node_id("A", app.id),
            "owner": shapes.account(call.base, app.owner),
            "name": app.slug,
            "description": None,
            "external_url": call.base,
            "html_url": f"{call.base}/github-apps/{app.slug}",
            "created_at": shapes.iso(app.created_at),
            "updated_at": shapes.iso(app.created_at),
            "permissions": app.permissions,
            "events": [],
            "installations_count": len(app.installations),
        }
    )


def _installation_shape(call: Call, app: App, number: int, account: Account) -> dict[str, Any]:
    return {
        "id": number,
        "account": shapes.account(call.base, account),
        "repository_selection": _selection(app),
        "access_tokens_url": f"{shapes.api(call.base)}/app/installations/{number}/access_tokens",
        "repositories_url": f"{shapes.api(call.base)}/installation/repositories",
        "html_url": f"{call.base}/organizations/{account.login}/settings/installations/{number}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": account.id,
        "target_type": account.kind.value,
        "permissions": app.permissions,
        "events": [],
        "created_at": shapes.iso(app.created_at),
        "updated_at": shapes.iso(app.created_at),
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": shapes.iso(app.created_at) if app.is_suspended else None,
    }


def _installations(call: Call) -> Answer:
    app = _asking(call)
    return Answer(data=Page(items=list(app.installations.items()), shape=lambda item: _installation_shape(call, app, *item)))


def _selection(app: App) -> str:
    return "all" if app.is_of_all_repos else "selected"


def _number(call: Call, app: App) -> int:
    text = call.path("installation")
    if not text.isdecimal() or int(text) not in app.installations:
        raise not_found()
    return int(text)


def _installation(call: Call) -> Answer:
    app = _asking(call)
    number = _number(call, app)
    return Answer(data=_installation_shape(call, app, number, app.installations[number]))


def _installation_of(call: Call) -> Answer:
    """By organisation, user or repo."""
    app, login = _asking(call), (call.path("login") or call.path("owner")).lower()
    for number, account in app.installations.items():
        if account.login.lower() == login:
            return Answer(data=_installation_shape(call, app, number, account))
    raise not_found()


def _access_token(call: Call) -> Answer:
    app = _asking(call)
    number = _number(call, app)
    # Nothing of GitHub's changes by it.
    call.request.state.is_write = False
    text = f"ghs_{secrets.token_hex(18)}"
    call.world.tokens[text] = Token(account=app.bot, installed_for=app.installations[number])
    # The client holds this against its own clock.
    expires_at = datetime.now(UTC) + call.world.token_lifetime
    data = {"token": text, "expires_at": shapes.iso(expires_at), "permissions": app.permissions, "repository_selection": _selection(app)}
    return Answer(status=201, data=data)


ROUTES: Routes = (
    ("GET", "/app", _app),
    ("GET", "/app/installations", _installations),
    ("GET", "/app/installations/{installation}", _installation),
    ("POST", "/app/installations/{installation}/access_tokens", _access_token),
    ("GET", "/orgs/{login}/installation", _installation_of),
    ("GET", "/users/{login}/installation", _installation_of),
    ("GET", "/repos/{owner}/{repo}/installation", _installation_of),
)
