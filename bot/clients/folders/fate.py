"""What became of a proposal: told by its file, its branch and its base, as a forge with a server would know it."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.clients.folders.clone import Clone, Ref
from bot.clients.folders.records import Record
from bot.model.pull_request import PullRequestState


def after_a_look(record: Record, clone: Clone, branch: Ref | None, base_head: str, now: datetime) -> Record:
    """The record as it is now; the same one where nothing happened. What is merged or closed stays that.

    Merged: the base has what the bot committed, or what the branch holds now, by a merge or by a commit that changes the same files in the
    same way (squashed, rebased, picked). Declined: `state: closed` in the file; or the branch is gone, or was put back, and the base has it
    not.
    """
    match record.state:
        case PullRequestState.MERGED:
            return record
        case PullRequestState.CLOSED:
            return record if record.closed_at else replace(record, closed_at=now, updated_at=now)
        case PullRequestState.OPEN:
            return _of_open(record, clone, branch, base_head, now)
        case _:
            assert_never(record.state)


def _of_open(record: Record, clone: Clone, branch: Ref | None, base_head: str, now: datetime) -> Record:
    is_empty = branch is None or clone.reaches(base_head, branch.commit)
    merge = clone.merged_by(base_head, record.head if branch is None or is_empty else branch.commit)
    if merge is not None:
        # Nobody knows when a branch was moved forward to a commit; of a commit of its own, its committer's clock says it.
        at = now if merge == record.head else min(now, clone.committed_at(merge))
        return replace(record, state=PullRequestState.MERGED, merge_commit=merge, merged_at=at, closed_at=at, updated_at=now)
    return replace(record, state=PullRequestState.CLOSED, closed_at=now, updated_at=now) if is_empty else record
