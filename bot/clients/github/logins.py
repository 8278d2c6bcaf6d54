"""Who wrote a commit, by what GitHub tells of its author."""

import re
from collections.abc import Mapping
from typing import Any, Final

_NO_REPLY: Final = re.compile(r"(?:[0-9]{1,20}\+)?(?P<login>[A-Za-z0-9-]{1,100}(?:\[bot\])?)@users\.noreply\.[A-Za-z0-9.-]{1,253}")


def login_of(author: Mapping[str, Any]) -> str:
    """The login of a `GitActor`, else the address. For GraphQL the account of an App is no user: only its e-mail address names it."""
    login: str | None = (author.get("user") or {}).get("login")
    return login or known(author.get("email") or "")


def known(email: str) -> str:
    """The login in an address of GitHub's own (`123+login@users.noreply.github.com`), else the address."""
    match = _NO_REPLY.fullmatch(email)
    return match["login"] if match else email
