"""Issues beneath issues."""

from collections.abc import Iterator
from typing import Final

from bot.sandbox.github import shapes_issues
from bot.sandbox.github.rest import Answer, Call, Page, Routes, not_found, refused
from bot.sandbox.github.state import Issue, Repo

MAX_SUB_ISSUES: Final = 100
"""Of one issue (GitHub Docs, "Adding sub-issues")."""


def _list(call: Call) -> Answer:
    repo = call.repo()
    issue = call.issue(repo)
    return Answer(data=Page(items=issue.sub_issues, shape=lambda child: shapes_issues.issue(call.base, _repo_of(call, repo, child), child)))


def _add(call: Call) -> Answer:
    repo = call.writable_repo()
    parent, wanted = call.issue(repo), call.body.get("sub_issue_id")
    child = next((one for one in _of_owner(call, repo) if one.id == wanted and one.pull is None), None)
    if child is None:
        raise not_found()
    if child is parent:
        raise refused("Issue", "An issue cannot be its own sub-issue")
    if child.parent is not None and (child.parent is parent or call.body.get("replace_parent") is not True):
        raise refused("Issue", "Sub issue may only have one parent")
    if len(parent.sub_issues) >= MAX_SUB_ISSUES:
        raise refused("Issue", f"Parent cannot have more than {MAX_SUB_ISSUES} sub-issues")
    if child.parent is not None:
        child.parent.sub_issues.remove(child)
    parent.sub_issues.append(child)
    child.parent = parent
    return Answer(status=201, data=shapes_issues.issue(call.base, repo, parent))


def _remove(call: Call) -> Answer:
    repo = call.writable_repo()
    parent, wanted = call.issue(repo), call.body.get("sub_issue_id")
    child = next((one for one in parent.sub_issues if one.id == wanted), None)
    if child is None:
        raise not_found()
    parent.sub_issues.remove(child)
    child.parent = None
    return Answer(data=shapes_issues.issue(call.base, repo, parent))


def _of_owner(call: Call, repo: Repo) -> Iterator[Issue]:
    """Those of the repo itself first."""
    yield from repo.issues.values()
    for other in call.world.repos_of(repo.owner):
        if other is not repo:
            yield from other.issues.values()


def _repo_of(call: Call, repo: Repo, child: Issue) -> Repo:
    return next(other for other in (repo, *call.world.repos_of(repo.owner)) if other.issues.get(child.number) is child)


_ROOT = "/repos/{owner}/{repo}/issues/{number}"
ROUTES: Routes = (
    ("GET", f"{_ROOT}/sub_issues", _list),
    ("POST", f"{_ROOT}/sub_issues", _add),
    ("DELETE", f"{_ROOT}/sub_issue", _remove),
)
