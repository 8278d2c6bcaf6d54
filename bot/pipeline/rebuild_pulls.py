"""Track: published images that nobody rebuilds, by pull requests whose merge makes the app's own pipeline build them.

GitHub is the record: each pull request says in its hidden end which image it has built for which base, and as which try. So a run that
was killed between writing and recording, and one that lost its ledger, find what is there and open none besides. The ledger keeps what
a build came to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Final

from bot.clients.workers import Workers
from bot.model.failure import Failure
from bot.model.pull_request import Outcome, PullRequest, PullRequestState, Sent
from bot.model.rebuild_order import RebuildKey, RebuildRow, RebuildStanding, RebuildWish
from bot.model.run import AppDecisions
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.propose import LAST_WRITE, Proposed, put_labels
from bot.pipeline.rebuild_drafts import Drafted, Drafting, Wanted, objection
from bot.pipeline.rebuild_looks import Looks, row_at
from bot.pipeline.rebuild_try import Rebuilding
from bot.pipeline.scanned import Scanned
from bot.propose.compose import Draft
from bot.propose.marker import has_other_base
from bot.propose.marker import read as read_marker
from bot.propose.rebuilt import MAX_IMAGES

_S = RebuildStanding
LOOKED_AFTER: Final = timedelta(days=14)
"""A merged pull request whose image is not judged by then is not waited for any more."""
_OPENED: Final = frozenset({Outcome.OPENED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.EDITED_BY_HUMAN})


@dataclass(frozen=True, kw_only=True)
class PullRebuilds:
    """What of an app's images is to be built anew by pull requests, taken one step further."""

    parts: FleetParts
    by: Rebuilding
    entry: Scanned
    decisions: AppDecisions
    looks: Looks
    proposed: Proposed
    _rows: dict[RebuildKey, RebuildRow] = field(default_factory=dict)
    _asks: list[Wanted] = field(default_factory=list)

    @property
    def _drafting(self) -> Drafting:
        return Drafting(parts=self.parts, by=self.by, entry=self.entry, decisions=self.decisions)

    def rows(self, wishes: Sequence[RebuildWish]) -> list[RebuildRow]:
        """Where each of the wishes stands, after what is due was sent."""
        for wish in wishes:
            row = attempt(f"the rebuild of {wish.key.image}", partial(self.looks.look, wish))
            if isinstance(row, Failure):
                row = row_at(self.by.now(), wish, _S.NOT_KNOWN, str(row))
            if isinstance(row, Wanted) and (why := objection(self._drafting, row, self.by.now())):
                row = row_at(self.by.now(), wish, _S.WAITS, f"{why}.")
            if isinstance(row, Wanted):
                self._asks.append(row)
            elif row is not None:
                self._rows[wish.key] = row
        with Workers(1, "rebuild", grace=LAST_WRITE) as writer:
            writer.submit(self._send, wishes).result()
        return list(self._rows.values())

    # The app's pull requests

    def _send(self, wishes: Sequence[RebuildWish]) -> None:
        by_key = {wish.key: wish for wish in wishes}
        sent_before = len(self.proposed.sent)
        is_open = {key: some[-1] for key, some in self.looks.held.items() if some[-1].pull.state is PullRequestState.OPEN}
        plain = [one for one in self._asks if not one.rebuild.because]
        asked_for = {one.rebuild.image for one in plain}
        stays = [
            Wanted(wish=by_key[key], rebuild=one.rebuild, pull=one.pull)
            for key, one in is_open.items()
            if key in by_key and key not in self.looks.done and not (one.rebuild.image in asked_for and not one.rebuild.because)
        ]
        for key in [key for key, one in is_open.items() if one.rebuild.image in asked_for and not one.rebuild.because]:
            self._rows.pop(key, None)
        together = [*(one for one in stays if not one.rebuild.because), *plain]
        for one in together[MAX_IMAGES:]:
            self._rows[one.wish.key] = row_at(self.by.now(), one.wish, _S.WAITS, f"Its app's pull request holds {MAX_IMAGES} others.")
        del together[MAX_IMAGES:]
        alone = [one for one in (*stays, *self._asks) if one.rebuild.because and (one.pull is None or one.pull.has_conflict)]
        pulls = {one.pull.url: one.pull for one in is_open.values()}
        own = next((one.pull for one in is_open.values() if not one.rebuild.because), None)
        if any(key not in by_key for key, one in is_open.items() if one.pull == own):
            # What of it can't be looked at now stays in it.
            why = "Its app's pull request can't be looked at as a whole now."
            self._rows.update({one.wish.key: row_at(self.by.now(), one.wish, _S.WAITS, why) for one in plain})
        elif together and (own is None or plain or self._is_due(own, len(together))):
            self._send_one(together, own)
        for one in alone:
            self._send_one([one], one.pull)
        wanted = {one.pull.url for one in stays if one.pull is not None} | ({own.url} if own is not None and plain else set())
        for pull in pulls.values():
            if pull.url not in wanted and not has_other_base(pull, self.entry.repo.default_branch):
                self._close(pull, [self.looks.done.get(key, "") for key, one in is_open.items() if one.pull == pull])
        if len(self.proposed.sent) > sent_before:
            put_labels(self.parts, self.proposed)

    def _is_due(self, pull: PullRequest, images: int) -> bool:
        """Whether an open pull request is written again, though nothing is asked for besides."""
        marker = read_marker(pull.body)
        is_less = marker is not None and len(marker.rebuilds) != images
        return pull.has_conflict or is_less or not pull.labels_ever or self.parts.proposer.is_asked_anew(pull)

    def _send_one(self, wanted: Sequence[Wanted], pull: PullRequest | None) -> None:
        drafted = attempt(self.decisions.app.key, partial(self._drafting.draft, wanted, pull))
        if isinstance(drafted, Failure):
            for one in wanted:
                self._rows[one.wish.key] = row_at(self.by.now(), one.wish, _S.NOT_KNOWN, str(drafted))
            return
        for one, why in drafted.refused:
            standing = _S.NEEDS_SOMEBODY if one.rebuild.because else _S.REPORTED
            before = f"{self.looks.last_said(one.wish)} " if one.rebuild.because else ""
            self._rows[one.wish.key] = row_at(self.by.now(), one.wish, standing, f"{before}No pull request is opened for it: {why}")
        if drafted.draft is None:
            return
        if pull is None and (why := self._kept(drafted.draft)):
            for one in drafted.images:
                self._rows[one.wish.key] = row_at(self.by.now(), one.wish, _S.WAITS, why)
            return
        self._sent(drafted, self._written(drafted.draft))

    def _kept(self, draft: Draft) -> str:
        """Why it is not opened now; empty: it is."""
        budget, repo = self.proposed.budget, self.entry.repo.full_name
        if budget is None or not self.parts.proposer.is_new(draft, self.entry.pull_requests):
            return ""
        refusal = budget.refusal(repo)
        if refusal is not None:
            return f"{budget.words(refusal, None, repo)}."
        # They hold no update, and are the only ones.
        opened = sum(sent.outcome is Outcome.OPENED and not sent.proposal.updates for sent in self.proposed.sent)
        return "As many rebuilds were asked for as may be in a run (rebuild.per_run)." if opened >= self.by.limits.per_run else ""

    def _written(self, draft: Draft) -> Sent:
        untold = draft.untold
        self.proposed.sending.append((untold.repo, untold.branch))
        sent = self.parts.proposer.send(draft, self.entry.pull_requests)
        self.proposed.sent.append(sent)
        self.proposed.sending.remove((untold.repo, untold.branch))
        if sent.outcome in {Outcome.OPENED, Outcome.DRY_RUN} and self.proposed.budget is not None:
            self.proposed.budget.opened(untold.repo)
        if sent.outcome is not Outcome.UNCHANGED:
            self.parts.progress.tell(untold.repo, f"pull request {sent.outcome.value}: {untold.title}")
        return sent

    def _sent(self, drafted: Drafted, sent: Sent) -> None:
        pull = sent.pull_request
        for one in drafted.images:
            told = partial(row_at, self.by.now(), one.wish, tried=one.rebuild, url="" if pull is None else pull.url)
            if sent.outcome in _OPENED and pull is not None:
                note = f" {sent.note}." if sent.outcome is Outcome.EDITED_BY_HUMAN else ""
                row = told(_S.PROPOSED, f"Merge #{pull.number}.{note}")
                self._rows[one.wish.key] = replace(row, since=pull.created_at)
            elif sent.outcome is Outcome.DECLINED:
                self._rows[one.wish.key] = told(_S.NEEDS_SOMEBODY, f"{sent.note}: nobody builds it, and it is not asked for again.")
            elif sent.outcome is Outcome.DRY_RUN:
                self._rows[one.wish.key] = told(_S.WAITS, "Its pull request would be opened.")
            else:
                self._rows[one.wish.key] = told(_S.NOT_KNOWN, f"{sent.note}.")

    def _close(self, pull: PullRequest, why: Sequence[str]) -> None:
        """Where there is a reason for all that it asks for."""
        if not all(why):
            return
        reason = f"{'; '.join(dict.fromkeys(why))}."
        closed = attempt(f"{pull.repo}#{pull.number}", partial(self.parts.proposer.close, pull, reason=reason))
        if isinstance(closed, Failure):
            self.proposed.failures.append(closed)
        elif closed is not None:
            self.proposed.closed.append(closed)
            self.parts.progress.tell(pull.repo, f"pull request #{pull.number} closed: {reason}")
