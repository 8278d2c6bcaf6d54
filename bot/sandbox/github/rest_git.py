"""The git database: references, trees, blobs, commits and tags as objects."""

import base64
import binascii
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from bot.sandbox.github import shapes, shapes_git
from bot.sandbox.github.git_store import ZERO, Commit, ConflictError, Entry, GitError, Person, Signature, is_allowed_path
from bot.sandbox.github.merging import follow, person
from bot.sandbox.github.rest import Answer, ApiError, Call, Page, Routes, invalid, not_found
from bot.sandbox.github.state import Repo

_MODES = frozenset({"100644", "100755", "040000", "160000", "120000"})


def _shape(call: Call, repo: Repo, name: str) -> dict[str, Any]:
    sha = repo.store.refs()[name]
    return shapes_git.ref(call.base, repo, name, sha, repo.store.kind(sha) or "commit")


def _ref(call: Call) -> Answer:
    repo, name = call.repo(), f"refs/{call.path('ref')}"
    if name not in repo.store.refs():
        raise not_found()
    return Answer(data=_shape(call, repo, name))


def _matching_refs(call: Call) -> Answer:
    repo, start = call.repo(), f"refs/{call.path('ref')}"
    names = [name for name in repo.store.refs() if name.startswith(start)]
    return Answer(data=Page(items=names, shape=lambda name: _shape(call, repo, name)))


def _create_ref(call: Call) -> Answer:
    repo, name = call.writable_repo(), call.need("Reference", "ref")
    create_ref(call, repo, name, call.need("Reference", "sha"))
    data = _shape(call, repo, name)
    return Answer(status=201, data=data, headers={"location": data["url"]})


def create_ref(call: Call, repo: Repo, name: str, sha: str) -> None:
    """A new reference, by its full name. Raises ApiError where GitHub would refuse it."""
    if not name.startswith("refs/") or name.count("/") < 2 or not repo.store.is_valid_ref(name):  # noqa: PLR2004 - refs/heads/NAME
        raise ApiError(422, f"{name} is not a valid ref name.")
    if repo.store.kind(sha) is None:
        raise ApiError(422, "Object does not exist")
    if any(fnmatchcase(name.removeprefix("refs/heads/"), pattern) for pattern in repo.kept_from_making):
        raise ApiError(422, "Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n")
    try:
        repo.store.update_ref(name, sha, old=ZERO)
    except ConflictError as error:
        raise ApiError(422, "Reference already exists" if name in repo.store.refs() else "Reference cannot be created") from error
    follow(repo, call.now)


def _update_ref(call: Call) -> Answer:
    repo, name = call.writable_repo(), f"refs/{call.path('ref')}"
    move_ref(call, repo, name, call.need("Reference", "sha"), is_forced=bool(call.body.get("force")))
    return Answer(data=_shape(call, repo, name))


def move_ref(call: Call, repo: Repo, name: str, new: str, *, is_forced: bool) -> None:
    """A reference that stands elsewhere. Raises ApiError where GitHub would refuse it."""
    old = repo.store.refs().get(name)
    if old is None:
        raise ApiError(422, "Reference does not exist")
    if repo.store.kind(new) is None:
        raise ApiError(422, "Object does not exist")
    if not is_forced and not repo.store.is_ancestor(old, new):
        raise ApiError(422, "Update is not a fast forward")
    repo.store.update_ref(name, new, old=old)
    follow(repo, call.now)


def _delete_ref(call: Call) -> Answer:
    delete_ref(call, call.writable_repo(), f"refs/{call.path('ref')}")
    return Answer(status=204)


def delete_ref(call: Call, repo: Repo, name: str) -> None:
    """A reference that is no more. Raises ApiError where GitHub would refuse it."""
    if name not in repo.store.refs():
        raise ApiError(422, "Reference does not exist")
    if name == f"refs/heads/{repo.default_branch}":
        raise ApiError(422, "Cannot delete the default branch")
    repo.store.delete_ref(name)
    follow(repo, call.now)


