"""Milestones, and who is assigned to issues and pull requests."""

from typing import Any

from bot.sandbox.github import shapes_issues
from bot.sandbox.github.rest import Answer, Call, Page, Routes, invalid
from bot.sandbox.github.state import AccountKind, Issue, Milestone, Repo

_MAX_ASSIGNEES = 10


def _list(call: Call) -> Answer:
    repo, state = call.repo(), call.query("state", "open")
    items = [one for one in repo.milestones if state in {"all", "open" if one.is_open else "closed"}]
    return Answer(data=Page(items=items, shape=lambda item: shapes_issues.milestone(call.base, repo, item)))


def _assign(call: Call) -> Answer:
    """Who may not be assigned is passed over without a word."""
    repo = call.writable_repo()
    issue = call.issue(repo)
    found = [call.world.account(login) for login in call.names("assignees")]
    people = [who for who in found if who is not None and who.kind is AccountKind.USER and may_be_assigned(repo, who.login)]
    issue.assignees = list(dict.fromkeys([*issue.assignees, *people]))[:_MAX_ASSIGNEES]
    issue.updated_at = call.now
    return Answer(status=201, data=shapes_issues.issue(call.base, repo, issue))


def may_be_assigned(repo: Repo, login: str) -> bool:
    return repo.permissions.get(login.lower(), "write") not in {"none", "read"}


def put_in(issue: Issue, repo: Repo, number: Any) -> None:  # noqa: ANN401 - what a client sent
    """None takes it out. Raises ApiError where there is no such milestone."""
    found: dict[Any, Milestone] = {one.number: one for one in repo.milestones}
    if number is not None and number not in found:
        raise invalid("Issue", "milestone")
    issue.milestone = None if number is None else found[number]


_ROOT = "/repos/{owner}/{repo}"
ROUTES: Routes = (
    ("GET", f"{_ROOT}/milestones", _list),
    ("POST", f"{_ROOT}/issues/{{number}}/assignees", _assign),
)
