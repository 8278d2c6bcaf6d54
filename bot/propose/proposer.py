"""A proposal -> what GitHub shall show. Safe to run twice: the second time writes nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, assert_never

import structlog

from bot.model.failure import Failure, told
from bot.model.forge import ForgeError, NotNowError, StaleHeadError
from bot.model.pull_request import Closed, Outcome, Proposal, PullRequest, PullRequestState, Sent
from bot.model.update import Update
from bot.propose.auto_merge import NOT, AutoMerging, Said
from bot.propose.change import Change, as_asked, asked, change_of, if_more, missing_labels
from bot.propose.commands import Verb
from bot.propose.compose import Draft
from bot.propose.declined import declines, declines_by_its_title, declines_the_like
from bot.propose.forge import Forge
from bot.propose.marker import Marker, Target, has_other_base, own_accounts, read, strangers
from bot.propose.orders import is_taken_back
from bot.propose.weight import is_heavier

log = structlog.get_logger()


class Proposer:
    """Sends proposals. In a dry run everything is read and decided as usual, and nothing is written.

    Their text is made only where it is to be written, or to be shown by a dry run: what comes back of the others has an empty body.
    """

    def __init__(self, forge: Forge, *, dry_run: bool = False, weigh: Callable[[Sequence[Update]], str] = lambda _: "") -> None:
        """`weigh` tells how much speaks for updates now, in the words of `bot.propose.weight`."""
        self._weigh: Final = weigh
        self._forge: Final = forge
        self._dry_run: Final = dry_run
        self._auto_merging: Final = AutoMerging(forge, dry_run=dry_run)
        self._unlabelled: Final[list[tuple[PullRequest, Sequence[str]]]] = []
        self._anew: Mapping[tuple[str, int], Verb] = {}

    @property
    def is_dry_run(self) -> bool:
        return self._dry_run

    def write_anew(self, wanted: Mapping[tuple[str, int], Verb]) -> None:
        """By repo and number: what people want to be written again, whatever is there. REBASE leaves the text as it is.

        RECREATE hands back what others committed to, and takes back the no of a pull request that was closed.
        """
        self._anew = wanted

    def is_asked_anew(self, pull: PullRequest) -> bool:
        """Whether people want it written again, whatever is there."""
        return (pull.repo, pull.number) in self._anew

    def is_new(self, draft: Draft, existing: Sequence[PullRequest]) -> bool:
        """Whether sending it would open a pull request, as far as those of its repo tell: none is open, and nobody said no."""
        return draft.declined_in is None and self._open_one(draft, existing) is None and self._declined(draft, existing) is None

    def declined_in(self, app: str, update: Update, existing: Sequence[PullRequest]) -> PullRequest | None:
        """The pull request whose closing was a no to one update of an app, whatever else it asked for; None: nobody said no to it."""
        wanted = Marker(app=app, stage=update.stage, targets=(Target.of(update),), content="")
        return self._refused(existing, lambda pull: self._says_no(pull, wanted, [update]))

    def send(self, draft: Draft, existing: Sequence[PullRequest]) -> Sent:
        """What became of the proposal, given the bot's pull requests of its repo in any state. A failure is an outcome, never raised.

        - nothing there: opened;
        - open with the same content: unchanged, not one write;
        - open with other content, or in conflict with its base: commit, title and text are updated;
        - open with the same content, and a source that failed for its text answers now, or release notes that were awaited are there: the
          text is updated;
        - open without the labels that it was to get, for the run that opened it was cut off: completed;
        - open against a branch that is the default one no more: commit, title and text are updated, and it goes against the new one;
        - open, or only a branch, with commits of others, or turned against another branch by people: hands off;
        - closed unmerged, and not by the bot itself: declined until something stronger: another line of releases (3.13 after 3.12), or more
          that speaks for it: a worse hole that it closes, or one that is exploited. Where that is not known, until a target is newer.

        What the rules let GitHub merge by itself no more is taken from it before anything else is written, and what they let it merge is
        handed to it as soon as it is written; of what stands there unchanged `let_merge` takes care.
        """
        try:
            sent = self._merging(draft, existing)
        except NotNowError as error:
            sent = Sent(proposal=draft.untold, outcome=Outcome.NOT_REACHED, note=str(error), resumes_at=error.resumes_at)
        except ForgeError as error:
            sent = Sent(proposal=draft.untold, outcome=Outcome.FAILED, note=str(error), is_temporary=error.is_temporary)
        except Exception as error:
            log.exception("pull_request.failed", repo=draft.untold.repo, branch=draft.untold.branch)
            sent = Sent(proposal=draft.untold, outcome=Outcome.FAILED, note=told(error))
        number = sent.pull_request.number if sent.pull_request else None
        log.info(_EVENTS[sent.outcome], repo=sent.proposal.repo, branch=sent.proposal.branch, number=number, note=sent.note)
        return sent

    def finish(self) -> list[Failure]:
        """Put labels on what was opened, many at once; those that did not get theirs.

        They go on last, after everything else that opening promises: their absence tells the next run that this one was cut off.
        """
        wanted = list(self._unlabelled)
        failures = list(self._forge.put_labels(wanted)) if wanted else []
        # Only now: whoever was interrupted meanwhile begins with them again.
        del self._unlabelled[: len(wanted)]
        return failures

    def let_merge(self, pulls: Sequence[PullRequest], *, needing_check: Collection[str] = ()) -> dict[str, Said]:
        """Have GitHub merge these by itself; by the address, what is to be said of each. Raises ForgeError.

        `needing_check` are the addresses of those that may go in only where their base requires a check.
        """
        return self._auto_merging.turn_on(pulls, needing_check=needing_check)

    def end_merge(self, pull: PullRequest, *, why: str) -> str:
        """What is to be said; empty: it was not the bot that let GitHub merge it. Raises ForgeError."""
        return self._auto_merging.turn_off(pull, why=why)

    @property
    def unlabelled(self) -> tuple[PullRequest, ...]:
        """What was opened, or changed, and waits for labels."""
        return tuple(pull for pull, _ in self._unlabelled)

    def close(self, pull: PullRequest, *, reason: str) -> Closed | None:
        """Close a pull request that stands for nothing any more, and say why in a comment.

        None where others committed to it: it is theirs. Raises ForgeError.
        """
        if strangers(pull, self._forge.identity()):
            return None
        if not self._dry_run:
            self._forge.close_pull_request(pull, comment=reason)
            log.info("pull_request.closed", repo=pull.repo, number=pull.number, reason=reason)
        return Closed(pull_request=pull, reason=reason, is_done=not self._dry_run)

    def _merging(self, draft: Draft, existing: Sequence[PullRequest]) -> Sent:
        if draft.declined_in is not None:
            return _left_declined(draft, draft.declined_in)
        why, pull = self._unfit(draft, existing)
        ended = self.end_merge(pull, why=why) if why and pull is not None else ""
        sent = self._send(draft, existing)
        if ended and sent.pull_request is not None:
            outcome = (Outcome.DRY_RUN if self._dry_run else Outcome.UPDATED) if sent.outcome is Outcome.UNCHANGED else sent.outcome
            return replace(
                sent, outcome=outcome, note=_joined(sent.note, ended), pull_request=replace(sent.pull_request, auto_merge_by=None)
            )
        is_written = sent.outcome in {Outcome.OPENED, Outcome.UPDATED} and draft.untold.is_auto_merged
        if is_written and sent.pull_request is not None and sent.pull_request.auto_merge_by is None:
            url = sent.pull_request.url
            said = self.let_merge([sent.pull_request], needing_check={url} if draft.untold.needs_check else ()).get(url)
            return sent if said is None else replace(sent, note=_joined(sent.note, said.note))
        is_there = sent.outcome in {Outcome.OPENED, Outcome.UPDATED, Outcome.UNCHANGED}
        if is_there and draft.untold.not_merged_for:
            return replace(sent, note=_joined(sent.note, f"{NOT}: {draft.untold.not_merged_for}"))
        return sent

    def _unfit(self, draft: Draft, existing: Sequence[PullRequest]) -> tuple[str, PullRequest | None]:
        """Why GitHub may not merge the open pull request by itself, and that; empty: it may."""
        pull = self._open_one(draft, existing)
        if pull is None:
            return "", None
        if (others := strangers(pull, self._forge.identity())) and not self._is_handed_back(pull):
            return f"it holds commits of {', '.join(sorted(others))}", pull
        return "" if draft.untold.is_auto_merged else draft.untold.not_merged_for or "the rules (auto_merge) do not let it", pull

    def _send(self, draft: Draft, existing: Sequence[PullRequest]) -> Sent:
        is_open = self._open_one(draft, existing)
        if is_open is not None:
            return self._update(draft, is_open)
        declined = self._declined(draft, existing)
        if declined is not None:
            return _left_declined(draft, declined)
        is_handed_back = any(pull.branch == draft.untold.branch and self._is_handed_back(pull) for pull in existing)
        return self._open(draft, spares_others=not is_handed_back)

    def _open_one(self, draft: Draft, existing: Sequence[PullRequest]) -> PullRequest | None:
        return next((pull for pull in existing if pull.state is PullRequestState.OPEN and pull.branch == draft.untold.branch), None)

    def _declined(self, draft: Draft, existing: Sequence[PullRequest]) -> PullRequest | None:
        updates = draft.untold.updates
        return self._refused(existing, lambda pull: self._says_no(pull, draft.marker, updates) or declines_by_its_title(pull, draft.untold))

    def _refused(self, existing: Sequence[PullRequest], says_no: Callable[[PullRequest], bool]) -> PullRequest | None:
        said_no = (pull for pull in existing if says_no(pull) and not self._is_own_closing(pull))
        return next((pull for pull in said_no if not self._is_handed_back(pull) and not is_taken_back(pull.body)), None)

    def _says_no(self, pull: PullRequest, wanted: Marker, updates: Sequence[Update]) -> bool:
        """Whether it is a no that still stands: to just this, or to the like, for as long as no more speaks for it than did then."""
        if declines(pull, wanted):
            return not self._is_heavier(pull, updates)
        return declines_the_like(pull, wanted) and self._is_heavier(pull, updates) is False

    def _is_heavier(self, pull: PullRequest, updates: Sequence[Update]) -> bool | None:
        """Whether more speaks for it now: a worse hole is closed, or one that is exploited. None: that is not known."""
        written = read(pull.body)
        return is_heavier(self._weigh(updates), written.weight) if written is not None and written.weight else None

    def _is_handed_back(self, pull: PullRequest) -> bool:
        return self._anew.get((pull.repo, pull.number)) is Verb.RECREATE

    def _open(self, draft: Draft, *, spares_others: bool) -> Sent:
        untold = draft.untold
        state = self._forge.branch(untold.repo, untold.branch, base=untold.base)
        if spares_others and state is not None and (unknown := state.authors - self._forge.identity()):
            others = ", ".join(sorted(unknown))
            note = f"the branch {untold.branch} holds commits of {others}; delete it to let the bot go on"
            return Sent(proposal=untold, outcome=Outcome.EDITED_BY_HUMAN, note=note)
        proposal = draft.tell()
        if self._dry_run:
            return Sent(proposal=proposal, outcome=Outcome.DRY_RUN, note="would be opened")
        pull = self._write(proposal, replacing=state.head if state else None)
        pull, note = self._complete(pull, proposal)
        return Sent(proposal=proposal, outcome=Outcome.OPENED, pull_request=pull, note=note)

    def _update(self, draft: Draft, pull: PullRequest) -> Sent:
        if (others := strangers(pull, self._forge.identity())) and not self._is_handed_back(pull):
            return _hands_off(draft.untold, pull, f"#{pull.number} holds commits of {', '.join(sorted(others))}")
        if has_other_base(pull, draft.untold.base) and not self._is_handed_back(pull):
            note = f"#{pull.number} was turned against {pull.base}; turn it back to {draft.untold.base}, or close it, to let the bot go on"
            return _hands_off(draft.untold, pull, note)
        change = asked(change_of(pull, draft), self._anew.get((pull.repo, pull.number)))
        proposal = draft.untold if change in {None, Change.LABELS, Change.REBASE} else draft.tell()
        if change is Change.TEXT:
            change, proposal = if_more(draft, proposal, pull)
        if change is None:
            return _unchanged(draft, pull)
        proposal = as_asked(proposal, pull, change)
        if self._dry_run:
            return Sent(proposal=proposal, outcome=Outcome.DRY_RUN, pull_request=pull, note=f"would be updated: {change}")
        updated, note = self._complete(self._updated(pull, proposal, change), proposal)
        return Sent(proposal=proposal, outcome=Outcome.UPDATED, pull_request=updated, note=note or str(change))

    def _updated(self, pull: PullRequest, proposal: Proposal, change: "Change") -> PullRequest:
        match change:
            case Change.CONTENT | Change.CONFLICT | Change.BASE | Change.REBASE | Change.RECREATE:
                return self._write(proposal, replacing=pull.head)
            case Change.TEXT:
                self._forge.edit_text(pull, title=proposal.title, body=proposal.body)
                return replace(pull, title=proposal.title, body=proposal.body)
            case Change.LABELS:
                return pull
            case _:
                assert_never(change)

    def _is_own_closing(self, pull: PullRequest) -> bool:
        return pull.closed_by in own_accounts(pull, self._forge.identity())

    def _write(self, proposal: Proposal, *, replacing: str | None) -> PullRequest:
        try:
            return self._forge.write(proposal, replacing=replacing)
        except StaleHeadError:
            # The answer to the first try may have got lost: then the second finds it done.
            return self._forge.write(proposal, replacing=replacing)

    def _complete(self, pull: PullRequest, proposal: Proposal) -> tuple[PullRequest, str]:
        """The pull request with what is promised besides its content, as far as it never had it; and what can't be done."""
        missing = missing_labels(pull, proposal)
        note = "" if pull.labels_ever.intersection(proposal.labels) else self._promised(pull, proposal)
        if missing:
            self._unlabelled.append((pull, missing))
        return replace(pull, labels=pull.labels.union(missing), labels_ever=pull.labels_ever.union(missing)), note

    def _promised(self, pull: PullRequest, proposal: Proposal) -> str:
        """Ask and assign people, and put it into its milestone; what can't be done."""
        return _joined(
            self._request_reviews(pull, proposal.reviewers),
            self._assign(pull, proposal.assignees),
            self._put_in_milestone(pull, proposal.milestone),
        )

    def _assign(self, pull: PullRequest, people: Sequence[str]) -> str:
        try:
            refused = self._forge.assign(pull, people) if people else ()
        except ForgeError as error:
            return f"nobody was assigned: {error}"
        return f"{', '.join(refused)} can't be assigned: unknown, or without rights in the repo" if refused else ""

    def _put_in_milestone(self, pull: PullRequest, title: str | None) -> str:
        try:
            is_in = title is None or self._forge.put_in_milestone(pull, title)
        except ForgeError as error:
            return f"it is in no milestone: {error}"
        return "" if is_in else f"it is in no milestone: the repo has no open one called {title!r}"

    def _request_reviews(self, pull: PullRequest, reviewers: Sequence[str]) -> str:
        if not reviewers:
            return ""
        try:
            refused = self._forge.request_reviews(pull, reviewers)
        except ForgeError as error:
            return f"nobody was asked for a review: {error}"
        return f"{', '.join(refused)} can't be asked for a review: no collaborator of the repo, or its author" if refused else ""


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def _left_declined(draft: Draft, pull: PullRequest) -> Sent:
    note = f"#{pull.number} was closed without a merge"
    return Sent(proposal=draft.untold, outcome=Outcome.DECLINED, pull_request=pull, note=note)


def _unchanged(draft: Draft, pull: PullRequest) -> Sent:
    return Sent(proposal=replace(draft.untold, title=pull.title), outcome=Outcome.UNCHANGED, pull_request=pull)


def _hands_off(proposal: Proposal, pull: PullRequest, note: str) -> Sent:
    return Sent(proposal=replace(proposal, title=pull.title), outcome=Outcome.EDITED_BY_HUMAN, pull_request=pull, note=note)


_EVENTS: Final = {
    Outcome.OPENED: "pull_request.opened",
    Outcome.UPDATED: "pull_request.updated",
    Outcome.UNCHANGED: "pull_request.unchanged",
    Outcome.DECLINED: "pull_request.declined",
    Outcome.EDITED_BY_HUMAN: "pull_request.edited_by_human",
    Outcome.FAILED: "pull_request.failed",
    Outcome.NOT_REACHED: "pull_request.not_reached",
    Outcome.DRY_RUN: "pull_request.dry_run",
}
