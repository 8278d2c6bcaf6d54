"""Report: the look of a run that proposes nothing, written down once a week."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.model.accepted import Accepted
from bot.model.base_state import BaseState
from bot.model.exposure import Exposure, KeptBack, Moved
from bot.model.failure import Failure
from bot.model.fleet import Phase, Repo
from bot.model.fleet_bases import FleetBases
from bot.model.pin import Pin
from bot.model.pull_request import PullRequest
from bot.model.run import AppDecisions
from bot.model.trend import Trend
from bot.pipeline.bases import base_states
from bot.pipeline.converse import as_wanted
from bot.pipeline.decide_fleet import decide_fleet
from bot.pipeline.find import Found, find, with_own_rules
from bot.pipeline.fleet_bases import fleet_bases, told_to_publishers
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.last_good import last_run, unread_lists, with_last_scans
from bot.pipeline.lived import lived_since
from bot.pipeline.stages import Patience, StagesSeen, stages_of
from bot.pipeline.stuck import with_hurdles
from bot.pipeline.track import Tracked, track
from bot.pipeline.watch import watch
from bot.propose.orders import Orders
from bot.report.alarms import alarms
from bot.report.lived import Lived
from bot.report.noticed import noticed
from bot.report.weekly import Sight, Style, Text, weekly_issue
from bot.track.exposures import moved
from bot.track.kept_back import kept_back
from bot.track.over import archived_apps, cleared
from bot.track.trend import trend


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What the dashboard tells besides."""

    past: timedelta
    """How far back is told which ways fixes took."""
    patience: Patience
    """Of what is told of stages."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The weekly issue as it should be, and what could not be looked at."""

    now: datetime
    text: Text
    style: Style
    sight: Sight
    trend: Trend
    cleared: tuple[Moved, ...]
    """What ended in the style's period, and why."""
    accepted: tuple[Accepted, ...]
    exposures: tuple[Exposure, ...]
    moved: tuple[Moved, ...]
    kept_back: tuple[KeptBack, ...]
    bases: tuple[BaseState, ...]
    last_run: datetime | None
    failures: tuple[Failure, ...]
    pulls: Mapping[str, PullRequest]
    """The bot's, by their addresses."""
    empty_repos: tuple[str, ...]
    """Without a commit."""
    apps: tuple[AppDecisions, ...]
    """Every app that was looked at, with what was decided on each of its pins."""
    repos: tuple[Repo, ...]
    """Those that were looked at, as the survey saw them."""
    followed: frozenset[Phase]
    """The phases whose apps have clocks."""
    lived: tuple[Lived, ...]
    """The ways that fixes took in `More.past`."""
    stages: StagesSeen | None
    """Where images run; None: that was not asked."""
    fleet_bases: FleetBases | None = None
    """What the fleet stands on, as the last run left it; None: that was not asked."""
    is_late: bool
    """The last run is longer ago than the schedule should let pass, or there was none."""


def report(parts: FleetParts, *, style: Style, now: datetime, more: More | None = None) -> Report:
    """Look at the whole fleet as a run does, propose nothing, and write down who has not taken what. Raises ForgeError as `run` does.

    `more` is what is told besides; None: nothing.
    """
    found = Found()
    find(parts, found)
    pins = (finding for entry in found.scanned for finding in entry.findings if isinstance(finding, Pin))
    listings = watch(parts, (pin.dependency for pin in pins), now=now)
    orders = Orders(pull for entry in found.scanned for pull in entry.pull_requests)
    parts = with_own_rules(replace(parts, orders=orders), found.scanned)
    decided = as_wanted(parts, decide_fleet(parts, found.scanned, listings, now=now), parts.orders, now=now)
    tracked = track(parts, decided, (), archived=found.archived, now=now)
    behind, unasked = with_hurdles(parts, tracked.exposures, (pull for entry in found.scanned for pull in entry.pull_requests))
    taken = moved((app.app for _, app in decided), parts.ledger, since=now - style.period)
    unseen = with_last_scans(parts, found.scanned, found.failures, now)
    unread = unread_lists(parts, decided, listings)
    before, is_late = last_run(parts, now)
    refused = kept_back(app for _, app in decided)
    apps_of: dict[str, list[str]] = {}
    for _, app in decided:
        for decision in app.decisions:
            apps_of.setdefault(str(decision.pin.dependency), []).append(app.app.name)
    sight = Sight(
        unseen_repos=unseen,
        empty_repos=found.empty,
        unread=unread,
        apps_of=apps_of,
        last_run=before,
        is_late=is_late or before is None,
        apps=len(decided),
    )
    states = base_states(parts, (app for _, app in decided), most_new=parts.images_per_run, now=now)
    wrong = noticed(app for _, app in decided)
    gone_apps = archived_apps(parts.ledger, found.archived)
    watched = [app.app for _, app in decided if app.app.phase in {*parts.stale.phases, Phase.RETIRED}] + gone_apps
    ended = cleared(behind, [*(app.app for _, app in decided), *gone_apps], parts.ledger, since=now - style.period)
    gone = trend(behind, watched, parts.ledger, stale=parts.stale, now=now)
    stands_on = None
    if more is not None or not parts.catalogue.is_empty:
        stands_on = told_to_publishers(fleet_bases(parts.ledger, parts.catalogue, now=now), (app.app for _, app in decided))
    text = weekly_issue(
        behind,
        ended,
        refused,
        states,
        wrong,
        accepted=parts.accepted,
        now=now,
        sight=sight,
        style=style,
        trend=gone,
        alarms=alarms(app for _, app in decided),
        stands_on=stands_on,
    )
    return Report(
        now=now,
        text=text,
        style=style,
        sight=sight,
        trend=gone,
        cleared=tuple(ended),
        accepted=tuple(parts.accepted),
        pulls={pull.url: pull for entry in found.scanned for pull in entry.pull_requests},
        exposures=tuple(behind),
        moved=tuple(taken),
        kept_back=tuple(refused),
        bases=tuple(states),
        last_run=before,
        failures=(*unseen, *unread, *tracked.failures, *unasked),
        empty_repos=tuple(found.empty),
        apps=tuple(app for _, app in decided),
        repos=tuple({entry.repo.full_name: entry.repo for entry, _ in decided}.values()),
        followed=frozenset(parts.stale.phases),
        fleet_bases=stands_on,
        is_late=is_late or before is None,
        lived=() if more is None else tuple(lived_since(parts.ledger, now - more.past, parts.stages)),
        stages=None if more is None else _stages(parts, found, tracked, more, now),
    )


def _stages(parts: FleetParts, found: Found, tracked: Tracked, more: More, now: datetime) -> StagesSeen:
    """What the sources told the clocks, where these asked them; else they are asked now."""
    known = None if parts.lineages is None else tracked.deployments
    return stages_of(parts, found.scanned, (), patience=more.patience, now=now, known=known)
