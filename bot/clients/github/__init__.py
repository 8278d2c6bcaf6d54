"""GitHub, through PyGithub."""

from bot.clients.github.connection import GITHUB_API, UNPACED, AppKey, Pace, Token
from bot.clients.github.forge import GitHubForge

__all__ = ["GITHUB_API", "UNPACED", "AppKey", "GitHubForge", "Pace", "Token"]
