"""An issue for each owner, beneath the weekly one: what that owner is asked for, edited in place and closed when nothing is left."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.model.exposure import Exposure
from bot.model.failure import Failure
from bot.model.forge import Issue
from bot.pipeline.attempt import attempt
from bot.pipeline.report import Report
from bot.pipeline.report_of_owner import exposures_of, issue_of_owner
from bot.propose.forge import Forge
from bot.propose.issue import IssueOutcome, PublishedIssue, WantedIssue, publish_found

_MARKER_BEGINS: Final = "<!-- rebuild-bot:owner-issue:v1 "
_MARKER: Final = re.compile(re.escape(_MARKER_BEGINS) + r"(@[A-Za-z0-9._/-]{1,150}) -->")
_OWNER: Final = re.compile(r"@[A-Za-z0-9._/-]{1,150}")
_MOST: Final = 100
"""Sub-issues that GitHub lets an issue have (Docs, "Adding sub-issues")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerIssues:
    """What became of them."""

    opened: int = 0
    closed: int = 0
    left: int = 0
    """Owners for whom there was no room."""
    failures: tuple[Failure, ...] = ()

    @property
    def in_words(self) -> str:
        """`2 opened, 1 closed, 4 owners without one: an issue has room for 100`; empty: nothing happened."""
        left = f"{self.left} owner{'' if self.left == 1 else 's'} without one: an issue has room for {_MOST}" if self.left else ""
        opened = f"{self.opened} opened" if self.opened else ""
        closed = f"{self.closed} closed" if self.closed else ""
        return ", ".join(filter(None, (opened, closed, left)))


def publish_owner_issues(forge: Forge, made: Report, *, repo: str, parent: PublishedIssue, labels: tuple[str, ...]) -> OwnerIssues:
    """Open, edit and close them, and put each beneath the weekly issue. Raises ForgeError where those that are there can't be listed.

    Where repos could not be looked at nothing is closed: whose they are is not known. Nor is that of an owner of whose fixes nobody can
    tell whether they have come to their end: what was past due yesterday may be so today.
    """
    there = _by_owner(forge.find_issues(repo, marker_begins=_MARKER_BEGINS))
    burdened = _burdened(made)
    wanted = burdened[:_MOST]
    beneath = set(forge.sub_issues(repo, parent.number)) if parent.number is not None and wanted else set()
    done: list[PublishedIssue] = []
    failures: list[Failure] = []
    for owner in [*wanted, *(each for each, issue in there.items() if each not in wanted and issue.is_open)]:
        is_open = owner in wanted or bool(made.sight.unseen_repos) or _is_unsure(made, owner)
        issue = _wanted(made, owner, repo, labels, is_open=is_open)
        result = attempt(f"the issue of {owner}", partial(_publish, forge, issue, there.get(owner), parent, beneath))
        if isinstance(result, Failure):
            failures.append(result)
        else:
            done.append(result)
    return OwnerIssues(
        opened=sum(one.outcome is IssueOutcome.OPENED for one in done),
        closed=sum(one.outcome is IssueOutcome.CLOSED for one in done),
        left=len(burdened) - len(wanted),
        failures=tuple(failures),
    )


def _publish(forge: Forge, wanted: WantedIssue, there: Issue | None, parent: PublishedIssue, beneath: set[int]) -> PublishedIssue:
    done = publish_found(forge, wanted, there)
    if wanted.is_open and done.issue is not None and parent.number is not None and done.issue.number not in beneath:
        forge.add_sub_issue(wanted.repo, parent.number, done.issue)
    return done


def _by_owner(issues: Sequence[Issue]) -> Mapping[str, Issue]:
    """The newest of each, an open one before closed ones."""
    found: dict[str, Issue] = {}
    for issue in sorted(issues, key=lambda one: (one.is_open, one.number)):
        marker = _MARKER.match(issue.body)
        if marker is not None:
            found[marker[1]] = issue
    return found


def _burdened(made: Report) -> list[str]:
    """The owners of whom something is past due or soon will be, the most burdened first."""
    urgent: dict[str, int] = {}
    for one in made.exposures:
        if _is_urgent(made, one):
            for owner in one.app.owners[:1]:
                urgent[owner] = urgent.get(owner, 0) + 1
    return [owner for owner in sorted(urgent, key=lambda each: (-urgent[each], each)) if _OWNER.fullmatch(owner)]


def _is_urgent(made: Report, one: Exposure) -> bool:
    return one.is_stale(made.now) or (one.due is not None and one.due <= made.now + made.style.due_soon and not one.is_accepted(made.now))


def _is_unsure(made: Report, owner: str) -> bool:
    return any(one.is_unsure and not one.is_accepted(made.now) for one in exposures_of(made, owner))


def _wanted(made: Report, owner: str, repo: str, labels: tuple[str, ...], *, is_open: bool) -> WantedIssue:
    marker = f"{_MARKER_BEGINS}{owner} -->"
    text = issue_of_owner(made, owner, marker=marker)
    return WantedIssue(repo=repo, title=text.title, body=text.body, marker=marker, is_open=is_open, labels=labels)
