"""The way of one fix, from its release to where it runs, as links of a chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from bot.model.exposure import Exposure, Known, StageState, Step
from bot.report.markdown import number_of
from bot.report.site.links import web
from bot.report.site.table import day, text
from bot.report.weekly_table import stuck_in_words


class LinkState(StrEnum):
    DONE = "done"
    WAITING = "waiting"
    """What the fix waits for now."""
    NOT_YET = "not yet"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One step, or one stage."""

    name: str
    state: LinkState
    day: str = ""
    """When it was first seen done; empty: it is not done, or that is not known."""
    note: str = ""
    """Why it waits, or why nothing is known."""
    image: str = ""
    """What is there; empty: it is no place, or that is not known."""
    days: str = ""
    """How long it took from the last link whose day is known: `3 days`."""
    href: str | None = None

    @property
    def said(self) -> str:
        """Under its name: its day, else its state."""
        return self.day or ("done, the day is not known" if self.state is LinkState.DONE else self.state.value)


_IN_FILES: Final = (Step.RELEASED, Step.DETECTED, Step.PROPOSED, Step.MERGED)
_NO_IMAGE: Final = "no image that it publishes is known"
_NO_STAGE: Final = "where its image runs is not known"


def chain(exposure: Exposure, now: datetime) -> Sequence[ChainLink]:
    """Every step in order, then every stage; what is not known is a link like any other."""
    found: list[ChainLink] = []
    last: datetime | None = None
    for name, at, link in _links(exposure, now):
        took = "" if at is None or last is None or at < last else number_of((at - last).days, "day")
        last = at or last
        found.append(ChainLink(name=name, state=link.state, day=day(at) or "", note=link.note, image=link.image, days=took, href=link.href))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    state: LinkState
    note: str = ""
    image: str = ""
    href: str | None = None


def _links(one: Exposure, now: datetime) -> list[tuple[str, datetime | None, _Told]]:
    found = [(step.value, one.steps.get(step), _step(one, step, now)) for step in _IN_FILES]
    built = one.built
    if built is None:
        found.append((Step.REBUILT.value, one.steps.get(Step.REBUILT), _unseen(one, Step.REBUILT, _NO_IMAGE)))
    else:
        found.append((Step.REBUILT.value, one.steps.get(Step.REBUILT) or built.since, _place(one, built, Step.REBUILT)))
    if not one.stages:
        found.append((Step.DEPLOYED.value, one.steps.get(Step.DEPLOYED), _unseen(one, Step.DEPLOYED, _NO_STAGE)))
    return found + [(text(stage.stage), stage.since, _place(one, stage, Step.DEPLOYED)) for stage in one.stages]


def _step(one: Exposure, step: Step, now: datetime) -> _Told:
    if step in one.steps:
        return _Told(state=LinkState.DONE, href=web(one.pull_request_url) if step is Step.PROPOSED else None)
    if step is one.waiting_for:
        return _Told(state=LinkState.WAITING, note=text(stuck_in_words(one, now)))
    return _Told(state=LinkState.NOT_YET if _is_after(step, one.waiting_for) else LinkState.UNKNOWN)


def _unseen(one: Exposure, step: Step, why: str) -> _Told:
    """A step of which no place tells."""
    if step in one.steps:
        return _Told(state=LinkState.DONE)
    if one.app.images and Step.MERGED not in one.steps and _is_after(step, one.waiting_for):
        return _Told(state=LinkState.NOT_YET)  # images are looked at once it is merged
    return _Told(state=LinkState.WAITING if step is one.waiting_for else LinkState.UNKNOWN, note=why)


def _place(one: Exposure, place: StageState, step: Step) -> _Told:
    seen = ("seen to run" if place.is_running else "written to run") if place.stage else ""
    note = text("; ".join(filter(None, (place.why, f"{seen} by {place.source}" if seen and place.source else ""))))
    image = text(place.image)
    match place.has_fix:
        case Known.YES:
            return _Told(state=LinkState.DONE, note=note, image=image)
        case Known.NO:
            return _Told(state=LinkState.WAITING if step is one.waiting_for else LinkState.NOT_YET, note=note, image=image)
        case Known.UNKNOWN:
            return _Told(state=LinkState.UNKNOWN, note=note, image=image)
        case _:
            assert_never(place.has_fix)


def _is_after(step: Step, other: Step) -> bool:
    order = list(Step)
    return order.index(step) > order.index(other)
