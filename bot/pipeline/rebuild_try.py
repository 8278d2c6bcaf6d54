"""One image on its way from the wish to the verdict: what is done next, by what is recorded of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bot.ledger.rebuilds import Rebuilds
from bot.model.build import Build, BuildOrder, BuildState
from bot.model.failure import ToldError, told
from bot.model.forge import ForgeError, NotNowError
from bot.model.image import Digest
from bot.model.rebuild import RebuildFinding, RebuildVerdict
from bot.model.rebuild_order import (
    RebuildEvent,
    RebuildLimits,
    RebuildPolicy,
    RebuildRow,
    RebuildStanding,
    RebuildStep,
    RebuildWish,
)
from bot.pipeline.rebuild_judging import Judging
from bot.pipeline.rebuild_orders import Same, key_text, order_for, same, tells_key, unfinished

log = structlog.get_logger()

_ANSWER: Final = timedelta(minutes=5)
"""After it, a build that was asked for and is in no list was not started."""
_UNRECORDED: Final = timedelta(hours=6)
"""So far back a build that the bot started and the ledger does not know may be of a run that was killed before it could keep its ledger."""
_APART: Final = timedelta(minutes=1)
"""This machine's clock and the forge's."""
BETWEEN_TRIES: Final = timedelta(hours=6)
_PUBLISHED: Final = timedelta(hours=1)
"""After the end of its build an image is where it belongs."""
_LONGEST: Final = timedelta(days=2)
"""A build that is not over then is taken for lost."""
_MEMORY: Final = timedelta(days=7)
"""Tries of an image that came to nothing count so long, for whatever base."""
LOOKS: Final = timedelta(days=1)
"""So long an image that can't be read is looked at again before that is its verdict."""
_MAX_SHOWN: Final = 500
"""Of the evidence: what helps stands behind it, and the ledger keeps a thousand characters."""
_BUILD_FAILED: Final = "BUILD_FAILED"
"""In the place of a verdict."""
WORTH_A_TRY: Final = frozenset({RebuildVerdict.TAG_DID_NOT_MOVE.name, _BUILD_FAILED})
"""What may have come of an outage; the other verdicts would come again."""
GOOD: Final = frozenset({RebuildVerdict.FIXED.name, RebuildVerdict.REMOVED.name})


def said_of(finding: RebuildFinding) -> str:
    """The verdict with what shows it, and what helps; as much as the ledger keeps."""
    shown = " ".join(finding.evidence[:4])
    return f"{finding.verdict.value}: {shown if len(shown) <= _MAX_SHOWN else f'{shown[:_MAX_SHOWN]}...'} {finding.remedy}".strip()


def in_vain_of(past: Sequence[RebuildEvent], now: datetime) -> list[RebuildEvent]:
    """The tries of an image in the last days, for whatever base, that came to nothing since one came to something."""
    since = now - _MEMORY
    over = [event for event in past if event.at >= since and event.step in {RebuildStep.JUDGED, RebuildStep.REFUSED}]
    last = max((event.at for event in over if event.verdict in GOOD), default=since)
    return [event for event in over if event.at >= last and event.verdict not in GOOD]


class Builder(Protocol):
    """What is asked of the forge. Raises ForgeError."""

    def start_build(self, order: BuildOrder) -> Build | None: ...

    def builds_since(self, order: BuildOrder, moment: datetime) -> Sequence[Build]: ...

    def build(self, repo: str, number: int) -> Build | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """What rebuilds are done with."""

    builder: Builder
    record: Rebuilds
    judging: Judging
    limits: RebuildLimits
    now: Callable[[], datetime]