def _tree(call: Call) -> Answer:
    repo, name = call.repo(), call.path("sha")
    sha = repo.store.tree_id(name)
    if sha is None:
        raise not_found()
    # GitHub recurses for any value of the parameter, 0 and false included.
    entries = repo.store.tree(sha, is_recursive="recursive" in call.request.query_params)
    return Answer(data=_tree_shape(call, repo, sha, entries))


def _tree_shape(call: Call, repo: Repo, sha: str, entries: tuple[Entry, ...]) -> dict[str, Any]:
    address = f"{shapes.repo_address(call.base, repo)}/git/trees/{sha}"
    shown = [shapes_git.tree_entry(call.base, repo, entry) for entry in entries]
    return {"sha": sha, "url": address, "tree": shown, "truncated": False}


def _create_tree(call: Call) -> Answer:
    repo, items = call.writable_repo(), call.body.get("tree")
    if not isinstance(items, list):
        raise ApiError(422, "Invalid tree info")
    base = call.text("base_tree")
    if base is not None and repo.store.tree_id(base) is None:
        raise ApiError(404, "Not Found")
    try:
        sha = repo.store.write_tree(base, [_tree_item(repo, item) for item in items])
    except GitError as error:
        raise ApiError(422, "tree.sha is not a valid object") from error
    return Answer(status=201, data=_tree_shape(call, repo, sha, repo.store.tree(sha)))


def _tree_item(repo: Repo, item: dict[str, Any]) -> tuple[str, str, str | None]:
    path, mode = item.get("path"), item.get("mode")
    if not isinstance(path, str) or not is_allowed_path(path):
        raise ApiError(422, "tree.path contains a malformed path component")
    if mode not in _MODES:
        raise ApiError(422, "Must supply a valid tree.mode")
    if "content" in item:
        return path, mode, repo.store.write_blob(str(item["content"]).encode())
    sha = item.get("sha")
    if sha is not None and mode != "160000" and repo.store.kind(sha) is None:
        raise ApiError(422, f"tree.sha {sha} is not a valid blob")
    return path, mode, sha


def _blob(call: Call) -> Answer:
    repo, sha = call.repo(), call.path("sha")
    if repo.store.kind(sha) != "blob":
        raise not_found()
    data = repo.store.blob(sha)
    address = f"{shapes.repo_address(call.base, repo)}/git/blobs/{sha}"
    node = shapes_git.object_node(repo, sha)
    return Answer(
        data={"sha": sha, "node_id": node, "size": len(data), "url": address, "content": shapes_git.encoded(data), "encoding": "base64"}
    )


def _create_blob(call: Call) -> Answer:
    repo, content = call.writable_repo(), call.text("content")
    if content is None:
        raise invalid("Blob", "content", "missing_field")
    match call.text("encoding", "utf-8"):
        case "base64":
            try:
                data = base64.b64decode(content)
            except binascii.Error as error:
                raise ApiError(422, "content is not valid Base64") from error
        case "utf-8":
            data = content.encode()
        case _:
            raise invalid("Blob", "encoding")
    sha = repo.store.write_blob(data)
    return Answer(status=201, data={"sha": sha, "url": f"{shapes.repo_address(call.base, repo)}/git/blobs/{sha}"})


def _commit(call: Call) -> Answer:
    repo, sha = call.repo(), call.path("sha")
    if repo.store.kind(sha) != "commit":
        raise not_found()
    return Answer(data=shapes_git.git_commit(call.base, repo, repo.store.commit(sha)))


