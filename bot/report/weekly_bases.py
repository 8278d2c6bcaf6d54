"""The rows of the weekly issue on the images in use that nothing in a repo can mend: past their end, or waiting for their publisher."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from bot.model.assessment import counted, vulnerabilities
from bot.model.base_state import BaseState
from bot.report.markdown import code, number_of, plain
from bot.report.weekly_rows import short_name

HEAD: Final = ("Image", "Apps", "Operating system", "Holes that its publisher could close", "Its publisher's days from fix to image")
_NEAR: Final = 90
"""Days before the end at which it is told."""
_MAX_APPS: Final = 5


def worth_telling(states: Iterable[BaseState], today: date) -> list[BaseState]:
    """Those past their end or near it, and those with holes that their publisher could close; what ends first comes first."""
    found = [state for state in states if is_ending(state, today) or state.waiting]
    return sorted(found, key=lambda state: (_days_left(state, today), -len(state.waiting), state.dependency, state.value))


def is_ending(state: BaseState, today: date) -> bool:
    return _days_left(state, today) <= _NEAR


def is_past_end(state: BaseState, today: date) -> bool:
    return _days_left(state, today) < 0


def rows(states: Sequence[BaseState], now: datetime) -> list[tuple[str, ...]]:
    return [(_name(state), _apps(state), _system(state, now.date()), _waiting(state, now), str(state.lag or "")) for state in states]


def unopened(states: Iterable[BaseState]) -> str:
    """How many images were not opened, and why; empty: all were."""
    missing = [state for state in states if state.unknown]
    if not missing:
        return ""
    reasons: dict[str, list[BaseState]] = {}
    for state in missing:
        reasons.setdefault(state.unknown, []).append(state)
    lines = [f"- {_names(held)}: {plain(reason)}\n" for reason, held in sorted(reasons.items(), key=lambda one: -len(one[1]))[:_MAX_APPS]]
    more = f"- and {number_of(len(reasons) - _MAX_APPS, 'more reason')}\n" if len(reasons) > _MAX_APPS else ""
    said = f"**{number_of(len(missing), 'image')} in use could not be looked into, or not wholly**; not all of their holes are known:"
    return f"{said}\n\n{''.join(lines)}{more}"


def _names(states: Sequence[BaseState]) -> str:
    more = f" and {len(states) - _MAX_APPS} more" if len(states) > _MAX_APPS else ""
    return ", ".join(_name(state) for state in states[:_MAX_APPS]) + more


def _name(state: BaseState) -> str:
    value, _, digest = state.value.partition("@")
    return f"{plain(short_name(state.dependency))} {code(value or digest) if value or digest else '(no tag)'}"


def _apps(state: BaseState) -> str:
    more = f" and {len(state.apps) - _MAX_APPS} more" if len(state.apps) > _MAX_APPS else ""
    return ", ".join(map(plain, state.apps[:_MAX_APPS])) + more


def _days_left(state: BaseState, today: date) -> float:
    left = state.days_left(today)
    return float("inf") if left is None else left


def _system(state: BaseState, today: date) -> str:
    system, left = state.system, state.days_left(today)
    if system is None:
        return ""
    name = plain(system.name or f"{system.id} {system.version}".strip())
    if left is None:
        return name
    if left < 0:
        return f"{name}<br>**ended {number_of(-left, 'day')} ago**, {system.end_of_life}"
    return f"{name}<br>{'ends' if left <= _NEAR else 'until'} {system.end_of_life}"


def _waiting(state: BaseState, now: datetime) -> str:
    waiting = state.waiting
    if not waiting:
        return "not known" if state.unknown else "none known"
    found = vulnerabilities(move.hole for move in waiting)
    longest = max((waited.days for move in waiting if (waited := move.waits(now)) is not None), default=None)
    since = "" if longest is None else f", the longest for {number_of(longest, 'day')}"
    return f"{number_of(len(found), 'hole')} {counted(found)}{since}"
