"""One commit on a branch, by the API: signed by GitHub, and locked against what moved meanwhile."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

import structlog
from github import InputGitTreeElement
from github.GithubException import UnknownObjectException
from github.GitRef import GitRef
from github.Repository import Repository

from bot.clients.github.connection import Connection
from bot.clients.github.documents import COMMIT, FILE_ENTRY
from bot.model.edit import FileChange
from bot.model.forge import ForgeError, StaleHeadError
from bot.model.pull_request import Proposal

log = structlog.get_logger()

_REGULAR_MODE: Final = 0o100644
_EXECUTABLE_MODE: Final = 0o100755


class Committer:
    """Makes branches hold exactly one commit. Its calls are made within `translated`."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def commit(self, proposal: Proposal, *, onto: str) -> str:
        """The head of the proposal's branch, which is then one commit on `onto` with its changes; no write where it is that already.

        Raises StaleHeadError where a file at `onto` is not what the proposal was made from.
        """
        head = self._head(proposal.repo, proposal.branch)
        if head is not None and self._holds(proposal, head, onto):
            return head
        executable = self._check_old(proposal, onto)
        if executable:
            # createCommitOnBranch writes every file as a plain one; the objects of git carry the mode.
            return self._commit_objects(proposal, onto, head, executable)
        if head is None:
            self._point(proposal.repo, proposal.branch, onto, head)
            return self._append(proposal, proposal.branch, onto)
        # A pull request whose branch is moved to its base even for a moment is closed by GitHub for good:
        # the commit is made on a scratch branch, and the branch then moves in one step.
        scratch = f"{proposal.branch}.next"
        self._point(proposal.repo, scratch, onto, self._head(proposal.repo, scratch))
        new_head = self._append(proposal, scratch, onto)
        self._point(proposal.repo, proposal.branch, new_head, head)
        self.delete_branch(proposal.repo, scratch)
        return new_head

    def delete_branch(self, repo: str, branch: str) -> None:
        """The branch is gone; it may have been before."""
        with self._connection.writer() as client:
            try:
                _reference(client.get_repo(repo), branch).delete()
            except UnknownObjectException:
                log.debug("branch.already_gone", repo=repo, branch=branch)

    def file(self, repo: str, path: PurePosixPath, *, ref: str) -> bytes | None:
        """The bytes of a regular file; None: there is none."""
        repository = self._repository(repo)
        try:
            content = repository.get_contents(str(path), ref=ref)
        except UnknownObjectException:
            return None
        if isinstance(content, list) or content.type != "file":
            return None
        if content.encoding == "base64":
            return content.decoded_content
        # Contents of more than a mebibyte are left out of the answer.
        return base64.b64decode(repository.get_git_blob(content.sha).content)

    def _repository(self, repo: str) -> Repository:
        return self._connection.reader.get_repo(repo)

    def _head(self, repo: str, branch: str) -> str | None:
        try:
            return _reference(self._repository(repo), branch).object.sha
        except UnknownObjectException:
            return None

    def _holds(self, proposal: Proposal, head: str, onto: str) -> bool:
        """Whether the branch is one commit on `onto` that changes these files, and these alone, in this way."""
        comparison = self._repository(proposal.repo).compare(onto, head)
        if (comparison.ahead_by, comparison.behind_by) != (1, 0):
            return False
        if {file.filename for file in comparison.files} != {str(change.path) for change in proposal.changes}:
            return False
        return all(self.file(proposal.repo, change.path, ref=head) == change.new for change in proposal.changes)

    def _check_old(self, proposal: Proposal, onto: str) -> frozenset[PurePosixPath]:
        """The changed files that are executable at `onto`. Raises StaleHeadError where a file is not what its change was made from."""
        executable = set()
        for change in proposal.changes:
            mode, blob = self._entry(proposal.repo, onto, change.path)
            if blob != _blob_id(change.old):
                raise StaleHeadError(f"{proposal.repo}: {change.path} at {onto[:12]} is not what was read. Read the repo again.")
            if mode == _EXECUTABLE_MODE:
                executable.add(change.path)
            elif mode != _REGULAR_MODE:
                raise ForgeError(f"{proposal.repo}: {change.path} is no regular file (mode {mode:o}). Leave it out of the search.")
        return frozenset(executable)

    def _entry(self, repo: str, commit: str, path: PurePosixPath) -> tuple[int, str]:
        owner, _, name = repo.partition("/")
        data = self._connection.query(FILE_ENTRY, {"owner": owner, "name": name, "commit": commit, "path": str(path)})
        entry = ((data.get("repository") or {}).get("object") or {}).get("file")
        return (_REGULAR_MODE, "") if entry is None else (entry["mode"], entry["oid"])

    def _append(self, proposal: Proposal, branch: str, expected_head: str) -> str:
        """The new commit on top of a branch, whose head must be the expected one."""
        headline, _, body = proposal.commit_message.partition("\n")
        additions = [{"path": str(change.path), "contents": base64.b64encode(change.new).decode()} for change in proposal.changes]
        data = self._connection.mutate(
            COMMIT,
            {
                "input": {
                    "branch": {"repositoryNameWithOwner": proposal.repo, "branchName": branch},
                    "message": {"headline": headline, "body": body.strip()},
                    "fileChanges": {"additions": additions},
                    "expectedHeadOid": expected_head,
                }
            },
        )
        head: str = data.whole()["createCommitOnBranch"]["commit"]["oid"]
        return head

    def _commit_objects(self, proposal: Proposal, onto: str, head: str | None, executable: frozenset[PurePosixPath]) -> str:
        with self._connection.writer() as client:
            repository = client.get_repo(proposal.repo)
            parent = repository.get_git_commit(onto)
            tree = repository.create_git_tree(_elements(repository, proposal.changes, executable), base_tree=parent.tree)
            new_head = repository.create_git_commit(proposal.commit_message, tree, [parent]).sha
        self._point(proposal.repo, proposal.branch, new_head, head)
        return new_head

    def _point(self, repo: str, branch: str, commit: str, head: str | None) -> None:
        """The branch, which stands at `head` (None: it does not exist), now stands at `commit`."""
        if head == commit:
            return
        with self._connection.writer() as client:
            repository = client.get_repo(repo)
            if head is None:
                repository.create_git_ref(f"refs/heads/{branch}", commit)
                return
            reference = _reference(repository, branch)
            if reference.object.sha != head:
                raise StaleHeadError(f"{repo}: somebody moved the branch {branch} just now. Run again.")
            reference.edit(commit, force=True)


def _reference(repository: Repository, branch: str) -> GitRef:
    """A branch as GitHub answers it. Raises UnknownObjectException."""
    reference = repository.get_git_ref(f"heads/{branch}")
    # Asked for here: an unread one would be changed at the address for reading, which GitHub refuses.
    reference.complete()
    return reference


def _elements(repository: Repository, changes: Sequence[FileChange], executable: frozenset[PurePosixPath]) -> list[InputGitTreeElement]:
    return [
        InputGitTreeElement(
            path=str(change.path),
            mode="100755" if change.path in executable else "100644",
            type="blob",
            sha=repository.create_git_blob(base64.b64encode(change.new).decode(), "base64").sha,
        )
        for change in changes
    ]


def _blob_id(data: bytes) -> str:
    """The name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
