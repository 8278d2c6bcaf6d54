"""The weekly issue as it shall stand in the forge: its text, its comments, and what is kept of the weeks before."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bot.model.forge import IssueComment
from bot.propose.issue import WantedComment, WantedIssue, WantedThread
from bot.report import weekly_weeks
from bot.report.weekly import Comment, Text
from bot.report.weekly_pages import MORE_BEGINS


def weekly_issue(text: Text, repo: str, labels: tuple[str, ...], now: datetime) -> WantedIssue:
    """What is to be published of a text at a moment."""
    thread = WantedThread(more=tuple(map(_wanted, text.comments)), more_begins=MORE_BEGINS, keep=partial(_kept, now=now), foot=_foot)
    return WantedIssue(repo=repo, title=text.title, body=text.body, marker=text.marker, is_open=text.is_open, labels=labels, thread=thread)


def _wanted(comment: Comment) -> WantedComment:
    return WantedComment(marker=comment.marker, body=comment.body)


def _kept(body: str, *, now: datetime) -> WantedComment | None:
    kept = weekly_weeks.kept(body, now)
    return None if kept is None else _wanted(kept)


def _foot(comments: Sequence[IssueComment]) -> str:
    return weekly_weeks.earlier([(one.body, one.url) for one in comments])
