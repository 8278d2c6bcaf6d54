"""Proposals, written: what GitHub has is read in one request, and what is missing follows in one or two."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.clients.github.answers import pull_request_of
from bot.clients.github.commits import Committer
from bot.clients.github.connection import Connection, Write
from bot.clients.github.documents import before
from bot.clients.github.failures import RefusedError, UnreadableError
from bot.clients.github.labels import Labels
from bot.model.forge import ForgeError, StaleHeadError
from bot.model.pull_request import Proposal, PullRequest

_REGULAR_MODE: Final = 0o100644
_EXECUTABLE_MODE: Final = 0o100755
_HEADS: Final = "refs/heads/"

_Entries = tuple[tuple[int, str] | None, ...]
"""Mode and blob of each file that a proposal changes, in its order; None: there is no such file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What GitHub has before a proposal is written."""

    repository_id: str
    base_entries: _Entries
    head: str | None
    """Of the proposal's branch; None: there is none."""
    branch_id: str
    scratch_id: str
    """Of a scratch branch that a broken run left behind; empty: there is none."""
    is_held: bool
    """The branch is one commit on the proposal's base that changes these files, and these alone, in this way."""
    pull: PullRequest | None
    """Open for the branch, which is the repo's own; against the proposal's base, if there is such a one."""


class ProposalWriter:
    """Makes GitHub show what proposals ask for. Its calls are made within `translated`."""

    def __init__(self, connection: Connection, committer: Committer, labels: Labels) -> None:
        self._connection: Final = connection
        self._committer: Final = committer
        self._labels: Final = labels

    def write(self, proposal: Proposal, *, replacing: str | None) -> PullRequest:
        """The pull request, whose branch is then one commit on the proposal's base. What is there already is not written again.

        `replacing` is the head that the branch may have by now (None: there was no branch). Raises StaleHeadError where it has another,
        for that is somebody else's work, and where a file at the base is not what the proposal was made from.
        """
        found = self._read(proposal)
        is_empty = replacing is None and found.head == proposal.base_head
        if not (found.is_held or is_empty or found.head == replacing):
            raise StaleHeadError(f"{proposal.repo}: somebody moved the branch {proposal.branch} just now. Run again.", is_temporary=True)
        head, writes = (found.head, []) if found.is_held else self._commit(proposal, found)
        writes += _telling(proposal, found)
        try:
            told, pull = self._connection.write(writes) if writes else [], found.pull
        except RefusedError as error:
            if proposal.is_draft and "draft" in str(error).lower():
                # Not every plan of GitHub has drafts in private repos: what was asked for besides is done, or is done again.
                return self.write(replace(proposal, is_draft=False), replacing=replacing)
            raise
        for (name, _), data in zip(writes, told, strict=True):
            if name in {"createPullRequest", "updatePullRequest"}:
                pull = pull_request_of(proposal.repo, data["pullRequest"])
            elif name == "createCommitOnBranch":
                head = data["commit"]["oid"]
        if pull is None or head is None:
            raise UnreadableError("no word of the pull request")
        # GitHub takes its time to follow a branch, and to see what that did to a conflict.
        return replace(pull, head=head, has_conflict=pull.has_conflict and found.is_held)

    def _read(self, proposal: Proposal) -> _Before:
        owner, _, name = proposal.repo.partition("/")
        variables = {
            "owner": owner,
            "name": name,
            "onto": proposal.base_head,
            "branch": proposal.branch,
            "ref": f"{_HEADS}{proposal.branch}",
            "scratch": f"{_HEADS}{_scratch(proposal)}",
            **{f"path{number}": str(change.path) for number, change in enumerate(proposal.changes)},
            **{f"label{number}": label for number, label in enumerate(proposal.labels)},
        }
        document = before(files=len(proposal.changes), labels=len(proposal.labels))
        repository = self._connection.query(document, variables)["repository"]
        if not repository["base"]:
            raise ForgeError(f"{proposal.repo}: GitHub has no commit {proposal.base_head[:12]}. Run again.", is_temporary=True)
        self._labels.learn(proposal.repo, {label: repository[f"label{number}"] for number, label in enumerate(proposal.labels)})
        branch = repository["branch"]
        return _Before(
            repository_id=repository["id"],
            base_entries=_entries(repository["base"], proposal),
            head=branch["target"]["oid"] if branch else None,
            branch_id=branch["id"] if branch else "",
            scratch_id=(repository["scratch"] or {}).get("id", ""),
            is_held=branch is not None and _is_held(branch["target"], proposal),
            pull=_open_one(repository["open"]["nodes"], proposal),
        )

    def _commit(self, proposal: Proposal, found: _Before) -> tuple[str | None, list[Write]]:
        """The new head, where it is known already, and what is to be written for the branch to stand there."""
        executable = _executable(proposal, found)
        if executable:
            # createCommitOnBranch writes every file as a plain one; the objects of git carry the mode.
            head = self._committer.commit_objects(proposal, executable)
        elif found.head in {None, proposal.base_head}:
            pointing = [_pointing(proposal.branch, found, proposal.base_head)] if found.head is None else []
            return None, [*pointing, _committing(proposal, proposal.branch)]
        else:
            # A pull request whose branch is moved to its base even for a moment is closed by GitHub for good:
            # the commit is made on a scratch branch, and the branch then moves in one step.
            head, scratch_id = self._on_scratch(proposal, found)
            found = replace(found, scratch_id=scratch_id)
        # The scratch branch goes first: where GitHub breaks off in between, the branch is not where it should be, and all is done again.
        writes: list[Write] = [("deleteRef", {"refId": found.scratch_id})] if found.scratch_id else []
        return head, [*writes, _pointing(proposal.branch, found, head)]

    def _on_scratch(self, proposal: Proposal, found: _Before) -> tuple[str, str]:
        """The new commit, and the id of the scratch branch that holds it."""
        there = replace(found, branch_id=found.scratch_id, head=found.scratch_id or None)
        scratch = _scratch(proposal)
        pointed, made = self._connection.write([_pointing(scratch, there, proposal.base_head), _committing(proposal, scratch)])
        return made["commit"]["oid"], pointed["ref"]["id"]


