"""Which comments need not be read again."""

from typing import Protocol

from bot.model.pull_request import PullRequest


class HeardPullRequests(Protocol):
    """The pull requests below which nothing waits for an answer, for as long as nothing changes there; losing it costs reading again."""

    def holds(self, pull: PullRequest) -> bool: ...

    def keep(self, pull: PullRequest) -> None: ...
