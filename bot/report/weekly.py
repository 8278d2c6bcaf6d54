"""The weekly issue: which apps have not taken an update, since when, where each is stuck, and whom to ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.model.accepted import Accepted
from bot.model.base_state import BaseState
from bot.model.exposure import Exposure, KeptBack, Moved
from bot.model.fleet import App
from bot.model.fleet_bases import FleetBases
from bot.model.trend import Trend
from bot.report import noticed, weekly_accepted, weekly_bases, weekly_rows, weekly_standing
from bot.report.alarms import ToldAlarm
from bot.report.alarms import section as alarm_section
from bot.report.markdown import code, link, number_of
from bot.report.noticed import Noticed
from bot.report.weekly_change import since_last_week
from bot.report.weekly_owners import NOBODY, Group, fitting, group_table, grouped, owner_of, rest_of, whom_to_ask
from bot.report.weekly_pages import MAX_CHARACTERS, Comment, Pages
from bot.report.weekly_trend import chart, trend_line
from bot.report.weekly_unknown import Sight, late, unknown
from bot.report.weekly_weeks import written_in

__all__ = ["MARKER", "MAX_CHARACTERS", "Comment", "Sight", "Style", "Text", "weekly_issue"]

MARKER: Final = "<!-- rebuild-bot:weekly-issue:v1 -->"
"""Stands in the body, unseen; by it the bot finds its issue again."""

_ROOM_FOR_FIRST: Final = 36_000
"""Characters of the body for the first rows."""
_ROOM_FOR_COUNTS: Final = 5_000
"""For the headings of what is folded, and how many rows of it there are."""
_FOOT: Final = (
    "<sub>A fix is counted from the day on which the bot first saw it, and is due after the days that the app's criticality and the "
    "severity of the worst hole that it closes allow. This issue is edited in place; it closes itself when nothing is stale, due soon, "
    "opted out or past its end.</sub>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An issue as it should be."""

    title: str
    body: str
    marker: str
    is_open: bool
    """False: every app was looked at, and none is stale, due soon, opted out or past its end: the issue is closed, or not even opened."""
    comments: tuple[Comment, ...] = ()
    """What the body has no room for, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the issue is written."""

    title: str = "Apps that have not taken an update"
    marker: str = MARKER
    due_soon: timedelta = timedelta(days=7)
    period: timedelta = timedelta(days=7)
    """What "since last week" means."""
    top_rows: int = 50
    """Of what is stale or due soon, and of each other table."""
    mention_owners: bool = False
    """Whether GitHub notifies the owners."""
    max_comments: int = 8
    """That take what the body has no room for."""
    dashboard_url: str | None = None
    """Where all rows are; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fleet:
    """What is to be told, sorted, and how."""

    now: datetime
    sight: Sight
    style: Style
    trend: Trend
    refused: Sequence[KeptBack]
    states: Sequence[BaseState]
    wrong: Sequence[Noticed]
    alarms: Sequence[ToldAlarm]
    stands_on: FleetBases | None
    known: Sequence[Exposure]
    """The worst first."""
    stale: Sequence[Exposure]
    soon: Sequence[Exposure]
    put_off: Sequence[Exposure]
    """By somebody who took the risk; no due day holds."""
    entries: Sequence[Accepted]
    unsure: Sequence[Exposure]
    """Of which nobody can tell whether they have come to their end: there is no due day."""
    recent: Sequence[Moved]
    opted_out: Sequence[KeptBack]
    ended: Sequence[BaseState]


def weekly_issue(
    exposures: Iterable[Exposure],
    moved: Iterable[Moved] = (),
    kept_back: Iterable[KeptBack] = (),
    bases: Iterable[BaseState] = (),
    wrong: Sequence[Noticed] = (),
    *,
    accepted: Sequence[Accepted] = (),
    now: datetime,
    sight: Sight | None = None,
    style: Style | None = None,
    trend: Trend | None = None,
    alarms: Sequence[ToldAlarm] = (),
    stands_on: FleetBases | None = None,
) -> Text:
    """The issue for a moment; each part of it, and each comment, is under 60,000 characters.

    First how many apps are stale, the worst, and the trend; then what changed since last week; then what is stale or due soon, the worst
    first, owner by owner; then the rest. The same for the same input. What is neither stale nor due soon is only counted.
    `bases` are the images in use: told of are those past the end of their operating system, or near it, and those whose publisher has a
    fix to take up; of `stands_on`, the apps on bases that the catalogue has as to be left. `wrong` is what is wrong with what is in
    use, and opens no issue by itself. `accepted` are all entries by which
    exposures may be put off. Apps whose owners opted out, what is past its end, and what could not be seen (`sight`) are named and keep
    the issue open: nobody else would hear of them. So are `alarms`, of tags that are not to move and moved, which come first.
    Text of others in it (names, versions, reasons) stays text.
    """
    style, sight = style or Style(), sight or Sight()
    known, states, refused = sorted(exposures, key=weekly_rows.worst_first(now)), list(bases), list(kept_back)
    running = [one for one in known if not one.is_accepted(now)]
    fleet = _Fleet(
        now=now,
        sight=sight,
        style=style,
        trend=trend or Trend(),
        refused=refused,
        states=states,
        wrong=wrong,
        alarms=alarms,
        stands_on=stands_on,
        known=known,
        stale=[one for one in known if one.is_stale(now)],
        soon=[one for one in running if not one.is_stale(now) and one.due is not None and one.due <= now + style.due_soon],
        put_off=[one for one in known if one.is_accepted(now)],
        entries=accepted,
        unsure=[one for one in running if one.is_unsure],
        recent=[one for one in moved if now - style.period <= one.at <= now],
        opted_out=[one for one in refused if one.is_opt_out],
        ended=[state for state in states if weekly_bases.is_past_end(state, now.date())],
    )
    pages = _written(fleet)
    is_open = bool(fleet.stale or fleet.soon or fleet.unsure or fleet.opted_out or fleet.ended or fleet.alarms) or not sight.is_clear
    body = "\n".join([style.marker, written_in(now), *pages.parts])
    return Text(title=style.title, body=body, marker=style.marker, is_open=is_open, comments=tuple(pages.comments))


def _written(fleet: _Fleet) -> Pages:
    now, style = fleet.now, fleet.style
    pages = Pages(top_rows=style.top_rows, max_comments=style.max_comments, dashboard_url=style.dashboard_url)
    pages.add(_head(fleet))
    pages.add(alarm_section(fleet.alarms))
    pages.add(late(fleet.sight, now))
    changed = since_last_week(fleet.known, fleet.recent, period=style.period, now=now)
    pages.add(f"## Since last week\n\n{changed}" if changed else "")
    drawn = chart(fleet.trend, now)
    blind = "\n".join(filter(None, (unknown(fleet.sight, now), weekly_bases.unopened(fleet.states))))
    urgent, room = [*fleet.stale, *fleet.soon], min(_ROOM_FOR_FIRST, pages.left - len(drawn) - len(blind) - _ROOM_FOR_COUNTS)
    groups = grouped(urgent, top_rows=fitting(urgent[: style.top_rows], now, room=room))
    for part in _by_owner(groups, fleet):
        pages.add(part)
    pages.add(f"## Exposure over the weeks\n\n{drawn}" if drawn else "")
    pages.add(f"## What could not be known\n\n{blind}" if blind or fleet.unsure else "")
    pages.fold(
        f"Whether these went all the way: {weekly_rows.counted(fleet.unsure)}",
        weekly_rows.HEAD,
        [weekly_rows.row(one, now) for one in fleet.unsure],
    )
    _others(pages, fleet)
    pages.rests([rest_of(group, now) for group in groups])
    pages.add(f"{link('The dashboard', style.dashboard_url)} shows all of it, with history.\n" if style.dashboard_url else "")
    pages.add(_FOOT)
    return pages


def _head(fleet: _Fleet) -> str:
    """Three lines: how many, the worst, the trend."""
    lines = [_verdict(fleet), _worst(fleet), trend_line(fleet.trend, fleet.now) if fleet.trend.points else ""]
    return "".join(f"- {line}\n" for line in lines if line)


def _verdict(fleet: _Fleet) -> str:
    """How many apps are stale; what else there is, in as few words as that takes; and what could not be known."""
    sight, count, soon = fleet.sight, _apps(fleet.stale), _apps(fleet.soon)
    later = len(fleet.known) - len(fleet.stale) - len(fleet.soon) - len(fleet.put_off) - len(fleet.unsure)
    blind = "; ".join(filter(None, (sight.in_short, _unsure(fleet))))
    of = f" of {sight.apps}" if sight.apps is not None and sight.apps >= count else ""
    apps = f"{count}{of} {'app' if count == 1 and not of else 'apps'}"
    stale = f"**{apps} {_are(count)} exposed and stale** ({number_of(len(fleet.stale), 'fix')})."
    none = "**No app is stale**." if not blind else f"**No app is known to be stale**, but {blind}."
    besides = [
        f"{number_of(soon, 'app')} due within {fleet.style.due_soon.days} days" if fleet.soon else "",
        f"{number_of(later, 'more fix' if fleet.stale or fleet.soon else 'fix')} not due yet" if later else "",
        f"{number_of(len(fleet.put_off), 'fix')} accepted or put off" if fleet.put_off else "",
        f"{number_of(_apps(fleet.opted_out), 'app')} opted out" if fleet.opted_out else "",
        f"{number_of(len(fleet.ended), 'image')} in use past the end of {_whose(len(fleet.ended))} operating system" if fleet.ended else "",
    ]
    said = ", ".join(filter(None, besides))
    unseen = f"Besides, {blind}." if fleet.stale and blind else ""
    return " ".join(filter(None, (stale if fleet.stale else none, f"{said[0].upper()}{said[1:]}." if said else "", unseen)))


def _unsure(fleet: _Fleet) -> str:
    told = weekly_rows.unsure_words(len(fleet.unsure))
    return f"{told[0].lower()}{told[1:]}" if fleet.unsure else ""


def _worst(fleet: _Fleet) -> str:
    if not fleet.stale:
        return ""
    one, now = fleet.stale[0], fleet.now
    late_by = (now - one.due).days if one.due is not None else 0
    over = f"{number_of(late_by, 'day')} past due" if late_by else "due today"
    who, what = _owner(owner_of(one), fleet.style), weekly_rows.change(one.dependency, one.old, one.new)
    bad = weekly_rows.severity(one)
    stuck = f"{weekly_rows.stuck(one, now)}; to unblock: {weekly_rows.unblock(one)}."
    return f"**Worst:** {weekly_rows.app_cell(one)} ({who}): {what}, {bad}, **{over}**. {stuck}"


def _by_owner(groups: Sequence[Group], fleet: _Fleet) -> Iterable[str]:
    if not groups:
        return
    yield "## Stale, and due soon: worst first, by owner\n" if fleet.stale else "## Due soon, by owner\n"
    names = {group.owner: _owner(group.owner, fleet.style) for group in groups}
    asked = whom_to_ask(fleet.stale, names)
    yield f"Whom to ask first: {asked}.\n" if asked else ""
    for group in groups:
        if group.shown:
            yield group_table(group, names[group.owner], fleet.now)


def _others(pages: Pages, fleet: _Fleet) -> None:
    """What nobody has to act on this week, each folded."""
    now, wrong = fleet.now, fleet.wrong

    def owners(app: App) -> str:
        return " ".join(_owner(owner, fleet.style) for owner in app.owners[:3]) or "nobody"

    told = weekly_bases.worth_telling(fleet.states, now.date())
    pages.fold(
        f"In use, past their end or waiting for who builds them: {number_of(len(told), 'image')}",
        weekly_bases.HEAD,
        weekly_bases.rows(told, now),
    )
    if fleet.stands_on is not None:
        pages.fold(weekly_standing.title(fleet.stands_on), weekly_standing.HEAD, weekly_standing.rows(fleet.stands_on))
        pages.fold(weekly_standing.behind_title(fleet.stands_on), weekly_standing.LAG_HEAD, weekly_standing.behind(fleet.stands_on))
    pages.fold(f"In use and wrong: {number_of(len(wrong), 'thing')}", noticed.HEAD, noticed.rows(wrong))
    pages.fold(
        f"Opted out by their owners: {number_of(_apps(fleet.opted_out), 'app')}, {number_of(len(fleet.opted_out), 'update')}; no due day",
        weekly_rows.OPTED_OUT_HEAD,
        weekly_rows.opted_out_rows(fleet.opted_out, owners, now),
    )
    pages.fold(
        f"Accepted risks and put-off fixes: {number_of(len(fleet.entries), 'entry')}",
        weekly_accepted.HEAD,
        weekly_accepted.rows(fleet.entries, fleet.put_off, now),
    )
    by_rule = weekly_rows.not_allowed_rows([one for one in fleet.refused if not one.is_opt_out])
    pages.fold(f"Not allowed by rules: {number_of(len(by_rule), 'update')}", weekly_rows.NOT_ALLOWED_HEAD, by_rule)
    pages.fold(
        f"Cleared since last week: {number_of(len(fleet.recent), 'fix')}",
        weekly_rows.MOVED_HEAD,
        [weekly_rows.moved_row(one) for one in fleet.recent],
    )


def _owner(owner: str, style: Style) -> str:
    """A mention, or the same as code, which GitHub does not notify anybody of."""
    if owner == NOBODY:
        return "without an owner"
    is_mention = style.mention_owners and owner.startswith("@") and owner[1:].replace("/", "").replace("-", "").isalnum()
    return owner if is_mention else code(owner)


def _apps(exposures: Iterable[Exposure | KeptBack]) -> int:
    return len({one.app for one in exposures})


def _whose(count: int) -> str:
    return "its" if count == 1 else "their"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
