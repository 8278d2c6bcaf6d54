"""What waits for an answer below a pull request, and the hidden mark by which an answer is known again. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.model.comment import Comment, Reaction, Thread
from bot.model.pull_request import PullRequest
from bot.propose.commands import WORD, Command, Unknown, read
from bot.propose.markdown import code

_LOGIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})")
_ANSWER: Final = re.compile(r"<!-- rebuild-bot:answer:v1 (?P<comment>[A-Za-z0-9_=+/-]{1,200}) (?P<at>[0-9T:.+-]{1,40})(?P<help> help)? -->")
_HANDS_OFF: Final = "<!-- rebuild-bot:hands-off:v1 -->"
MOST_ANSWERED: Final = 10
"""Requests that one run answers below one pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A comment that tells the bot something."""

    pull: PullRequest
    comment: Comment
    by: str
    """Login."""
    said: Command | Unknown
    is_help_known: bool = False
    """The list of commands stands below the pull request already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the bot itself wrote below a pull request."""

    given: frozenset[tuple[str, datetime]]
    """Comments that were answered, as they read then."""
    has_help: bool
    has_hands_off: bool


def answers_in(thread: Thread, own: Collection[str]) -> Answers:
    bodies = [comment.body for comment in thread.comments if comment.author in own]
    marks = [match for body in bodies for match in _ANSWER.finditer(body)]
    return Answers(
        given=frozenset((mark["comment"], at) for mark in marks if (at := _moment(mark["at"])) is not None),
        has_help=any(mark["help"] for mark in marks),
        has_hands_off=any(_HANDS_OFF in body for body in bodies),
    )


def requests_in(pull: PullRequest, thread: Thread, own: Collection[str]) -> list[Request]:
    """What people told the bot and got no answer to yet, the oldest first, of each at most the newest ten.

    How much of it is answered is for the caller to bound, who knows whose word counts: whoever says much drowns nobody.

    The bot does not listen to itself, nor to other Apps. What was said before something that was answered is over: the newer word counts.
    """
    answers = answers_in(thread, own)
    newest = max((at for _, at in answers.given), default=None)
    found: list[Request] = []
    for comment in thread.comments:
        author = comment.author or ""
        is_over = newest is not None and comment.written_at < newest
        if is_over or not comment.is_by_person or author in own or not _LOGIN.fullmatch(author):
            continue
        said = read(comment.body, comment.written_at)
        is_answered = (comment.node_id, comment.written_at) in answers.given
        is_marked = isinstance(said, Unknown) and answers.has_help and Reaction.NOT_UNDERSTOOD in comment.reactions
        if said is not None and not is_answered and not is_marked:
            found.append(Request(pull=pull, comment=comment, by=author, said=said, is_help_known=answers.has_help))
    found.sort(key=lambda request: request.comment.written_at)
    by_author: dict[str, list[Request]] = {}
    for request in found:
        by_author.setdefault(request.by, []).append(request)
    kept = {id(request) for requests in by_author.values() for request in requests[-MOST_ANSWERED:]}
    return [request for request in found if id(request) in kept]


def answer_mark(request: Request, *, is_help: bool = False) -> str:
    at = request.comment.written_at.isoformat()
    return f"<!-- rebuild-bot:answer:v1 {request.comment.node_id} {at}{' help' if is_help else ''} -->"


def hands_off_text(others: Collection[str], *, hears_comments: bool) -> str:
    """Said once below a pull request to which others committed."""
    names = ", ".join(code(name) for name in sorted(others)[:MOST_ANSWERED])
    return (
        f"This branch holds commits of {names}: the bot keeps its hands off it"
        + (f". `{WORD} recreate` hands it back, without those commits." if hears_comments else ", for as long as it holds them.")
        + f"\n\n{_HANDS_OFF}\n"
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment
