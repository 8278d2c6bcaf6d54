"""What changed since last week: new, cleared, escalated and back, in a line each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.model.exposure import Exposure, Moved, Step
from bot.report.markdown import number_of, plain
from bot.report.weekly_rows import change, counted, end_of

_MAX_NAMED: Final = 4
"""Fixes, reasons and apps in a line."""
_MAX_NAME: Final = 60
"""Characters of an app's name."""


def since_last_week(known: Sequence[Exposure], recent: Sequence[Moved], *, period: timedelta, now: datetime) -> str:
    """What was detected in the period, what ended and why, what came to be past due, what was put off until then; empty: nothing.

    `known` are in the order in which they are to be named; `recent` are those of the period.
    """
    new = [one for one in known if (began := one.steps.get(Step.DETECTED)) is not None and now - period < began <= now]
    back = [one for one in known if one.accepted is not None and now - period < one.accepted.ends_at <= now]
    escalated = [one for one in known if one.due is not None and now - period < one.due <= now and one.is_stale(now)]
    lines = [
        f"- **New:** {counted(new)}: {_by_fix((one.dependency, one.old, one.new) for one in new)}.\n" if new else "",
        f"- **Cleared:** {_cleared(recent)}.\n" if recent else "",
        f"- **Escalated** (past due since then): {counted(escalated)}: {_by_app(escalated)}.\n" if escalated else "",
        f"- **Back** (accepted or put off until then): {counted(back)}: {_by_app(back)}.\n" if back else "",
    ]
    return "".join(lines)


def _by_fix(changes: Iterable[tuple[str, str, str]]) -> str:
    """Each fix once, that of most apps first: a new base is news once, not once for each app."""
    counts = Counter(changes)
    first = sorted(counts, key=lambda one: (-counts[one], one))
    named = [change(*one) + (f" ({number_of(counts[one], 'app')})" if counts[one] > 1 else "") for one in first[:_MAX_NAMED]]
    return _and_more(named, len(first))


def _cleared(recent: Sequence[Moved]) -> str:
    """`3 fixes in 2 apps: 2 merged (search, shop), 1 no longer used (jobs)`."""
    apps = {one.app for one in recent}
    names: dict[str, list[str]] = {}
    for one in recent:
        names.setdefault(end_of(one), []).append(one.app.name)
    why = [f"{len(held)} {reason} ({_names(held)})" for reason, held in sorted(names.items(), key=lambda item: (-len(item[1]), item[0]))]
    return f"{number_of(len(apps), 'app')}, {number_of(len(recent), 'fix')}: {'; '.join(why)}"


def _by_app(escalated: Sequence[Exposure]) -> str:
    return _names([one.app.name for one in escalated])


def _names(names: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return _and_more([plain(name, most=_MAX_NAME) for name in distinct[:_MAX_NAMED]], len(distinct))


def _and_more(named: Sequence[str], count: int) -> str:
    return ", ".join(named) + (f" and {count - len(named)} more" if count > len(named) else "")
