"""One issue that is edited in place: opened once, closed when there is nothing to say, opened again when there is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from bot.propose.forge import Forge, Issue, IssueComment

log = structlog.get_logger()


class IssueOutcome(StrEnum):
    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"
    UNCHANGED = "unchanged"
    NOT_NEEDED = "not needed"
    """There is nothing to say, and no issue that says otherwise."""
    NO_PLACE = "has no place: the repo keeps no issues"
    DRY_RUN = "not written: a dry run"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedComment:
    """A comment as it shall be; by the marker, with which its body begins, it is found again."""

    marker: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedThread:
    """The bot's comments below an issue."""

    more: tuple[WantedComment, ...] = ()
    """Edited in place."""
    more_begins: str
    """What the marker of each of these begins with: what is there of the kind and not wanted any more is deleted."""
    keep: Callable[[str], WantedComment | None]
    """What is to be kept of a body before it is written over, once; None: nothing."""
    foot: Callable[[Sequence[IssueComment]], str]
    """The last lines of the body, by the comments that are there; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedIssue:
    """An issue as it shall be; `marker` stands in its body, and by it the issue is found again."""

    repo: str
    title: str
    body: str
    marker: str
    is_open: bool
    labels: tuple[str, ...] = ()
    thread: WantedThread | None = None
    """None: its comments are not the bot's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIssue:
    outcome: IssueOutcome
    number: int | None = None
    url: str | None = None
    issue: Issue | None = None
    """As it was found or opened; None: there is none."""


def publish_issue(forge: Forge, wanted: WantedIssue) -> PublishedIssue:
    """Make the issue and its comments be as wanted; when they already are, nothing is written. Raises ForgeError.

    What is to be kept of the body is written before the body is written over: whoever is stopped between goes on from there.
    """
    return publish_found(forge, wanted, forge.find_issue(wanted.repo, marker=wanted.marker))


def publish_found(forge: Forge, wanted: WantedIssue, issue: Issue | None) -> PublishedIssue:
    """The same, where it is known already which issue that is; None: there is none yet."""
    if issue is None:
        if not wanted.is_open:
            return PublishedIssue(outcome=IssueOutcome.NOT_NEEDED)
        issue = forge.open_issue(wanted.repo, title=wanted.title, body=wanted.body, labels=wanted.labels)
        outcome = IssueOutcome.OPENED
        if wanted.thread is not None:
            _write_more(forge, wanted, wanted.thread, issue, ())
    elif not (issue.is_open or wanted.is_open):
        outcome = IssueOutcome.NOT_NEEDED
    else:
        outcome = _update(forge, wanted, issue)
    log.info("issue.published", repo=wanted.repo, number=issue.number, outcome=outcome.value)
    return PublishedIssue(outcome=outcome, number=issue.number, url=issue.url, issue=issue)


def _update(forge: Forge, wanted: WantedIssue, issue: Issue) -> IssueOutcome:
    is_changed, body = False, wanted.body
    if wanted.thread is not None:
        there = _without_doubles(forge, wanted, issue)
        kept = wanted.thread.keep(issue.body)
        if kept is not None and not any(one.body.startswith(kept.marker) for one in there):
            there.append(forge.write_issue_comment(wanted.repo, issue.number, kept.body))
            is_changed = True
        is_changed |= _write_more(forge, wanted, wanted.thread, issue, there)
        body += wanted.thread.foot(there)
    if (issue.title, _text(issue.body), issue.is_open) != (wanted.title, _text(body), wanted.is_open):
        forge.edit_issue(wanted.repo, issue.number, title=wanted.title, body=body, is_open=wanted.is_open)
        return IssueOutcome.UPDATED if wanted.is_open else IssueOutcome.CLOSED
    return IssueOutcome.UPDATED if is_changed else IssueOutcome.UNCHANGED


def _without_doubles(forge: Forge, wanted: WantedIssue, issue: Issue) -> list[IssueComment]:
    """The bot's comments, each marker once: of two that runs at once wrote, the later one is taken back."""
    kept: list[IssueComment] = []
    seen: set[str] = set()
    for one in forge.issue_comments(wanted.repo, issue.number):
        marker = one.body.partition("\n")[0].rstrip()
        if marker in seen:
            forge.delete_issue_comment(wanted.repo, issue.number, one)
            continue
        kept.append(one)
        if marker.startswith("<!-- "):
            seen.add(marker)
    return kept


def _write_more(forge: Forge, wanted: WantedIssue, thread: WantedThread, issue: Issue, there: Sequence[IssueComment]) -> bool:
    """Whether anything was written. Of two with the same marker, which two runs at once may leave, the first stays."""
    left = [one for one in there if one.body.startswith(thread.more_begins)]
    is_changed = False
    for comment in thread.more:
        mine = next((one for one in left if one.body.startswith(comment.marker)), None)
        if mine is None:
            forge.write_issue_comment(wanted.repo, issue.number, comment.body)
        elif _text(mine.body) != _text(comment.body):
            forge.edit_issue_comment(wanted.repo, issue.number, mine, body=comment.body)
        is_changed |= mine is None or _text(mine.body) != _text(comment.body)
        left = [one for one in left if one is not mine]
    for one in left:
        forge.delete_issue_comment(wanted.repo, issue.number, one)
    return is_changed or bool(left)


def _text(body: str) -> str:
    """GitHub stores what its own form sends with CR LF, and without blanks at the end."""
    return body.replace("\r\n", "\n").rstrip()
