"""What git's own objects are written for: commits that carry a file's mode."""

import base64
from collections.abc import Collection
from typing import Final

from github import InputGitTreeElement
from github.Repository import Repository

from bot.clients.github.connection import Connection
from bot.model.edit import FileChange
from bot.model.pull_request import Proposal


class Committer:
    """Commits as objects. Its calls are made within `translated`."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def commit_objects(self, proposal: Proposal, executable: Collection[str]) -> str:
        """A commit on the proposal's base with its changes, which no branch points at yet."""
        with self._connection.writer() as client:
            repository = client.get_repo(proposal.repo)
            parent = repository.get_git_commit(proposal.base_head)
            elements = [_element(repository, change, is_executable=str(change.path) in executable) for change in proposal.changes]
            tree = repository.create_git_tree(elements, base_tree=parent.tree)
            return repository.create_git_commit(proposal.commit_message, tree, [parent]).sha


def _element(repository: Repository, change: FileChange, *, is_executable: bool) -> InputGitTreeElement:
    blob = repository.create_git_blob(base64.b64encode(change.new).decode(), "base64")
    return InputGitTreeElement(path=str(change.path), mode="100755" if is_executable else "100644", type="blob", sha=blob.sha)
