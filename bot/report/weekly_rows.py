"""The rows of the weekly issue's tables."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from bot.model.dependency import HELM, OCI
from bot.model.exposure import Exposure, KeptBack, Moved, Step
from bot.model.fleet import App, Criticality, Phase
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.severity import Severity
from bot.report.markdown import code, day, days, link, plain

Owners = Callable[[App], str]
"""How the owners of an app are named."""

_PHASES: Final = {Phase.DEVELOPMENT: "development", Phase.BAU: "BAU", Phase.RETIRED: "retired"}
_MAX_APPS: Final = 5
"""Named beside a release that rules refuse to them."""


def rows(exposures: Sequence[Exposure], owners: Owners, now: datetime) -> list[tuple[str, ...]]:
    """A row for each update, those of one app together, the app that is due first on top; its name stands in its first row."""
    first = {one.app: index for index, one in reversed(list(enumerate(exposures)))}
    together = sorted(exposures, key=lambda one: first[one.app])
    made: list[tuple[str, ...]] = []
    for app, group in groupby(together, key=lambda one: one.app):
        for number, one in enumerate(group):
            who = (_app(app), owners(app)) if number == 0 else ("", "")
            made.append((*who, _behind(one), _since(one, now), _stuck(one, now), _due(one, now)))
    return made


def _app(app: App) -> str:
    criticality = "" if app.criticality is Criticality.MEDIUM else f", {app.criticality.value}\N{NO-BREAK SPACE}criticality"
    return f"**{plain(app.name)}**<br>{_PHASES[app.phase]}{criticality}"


def _behind(one: Exposure) -> str:
    rated = "" if one.severity is Severity.UNKNOWN else f"{one.severity.value} severity"
    severity = f"<br>{plain(one.closes or rated)}" if one.closes or rated else ""
    return _change(one.dependency, one.old, one.new) + severity


def _change(dependency: str, old: str, new: str) -> str:
    """`python 3.12-slim → 3.13-slim`; where the tag stays, the digests are what tells."""
    name = plain(short_name(dependency))
    old_value, _, old_digest = old.partition("@")
    new_value, _, new_digest = new.partition("@")
    if old_value == new_value and old_digest != new_digest:
        return f"{name} {code(old_value)} rebuilt: {code(old_digest[:7])} → {code(new_digest[:7])}"
    return f"{name} {code(old_value or old_digest[:7])} → {code(new_value or new_digest[:7])}" if new else f"{name} {code(old)}"


def short_name(dependency: str) -> str:
    """The name by which people know it: `python`, `distroless/java21-debian12`, the chart `redis`."""
    datasource, _, name = dependency.partition(": ")
    if datasource == HELM:
        return name.rpartition("#")[2]
    try:
        familiar = ImageReference.parse(name).familiar if datasource == OCI else name
    except InvalidReferenceError:
        familiar = name
    return "/".join(familiar.split("/")[-2:])


def _since(one: Exposure, now: datetime) -> str:
    start = one.steps.get(Step.DETECTED)
    return "" if start is None else f"{days(start, now)}<br>{day(start, now)}"


def _stuck(one: Exposure, now: datetime) -> str:
    """Where it is stuck, in words that say what to do next."""
    why = one.blocked_by
    if not one.pull_request_url:
        return plain(why) or "not proposed yet"
    opened = one.steps.get(Step.PROPOSED)
    age = f", open {days(opened, now)}" if opened is not None and (now - opened).days else ""
    sentences = {
        "": f"waits for review{age}",
        "declined": "closed without a merge",
        "edited by human": f"edited by hand{age}",
        "conflict": f"has a conflict{age}",
    }
    return f"{link(f'PR {one.pull_request_number}', one.pull_request_url)} {sentences.get(why) or plain(why)}"


def _due(one: Exposure, now: datetime) -> str:
    if one.due is None:
        return ""
    if one.is_stale(now):
        return f"**{days(one.due, now)} late**" if (now - one.due).days else "**today**"
    return f"in {days(now, one.due)}" if (one.due - now).days else "today"


def moved_row(one: Moved) -> tuple[str, ...]:
    took = _change(one.dependency, one.old, one.new)
    when = day(one.at, one.at)
    if one.waited_since is not None and (one.at - one.waited_since).days:
        when += f"<br>after {days(one.waited_since, one.at)}"
    number = (one.pull_request_url or "").rstrip("/").rpartition("/")[2]
    how = link(f"PR {number}", one.pull_request_url) if one.pull_request_url else "another way"
    return (f"**{plain(one.app.name)}**", took, when, how)


def opted_out_rows(kept: Sequence[KeptBack], owners: Owners, now: datetime) -> list[tuple[str, ...]]:
    return [
        (
            _app(one.app),
            owners(one.app),
            _change(one.dependency, one.old, one.new),
            plain(one.reason),
            day(one.until - timedelta(microseconds=1), now) if one.until else "",  # the last day that it holds on
        )
        for one in kept
    ]


def not_allowed_rows(kept: Sequence[KeptBack]) -> list[tuple[str, ...]]:
    """Each refused release once for each reason, with the apps that it is refused to: the same rule holds for many."""
    apps: dict[tuple[str, str, str], list[str]] = {}
    for one in kept:
        key = (one.dependency, one.new, one.reason)
        apps.setdefault(key, []).append(one.app.name)
    made: list[tuple[str, ...]] = []
    for (dependency, new, reason), names in sorted(apps.items()):
        distinct = list(dict.fromkeys(names))
        more = f" and {len(distinct) - _MAX_APPS} more" if len(distinct) > _MAX_APPS else ""
        value, _, digest = new.partition("@")
        what = f"{plain(short_name(dependency))} {code(value or digest[:7])}"
        made.append((what, plain(reason), ", ".join(map(plain, distinct[:_MAX_APPS])) + more))
    return made
