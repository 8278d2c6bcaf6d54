"""What git holds, as GitHub's REST API writes it."""

import base64
from typing import Any
from urllib.parse import quote

from bot.sandbox.github.git_diff import FileDiff
from bot.sandbox.github.git_store import Commit, Entry, Person
from bot.sandbox.github.shapes import Json, account, iso, repo_address, repo_page
from bot.sandbox.github.state import Account, Repo, World

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
_ENTRY_TYPES = {"040000": "dir", "120000": "symlink", "160000": "submodule"}


def _node(kind: str, repo: Repo, name: str) -> str:
    return f"{kind}_{base64.urlsafe_b64encode(f'{repo.id}:{name}'.encode()).decode().rstrip('=')}"


def object_node(repo: Repo, sha: str) -> str:
    return _node("C", repo, sha)


def who(world: World, person: Person) -> Account | None:
    """The account behind a commit's address, as GitHub finds it."""
    return next((known for known in world.accounts.values() if known.email == person.email), None)


def _person(person: Person) -> Json:
    return {"name": person.name, "email": person.email, "date": iso(person.at)}


def ref(base: str, repo: Repo, name: str, sha: str, kind: str) -> Json:
    address = repo_address(base, repo)
    return {
        "ref": name,
        "node_id": _node("REF", repo, name),
        "url": f"{address}/git/{quote(name)}",
        "object": {"type": kind, "sha": sha, "url": f"{address}/git/{kind}s/{sha}"},
    }


def git_commit(base: str, repo: Repo, item: Commit) -> Json:
    """The object as `git/commits` gives it."""
    address = f"{repo_address(base, repo)}/git"
    page = repo_page(base, repo)
    return {
        "sha": item.sha,
        "node_id": object_node(repo, item.sha),
        "url": f"{address}/commits/{item.sha}",
        "html_url": f"{page}/commit/{item.sha}",
        "author": _person(item.author),
        "committer": _person(item.committer),
        "message": item.message,
        "tree": {"sha": item.tree, "url": f"{address}/trees/{item.tree}"},
        "parents": [{"sha": sha, "url": f"{address}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in item.parents],
        "verification": UNSIGNED,
    }


def commit(base: str, world: World, repo: Repo, item: Commit) -> Json:
    """The commit with who is behind it, as `commits` lists it."""
    address, page = repo_address(base, repo), repo_page(base, repo)
    author, committer = who(world, item.author), who(world, item.committer)
    return {
        "sha": item.sha,
        "node_id": object_node(repo, item.sha),
        "url": f"{address}/commits/{item.sha}",
        "html_url": f"{page}/commit/{item.sha}",
        "comments_url": f"{address}/commits/{item.sha}/comments",
        "commit": {
            "url": f"{address}/git/commits/{item.sha}",
            "author": _person(item.author),
            "committer": _person(item.committer),
            "message": item.message,
            "comment_count": 0,
            "tree": {"sha": item.tree, "url": f"{address}/git/trees/{item.tree}"},
            "verification": UNSIGNED,
        },
        "author": None if author is None else account(base, author),
        "committer": None if committer is None else account(base, committer),
        "parents": [{"sha": sha, "url": f"{address}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in item.parents],
    }


def changed_file(base: str, repo: Repo, head: str, item: FileDiff) -> Json:
    address, page, path = repo_address(base, repo), repo_page(base, repo), quote(item.path)
    data: dict[str, Any] = {
        "sha": item.blob,
        "filename": item.path,
        "status": item.status,
        "additions": item.additions,
        "deletions": item.deletions,
        "changes": item.additions + item.deletions,
        "blob_url": f"{page}/blob/{head}/{path}",
        "raw_url": f"{page}/raw/{head}/{path}",
        "contents_url": f"{address}/contents/{path}?ref={head}",
    }
    if item.patch is not None:
        data["patch"] = item.patch
    if item.previous_path is not None:
        data["previous_filename"] = item.previous_path
    return data


def tree_entry(base: str, repo: Repo, item: Entry) -> Json:
    data: dict[str, Any] = {"path": item.path, "mode": item.mode, "type": item.kind, "sha": item.sha}
    if item.kind != "commit":
        data["url"] = f"{repo_address(base, repo)}/git/{item.kind}s/{item.sha}"
    if item.size_bytes is not None:
        data["size"] = item.size_bytes
    return data


def content(base: str, repo: Repo, item: Entry, at: str) -> Json:
    """A file or folder as `contents` describes it, without what is in it. `at`: the branch, tag or commit that it was asked at."""
    path, kind = quote(item.path), _ENTRY_TYPES.get(item.mode, "file")
    address = f"{repo_address(base, repo)}/contents/{path}?ref={quote(at)}"
    objects = f"{repo_address(base, repo)}/git/{'trees' if kind == 'dir' else 'blobs'}/{item.sha}"
    page = f"{repo_page(base, repo)}/{'tree' if kind == 'dir' else 'blob'}/{quote(at)}/{path}"
    return {
        "name": item.path.rpartition("/")[2],
        "path": item.path,
        "sha": item.sha,
        "size": item.size_bytes or 0,
        "url": address,
        "html_url": page,
        "git_url": objects,
        "download_url": f"{repo_page(base, repo)}/raw/{quote(at)}/{path}" if kind == "file" else None,
        "type": kind,
        "_links": {"self": address, "git": objects, "html": page},
    }


def encoded(data: bytes) -> str:
    """Base64 in lines of 60, as GitHub breaks it."""
    text = base64.b64encode(data).decode()
    return "".join(f"{text[start : start + 60]}\n" for start in range(0, len(text), 60))
