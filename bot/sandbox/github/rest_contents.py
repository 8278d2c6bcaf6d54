"""Files, branches, tags, commits, and the difference between two of them."""

import base64
import binascii
from typing import Any

from bot.sandbox.github import shapes_git
from bot.sandbox.github.git_diff import diff
from bot.sandbox.github.git_store import EMPTY_TREE, Change, Entry, Signature, is_allowed_path
from bot.sandbox.github.merging import follow
from bot.sandbox.github.rest import Answer, ApiError, Call, Page, Routes, invalid, not_found, number
from bot.sandbox.github.rest_git import signed_by
from bot.sandbox.github.shapes import repo_address, repo_page
from bot.sandbox.github.state import Repo

_MAX_INLINE_BYTES = 1024 * 1024
"""GitHub leaves the content of larger files out of the answer."""
_MAX_COMPARED_FILES = 300
_MAX_COMPARED_COMMITS = 250
"""On a page; where the question has `page` or `per_page`, the rules of all lists hold, and files come with the first page alone."""


def _contents(call: Call) -> Answer:
    repo, path = call.repo(), call.path("path").strip("/")
    at = call.query("ref") or repo.default_branch
    commit = repo.store.commit_id(at)
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {at}" if call.query("ref") else "This repository is empty.")
    entry = repo.store.entry(commit, path)
    if entry is None:
        raise not_found()
    if entry.kind == "tree":
        inside = repo.store.tree(entry.sha)
        return Answer(data=[_placed(call, repo, child, path, at) for child in inside])
    return Answer(data=_file(call, repo, entry, at))


def _placed(call: Call, repo: Repo, entry: Entry, folder: str, at: str) -> dict[str, Any]:
    path = f"{folder}/{entry.path}" if folder else entry.path
    whole = Entry(mode=entry.mode, kind=entry.kind, sha=entry.sha, path=path, size_bytes=entry.size_bytes)
    return shapes_git.content(call.base, repo, whole, at)


def _file(call: Call, repo: Repo, entry: Entry, at: str) -> dict[str, Any]:
    data = shapes_git.content(call.base, repo, entry, at)
    match data["type"]:
        case "symlink":
            return data | {"target": repo.store.blob(entry.sha).decode(errors="replace")}
        case "submodule":
            return data | {"submodule_git_url": None}
        case _ if (entry.size_bytes or 0) > _MAX_INLINE_BYTES:
            return data | {"content": "", "encoding": "none"}
        case _:
            return data | {"content": shapes_git.encoded(repo.store.blob(entry.sha)), "encoding": "base64"}


def _write_file(call: Call) -> Answer:
    repo, path = call.writable_repo(), call.path("path").strip("/")
    branch, head, old = _before(call, repo, path)
    text = call.body.get("content")
    if not isinstance(text, str):
        raise invalid("Content", "content", "missing_field")
    try:
        content = base64.b64decode(text)
    except binascii.Error as error:
        raise ApiError(422, "content is not valid Base64") from error
    made = _commit_one(call, repo, branch, head, Change(path=path, content=content, mode="100644"))
    entry = repo.store.entry(made, path)
    if entry is None:
        raise AssertionError(f"{path} is not in the commit that wrote it")
    shown = shapes_git.content(call.base, repo, entry, branch)
    commit = shapes_git.git_commit(call.base, repo, repo.store.commit(made))
    return Answer(status=201 if old is None else 200, data={"content": shown, "commit": commit})


def _delete_file(call: Call) -> Answer:
    repo, path = call.writable_repo(), call.path("path").strip("/")
    branch, head, old = _before(call, repo, path)
    if old is None:
        raise not_found()
    made = _commit_one(call, repo, branch, head, Change(path=path, content=None))
    return Answer(data={"content": None, "commit": shapes_git.git_commit(call.base, repo, repo.store.commit(made))})


def _before(call: Call, repo: Repo, path: str) -> tuple[str, str | None, Entry | None]:
    """The branch, its head, and the file as it is. Raises ApiError where the body's `sha` is not that file."""
    if not is_allowed_path(path):
        raise ApiError(422, "path contains a malformed path component")
    branch = call.text("branch") or repo.default_branch
    head = repo.store.head(branch)
    if head is None and repo.store.branches():
        raise ApiError(404, f"Branch {branch} not found")
    old = None if head is None else repo.store.entry(head, path)
    given = call.text("sha")
    if old is not None and given is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if old is not None and given != old.sha:
        raise ApiError(409, f"{path} does not match {given}")
    return branch, head, old


def _commit_one(call: Call, repo: Repo, branch: str, head: str | None, change: Change) -> str:
    author = signed_by(call, "author") if call.body.get("author") else signed_by(call, "committer")
    signature = Signature(message=call.need("Content", "message"), author=author, committer=signed_by(call, "committer"))
    made = repo.store.commit_changes(branch, [change], signature, parent=head)
    follow(repo, call.now)
    return made


def _branches(call: Call) -> Answer:
    repo = call.repo()
    address = repo_address(call.base, repo)
    items = list(repo.store.branches().items())

    def shape(item: tuple[str, str]) -> dict[str, Any]:
        name, sha = item
        return {"name": name, "commit": {"sha": sha, "url": f"{address}/commits/{sha}"}, "protected": False}

    return Answer(data=Page(items=items, shape=shape))


