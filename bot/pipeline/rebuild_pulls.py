"""Track: published images that nobody rebuilds, by pull requests whose merge makes the app's own pipeline build them.

GitHub is the record: each pull request says in its hidden end which image it has built for which base, and as which try. So a run that
was killed between writing and recording, and one that lost its ledger, find what is there and open none besides. The ledger keeps what
a build came to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, assert_never

from bot.clients.workers import Workers
from bot.model.failure import Failure
from bot.model.image import Digest
from bot.model.pull_request import Outcome, PullRequest, PullRequestState, Sent
from bot.model.rebuild import RebuildFinding, RebuildVerdict
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildRow, RebuildStanding, RebuildStep, RebuildWish
from bot.model.run import AppDecisions
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.propose import LAST_WRITE, Proposed, put_labels
from bot.pipeline.rebuild_drafts import Drafted, Drafting, Wanted, objection, pin_of
from bot.pipeline.rebuild_held import Held, as_asked, held_for
from bot.pipeline.rebuild_remedies import NO_EDIT, REMEDIED
from bot.pipeline.rebuild_try import BETWEEN_TRIES, GOOD, LOOKS, Rebuilding, in_vain_of, said_of
from bot.pipeline.scanned import Scanned
from bot.propose.compose import Draft
from bot.propose.marker import Rebuild, has_other_base
from bot.propose.marker import read as read_marker
from bot.propose.rebuilt import MAX_IMAGES

_S = RebuildStanding
_PUBLISHED: Final = timedelta(days=1)
"""So long after its merge an image may take to be published: its pipeline starts by itself."""
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
    past: Mapping[tuple[str, str], Sequence[RebuildEvent]]
    proposed: Proposed
    wanted_now: frozenset[RebuildKey]
    """What is known in this run not to stand on its base."""
    asked_now: Callable[[RebuildWish], RebuildWish | None]
    """The same wish for the base that Git asks for now; None: that is not known."""
    _rows: dict[RebuildKey, RebuildRow] = field(default_factory=dict)
    _asks: list[Wanted] = field(default_factory=list)
    _done: dict[RebuildKey, str] = field(default_factory=dict)
    """Of open pull requests: what is asked for no more, and why."""

    @property
    def _drafting(self) -> Drafting:
        return Drafting(parts=self.parts, by=self.by, entry=self.entry, decisions=self.decisions)

    def rows(self, wishes: Sequence[RebuildWish]) -> list[RebuildRow]:
        """Where each of the wishes stands, after what is due was sent."""
        held = held_for(self.entry, self.decisions.app)
        for wish in wishes:
            row = attempt(f"the rebuild of {wish.key.image}", partial(self._look, wish, held.get(wish.key, ())))
            if isinstance(row, Failure):
                row = self._at(wish, _S.NOT_KNOWN, str(row))
            if isinstance(row, Wanted):
                self._asks.append(row)
            elif row is not None:
                self._rows[wish.key] = row
        with Workers(1, "rebuild", grace=LAST_WRITE) as writer:
            writer.submit(self._send, wishes, held).result()
        return list(self._rows.values())

    # One image

    def _look(self, wish: RebuildWish, held: Sequence[Held]) -> RebuildRow | Wanted | None:
        """Where it stands, or what is to be asked for; None: there is nothing to tell."""
        past = self.past.get((wish.app, wish.key.image), ())
        judged = max((one for one in past if one.key == wish.key and one.step is RebuildStep.JUDGED), key=_try_of, default=None)
        last = held[-1] if held else None
        if last is not None and (judged is None or judged.attempt < last.rebuild.attempt):
            return self._of_pull(wish, last)
        if judged is not None:
            if last is not None and last.pull.state is PullRequestState.OPEN and judged.verdict in GOOD:
                # A run was cut off before it closed what it had judged.
                self._done[wish.key] = self._by_now(wish)
            return self._next(wish, judged)
        in_vain = in_vain_of(past, self.by.now())
        if len(in_vain) >= self.by.limits.tries:
            said = f"{len(in_vain)} rebuilds within a week came to nothing, for this base or one before. The last one: {in_vain[-1].said}"
            return self._at(wish, _S.NEEDS_SOMEBODY, said)
        return self._ask(wish, 1) if wish.key in self.wanted_now else None

    def _of_pull(self, wish: RebuildWish, held: Held) -> RebuildRow | Wanted | None:
        match held.pull.state:
            case PullRequestState.OPEN:
                return self._open(wish, held)
            case PullRequestState.MERGED:
                return self._merged(wish, held)
            case PullRequestState.CLOSED:
                # Whether that was somebody's no is known by whoever sends it.
                is_wanted, one = wish.key in self.wanted_now or bool(held.rebuild.because), held.rebuild
                return self._ask(wish, one.attempt, old=one.old, because=one.because) if is_wanted else None
            case _:
                assert_never(held.pull.state)

    def _open(self, wish: RebuildWish, held: Held) -> RebuildRow | None:
        if pin_of(self.decisions, wish) is None and not self.decisions.skips:
            self._done[wish.key] = f"the files of {wish.app} do not name `{wish.base}` any more"
            return None
        if wish.key not in self.wanted_now or held.rebuild.because:
            finding = self._finding(wish, held)
            if finding.verdict.is_fixed:
                self._done[wish.key] = self._by_now(wish)
                judged = self._note(wish, held, finding.verdict, said_of(finding), digest=finding.new)
                return self._at(wish, _S.FIXED, judged.said, held=held)
        return self._at(wish, _S.PROPOSED, f"Merge #{held.pull.number}.", held=held)

    def _merged(self, wish: RebuildWish, held: Held) -> RebuildRow | Wanted:
        age = self.by.now() - (held.pull.merged_at or self.by.now())
        finding = self._finding(wish, held)
        said = said_of(finding)
        if finding.verdict is RebuildVerdict.TAG_DID_NOT_MOVE and age < _PUBLISHED:
            return self._at(wish, _S.RUNNING, f"#{held.pull.number} is merged, and the image is not published yet.", held=held)
        if finding.verdict is RebuildVerdict.UNKNOWN and age < LOOKS:
            return self._at(wish, _S.NOT_KNOWN, said, held=held)
        judged = self._note(wish, held, finding.verdict, said, digest=finding.new)
        after = self._next(wish, judged)
        return replace(after, finding=finding) if isinstance(after, RebuildRow) else after

    def _finding(self, wish: RebuildWish, held: Held) -> RebuildFinding:
        """What the published image of now shows; where the base moved on meanwhile, also held against the one that Git asks for now."""
        found = self.by.judging.finding(wish, Digest(held.rebuild.old))
        now = self.asked_now(wish) if found.verdict is RebuildVerdict.UNKNOWN else None
        if now is None or now.base_digest == wish.base_digest:
            return found
        newer = self.by.judging.finding(now, Digest(held.rebuild.old))
        return newer if newer.verdict.is_fixed else found

    def _by_now(self, wish: RebuildWish) -> str:
        return f"`{wish.key.image}` stands on `{wish.base}` as these files ask for it by now"

    def _next(self, wish: RebuildWish, judged: RebuildEvent) -> RebuildRow | Wanted:
        """After a build that was judged."""
        told = partial(self._at, wish, said=judged.said, tried=judged)
        if judged.verdict in GOOD:
            # It stood on that base, and does not any more: somebody moved the tag back.
            back = wish.key in self.wanted_now
            return told(_S.NEEDS_SOMEBODY, said=f"It was fixed, and is not any more. {judged.said}") if back else told(_S.FIXED)
        if judged.attempt >= self.by.limits.tries:
            return told(_S.NEEDS_SOMEBODY)
        if judged.verdict in REMEDIED:
            return self._ask(wish, judged.attempt + 1, old=judged.digest, because=judged.verdict)
        if judged.verdict != RebuildVerdict.TAG_DID_NOT_MOVE.name:
            return told(_S.NEEDS_SOMEBODY, said=f"{judged.said} {NO_EDIT}")
        if self.by.now() - judged.at < BETWEEN_TRIES:
            return told(_S.WAITS, said=f"{judged.said} It is asked for again.")
        return self._ask(wish, judged.attempt + 1)

    def _ask(self, wish: RebuildWish, number: int, *, old: str = "", because: str = "") -> Wanted:
        key = wish.key
        rebuild = Rebuild(image=key.image, base=wish.base, digest=key.base, old=old or wish.published, attempt=number, because=because)
        # By what the build before was to replace the verdict is found again.
        before = next((one.digest for one in self._asked_before(wish) if because and one.attempt == number - 1), "")
        return Wanted(wish=wish, rebuild=rebuild, before=Digest(before) if before else None)

    def _asked_before(self, wish: RebuildWish) -> list[RebuildEvent]:
        held = held_for(self.entry, self.decisions.app).get(wish.key, ())
        past = [one for one in self.past.get((wish.app, wish.key.image), ()) if one.key == wish.key and one.step is RebuildStep.ASKED]
        return [*past, *(as_asked(wish.key, one) for one in held)]

    # The app's pull requests

    def _send(self, wishes: Sequence[RebuildWish], held: Mapping[RebuildKey, Sequence[Held]]) -> None:
        by_key = {wish.key: wish for wish in wishes}
        sent_before = len(self.proposed.sent)
        is_open = {key: some[-1] for key, some in held.items() if some[-1].pull.state is PullRequestState.OPEN}
        plain = [one for one in self._asks if not one.rebuild.because]
        asked_for = {one.rebuild.image for one in plain}
        stays = [
            Wanted(wish=by_key[key], rebuild=one.rebuild, pull=one.pull)
            for key, one in is_open.items()
            if key in by_key and key not in self._done and not (one.rebuild.image in asked_for and not one.rebuild.because)
        ]
        for key in [key for key, one in is_open.items() if one.rebuild.image in asked_for and not one.rebuild.because]:
            self._rows.pop(key, None)
        together = [*(one for one in stays if not one.rebuild.because), *plain][:MAX_IMAGES]
        alone = [one for one in (*stays, *self._asks) if one.rebuild.because and (one.pull is None or one.pull.has_conflict)]
        pulls = {one.pull.url: one.pull for one in is_open.values()}
        own = next((one.pull for one in is_open.values() if not one.rebuild.because), None)
        if together and (own is None or plain or self._is_due(own, len(together))):
            self._send_one(together, own)
        for one in alone:
            self._send_one([one], one.pull)
        wanted = {one.pull.url for one in stays if one.pull is not None} | ({own.url} if own is not None and plain else set())
        for pull in pulls.values():
            if pull.url not in wanted and not has_other_base(pull, self.entry.repo.default_branch):
                self._close(pull, [self._done.get(key, "") for key, one in is_open.items() if one.pull == pull])
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
                self._rows[one.wish.key] = self._at(one.wish, _S.NOT_KNOWN, str(drafted))
            return
        for one, why in drafted.refused:
            standing = _S.NEEDS_SOMEBODY if one.rebuild.because else _S.REPORTED
            before = f"{self._last_said(one.wish)} " if one.rebuild.because else ""
            self._rows[one.wish.key] = self._at(one.wish, standing, f"{before}No pull request is opened for it: {why}")
        if drafted.draft is None:
            return
        if pull is None and (why := self._kept(drafted, drafted.draft)):
            for one in drafted.images:
                self._rows[one.wish.key] = self._at(one.wish, _S.WAITS, why)
            return
        self._sent(drafted, self._written(drafted.draft))

    def _kept(self, drafted: Drafted, draft: Draft) -> str:
        """Why it is not opened now; empty: it is."""
        for one in drafted.images:
            if why := objection(self._drafting, one, self.by.now()):
                return f"{why}."
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
            told = partial(self._at, one.wish, tried=one.rebuild, url="" if pull is None else pull.url)
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

    # Words and values

    def _last_said(self, wish: RebuildWish) -> str:
        past = [one for one in self.past.get((wish.app, wish.key.image), ()) if one.key == wish.key and one.step is RebuildStep.JUDGED]
        return max(past, key=_try_of).said if past else ""

    def _note(self, wish: RebuildWish, held: Held, verdict: RebuildVerdict, said: str, *, digest: str | None) -> RebuildEvent:
        event = RebuildEvent(
            key=wish.key,
            attempt=held.rebuild.attempt,
            step=RebuildStep.JUDGED,
            at=self.by.now(),
            digest=digest or "",
            url=held.pull.url,
            verdict=verdict.name,
            said=said,
        )
        if not self.parts.proposer.is_dry_run:
            self.by.record.record([event])
        return event

    def _at(
        self,
        wish: RebuildWish,
        standing: RebuildStanding,
        said: str,
        *,
        held: Held | None = None,
        tried: Rebuild | RebuildEvent | None = None,
        url: str = "",
    ) -> RebuildRow:
        since: datetime = self.by.now()
        number = 0 if tried is None else tried.attempt
        if held is not None:
            number, url = held.rebuild.attempt, held.pull.url
            since = held.pull.merged_at or held.pull.created_at
        elif isinstance(tried, RebuildEvent):
            url, since = tried.url, tried.at
        return RebuildRow(wish=wish, standing=standing, said=said, url=url, attempt=number, since=since)


def _try_of(event: RebuildEvent) -> int:
    return event.attempt
