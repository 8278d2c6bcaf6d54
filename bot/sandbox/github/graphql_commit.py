"""`createCommitOnBranch`: files in, one commit on a branch out, under an optimistic lock."""

import base64
import binascii
from typing import Any, Final

from bot.sandbox.github.git_store import Change, Person, Signature, is_allowed_path
from bot.sandbox.github.graphql_nodes import Nodes
from bot.sandbox.github.merging import follow, person
from bot.sandbox.github.rest import ApiError, Call
from bot.sandbox.github.state import Repo

_PLAIN_FILE: Final = "100644"
"""The mutation writes every file so, an executable one too: it has no way to say otherwise."""


def create_commit(call: Call, nodes: Nodes, given: dict[str, Any]) -> dict[str, Any]:
    """The mutation's payload. Raises ApiError: 409 where the branch is not at the expected head."""
    repo, branch = _branch(call, nodes, given["branch"])
    head, expected = repo.store.head(branch), given["expectedHeadOid"]
    if head is None:
        raise ApiError(404, f"Could not resolve to a Ref with the name '{branch}'.")
    if head != expected:
        raise ApiError(409, f'Expected branch to point to "{expected}" but it did not.  Pull and try again.')
    asked = given.get("fileChanges") or {}
    deletions = [Change(path=item["path"], content=None) for item in asked.get("deletions") or ()]
    for deletion in deletions:
        if repo.store.entry(head, deletion.path) is None:
            raise ApiError(422, f"A path was requested for deletion which does not exist as of commit oid `{head}`")
    additions = [_addition(item) for item in asked.get("additions") or ()]
    message = given["message"]
    text = f"{message['headline']}\n\n{message.get('body') or ''}".strip()
    # GitHub makes the commit for the author and signs it with its own key.
    signature = Signature(
        message=text, author=person(call.viewer, call.now), committer=Person(name="GitHub", email="noreply@github.com", at=call.now)
    )
    made = repo.store.commit_changes(branch, [*deletions, *additions], signature, parent=head)
    follow(repo, call.now)
    return {
        "commit": nodes.commit(repo, made),
        "ref": nodes.ref(repo, f"refs/heads/{branch}"),
    }


def _branch(call: Call, nodes: Nodes, given: dict[str, Any]) -> tuple[Repo, str]:
    """By repo and branch name, or by the id of the reference."""
    if given.get("id"):
        repo, name = nodes.ref_named(given["id"])
    else:
        owner, _, repo_name = str(given.get("repositoryNameWithOwner") or "").partition("/")
        repo, name = nodes.found_repo(owner, repo_name), str(given.get("branchName") or "")
    call.check_writable(repo)
    return repo, name.removeprefix("refs/heads/")


def _addition(item: dict[str, Any]) -> Change:
    path: str = item["path"]
    if not is_allowed_path(path):
        raise ApiError(422, f"A path was requested which is not allowed: {path}")
    try:
        content = base64.b64decode(item["contents"], validate=True)
    except binascii.Error as error:
        raise ApiError(422, f"The contents of {path} are no valid Base64String") from error
    return Change(path=path, content=content, mode=_PLAIN_FILE)
