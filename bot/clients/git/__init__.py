"""Repos read over the git protocol."""

from bot.clients.git.cache import GitAccess, GitCache
from bot.clients.git.tree import GitTree

__all__ = ["GitAccess", "GitCache", "GitTree"]