def _scratch(proposal: Proposal) -> str:
    return f"{proposal.branch}.next"


def _pointing(branch: str, found: _Before, commit: str) -> Write:
    """The branch stands at the commit, whether it exists by now or not."""
    if found.head is None:
        return "createRef", {"repositoryId": found.repository_id, "name": f"{_HEADS}{branch}", "oid": commit}
    return "updateRef", {"refId": found.branch_id, "oid": commit, "force": True}


def _committing(proposal: Proposal, branch: str) -> Write:
    """The new commit on top of a branch that stands at the proposal's base."""
    headline, _, body = proposal.commit_message.partition("\n")
    additions = [{"path": str(change.path), "contents": base64.b64encode(change.new).decode()} for change in proposal.changes]
    return "createCommitOnBranch", {
        "branch": {"repositoryNameWithOwner": proposal.repo, "branchName": branch},
        "message": {"headline": headline, "body": body.strip()},
        "fileChanges": {"additions": additions},
        "expectedHeadOid": proposal.base_head,
    }


def _telling(proposal: Proposal, found: _Before) -> list[Write]:
    if found.pull is None:
        opened = {"repositoryId": found.repository_id, "baseRefName": proposal.base, "headRefName": proposal.branch}
        draft = {"draft": True} if proposal.is_draft else {}
        return [("createPullRequest", opened | {"title": proposal.title, "body": proposal.body} | draft)]
    if (found.pull.title, found.pull.body, found.pull.base) == (proposal.title, proposal.body, proposal.base):
        return []
    onto = {} if found.pull.base == proposal.base else {"baseRefName": proposal.base}
    return [("updatePullRequest", {"pullRequestId": found.pull.node_id, "title": proposal.title, "body": proposal.body, **onto})]


def _open_one(nodes: Sequence[Mapping[str, Any] | None], proposal: Proposal) -> PullRequest | None:
    """Anybody may open one from a fork's branch of the same name: it is not the bot's."""
    own = [pull_request_of(proposal.repo, node) for node in nodes if node is not None and not node["isCrossRepository"]]
    return min(own, key=lambda pull: pull.base != proposal.base, default=None)


def _entries(commit: Mapping[str, Any], proposal: Proposal) -> _Entries:
    files = [commit[f"file{number}"] for number in range(len(proposal.changes))]
    return tuple(None if file is None else (file["mode"], file["oid"]) for file in files)


def _is_held(commit: Mapping[str, Any], proposal: Proposal) -> bool:
    if [parent["oid"] for parent in commit["parents"]["nodes"]] != [proposal.base_head]:
        return False
    if commit["changedFilesIfAvailable"] != len(proposal.changes):
        return False
    blobs = [None if entry is None else entry[1] for entry in _entries(commit, proposal)]
    return blobs == [_blob_id(change.new) for change in proposal.changes]


def _executable(proposal: Proposal, found: _Before) -> Sequence[str]:
    """The changed files that are executable. Raises StaleHeadError where a file is not what its change was made from."""
    executable = []
    for change, entry in zip(proposal.changes, found.base_entries, strict=True):
        mode, blob = entry or (_REGULAR_MODE, "")
        if blob != _blob_id(change.old):
            raise StaleHeadError(f"{proposal.repo}: {change.path} at {proposal.base_head[:12]} is not what was read. Read the repo again.")
        if mode == _EXECUTABLE_MODE:
            executable.append(str(change.path))
        elif mode != _REGULAR_MODE:
            raise ForgeError(f"{proposal.repo}: {change.path} is no regular file (mode {mode:o}). Leave it out of the search.")
    return executable


def _blob_id(data: bytes) -> str:
    """The name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
