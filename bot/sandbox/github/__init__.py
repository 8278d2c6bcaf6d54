"""A GitHub on loopback: REST, GraphQL and git over HTTP, on bare repositories, good enough that GitHub's clients can't tell."""

from bot.sandbox.github.sandbox import GitHubSandbox

__all__ = ["GitHubSandbox"]