@dataclass(slots=True)
class Budget:
    """What may still be asked for, and what was in this run."""

    left: int
    started: dict[Same, Build] = field(default_factory=dict)
    unanswered: set[tuple[str, str]] = field(default_factory=set)
    """Repo and name of what was asked for without an answer: which build it is may not be told from another's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One wish on its way."""

    wish: RebuildWish
    by: Rebuilding
    budget: Budget
    past: tuple[RebuildEvent, ...]
    """Of this image of the app, for whatever base."""

    @property
    def is_unanswered(self) -> bool:
        return self._last is not None and self._last.step is RebuildStep.ASKED

    @property
    def _steps(self) -> tuple[RebuildEvent, ...]:
        return tuple(event for event in self.past if event.key == self.wish.key)

    @property
    def _last(self) -> RebuildEvent | None:
        order = list(RebuildStep)
        return max(self._steps, key=lambda event: (event.attempt, order.index(event.step)), default=None)

    def row(self) -> RebuildRow:
        match self._last:
            case None:
                return self._begin(1)
            case RebuildEvent(step=RebuildStep.ASKED) as asked:
                return self._look_again(asked)
            case RebuildEvent(step=RebuildStep.STARTED) as started:
                return self._watch(started)
            case RebuildEvent(step=RebuildStep.ENDED) as ended:
                return self._judge(ended)
            case RebuildEvent() as done:
                return self._next(done)

    # A new try

    def _begin(self, attempt: int) -> RebuildRow:
        order = order_for(self.wish, attempt)
        if self.wish.rule.policy is RebuildPolicy.REPORT:
            doubt = f" It is not started by itself: {self.wish.doubt}." if self.wish.doubt else ""
            return self._at(RebuildStanding.REPORTED, f"Build it again: it stands on an older {self.wish.base} than Git asks for.{doubt}")
        if order is None:
            remedy = "Publish one, or set built_from: default for it."
            return self._at(RebuildStanding.REPORTED, f"No release of {self.wish.repo} is known that could be built again. {remedy}")
        if len(in_vain := in_vain_of(self.past, self.by.now())) >= self.by.limits.tries:
            said = f"{len(in_vain)} rebuilds within a week came to nothing, for this base or one before"
            return self._at(RebuildStanding.NEEDS_SOMEBODY, f"{said}. The last one: {in_vain[-1].said}")
        if self._is_built_for_another_base():
            return self._at(RebuildStanding.WAITS, "Its build for the base before is not over.", attempt=attempt)
        return self._ask(order, attempt)

    def _is_built_for_another_base(self) -> bool:
        open_ = set(unfinished(self.past)) - {self.wish.key}
        return any(event.key in open_ and self.by.now() - event.at <= _LONGEST for event in self.past)

    def _ask(self, order: BuildOrder, attempt: int) -> RebuildRow:
        if not tells_key(self.wish) and (order.repo, order.name) in self.budget.unanswered:
            return self._at(RebuildStanding.WAITS, "Another build by the same workflow is looked up first.", attempt=attempt)
        try:
            found = self._found(order, attempt, since=self.by.now() - _UNRECORDED)
        except ToldError as error:
            return self._at(RebuildStanding.NOT_KNOWN, told(error), attempt=attempt)
        if found is None and self.budget.left <= 0:
            return self._at(RebuildStanding.WAITS, "As many builds were asked for as may be at a time.", attempt=attempt)
        # Before the request: whatever becomes of this run, the next one knows that there may be a build.
        self._note(attempt, RebuildStep.ASKED, digest=self.wish.published, said=self.wish.base)
        return self._start(order, attempt) if found is None else self._started(attempt, found, order)

    def _start(self, order: BuildOrder, attempt: int) -> RebuildRow:
        self.budget.left -= 1
        try:
            build = self.by.builder.start_build(order)
        except NotNowError as error:
            return self._at(RebuildStanding.WAITS, told(error), attempt=attempt)
        except ForgeError as error:
            if not error.is_temporary:
                refused = self._note(attempt, RebuildStep.REFUSED, said=told(error))
                return self._at(RebuildStanding.NEEDS_SOMEBODY, refused.said, attempt=attempt)
            build, said = None, f"{told(error)} "
        else:
            said = ""
        if build is not None:
            return self._started(attempt, build, order)
        self.budget.unanswered.add((order.repo, order.name))
        return self._at(RebuildStanding.ASKED, f"{said}Which build it is will be looked up in the next run.", attempt=attempt)

    def _started(self, attempt: int, build: Build, order: BuildOrder) -> RebuildRow:
        self.budget.started[same(order)] = build
        self._note(attempt, RebuildStep.STARTED, build=build.id, url=build.url)
        return self._at(RebuildStanding.RUNNING, "Its build was started.", url=build.url, attempt=attempt)

    # A try whose answer is missing

    def _look_again(self, asked: RebuildEvent) -> RebuildRow:
        order, attempt = order_for(self.wish, asked.attempt), asked.attempt
        if order is None:
            return self._at(RebuildStanding.NOT_KNOWN, "What was to be built is not known any more.", attempt=attempt, since=asked.at)
        try:
            found = self._found(order, attempt, since=asked.at - _APART)
        except ToldError as error:
            return self._at(RebuildStanding.NOT_KNOWN, told(error), attempt=attempt, since=asked.at)
        if found is not None:
            return self._started(attempt, found, order)
        if self.by.now() - asked.at < _ANSWER:
            self.budget.unanswered.add((order.repo, order.name))
            return self._at(RebuildStanding.ASKED, "Its build is in no list yet.", attempt=attempt, since=asked.at)
        if self.wish.rule.policy is not RebuildPolicy.DISPATCH or self.budget.left <= 0:
            return self._at(RebuildStanding.WAITS, "It was asked for, and not started.", attempt=attempt, since=asked.at)
        return self._start(order, attempt)

    def _found(self, order: BuildOrder, attempt: int, *, since: datetime) -> Build | None:
        """The build of this try, among those that the bot started and that no other try has. Raises ToldError."""
        if (shared := self.budget.started.get(same(order))) is not None:
            return shared
        # Builds are begun before they are recorded, and may run for long.
        taken = self.by.record.builds_since(since - _LONGEST)
        key = key_text(self.wish, attempt)
        builds = [one for one in self.by.builder.builds_since(order, since) if one.id not in taken]
        told_so = next((one for one in builds if key in one.title), None)
        return told_so if told_so is not None or tells_key(self.wish) else next(iter(builds), None)

    # A build

    def _watch(self, started: RebuildEvent) -> RebuildRow:
        try:
            build = self.by.builder.build(self.wish.repo, started.build)
        except ToldError as error:
            return self._at(RebuildStanding.NOT_KNOWN, told(error), url=started.url, attempt=started.attempt, since=started.at)
        is_running = build is not None and build.state is BuildState.RUNNING
        if is_running and self.by.now() - started.at <= _LONGEST:
            return self._at(RebuildStanding.RUNNING, "Its build is not over.", url=started.url, attempt=started.attempt, since=started.at)
        is_good = build is not None and build.state is BuildState.SUCCEEDED
        verdict, said = ("" if is_good else _BUILD_FAILED), ("gone, or never over" if build is None or is_running else build.said)
        return self._judge(self._note(started.attempt, RebuildStep.ENDED, build=started.build, url=started.url, verdict=verdict, said=said))

    # What it came to

    def _judge(self, ended: RebuildEvent) -> RebuildRow:
        attempt, url, age = ended.attempt, ended.url, self.by.now() - ended.at
        if ended.verdict == _BUILD_FAILED:
            said = f"Its build did not end well ({ended.said})."
            return self._next(self._note(attempt, RebuildStep.JUDGED, url=url, verdict=_BUILD_FAILED, said=said))
        asked = next((event for event in self._steps if event.attempt == attempt and event.step is RebuildStep.ASKED), None)
        try:
            old = Digest(asked.digest) if asked is not None and asked.digest else self.wish.published
            finding = self.by.judging.finding(self.wish, old)
        except ToldError as error:
            return self._at(RebuildStanding.NOT_KNOWN, told(error), url=url, attempt=attempt, since=ended.at)
        said = said_of(finding)
        if finding.verdict is RebuildVerdict.TAG_DID_NOT_MOVE and age < _PUBLISHED:
            waits = "Its build is over, and the image is not published yet."
            return self._at(RebuildStanding.RUNNING, waits, url=url, attempt=attempt, since=ended.at)
        if finding.verdict is RebuildVerdict.UNKNOWN and age < LOOKS:
            return self._at(RebuildStanding.NOT_KNOWN, said, url=url, attempt=attempt, since=ended.at)
        judged = self._note(attempt, RebuildStep.JUDGED, digest=finding.new or "", url=url, verdict=finding.verdict.name, said=said)
        return replace(self._next(judged), finding=finding)

    def _next(self, done: RebuildEvent) -> RebuildRow:
        """After a try that is over."""
        url, attempt, is_refusal = done.url, done.attempt, done.step is RebuildStep.REFUSED
        if done.verdict in GOOD:
            return self._at(RebuildStanding.FIXED, done.said, url=url, attempt=attempt, since=done.at)
        if attempt >= self.by.limits.tries or not (is_refusal or done.verdict in WORTH_A_TRY):
            return self._at(RebuildStanding.NEEDS_SOMEBODY, done.said, url=url, attempt=attempt, since=done.at)
        if self.by.now() - done.at >= BETWEEN_TRIES:
            return self._begin(attempt + 1)
        standing = RebuildStanding.NEEDS_SOMEBODY if is_refusal else RebuildStanding.WAITS
        return self._at(standing, f"{done.said} It is tried again.", url=url, attempt=attempt, since=done.at)

    # Words and values

    def _note(
        self,
        attempt: int,
        step: RebuildStep,
        *,
        digest: str = "",
        build: int = 0,
        url: str = "",
        verdict: str = "",
        said: str = "",
    ) -> RebuildEvent:
        event = RebuildEvent(
            key=self.wish.key, attempt=attempt, step=step, at=self.by.now(), digest=digest, build=build, url=url, verdict=verdict, said=said
        )
        self.by.record.record([event])
        log.info(
            "rebuild.step", app=self.wish.app, image=self.wish.key.image, attempt=attempt, step=step.value, build=build, verdict=verdict
        )
        return event

    def _at(self, standing: RebuildStanding, said: str, *, url: str = "", attempt: int = 0, since: datetime | None = None) -> RebuildRow:
        return RebuildRow(wish=self.wish, standing=standing, said=said, url=url, attempt=attempt, since=since or self.by.now())
