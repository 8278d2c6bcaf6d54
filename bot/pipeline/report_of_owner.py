"""Report: the part of one owner."""

from dataclasses import replace
from typing import Final

from bot.model.exposure import Exposure
from bot.model.fleet import App
from bot.pipeline.report import Report
from bot.report.alarms import alarms
from bot.report.noticed import noticed
from bot.report.weekly import Style, Text, weekly_issue
from bot.report.weekly_standing import of_owner
from bot.report.weekly_unknown import Sight

_NO_LIMIT: Final = 1_000_000


def owners_of(made: Report) -> list[str]:
    """Everybody who owns an app of the fleet."""
    return sorted({owner for entry in made.apps for owner in entry.app.owners})


def exposures_of(made: Report, owner: str) -> list[Exposure]:
    """Those of an owner's apps, in their order."""
    return [one for one in made.exposures if is_of(one.app, owner)]


def is_of(app: App, owner: str) -> bool:
    """Whether somebody is among an app's owners; capitals and the @ in front do not matter, as on GitHub."""
    return any(is_name(each, owner) for each in app.owners)


def is_name(one: str, owner: str) -> bool:
    return one.removeprefix("@").lower() == owner.removeprefix("@").lower()


def report_of_owner(made: Report, owner: str) -> Text:
    """What the weekly issue says of one owner's apps, with all rows; what could not be known may be theirs, and stays."""
    return _of_owner(made, owner, replace(made.style, top_rows=_NO_LIMIT, max_comments=_NO_LIMIT))


def issue_of_owner(made: Report, owner: str, *, marker: str) -> Text:
    """The same as an issue without comments: it counts what it has no room for."""
    return _of_owner(made, owner, replace(made.style, max_comments=0, marker=marker))


def _of_owner(made: Report, owner: str, style: Style) -> Text:
    mine = [entry for entry in made.apps if is_of(entry.app, owner)]
    names = {entry.app.name for entry in mine}
    return weekly_issue(
        exposures_of(made, owner),
        [one for one in made.cleared if is_of(one.app, owner)],
        [one for one in made.kept_back if is_of(one.app, owner)],
        [state for state in made.bases if not names.isdisjoint(state.apps)],
        noticed(mine),
        accepted=[entry for entry in made.accepted if any(one.accepted == entry for one in exposures_of(made, owner))],
        now=made.now,
        sight=_seen_of(made.sight, names),
        style=replace(style, title=f"{style.title}: {owner}"),
        alarms=alarms(mine),
        stands_on=of_owner(made.fleet_bases, lambda name: is_name(name, owner)),
    )


def _seen_of(sight: Sight, names: set[str]) -> Sight:
    """Of the dependencies that could not be read those of their apps. Whose a repo is that was not looked at, nobody knows."""
    unread = [one for one in sight.unread if not names.isdisjoint(sight.apps_of.get(one.where, ()))]
    apps_of = {where: [app for app in apps if app in names] for where, apps in sight.apps_of.items()}
    return replace(sight, unread=unread, apps_of=apps_of, apps=len(names))
