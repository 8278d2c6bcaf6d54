"""The GitHub that the fleet lives on, with the credential that the environment gives."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bot.clients.address import is_loopback
from bot.clients.github.connection import UNPACED, AppKey, Pace, Token
from bot.clients.github.forge import GitHubForge
from bot.clients.github.known_pull_requests import KnownPullRequests
from bot.clients.pacing import Pacing
from bot.model.forge import ForgeError, NoAccessError
from bot.settings import Settings


def github_forge(
    settings: Settings, only: Sequence[str], known: KnownPullRequests | None = None, pacing: Pacing | None = None
) -> GitHubForge:
    secrets, owners = settings.secrets, {name.partition("/")[0] for name in only} or set(settings.github.owners)
    if secrets.github_app is not None:
        if len(owners) != 1:
            raise ForgeError(
                f"a GitHub App acts for one owner at a time, not {len(owners)}. Run once for each, with a configuration of its own."
            )
        credential: Token | AppKey | None = AppKey(
            app_id=secrets.github_app.app_id, private_key=secrets.github_app.private_key, owner=next(iter(owners))
        )
    elif secrets.github_token is not None:
        credential = Token(text=secrets.github_token)
    else:
        raise NoAccessError(
            "no credential for GitHub. Set REBUILD_BOT_GITHUB_TOKEN, or REBUILD_BOT_APP_ID and REBUILD_BOT_APP_PRIVATE_KEY."
        )
    return GitHubForge(
        settings.github.api_url,
        credential=credential,
        pace=replace(_pace(settings.github.api_url), reserve_percent=settings.github.reserve_percent),
        former=settings.github.former_identities,
        known=known,
        pacing=pacing,
    )


def _pace(url: str) -> Pace:
    return UNPACED if is_loopback(urlsplit(url).netloc) else Pace()
