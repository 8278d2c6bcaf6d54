"""The end of a report: a few lines to wherever leads talk."""

from collections.abc import Mapping
from typing import Any, Protocol

from bot.model.failure import Failure
from bot.report.board import Board
from bot.report.exports.announcement import announcement


class Announcer(Protocol):
    """Takes what a Slack-compatible webhook takes."""

    def announce(self, message: Mapping[str, Any]) -> Failure | None:
        """Tell it once; None: it was taken."""
        ...


def announced(board: Board, announcer: Announcer, *, issue_url: str = "", dashboard_url: str = "") -> Failure | None:
    """What is stale, once. That it could not be told is a value: the report is written."""
    return announcer.announce(announcement(board, issue_url=issue_url, dashboard_url=dashboard_url))
