"""What the weekly issue could not see: said first in short, and named below. What is not known is never taken for well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.model.failure import Failure
from bot.report.markdown import code, day, days, number_of, plain

_MAX_APPS: Final = 5
"""Named beside a dependency that could not be read."""
_MAX_NAME: Final = 60
"""Characters of an app's name."""
_MAX_UNSEEN: Final = 20
"""Repos, and dependencies, named that could not be looked at."""


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
    apps: int | None = None
    """How many apps were looked at; None: that is not told."""

    @property
    def is_clear(self) -> bool:
        return not (self.unseen_repos or self.unread or self.is_late)

    @property
    def in_short(self) -> str:
        """`2 repos and 1 dependency could not be read`; empty: nothing failed."""
        repos = number_of(len({one.where for one in self.unseen_repos}), "repo") if self.unseen_repos else ""
        lists = number_of(len({one.where for one in self.unread}), "dependency") if self.unread else ""
        what = " and ".join(filter(None, (repos, lists)))
        late = "no run was in time" if self.is_late else ""
        return "; ".join(filter(None, (f"{what} could not be read" if what else "", late)))


def late(sight: Sight, now: datetime) -> str:
    """That nobody was proposed anything lately; empty: somebody was."""
    if not sight.is_late:
        return ""
    if sight.last_run is None:
        return "**No run over the whole fleet is on record**: what is due was not proposed by one. Look at the schedule of the workflow.\n"
    ago = f"{days(sight.last_run, now)} ago, on {day(sight.last_run, now)}"
    return f"**The last run over the whole fleet was {ago}**: what came out since then was proposed to nobody. Look at its schedule.\n"


def unknown(sight: Sight, now: datetime) -> str:
    """The repos and lists that could not be looked at, each kind a paragraph; empty: all were."""
    left = [repo for repo in sight.unseen_repos if repo.resumes_at is not None]
    failed = [repo for repo in sight.unseen_repos if repo.resumes_at is None]
    return "\n".join(filter(None, (_not_reached(left, now), _not_seen(failed, now), _unread(sight, now), _empty(sight.empty_repos))))


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
        of = f"of {', '.join(plain(app, most=_MAX_NAME) for app in apps[:_MAX_APPS])}{more}" if apps else ""
        good = last[where]
        said = ", ".join(filter(None, (of, f"{words} {day(good, now)}" if good else "")))
        names.append(code(where) + (f" ({said})" if said else ""))
    others = f" and {len(names) - _MAX_UNSEEN} others" if len(names) > _MAX_UNSEEN else ""
    return ", ".join(names[:_MAX_UNSEEN]) + others
