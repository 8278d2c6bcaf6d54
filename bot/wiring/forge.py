"""The GitHub that the fleet lives on, with the credential that the environment gives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from bot.clients.address import git_prefix, is_loopback
from bot.clients.github.connection import UNPACED, AppKey, Pace, Token
from bot.clients.github.forge import GitHubForge
from bot.clients.github.installations import Installations
from bot.clients.github.known_pull_requests import KnownPullRequests
from bot.clients.github.patience import Patience, RestLimits
from bot.clients.pacing import Pacing
from bot.model.forge import NoAccessError
from bot.settings import Settings
from bot.wiring.clients import utc_now


def github_forge(
    settings: Settings,
    only: Sequence[str],
    known: KnownPullRequests | None = None,
    pacing: Pacing | None = None,
    *,
    writers: int = 1,
) -> GitHubForge | Installations:
    """One forge for all owners by a token; by an App one for each of them, since each has an installation of its own.

    `writers` are all jobs that write at the same time as one identity: GitHub counts what they do together.
    """
    shared = pacing or Pacing()
    secrets = settings.secrets

    def forge(credential: Token | AppKey) -> GitHubForge:
        return GitHubForge(
            settings.github.api_url,
            credential=credential,
            pace=replace(_pace(settings.github.api_url, writers), reserve_percent=settings.github.reserve_percent),
            former=settings.github.former_identities,
            bots=settings.phases.bots,
            known=known,
            pacing=shared,
            now=utc_now,
        )

    if secrets.github_app is not None:
        app = secrets.github_app
        owners = tuple(dict.fromkeys([name.partition("/")[0] for name in only] or settings.github.owners))
        return Installations(
            lambda owner: forge(AppKey(app_id=app.app_id, private_key=app.private_key, owner=owner)),
            owners=owners,
            git_prefix=git_prefix(settings.github.api_url),
        )
    if secrets.github_token is not None:
        return forge(Token(text=secrets.github_token))
    raise NoAccessError("no credential for GitHub. Set REBUILD_BOT_GITHUB_TOKEN, or REBUILD_BOT_APP_ID and REBUILD_BOT_APP_PRIVATE_KEY.")


def upstream_limits(settings: Settings, pacing: Pacing, longest: timedelta) -> RestLimits:
    """Of the GitHub where other projects live, which is another one than the fleet's: nobody shares that budget with us."""
    return RestLimits(Patience(pacing, host=urlsplit(settings.github.upstream_api_url).netloc, who="upstream", longest=longest))


def _pace(url: str, writers: int) -> Pace:
    return UNPACED if is_loopback(urlsplit(url).netloc) else Pace(between_writes=Pace().between_writes * writers)
