"""What a run did not do, and why: nothing that was found is left out silently."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from bot.model.exposure import Exposure
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.pin import Finding, Pin
from bot.model.pull_request import Outcome
from bot.model.run import AppDecisions, Interruption, RunSummary
from bot.model.update import OPT_OUT, Decision, Frozen, Hold, NotAllowed, Propose, Undecidable, Unknown, UpToDate
from bot.report.interruption import left_by
from bot.report.markdown import number_of


class Why(StrEnum):
    """Why something was not done; in the order in which people want to know of it."""

    INTERRUPTED = "interrupted"
    """The run was told to stop before its turn came; the next run begins with it."""
    LATE = "late"
    """The run itself: the schedule let more time pass than it should."""
    LOST = "lost"
    """The ledger, and with it what can't be asked again."""
    FAILED = "failed"
    NOT_REACHED = "not reached"
    """A limit of the forge was used up before its turn came; the next run begins with it."""
    NOT_KNOWN = "not known"
    """The look-up failed."""
    FROZEN = "frozen"
    STARVED = "starved"
    """Held for longer than the app's criticality allows."""
    HELD = "held"
    NOT_ALLOWED = "not allowed"
    OPTED_OUT = "opted out"
    UNDECIDED = "undecided"
    EDITED_BY_HUMAN = "edited by hand"
    DECLINED = "declined"
    POSTPONED = "waiting"
    NOT_OPENED = "not opened"
    """Images in use of whose holes nothing, or not all, is known."""
    SKIPPED = "skipped"


_Starved = dict[tuple[App, str], datetime | None]
_OF_OUTCOMES: Final = {Outcome.EDITED_BY_HUMAN: Why.EDITED_BY_HUMAN, Outcome.DECLINED: Why.DECLINED}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """One thing that was not done, wherever that is so."""

    why: Why
    what: str
    """A dependency with the value it could have had, a text that was skipped, the title of a pull request."""
    reason: str
    where: tuple[str, ...] = ()
    """The places of it: `owner/name: file:line`, each once."""
    since: datetime | None = None
    """When it was well last, as far as that is known; of what is starved, when the app fell behind."""
    until: datetime | None = None
    """When it ends by itself; None: that is not known."""
    count: int = 1
    """Of pins, skips or proposals."""


def not_done(summary: RunSummary) -> list[NotDone]:
    """All that the run left undone, each thing once with all its places, in the order of `Why`."""
    starved = _starved(summary.exposures, summary.started_at)
    last_good = {failure.where: failure.last_good for failure in summary.failures}
    return _sorted(_each(summary, starved, last_good))


def _sorted(undone: Iterable[NotDone]) -> list[NotDone]:
    """Each thing once, in the order of `Why`."""
    together: dict[tuple[Why, str, str, datetime | None], list[NotDone]] = {}
    for one in undone:
        together.setdefault((one.why, one.what, one.reason, one.until), []).append(one)
    rank = {why: number for number, why in enumerate(Why)}
    found = [_joined(ones) for ones in together.values()]
    return sorted(found, key=lambda one: (rank[one.why], one.what, one.reason, one.where))


def left_of(entry: AppDecisions) -> list[NotDone]:
    """What a look at one app leaves undone, in the same form; of a folder the places are those of its files."""
    return _sorted(_of_app(entry, {}, {}))


def counted(undone: Iterable[NotDone]) -> str:
    """`1 frozen, 3 held, 12 skipped`; empty: everything was done."""
    counts: Counter[Why] = Counter()
    for one in undone:
        counts[one.why] += one.count
    return ", ".join(f"{counts[why]} {why.value}" for why in Why if counts[why])


def _of_run(summary: RunSummary) -> Iterator[NotDone]:
    if summary.is_late and summary.last_run is not None:
        reason = f"the run before was on {summary.last_run:%Y-%m-%d %H:%M} UTC; look at the schedule of the workflow"
        yield NotDone(why=Why.LATE, what="this run", reason=reason, since=summary.last_run)
    if summary.unremembered:
        there = number_of(summary.unremembered, "pull request")
        reason = (
            f"it knew of no run, and yet there was {there} of earlier runs. Begun anew: when releases were first seen (what is "
            "listed now counts as known before), which images were in use, since when apps are behind. Read again: pins, pull "
            "requests and since when they are open, what is inside images. Bring in a copy (`rebuild-bot ledger merge COPY`), "
            "or check where ledger.url points"
        )
        yield NotDone(why=Why.LOST, what="the ledger", reason=reason)