def _branch(call: Call) -> Answer:
    repo, name = call.repo(), call.path("branch")
    sha = repo.store.head(name)
    if sha is None:
        raise ApiError(404, "Branch not found")
    address = f"{repo_address(call.base, repo)}/branches/{name}"
    return Answer(
        data={
            "name": name,
            "commit": shapes_git.commit(call.base, call.world, repo, repo.store.commit(sha)),
            "_links": {"self": address, "html": f"{repo_page(call.base, repo)}/tree/{name}"},
            "protected": False,
            "protection": {"enabled": False, "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []}},
            "protection_url": f"{address}/protection",
        }
    )


def _tags(call: Call) -> Answer:
    repo = call.repo()
    address = repo_address(call.base, repo)

    def shape(name: str) -> dict[str, Any]:
        sha = repo.store.commit_id(f"refs/tags/{name}")
        return {
            "name": name,
            "commit": {"sha": sha, "url": f"{address}/commits/{sha}"},
            "zipball_url": f"{address}/zipball/refs/tags/{name}",
            "tarball_url": f"{address}/tarball/refs/tags/{name}",
            "node_id": shapes_git.object_node(repo, name),
        }

    return Answer(data=Page(items=sorted(repo.store.tags(), reverse=True), shape=shape))


def _commits(call: Call) -> Answer:
    repo = call.repo()
    start = repo.store.commit_id(call.query("sha") or repo.default_branch)
    if start is None:
        raise not_found() if repo.store.branches() else ApiError(409, "Git Repository is empty.")
    items = repo.store.commits(start, path=call.query("path"))
    return Answer(data=Page(items=items, shape=lambda item: shapes_git.commit(call.base, call.world, repo, item)))


def _commit(call: Call) -> Answer:
    repo = call.repo()
    sha = repo.store.commit_id(call.path("ref"))
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.path('ref')}")
    item = repo.store.commit(sha)
    files = diff(repo.store, item.parents[0] if item.parents else EMPTY_TREE, sha)
    added, deleted = sum(file.additions for file in files), sum(file.deletions for file in files)
    data = shapes_git.commit(call.base, call.world, repo, item)
    data["stats"] = {"total": added + deleted, "additions": added, "deletions": deleted}
    data["files"] = [shapes_git.changed_file(call.base, repo, sha, file) for file in files[:_MAX_COMPARED_FILES]]
    return Answer(data=data)


def _compare(call: Call) -> Answer:
    repo = call.repo()
    old_name, _, new_name = call.path("basehead").partition("...")
    # A branch may be written with its owner: OWNER:BRANCH.
    old, new = (repo.store.commit_id(name.rpartition(":")[2]) for name in (old_name, new_name))
    if old is None or new is None:
        raise not_found()
    fork = repo.store.merge_base(old, new)
    if fork is None:
        raise ApiError(404, f"No common ancestor between {old_name} and {new_name}.")
    commits = tuple(reversed(repo.store.commits(new, without=old)))
    behind = repo.store.count(old, without=new)
    statuses = {(False, False): "identical", (True, False): "ahead", (False, True): "behind", (True, True): "diverged"}
    at = number(call.query("page", "1")) or 1
    per_page = min(number(call.query("per_page")) or (30 if call.query("page") else _MAX_COMPARED_COMMITS), _MAX_COMPARED_COMMITS)
    files = diff(repo.store, fork, new)[:_MAX_COMPARED_FILES] if at == 1 else []
    address, page = f"{repo_address(call.base, repo)}/compare/{old_name}...{new_name}", repo_page(call.base, repo)
    next_page = f'<{address}?page={at + 1}&per_page={per_page}>; rel="next"'
    return Answer(
        headers={"link": next_page} if at * per_page < len(commits) else {},
        data={
            "url": address,
            "html_url": f"{page}/compare/{old_name}...{new_name}",
            "permalink_url": f"{page}/compare/{repo.owner.login}:{old[:7]}...{repo.owner.login}:{new[:7]}",
            "diff_url": f"{page}/compare/{old_name}...{new_name}.diff",
            "patch_url": f"{page}/compare/{old_name}...{new_name}.patch",
            "base_commit": shapes_git.commit(call.base, call.world, repo, repo.store.commit(old)),
            "merge_base_commit": shapes_git.commit(call.base, call.world, repo, repo.store.commit(fork)),
            "status": statuses[bool(commits), bool(behind)],
            "ahead_by": len(commits),
            "behind_by": behind,
            "total_commits": len(commits),
            "commits": [shapes_git.commit(call.base, call.world, repo, commit) for commit in commits[(at - 1) * per_page : at * per_page]],
            "files": [shapes_git.changed_file(call.base, repo, new, file) for file in files],
        },
    )


_ROOT = "/repos/{owner}/{repo}"
ROUTES: Routes = (
    ("GET", f"{_ROOT}/contents", _contents),
    ("GET", f"{_ROOT}/contents/{{path:path}}", _contents),
    ("PUT", f"{_ROOT}/contents/{{path:path}}", _write_file),
    ("DELETE", f"{_ROOT}/contents/{{path:path}}", _delete_file),
    ("GET", f"{_ROOT}/branches", _branches),
    ("GET", f"{_ROOT}/branches/{{branch:path}}", _branch),
    ("GET", f"{_ROOT}/tags", _tags),
    ("GET", f"{_ROOT}/commits", _commits),
    ("GET", f"{_ROOT}/commits/{{ref:path}}", _commit),
    ("GET", f"{_ROOT}/compare/{{basehead:path}}", _compare),
)
