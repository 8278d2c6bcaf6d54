"""One issue that is edited in place: opened once, closed when there is nothing to say, opened again when there is."""

from dataclasses import dataclass
from enum import StrEnum

import structlog

from bot.propose.forge import Forge

log = structlog.get_logger()


class IssueOutcome(StrEnum):
    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"
    UNCHANGED = "unchanged"
    NOT_NEEDED = "not needed"
    """There is nothing to say, and no issue that says otherwise."""
    DRY_RUN = "not written: a dry run"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedIssue:
    """An issue as it shall be; `marker` stands in its body, and by it the issue is found again."""

    repo: str
    title: str
    body: str
    marker: str
    is_open: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIssue:
    outcome: IssueOutcome
    number: int | None = None
    url: str | None = None


def publish_issue(forge: Forge, wanted: WantedIssue) -> PublishedIssue:
    """Make the issue be as wanted; when it already is, nothing is written. Raises ForgeError."""
    issue = forge.find_issue(wanted.repo, marker=wanted.marker)
    if issue is None:
        if not wanted.is_open:
            return PublishedIssue(outcome=IssueOutcome.NOT_NEEDED)
        issue = forge.open_issue(wanted.repo, title=wanted.title, body=wanted.body, labels=wanted.labels)
        outcome = IssueOutcome.OPENED
    elif (issue.title, _text(issue.body), issue.is_open) == (wanted.title, _text(wanted.body), wanted.is_open):
        outcome = IssueOutcome.UNCHANGED
    elif not (issue.is_open or wanted.is_open):
        outcome = IssueOutcome.NOT_NEEDED
    else:
        forge.edit_issue(wanted.repo, issue.number, title=wanted.title, body=wanted.body, is_open=wanted.is_open)
        outcome = IssueOutcome.UPDATED if wanted.is_open else IssueOutcome.CLOSED
    log.info("issue.published", repo=wanted.repo, number=issue.number, outcome=outcome.value)
    return PublishedIssue(outcome=outcome, number=issue.number, url=issue.url)


def _text(body: str) -> str:
    """GitHub stores what its own form sends with CR LF, and without blanks at the end."""
    return body.replace("\r\n", "\n").rstrip()
