"""A proposal -> what GitHub shall show. Safe to run twice: the second time writes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

import structlog

from bot.model.forge import ForgeError, StaleHeadError
from bot.model.pull_request import Closed, Outcome, Proposal, PullRequest, PullRequestState, Sent
from bot.propose.compose import Draft
from bot.propose.forge import Forge
from bot.propose.marker import Marker, Target, read, text_hash

log = structlog.get_logger()


class Proposer:
    """Sends proposals. In a dry run everything is read and decided as usual, and nothing is written.

    Their text is made only where it is to be written, or to be shown by a dry run: what comes back of the others has an empty body.
    """

    def __init__(self, forge: Forge, *, dry_run: bool = False) -> None:
        self._forge: Final = forge
        self._dry_run: Final = dry_run

    def send(self, draft: Draft, existing: Sequence[PullRequest]) -> Sent:
        """What became of the proposal, given the bot's pull requests of its repo in any state. A failure is an outcome, never raised.

        - nothing there: opened;
        - open with the same content: unchanged, not one write;
        - open with other content, or in conflict with its base: commit, title and text are updated;
        - open with the same content, and a source that failed for its text answers now: the text is updated;
        - open, or only a branch, with commits of others: hands off;
        - closed unmerged with the same targets, and not by the bot itself: declined until one of them is newer.
        """
        try:
            sent = self._send(draft, existing)
        except ForgeError as error:
            sent = Sent(proposal=draft.untold, outcome=Outcome.FAILED, note=str(error), is_temporary=error.is_temporary)
        except Exception as error:
            log.exception("pull_request.failed", repo=draft.untold.repo, branch=draft.untold.branch)
            note = f"the bot met something that it does not know ({type(error).__name__}). Report it with the traceback in the log."
            sent = Sent(proposal=draft.untold, outcome=Outcome.FAILED, note=note)
        number = sent.pull_request.number if sent.pull_request else None
        log.info(_EVENTS[sent.outcome], repo=sent.proposal.repo, branch=sent.proposal.branch, number=number, note=sent.note)
        return sent

    def close(self, pull: PullRequest, *, reason: str) -> Closed | None:
        """Close a pull request that stands for nothing any more, and say why in a comment.

        None where others committed to it: it is theirs. Raises ForgeError.
        """
        if pull.authors - self._forge.identity():
            return None
        if not self._dry_run:
            self._forge.close_pull_request(pull, comment=reason)
            log.info("pull_request.closed", repo=pull.repo, number=pull.number, reason=reason)
        return Closed(pull_request=pull, reason=reason, is_done=not self._dry_run)

    def _send(self, draft: Draft, existing: Sequence[PullRequest]) -> Sent:
        untold = draft.untold
        is_open = [pull for pull in existing if pull.state is PullRequestState.OPEN and pull.branch == untold.branch]
        if is_open:
            return self._update(draft, is_open[0])
        declined = next((pull for pull in existing if _declines(pull, draft) and pull.closed_by not in self._forge.identity()), None)
        if declined is not None:
            return Sent(
                proposal=untold, outcome=Outcome.DECLINED, pull_request=declined, note=f"#{declined.number} was closed without a merge"
            )
        return self._open(draft)

    def _open(self, draft: Draft) -> Sent:
        untold = draft.untold
        if others := self._others(untold, untold.base):
            note = f"the branch {untold.branch} holds commits of {others}; delete it to let the bot go on"
            return Sent(proposal=untold, outcome=Outcome.EDITED_BY_HUMAN, note=note)
        proposal = draft.tell()
        if self._dry_run:
            return Sent(proposal=proposal, outcome=Outcome.DRY_RUN, note="would be opened")
        self._commit(proposal)
        return Sent(proposal=proposal, outcome=Outcome.OPENED, pull_request=self._forge.open_pull_request(proposal))

    def _update(self, draft: Draft, pull: PullRequest) -> Sent:
        if strangers := pull.authors - self._forge.identity():
            return _hands_off(draft.untold, pull, ", ".join(sorted(strangers)))
        change = _change(pull, draft.marker)
        if change is None:
            return Sent(proposal=draft.untold, outcome=Outcome.UNCHANGED, pull_request=pull)
        if change is not _Change.TEXT and (others := self._others(draft.untold, pull.base)):
            return _hands_off(draft.untold, pull, others)
        proposal = draft.tell()
        if change is _Change.TEXT and _is_partial(proposal.body):
            return Sent(proposal=draft.untold, outcome=Outcome.UNCHANGED, pull_request=pull)
        if self._dry_run:
            return Sent(proposal=proposal, outcome=Outcome.DRY_RUN, pull_request=pull, note=f"would be updated: {change}")
        head = pull.head if change is _Change.TEXT else self._commit(proposal)
        self._forge.edit_pull_request(pull, title=proposal.title, body=proposal.body, labels=proposal.labels)
        updated = replace(
            pull, title=proposal.title, body=proposal.body, head=head, labels=pull.labels | set(proposal.labels), has_conflict=False
        )
        return Sent(proposal=proposal, outcome=Outcome.UPDATED, pull_request=updated, note=str(change))

    def _commit(self, proposal: Proposal) -> str:
        try:
            return self._forge.commit(proposal, onto=proposal.base_head)
        except StaleHeadError:
            # The answer to the first try may have got lost: then the second finds it done.
            return self._forge.commit(proposal, onto=proposal.base_head)

    def _others(self, proposal: Proposal, base: str) -> str:
        """Who else committed to the branch; empty: nobody, or there is no such branch."""
        state = self._forge.branch(proposal.repo, proposal.branch, base=base)
        return "" if state is None else ", ".join(sorted(state.authors - self._forge.identity()))


class _Change(StrEnum):
    """Why an open pull request is written again."""

    CONTENT = "it asks for something else now"
    CONFLICT = "it was in conflict with its base"
    TEXT = "more is known now"


def _change(pull: PullRequest, wanted: Marker) -> _Change | None:
    """Why the pull request may have to be written again, as far as its own marker tells; None: it asks for this already.

    A text that told all there was stays until the content changes, and so does one that people have edited: it is theirs.
    """
    written = read(pull.body)
    if written is None or (written.targets, written.content) != (wanted.targets, wanted.content):
        return _Change.CONTENT
    if pull.has_conflict:
        return _Change.CONFLICT
    is_untouched = text_hash(pull.body) == written.text
    return _Change.TEXT if written.is_partial and is_untouched else None


def _is_partial(body: str) -> bool:
    marker = read(body)
    return marker is not None and marker.is_partial


def _hands_off(proposal: Proposal, pull: PullRequest, others: str) -> Sent:
    note = f"#{pull.number} holds commits of {others}"
    return Sent(proposal=proposal, outcome=Outcome.EDITED_BY_HUMAN, pull_request=pull, note=note)


def _declines(pull: PullRequest, draft: Draft) -> bool:
    """Whether this pull request is a maintainer's no to all that is asked for. Its branch does not count: groups may be set anew."""
    if pull.state is not PullRequestState.CLOSED:
        return False
    written = read(pull.body)
    if written is None:
        return (pull.branch, pull.title) == (draft.untold.branch, draft.untold.title)
    no: set[Target] = set(written.targets)
    return written.app == draft.marker.app and no.issuperset(draft.marker.targets)


_EVENTS: Final = {
    Outcome.OPENED: "pull_request.opened",
    Outcome.UPDATED: "pull_request.updated",
    Outcome.UNCHANGED: "pull_request.unchanged",
    Outcome.DECLINED: "pull_request.declined",
    Outcome.EDITED_BY_HUMAN: "pull_request.edited_by_human",
    Outcome.FAILED: "pull_request.failed",
    Outcome.DRY_RUN: "pull_request.dry_run",
}