def _create_commit(call: Call) -> Answer:
    repo, message, tree = call.writable_repo(), call.need("Commit", "message"), call.need("Commit", "tree")
    if repo.store.kind(tree) != "tree":
        raise ApiError(422, "Tree SHA does not exist")
    parents = [str(parent) for parent in call.body.get("parents") or []]
    if any(repo.store.kind(parent) != "commit" for parent in parents):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    author = signed_by(call, "author")
    committer = signed_by(call, "committer") if call.body.get("committer") else author
    sha = repo.store.write_commit(tree, parents, Signature(message=message, author=author, committer=committer))
    made: Commit = repo.store.commit(sha)
    return Answer(status=201, data=shapes_git.git_commit(call.base, repo, made))


def signed_by(call: Call, role: str) -> Person:
    """Whom the body names in a role, else who asks."""
    viewer = person(call.viewer, call.now)
    named = call.body.get(role)
    if not isinstance(named, dict):
        return viewer
    date = named.get("date")
    at = datetime.fromisoformat(date) if isinstance(date, str) else call.now
    return Person(name=str(named.get("name", viewer.name)), email=str(named.get("email", viewer.email)), at=at)


def _tag(call: Call) -> Answer:
    repo, sha = call.repo(), call.path("sha")
    if repo.store.kind(sha) != "tag":
        raise not_found()
    return Answer(data=_tag_shape(call, repo, sha))


def _create_tag(call: Call) -> Answer:
    repo, target = call.writable_repo(), call.need("Tag", "object")
    kind = repo.store.kind(target)
    if kind is None:
        raise ApiError(422, "Object does not exist")
    by = signed_by(call, "tagger")
    text = f"object {target}\ntype {kind}\ntag {call.need('Tag', 'tag')}\ntagger {by}\n\n{call.need('Tag', 'message')}\n"
    sha = repo.store.git("mktag", given=text.encode()).decode().strip()
    return Answer(status=201, data=_tag_shape(call, repo, sha))


def _tag_shape(call: Call, repo: Repo, sha: str) -> dict[str, Any]:
    head, _, message = repo.store.git("cat-file", "tag", sha).decode(errors="replace").partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines())
    name, _, rest = fields["tagger"].partition(" <")
    email, _, when = rest.partition("> ")
    at = datetime.fromtimestamp(int(when.split()[0]), call.now.tzinfo)
    address = f"{shapes.repo_address(call.base, repo)}/git"
    return {
        "node_id": shapes_git.object_node(repo, sha),
        "tag": fields["tag"],
        "sha": sha,
        "url": f"{address}/tags/{sha}",
        "message": message.rstrip("\n"),
        "tagger": {"name": name, "email": email, "date": shapes.iso(at)},
        "object": {"type": fields["type"], "sha": fields["object"], "url": f"{address}/{fields['type']}s/{fields['object']}"},
        "verification": shapes_git.UNSIGNED,
    }


_ROOT = "/repos/{owner}/{repo}/git"
ROUTES: Routes = (
    ("GET", f"{_ROOT}/ref/{{ref:path}}", _ref),
    ("GET", f"{_ROOT}/matching-refs/{{ref:path}}", _matching_refs),
    ("POST", f"{_ROOT}/refs", _create_ref),
    # Older clients read references here as well.
    ("GET", f"{_ROOT}/refs/{{ref:path}}", _ref),
    ("PATCH", f"{_ROOT}/refs/{{ref:path}}", _update_ref),
    ("DELETE", f"{_ROOT}/refs/{{ref:path}}", _delete_ref),
    ("POST", f"{_ROOT}/trees", _create_tree),
    ("GET", f"{_ROOT}/trees/{{sha:path}}", _tree),
    ("POST", f"{_ROOT}/blobs", _create_blob),
    ("GET", f"{_ROOT}/blobs/{{sha}}", _blob),
    ("POST", f"{_ROOT}/commits", _create_commit),
    ("GET", f"{_ROOT}/commits/{{sha}}", _commit),
    ("POST", f"{_ROOT}/tags", _create_tag),
    ("GET", f"{_ROOT}/tags/{{sha}}", _tag),
)
