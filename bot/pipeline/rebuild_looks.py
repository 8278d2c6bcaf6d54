"""Track: one image that pull requests ask for, or are to: where it stands, by what GitHub and the ledger keep, and what is next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, assert_never

from bot.model.image import Digest
from bot.model.pull_request import PullRequestState
from bot.model.rebuild import RebuildFinding, RebuildVerdict
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildRow, RebuildStanding, RebuildStep, RebuildWish
from bot.model.run import AppDecisions
from bot.pipeline.rebuild_drafts import Wanted, pin_of
from bot.pipeline.rebuild_held import Held, HeldRebuilds, as_asked
from bot.pipeline.rebuild_remedies import NO_EDIT, REMEDIED
from bot.pipeline.rebuild_try import BETWEEN_TRIES, GOOD, LOOKS, Rebuilding, in_vain_of, said_of
from bot.propose.marker import Rebuild

_S = RebuildStanding
_PUBLISHED: Final = timedelta(days=1)
"""So long after its merge an image may take to be published: its pipeline starts by itself."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """A look at each image of an app. What a build came to is recorded, but for a dry run."""

    by: Rebuilding
    decisions: AppDecisions
    held: HeldRebuilds
    """What the app's pull requests ask for."""
    past: Mapping[tuple[str, str], Sequence[RebuildEvent]]
    wanted_now: frozenset[RebuildKey]
    """What is known in this run not to stand on its base."""
    asked_now: Callable[[RebuildWish], RebuildWish | None]
    """The same wish for the base that Git asks for now; None: that is not known."""
    is_dry_run: bool
    done: dict[RebuildKey, str] = field(default_factory=dict)
    """Of open pull requests: what is asked for no more, and why."""

    def look(self, wish: RebuildWish) -> RebuildRow | Wanted | None:
        """Where it stands, or what is to be asked for; None: there is nothing to tell. Raises ToldError where it can't be looked at."""
        held = self.held.get(wish.key, ())
        past = self.past.get((wish.app, wish.key.image), ())
        judged = max((one for one in past if one.key == wish.key and one.step is RebuildStep.JUDGED), key=_try_of, default=None)
        last = held[-1] if held else None
        if last is not None and (judged is None or judged.attempt < last.rebuild.attempt):
            return self._of_pull(wish, last)
        if judged is not None:
            if last is not None and last.pull.state is PullRequestState.OPEN and judged.verdict in GOOD:
                # A run was cut off before it closed what it had judged.
                self.done[wish.key] = self._by_now(wish)
            return self._next(wish, judged)
        in_vain = in_vain_of(past, self.by.now())
        if len(in_vain) >= self.by.limits.tries:
            said = f"{len(in_vain)} rebuilds within a week came to nothing, for this base or one before. The last one: {in_vain[-1].said}"
            return row_at(self.by.now(), wish, _S.NEEDS_SOMEBODY, said)
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
            self.done[wish.key] = f"the files of {wish.app} do not name `{wish.base}` any more"
            return None
        if wish.key not in self.wanted_now or held.rebuild.because:
            finding = self._finding(wish, held)
            if finding.verdict.is_fixed:
                self.done[wish.key] = self._by_now(wish)
                judged = self._note(wish, held, finding.verdict, said_of(finding), digest=finding.new)
                return row_at(self.by.now(), wish, _S.FIXED, judged.said, held=held)
        return row_at(self.by.now(), wish, _S.PROPOSED, f"Merge #{held.pull.number}.", held=held)

    def _merged(self, wish: RebuildWish, held: Held) -> RebuildRow | Wanted:
        age = self.by.now() - (held.pull.merged_at or self.by.now())
        finding = self._finding(wish, held)
        said = said_of(finding)
        if finding.verdict is RebuildVerdict.TAG_DID_NOT_MOVE and age < _PUBLISHED:
            return row_at(self.by.now(), wish, _S.RUNNING, f"#{held.pull.number} is merged, and the image is not published yet.", held=held)
        if finding.verdict is RebuildVerdict.UNKNOWN and age < LOOKS:
            return row_at(self.by.now(), wish, _S.NOT_KNOWN, said, held=held)
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
        told = partial(row_at, self.by.now(), wish, said=judged.said, tried=judged)
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
        held = self.held.get(wish.key, ())
        past = [one for one in self.past.get((wish.app, wish.key.image), ()) if one.key == wish.key and one.step is RebuildStep.ASKED]
        return [*past, *(as_asked(wish.key, one) for one in held)]

    def last_said(self, wish: RebuildWish) -> str:
        """What the last build came to; empty: none was judged."""
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
        if not self.is_dry_run:
            self.by.record.record([event])
        return event


def row_at(
    now: datetime,
    wish: RebuildWish,
    standing: RebuildStanding,
    said: str,
    *,
    held: Held | None = None,
    tried: Rebuild | RebuildEvent | None = None,
    url: str = "",
) -> RebuildRow:
    """A row of the wish, as of what holds it, or of what was tried."""
    since = now
    number = 0 if tried is None else tried.attempt
    if held is not None:
        number, url = held.rebuild.attempt, held.pull.url
        since = held.pull.merged_at or held.pull.created_at
    elif isinstance(tried, RebuildEvent):
        url, since = tried.url, tried.at
    return RebuildRow(wish=wish, standing=standing, said=said, url=url, attempt=number, since=since)


def _try_of(event: RebuildEvent) -> int:
    return event.attempt
