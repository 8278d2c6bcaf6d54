"""Issues, which pull requests are too, and their comments."""

from datetime import datetime

from bot.sandbox.github import shapes_issues
from bot.sandbox.github.rest import Answer, ApiError, Call, Page, Routes, check_text, invalid, not_found
from bot.sandbox.github.rest_labels import assignees_named, labels_named, put
from bot.sandbox.github.rest_milestones import put_in
from bot.sandbox.github.state import Comment, Issue, Repo


def _list(call: Call) -> Answer:
    repo = call.repo()
    state, creator, assignee = call.query("state", "open"), call.query("creator").lower(), call.query("assignee").lower()
    labels = {name.strip().lower() for name in call.query("labels").split(",") if name.strip()}
    since = call.query("since")
    earliest = datetime.fromisoformat(since) if since else None
    items = [
        issue
        for issue in repo.issues.values()
        if state in {"all", issue.state}
        and labels <= {label.name.lower() for label in issue.labels}
        and creator in {"", issue.author.login.lower()}
        and assignee in {"", "*", *(who.login.lower() for who in issue.assignees)}
        and (earliest is None or issue.updated_at >= earliest)
    ]
    order = call.query("sort", "created")
    items.sort(key=lambda issue: sort_key(issue, order), reverse=call.query("direction", "desc") == "desc")
    return Answer(data=Page(items=items, shape=lambda issue: shapes_issues.issue(call.base, repo, issue)))


def sort_key(issue: Issue, order: str) -> tuple[datetime | int, int]:
    """By which lists are sorted; of two alike, the one opened later is the greater."""
    match order:
        case "updated":
            return issue.updated_at, issue.number
        case "comments" | "popularity":
            return len(issue.comments), issue.number
        case _:
            return issue.created_at, issue.number


def _get(call: Call) -> Answer:
    repo = call.repo()
    return Answer(data=shapes_issues.issue(call.base, repo, call.issue(repo)))


def _create(call: Call) -> Answer:
    repo = call.writable_repo()
    if not repo.has_issues:
        raise ApiError(410, "Issues has been disabled in this repository.")
    title, body = call.need("Issue", "title"), call.text("body")
    check_text("Issue", title=title, body=body)
    number = max(repo.issues, default=0) + 1
    issue = Issue(
        id=call.world.next_id(),
        number=number,
        author=call.viewer,
        title=title,
        body=body,
        created_at=call.now,
        updated_at=call.now,
        assignees=assignees_named(call, call.names("assignees")),
    )
    put(issue, labels_named(call.world, repo, call.names("labels")), call.now)
    repo.issues[number] = issue
    data = shapes_issues.issue(call.base, repo, issue)
    return Answer(status=201, data=data, headers={"location": data["url"]})


def _edit(call: Call) -> Answer:
    repo = call.writable_repo()
    issue = call.issue(repo)
    edit_text(call, issue, "Issue")
    if "labels" in call.body:
        put(issue, labels_named(call.world, repo, call.names("labels")), call.now)
    if "assignees" in call.body:
        issue.assignees = assignees_named(call, call.names("assignees"))
    if "milestone" in call.body:
        put_in(issue, repo, call.body["milestone"])
    if issue.pull is not None and call.text("state") == "open" and not issue.is_open:
        raise invalid("Issue", "state")
    set_state(call, issue, call.text("state"), "Issue")
    return Answer(data=shapes_issues.issue(call.base, repo, issue))


def edit_text(call: Call, issue: Issue, resource: str) -> None:
    """Title and body as the request wants them. Raises ApiError where GitHub would refuse them."""
    write_text(issue, resource, title=call.text("title"), body=call.text("body") if "body" in call.body else issue.body, now=call.now)


def write_text(issue: Issue, resource: str, *, title: str | None, body: str | None, now: datetime) -> None:
    """A title of None leaves it. Raises ApiError where GitHub would refuse them."""
    check_text(resource, title=title, body=body)
    if title == "":
        raise invalid(resource, "title", "missing_field")
    issue.title = issue.title if title is None else title
    issue.body, issue.updated_at = body, now


def set_state(call: Call, issue: Issue, state: str | None, resource: str) -> None:
    """Open or closed; None leaves it. Raises ApiError for another word."""
    match state:
        case None:
            return
        case "open":
            issue.closed_at, issue.closed_by = None, None
            issue.state_reason = "reopened" if issue.pull is None else None
        case "closed":
            if issue.is_open:
                issue.closed_at, issue.closed_by = call.now, call.viewer
            issue.state_reason = call.text("state_reason", "completed") if issue.pull is None else None
        case _:
            raise invalid(resource, "state")
    issue.updated_at = call.now


def _comments(call: Call) -> Answer:
    repo = call.repo()
    issue = call.issue(repo)
    return Answer(data=Page(items=issue.comments, shape=lambda item: shapes_issues.comment(call.base, repo, issue, item)))


def _comment(call: Call) -> Answer:
    repo = call.writable_repo()
    issue = call.issue(repo)
    item = comment(call, issue, call.need("IssueComment", "body"))
    data = shapes_issues.comment(call.base, repo, issue, item)
    return Answer(status=201, data=data, headers={"location": data["url"]})


def comment(call: Call, issue: Issue, body: str) -> Comment:
    """The new comment. Raises ApiError where GitHub would refuse it."""
    check_text("IssueComment", body=body)
    if issue.is_locked:
        raise ApiError(403, "Unable to create comment because issue is locked.")
    item = Comment(id=call.world.next_id(), author=call.viewer, body=body, created_at=call.now, updated_at=call.now)
    issue.comments.append(item)
    issue.updated_at = call.now
    return item


def _found(call: Call, repo: Repo) -> tuple[Issue, Comment]:
    wanted = call.path("comment")
    for issue in repo.issues.values():
        for item in issue.comments:
            if str(item.id) == wanted:
                return issue, item
    raise not_found()


def _get_comment(call: Call) -> Answer:
    repo = call.repo()
    return Answer(data=shapes_issues.comment(call.base, repo, *_found(call, repo)))


def _edit_comment(call: Call) -> Answer:
    repo = call.writable_repo()
    issue, item = _found(call, repo)
    body = call.need("IssueComment", "body")
    check_text("IssueComment", body=body)
    item.body, item.updated_at, item.edited_at = body, call.now, call.now
    return Answer(data=shapes_issues.comment(call.base, repo, issue, item))


def _delete_comment(call: Call) -> Answer:
    issue, item = _found(call, call.writable_repo())
    issue.comments.remove(item)
    return Answer(status=204)


_ROOT = "/repos/{owner}/{repo}/issues"
ROUTES: Routes = (
    ("GET", _ROOT, _list),
    ("POST", _ROOT, _create),
    ("GET", f"{_ROOT}/comments/{{comment}}", _get_comment),
    ("PATCH", f"{_ROOT}/comments/{{comment}}", _edit_comment),
    ("DELETE", f"{_ROOT}/comments/{{comment}}", _delete_comment),
    ("GET", f"{_ROOT}/{{number}}", _get),
    ("PATCH", f"{_ROOT}/{{number}}", _edit),
    ("GET", f"{_ROOT}/{{number}}/comments", _comments),
    ("POST", f"{_ROOT}/{{number}}/comments", _comment),
)
