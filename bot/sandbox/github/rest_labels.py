"""Labels and assignees."""

from collections.abc import Sequence
from datetime import datetime

from bot.sandbox.github import shapes
from bot.sandbox.github.rest import Answer, ApiError, Call, Page, Routes, invalid, not_found
from bot.sandbox.github.state import Account, AccountKind, Issue, Label, Repo, World

_MAX_NAME_CHARACTERS = 50
_MAX_DESCRIPTION_CHARACTERS = 100
_MAX_LABELS = 100
_MAX_ASSIGNEES = 10
_PLAIN_COLOR = "ededed"
"""What GitHub gives a label that comes into being by being used."""


def labels_named(world: World, repo: Repo, names: Sequence[str]) -> list[Label]:
    """The repo's labels of these names, each once; those it lacks are made. Raises ApiError."""
    labels: list[Label] = []
    for name in names:
        label = repo.labels.get(name.lower()) or _new(world, repo, name, _PLAIN_COLOR, None)
        if label not in labels:
            labels.append(label)
    if len(labels) > _MAX_LABELS:
        raise invalid("Issue", "labels", "custom", f"labels cannot be more than {_MAX_LABELS}")
    return labels


def put(issue: Issue, labels: Sequence[Label], now: datetime) -> None:
    """These are the issue's labels from now on."""
    issue.labellings += [(label, now) for label in labels if label not in issue.labels]
    issue.labels, issue.updated_at = list(labels), now


def _new(world: World, repo: Repo, name: str, color: str, description: str | None) -> Label:
    _check(name, color, description)
    label = Label(id=world.next_id(), name=name, color=color.lower(), description=description)
    repo.labels[name.lower()] = label
    return label


def _check(name: str, color: str, description: str | None) -> None:
    if not name or len(name) > _MAX_NAME_CHARACTERS:
        raise invalid("Label", "name", "custom", f"name is too long (maximum is {_MAX_NAME_CHARACTERS} characters)")
    if len(color) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in color):  # noqa: PLR2004 - RRGGBB
        raise invalid("Label", "color")
    if description is not None and len(description) > _MAX_DESCRIPTION_CHARACTERS:
        text = f"description is too long (maximum is {_MAX_DESCRIPTION_CHARACTERS} characters)"
        raise invalid("Label", "description", "custom", text)


def assignees_named(call: Call, logins: Sequence[str]) -> list[Account]:
    """Raises ApiError for a login that nobody, or no person, has."""
    people = [call.world.account(login) for login in logins]
    known = [who for who in people if who is not None and who.kind is AccountKind.USER]
    if len(known) < len(people):
        raise invalid("Issue", "assignees")
    return known[:_MAX_ASSIGNEES]


def _page(call: Call, repo: Repo, labels: Sequence[Label]) -> Page:
    return Page(items=labels, shape=lambda label: shapes.label(call.base, repo, label))


def _list(call: Call) -> Answer:
    repo = call.repo()
    return Answer(data=_page(call, repo, list(repo.labels.values())))


def _found(call: Call, repo: Repo) -> Label:
    label = repo.labels.get(call.path("name").lower())
    if label is None:
        raise not_found()
    return label


def _get(call: Call) -> Answer:
    repo = call.repo()
    return Answer(data=shapes.label(call.base, repo, _found(call, repo)))


def _create(call: Call) -> Answer:
    repo, name = call.writable_repo(), call.need("Label", "name")
    if name.lower() in repo.labels:
        raise invalid("Label", "name", "already_exists")
    label = _new(call.world, repo, name, call.text("color") or _PLAIN_COLOR, call.text("description"))
    return Answer(status=201, data=shapes.label(call.base, repo, label))


def _edit(call: Call) -> Answer:
    repo = call.writable_repo()
    label = _found(call, repo)
    name, color = call.text("new_name") or label.name, call.text("color") or label.color
    description = call.text("description", label.description)
    if name.lower() != label.name.lower() and name.lower() in repo.labels:
        raise invalid("Label", "name", "already_exists")
    _check(name, color, description)
    del repo.labels[label.name.lower()]
    label.name, label.color, label.description = name, color, description
    repo.labels[name.lower()] = label
    return Answer(data=shapes.label(call.base, repo, label))


def _delete(call: Call) -> Answer:
    repo = call.writable_repo()
    label = _found(call, repo)
    del repo.labels[label.name.lower()]
    for issue in repo.issues.values():
        issue.labels = [kept for kept in issue.labels if kept is not label]
    return Answer(status=204)


def _of_issue(call: Call) -> Answer:
    repo = call.repo()
    return Answer(data=_page(call, repo, call.issue(repo).labels))


def _asked(call: Call) -> list[str]:
    """GitHub takes `{"labels": [...]}` and the bare list."""
    if "" in call.body:
        call.body["labels"] = call.body.pop("")
    return call.names("labels")


def _change_issue(call: Call, *, keep: bool) -> Answer:
    repo = call.writable_repo()
    issue = call.issue(repo)
    kept = [label.name for label in issue.labels] if keep else []
    put(issue, labels_named(call.world, repo, [*kept, *_asked(call)]), call.now)
    return Answer(data=_page(call, repo, issue.labels))


def _add(call: Call) -> Answer:
    return _change_issue(call, keep=True)


def _replace(call: Call) -> Answer:
    return _change_issue(call, keep=False)


def _clear(call: Call) -> Answer:
    issue = call.issue(call.writable_repo())
    issue.labels, issue.updated_at = [], call.now
    return Answer(status=204)


def _remove(call: Call) -> Answer:
    repo = call.writable_repo()
    issue, name = call.issue(repo), call.path("name").lower()
    kept = [label for label in issue.labels if label.name.lower() != name]
    if len(kept) == len(issue.labels):
        raise ApiError(404, "Label does not exist")
    issue.labels, issue.updated_at = kept, call.now
    return Answer(data=_page(call, repo, kept))


def _assignable(call: Call) -> Answer:
    call.repo()
    people = [who for who in call.world.accounts.values() if who.kind is AccountKind.USER]
    return Answer(data=Page(items=people, shape=lambda who: shapes.account(call.base, who)))


def _is_assignable(call: Call) -> Answer:
    call.repo()
    who = call.world.account(call.path("login"))
    if who is None or who.kind is not AccountKind.USER:
        raise not_found()
    return Answer(status=204)


_ROOT = "/repos/{owner}/{repo}"
ROUTES: Routes = (
    ("GET", f"{_ROOT}/labels", _list),
    ("POST", f"{_ROOT}/labels", _create),
    ("GET", f"{_ROOT}/labels/{{name:path}}", _get),
    ("PATCH", f"{_ROOT}/labels/{{name:path}}", _edit),
    ("DELETE", f"{_ROOT}/labels/{{name:path}}", _delete),
    ("GET", f"{_ROOT}/issues/{{number}}/labels", _of_issue),
    ("POST", f"{_ROOT}/issues/{{number}}/labels", _add),
    ("PUT", f"{_ROOT}/issues/{{number}}/labels", _replace),
    ("DELETE", f"{_ROOT}/issues/{{number}}/labels", _clear),
    ("DELETE", f"{_ROOT}/issues/{{number}}/labels/{{name:path}}", _remove),
    ("GET", f"{_ROOT}/assignees", _assignable),
    ("GET", f"{_ROOT}/assignees/{{login}}", _is_assignable),
)