def _each(summary: RunSummary, starved: _Starved, last_good: Mapping[str, datetime | None]) -> Iterator[NotDone]:
    yield from _of_run(summary)
    told = {str(d.pin.dependency) for app in summary.apps for d in app.decisions if isinstance(d.verdict, Unknown | Frozen)}
    for failure in (failure for failure in summary.failures if failure.where not in told):
        reason = f"{failure.what} {failure.remedy}".strip()
        yield NotDone(why=Why.FAILED, what=failure.where, reason=reason, since=failure.last_good)
    yield from map(_not_reached, summary.not_reached)
    yield from _interrupted(summary.interruption)
    for name in summary.empty_repos:
        yield NotDone(why=Why.SKIPPED, what=name, reason="the repo has no commit yet", where=(name,))
    for entry in summary.apps:
        yield from _of_app(entry, starved, last_good)
    for sent in summary.sent:
        if (why := _OF_OUTCOMES.get(sent.outcome)) is not None:
            place = sent.pull_request.url if sent.pull_request else sent.proposal.branch
            yield NotDone(why=why, what=sent.proposal.title, reason=sent.note, where=(f"{sent.proposal.repo}: {place}",))
    for state in summary.bases:
        if state.unknown:
            image = f"{state.dependency} {state.value}".strip()
            yield NotDone(why=Why.NOT_OPENED, what=image, reason=state.unknown, where=state.apps)
    for waiting in summary.waiting:
        where = (f"{waiting.repo}: {waiting.app}",)
        yield NotDone(why=Why.POSTPONED, what=waiting.title, reason=waiting.in_words, where=where)


def _interrupted(one: Interruption | None) -> Iterator[NotDone]:
    if one is None:
        return
    for count, what, where in left_by(one):
        reason = f"the run was interrupted ({one.stage}); the next one does it first"
        yield NotDone(why=Why.INTERRUPTED, what=what, reason=reason, where=tuple(dict.fromkeys(where)), count=count)


def _not_reached(one: Failure) -> NotDone:
    what = "the next run begins with these"
    return NotDone(why=Why.NOT_REACHED, what=what, reason=one.what, where=(one.where,), since=one.last_good, until=one.resumes_at)


def _of_app(entry: AppDecisions, starved: _Starved, last_good: Mapping[str, datetime | None]) -> Iterator[NotDone]:
    for decision in entry.decisions:
        yield from _undecided(entry.app, decision, starved, last_good)
    for move in entry.migrations:
        update = move.verdict.update if isinstance(move.verdict, Hold | NotAllowed) else None
        where = "its successor" if update is None else f"{update.release.dependency.name}:{update.release.value}"
        what = f"{_written(move.pin)}: the move to {where}"
        yield from (replace(one, what=what) for one in _undecided(entry.app, move, {}, {}))
    for skip in entry.skips:
        yield NotDone(why=Why.SKIPPED, what=skip.text, reason=skip.reason, where=_place(entry.app, skip))


def _place(app: App, finding: Finding) -> tuple[str, ...]:
    place = f"{finding.file}:{finding.line}"
    return (f"{app.repo}: {place}" if app.repo else place,)


def _undecided(app: App, decision: Decision, starved: _Starved, last_good: Mapping[str, datetime | None]) -> Iterator[NotDone]:
    pin, verdict = decision.pin, decision.verdict
    name, where = pin.dependency.name, _place(app, pin)
    match verdict:
        case Hold(update=update, policy=policy, reason=reason, until=until):
            key = (app, str(pin.dependency))
            why = Why.STARVED if key in starved else Why.HELD
            what = f"{name} {update.release.value}"
            yield NotDone(why=why, what=what, reason=f"{policy}: {reason}", where=where, since=starved.get(key), until=until)
        case NotAllowed(update=update, policy=policy, reason=reason, until=until):
            why = Why.OPTED_OUT if policy == OPT_OUT else Why.NOT_ALLOWED
            yield NotDone(why=why, what=f"{name} {update.release.value}", reason=reason, where=where, until=until)
        case Undecidable(reason=reason):
            yield NotDone(why=Why.UNDECIDED, what=_written(pin), reason=reason, where=where)
        case Frozen(reason=reason):
            yield NotDone(why=Why.FROZEN, what=name, reason=reason, where=where, since=last_good.get(str(pin.dependency)))
        case Unknown(reason=reason):
            yield NotDone(why=Why.NOT_KNOWN, what=name, reason=reason, where=where, since=last_good.get(str(pin.dependency)))
        case Propose() | UpToDate():
            return
        case _:
            assert_never(verdict)


def _starved(exposures: Sequence[Exposure], now: datetime) -> _Starved:
    """Which dependencies of which apps are late, and since when they are known to be behind."""
    return {(one.app, one.dependency): min(one.steps.values(), default=None) for one in exposures if one.is_stale(now)}


def _written(pin: Pin) -> str:
    return f"{pin.dependency.name} {pin.value}" if pin.value else pin.dependency.name


def _joined(ones: Sequence[NotDone]) -> NotDone:
    places = tuple(dict.fromkeys(place for one in ones for place in one.where))
    since = min((one.since for one in ones if one.since is not None), default=None)
    return replace(ones[0], where=places, since=since, count=sum(one.count for one in ones))
