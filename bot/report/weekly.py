"""The weekly issue: which apps have not taken an update, since when, where each is stuck, and whom to ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.model.base_state import BaseState
from bot.model.exposure import Exposure, KeptBack, Moved
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.report import noticed, weekly_bases, weekly_rows
from bot.report.markdown import code, day, days, link, number_of, plain, table
from bot.report.noticed import Noticed

MARKER: Final = "<!-- rebuild-bot:weekly-issue:v1 -->"
"""Stands in the body, unseen; by it the bot finds its issue again."""
MAX_CHARACTERS: Final = 60_000
"""Of a body; GitHub refuses more than 65,536."""

_HEAD: Final = ("App", "Ask", "Behind", "Since", "Stuck at", "Due")
_MOVED_HEAD: Final = ("App", "Took", "When", "By")
_OPTED_OUT_HEAD: Final = ("App", "Ask", "Behind", "Why", "Until")
_NOT_ALLOWED_HEAD: Final = ("Release", "Rule", "Apps")
_RESERVE: Final = 2_000
"""Characters kept for headings, notes and the foot."""
_MAX_ASKED: Final = 8
"""Owners named in the summary."""
_MAX_APPS: Final = 5
"""Named beside a dependency that could not be read."""
_MAX_UNSEEN: Final = 20
"""Repos, and dependencies, named that could not be looked at."""
_FOOT: Final = (
    "<sub>Since: the day on which the bot first saw a replacement. Due: since, and the days that the app's criticality and the severity of "
    "the worst hole that is closed allow. This issue is edited in place; it closes itself when nothing is stale, due soon, opted out or "
    "past its end.</sub>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An issue as it should be."""

    title: str
    body: str
    marker: str
    is_open: bool
    """False: every app was looked at, and none is stale, due soon, opted out or past its end: the issue is closed, or not even opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the issue is written."""

    title: str = "Apps that have not taken an update"
    due_soon: timedelta = timedelta(days=7)
    period: timedelta = timedelta(days=7)
    """What "since last week" means."""
    top_rows: int = 50
    """Of each table."""
    mention_owners: bool = False
    """Whether GitHub notifies the owners."""
    rest_url: str | None = None
    """Where the rows are that the issue leaves out: the run that has the export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the issue could not see, so that it says so."""

    unseen_repos: Sequence[Failure] = ()
    empty_repos: Sequence[str] = ()
    """Without a commit: there is nothing to look at, and nothing that keeps the issue open."""
    unread: Sequence[Failure] = ()
    """The dependencies whose values could not be read, or are not believed."""
    apps_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The names of the apps that stand on each of these."""
    last_run: datetime | None = None
    """When a run last went through the whole fleet and proposed what may go out; None: never, as far as the ledger knows."""
    is_late: bool = False
    """That is longer ago than the schedule should let pass."""

    @property
    def is_clear(self) -> bool:
        return not (self.unseen_repos or self.unread or self.is_late)


def weekly_issue(
    exposures: Iterable[Exposure],
    moved: Iterable[Moved] = (),
    kept_back: Iterable[KeptBack] = (),
    bases: Iterable[BaseState] = (),
    wrong: Sequence[Noticed] = (),
    *,
    now: datetime,
    sight: Sight | None = None,
    style: Style | None = None,
) -> Text:
    """The issue for a moment: stale now, due soon, opted out, not allowed, moved since last week; under 60,000 characters.

    The same for the same input. What is neither stale nor due soon is only counted.
    `bases` are the images in use: told of are those past the end of their
    operating system, or near it, and those whose publisher has a fix to take up; `wrong` is what is wrong with what is in use, and opens
    no issue by itself. Apps whose owners opted out, what is past its end, and
    what could not be seen (`sight`) are named and keep the issue open: nobody else would hear of them.
    Text of others in it (names, versions, reasons) stays text.
    """
    page, sight = _Page(style=style or Style(), now=now), sight or Sight()
    known = sorted(exposures, key=_order)
    stale = [one for one in known if one.is_stale(now)]
    soon = [one for one in known if not one.is_stale(now) and one.due is not None and one.due <= now + page.style.due_soon]
    recent = [one for one in moved if now - page.style.period <= one.at <= now]
    refused = list(kept_back)
    opted_out = [one for one in refused if one.is_opt_out]
    states = list(bases)
    told = weekly_bases.worth_telling(states, now.date())
    ended = [state for state in told if weekly_bases.is_past_end(state, now.date())]
    page.add(_summary(page, known, stale, soon, recent, none="No app is stale." if sight.is_clear else "No app is known to be stale."))
    page.add(f"**{number_of(_apps(opted_out), 'app')} opted out** of an update; no due day holds for that.\n" if opted_out else "")
    page.add(f"**{number_of(len(ended), 'image')} in use {_are(len(ended))} on an operating system past its end.**\n" if ended else "")
    page.add(_late(sight, now))
    page.add(_unseen(sight.unseen_repos, now))
    page.add(_empty(sight.empty_repos))
    page.add(_unread(sight, now))
    page.section(f"Stale now: {_counted(stale)}", _HEAD, weekly_rows.rows(stale, page.owners, now))
    page.section(f"Due soon: {_counted(soon)}", _HEAD, weekly_rows.rows(soon, page.owners, now))
    page.section(
        f"Opted out by their owners: {_counted(opted_out)}", _OPTED_OUT_HEAD, weekly_rows.opted_out_rows(opted_out, page.owners, now)
    )
    by_rule = weekly_rows.not_allowed_rows([one for one in refused if not one.is_opt_out])
    page.section(f"Not allowed by rules: {number_of(len(by_rule), 'update')}", _NOT_ALLOWED_HEAD, by_rule)
    in_use = f"In use, past their end or waiting for who builds them: {number_of(len(told), 'image')}"
    page.section(in_use, weekly_bases.HEAD, weekly_bases.rows(told, now))
    page.add(weekly_bases.unopened(states))
    page.section(f"In use and wrong: {number_of(len(wrong), 'thing')}", noticed.HEAD, noticed.rows(wrong))
    page.section(f"Moved since last week: {number_of(len(recent), 'update')}", _MOVED_HEAD, [weekly_rows.moved_row(one) for one in recent])
    page.add(_FOOT)
    is_open = bool(stale or soon or opted_out or ended) or not sight.is_clear
    return Text(title=page.style.title, body="\n".join([MARKER, *page.parts]), marker=MARKER, is_open=is_open)


@dataclass(slots=True, kw_only=True)
class _Page:
    """The body as it grows, and what is left of its length."""

    style: Style
    now: datetime
    parts: list[str] = field(default_factory=list)
    left: int = MAX_CHARACTERS - _RESERVE

    def add(self, part: str) -> None:
        if part:
            self.parts.append(part)
            self.left -= len(part) + 1

    def section(self, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A heading and as much of a table as there is room for; nothing where there are no rows."""
        if not rows:
            return
        shown = list(rows[: self.style.top_rows])
        while shown and len(table(head, shown)) > self.left:
            shown = shown[: len(shown) * 9 // 10]
        hidden = len(rows) - len(shown)
        parts = [f"## {title}\n", table(head, shown) if shown else ""]
        if hidden:
            where = link("the run that wrote this", self.style.rest_url) if self.style.rest_url else "the run that wrote this"
            parts.append(f"*{number_of(hidden, 'more row')} not shown; all are in the JSON export of {where}.*\n")
        self.add("\n".join(filter(None, parts)))

    def owners(self, app: App) -> str:
        if not app.owners:
            return "nobody"
        return " ".join(self.owner(owner) for owner in app.owners[:3])

    def owner(self, owner: str) -> str:
        """A mention, or the same as code, which GitHub does not notify anybody of."""
        is_mention = self.style.mention_owners and owner.startswith("@") and owner[1:].replace("/", "").replace("-", "").isalnum()
        return owner if is_mention else code(owner)


def _summary(
    page: _Page, known: Sequence[Exposure], stale: Sequence[Exposure], soon: Sequence[Exposure], recent: Sequence[Moved], *, none: str
) -> str:
    count, later = _apps(stale), len(known) - len(stale) - len(soon)
    verdict = f"**{number_of(count, 'app')} {_are(count)} stale**: not updated in the time that criticality and severity allow."
    lines = [
        verdict if stale else none,
        f"{number_of(_apps(soon), 'app')} {_are(_apps(soon))} due within {page.style.due_soon.days} days." if soon else "",
        f"{number_of(later, 'more update' if stale or soon else 'update')} {_are(later)} on the way, not due yet." if later else "",
        f"{number_of(len(recent), 'update')} went in since last week." if recent else "",
    ]
    asked = _asked(page, stale)
    return " ".join(filter(None, lines)) + "\n" + (f"\n**Whom to ask first:** {asked}\n" if asked else "")


def _late(sight: Sight, now: datetime) -> str:
    if not sight.is_late:
        return ""
    if sight.last_run is None:
        return "**No run over the whole fleet is on record**: what is due was not proposed by one. Look at the schedule of the workflow.\n"
    ago = f"{days(sight.last_run, now)} ago, on {day(sight.last_run, now)}"
    return f"**The last run over the whole fleet was {ago}**: what came out since then was proposed to nobody. Look at its schedule.\n"


def _unseen(repos: Sequence[Failure], now: datetime) -> str:
    left = [repo for repo in repos if repo.resumes_at is not None]
    return _not_reached(left, now) + _not_seen([repo for repo in repos if repo.resumes_at is None], now)


def _not_reached(repos: Sequence[Failure], now: datetime) -> str:
    if not repos:
        return ""
    named = _named(repos, "last looked at", now)
    resumes = min(repo.resumes_at for repo in repos if repo.resumes_at is not None)
    why = f"for the budget of that hour was used up (it resumes at {resumes:%H:%M} UTC), so nothing is said of them"
    were = "was" if len(repos) == 1 else "were"
    return f"**{number_of(len(repos), 'repo')} {were} not reached**, {why}: {named}. The next run begins with them.\n"


def _not_seen(repos: Sequence[Failure], now: datetime) -> str:
    if not repos:
        return ""
    named = _named(repos, "last looked at", now)
    return f"**{number_of(len(repos), 'repo')} could not be looked at**, so nothing is said of them: {named}. The run says why.\n"


def _empty(repos: Sequence[str]) -> str:
    if not repos:
        return ""
    others = f" and {len(repos) - _MAX_UNSEEN} others" if len(repos) > _MAX_UNSEEN else ""
    return f"{number_of(len(repos), 'repo')} without a commit yet: {', '.join(map(code, sorted(repos)[:_MAX_UNSEEN]))}{others}.\n"


def _unread(sight: Sight, now: datetime) -> str:
    if not sight.unread:
        return ""
    count = number_of(len({one.where for one in sight.unread}), "dependency")
    named = _named(sight.unread, "last read", now, sight.apps_of)
    return f"**What is new of {count} could not be read**, so it is told as it was known before: {named}. The run says why.\n"


def _named(failures: Sequence[Failure], words: str, now: datetime, apps_of: Mapping[str, Sequence[str]] | None = None) -> str:
    """Each place once, with the apps that it is of, and the day on which it worked last, where these are known."""
    last = {one.where: one.last_good for one in failures}
    names = []
    for where in sorted(last):
        apps = sorted(set((apps_of or {}).get(where, ())))
        more = f" and {len(apps) - _MAX_APPS} more" if len(apps) > _MAX_APPS else ""
        of = f"of {', '.join(map(plain, apps[:_MAX_APPS]))}{more}" if apps else ""
        good = last[where]
        said = ", ".join(filter(None, (of, f"{words} {day(good, now)}" if good else "")))
        names.append(code(where) + (f" ({said})" if said else ""))
    others = f" and {len(names) - _MAX_UNSEEN} others" if len(names) > _MAX_UNSEEN else ""
    return ", ".join(names[:_MAX_UNSEEN]) + others


def _asked(page: _Page, stale: Sequence[Exposure]) -> str:
    """Each owner with the number of stale apps, the most burdened first; of equals, whose app is late the longest."""
    apps: dict[str, set[str]] = {}
    for one in stale:
        for owner in one.app.owners[:3]:
            apps.setdefault(owner, set()).add(f"{one.app.repo}:{one.app.path}")
    ranked = sorted(apps, key=lambda owner: -len(apps[owner]))
    named = [f"{page.owner(owner)} ({number_of(len(apps[owner]), 'app')})" for owner in ranked[:_MAX_ASKED]]
    others = [f"and {len(ranked) - _MAX_ASKED} others"] if len(ranked) > _MAX_ASKED else []
    ownerless = sorted({one.app.name for one in stale if not one.app.owners})
    unknown = [f"{number_of(len(ownerless), 'app')} {'has' if len(ownerless) == 1 else 'have'} no owner"] if ownerless else []
    return ", ".join([*named, *others, *unknown])


def _order(one: Exposure) -> tuple[object, ...]:
    due = one.due.timestamp() if one.due is not None else float("inf")
    return (due, one.app.name, one.app.repo, one.dependency, one.old)


def _counted(exposures: Sequence[Exposure | KeptBack]) -> str:
    return f"{number_of(_apps(exposures), 'app')}, {number_of(len(exposures), 'update')}"


def _apps(exposures: Iterable[Exposure | KeptBack]) -> int:
    return len({one.app for one in exposures})


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
