"""Track: what each app has not taken, and where it is stuck."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial

from bot.ledger.history import UpdateKey
from bot.model.built import PublishedBuild
from bot.model.exposure import Closes, Exposure, Word
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.pull_request import PullRequest, Sent
from bot.model.run import AppDecisions
from bot.model.turn import Waiting
from bot.model.update import Hold, Propose, Update
from bot.pipeline.built import built_sight
from bot.pipeline.deployments import Deployments, deployments
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.scanned import Scanned
from bot.pipeline.steps import ImageSteps, known_step
from bot.propose.marker import read as read_marker
from bot.propose.marker import strangers
from bot.track.accepted import with_accepted
from bot.track.exposures import exposures
from bot.track.keys import update_key, written
from bot.track.requests import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """Who has not taken what, as far as that could be told."""

    exposures: tuple[Exposure, ...]
    deployments: Deployments
    """What runs where, by the sources that were asked."""
    failures: tuple[Failure, ...]
    """Sources that tell what runs and could not be read."""
    published: tuple[tuple[App, PublishedBuild], ...] = ()
    """The newest builds of each app's images, as they stood in the registry."""


def track(
    parts: FleetParts,
    decided: Sequence[tuple[Scanned, AppDecisions]],
    sent: Sequence[Sent],
    waiting: Sequence[Waiting] = (),
    *,
    archived: Collection[str] = (),
    now: datetime,
) -> Tracked:
    """What each app has not taken, to where its images run; the steps that are new go into the ledger.

    `archived` are the repos that the survey knows to be: what their apps had not taken ends with that.
    """
    pull_requests = {pull.url: pull for entry, _ in decided for pull in entry.pull_requests}
    pull_requests |= {each.pull_request.url: each.pull_request for each in sent if each.pull_request is not None}
    apps = [app for _, app in decided]
    scanned = list({entry.repo.full_name: entry for entry, _ in decided}.values())
    told = Deployments() if parts.lineages is None else deployments(parts.deployment_sources, scanned, now=now)
    watched = [app for app in apps if app.app.phase in parts.stale.phases]
    gone = parts.ledger.events.apps_in(frozenset(archived))
    sight = built_sight(
        parts,
        watched,
        told.found,
        own={name for entry in apps for name in entry.app.images},
        kin=told.kin,
        unread=f"what runs could not all be read: {told.failures[0]}" if told.failures else "",
        now=now,
    )
    found = exposures(
        apps,
        # A move to another base is no fix of the one in use: its pull request is not the one that such a fix waits for.
        [one for one in sent if not one.proposal.is_migration],
        pull_requests.values(),
        parts.ledger,
        stale=parts.stale,
        now=now,
        asked=_asked,
        strangers=partial(strangers, identity=parts.forge.identity()),
        closes=partial(_closes, parts.steps),
        waits={(one.repo, update.pin): one.in_words for one in waiting for update in one.updates if not update.is_migration},
        sight=sight,
        archived=gone,
    )
    accepted = with_accepted(found, parts.accepted, partial(_holes, parts.steps, _updates(apps)), now)
    published = tuple((entry.app, built) for entry in watched for built in sight.images_of(entry.app).published)
    return Tracked(exposures=tuple(accepted), deployments=told, failures=told.failures, published=published)


def _updates(apps: Sequence[AppDecisions]) -> dict[UpdateKey, Update]:
    """What each app could take, by what the ledger calls it."""
    verdicts = ((entry.app, decision.verdict) for entry in apps for decision in entry.decisions)
    return {update_key(app, verdict.update.pin): verdict.update for app, verdict in verdicts if isinstance(verdict, Propose | Hold)}


def _holes(steps: ImageSteps | None, updates: Mapping[UpdateKey, Update], key: UpdateKey) -> list[frozenset[str]]:
    """The names of each hole that an update closes, as far as that is known now."""
    step = known_step(steps, updates[key]) if key in updates else None
    return [] if step is None else [frozenset().union(*(hole.names for hole in one)) for one in step.holes.closed]


def _closes(steps: ImageSteps | None, update: Update) -> Closes | None:
    """What an update closes; None: not known now."""
    step = known_step(steps, update)
    if step is None or not step.holes.is_known:
        return None
    listed = step.holes.exploited_since
    since = None if listed is None else datetime.combine(listed, time(), UTC)
    changes = step.holes
    return Closes(
        severity=changes.severity,
        said=changes.closes,
        exploited_since=since,
        holes=frozenset(one[0].id for one in changes.closed),
        words=tuple(Word(names=away.hole.names, said=str(away.statement), at=away.statement.at) for away in changes.taken_away),
        is_whole=not (changes.has_failed or changes.unclear or changes.has_unchecked_changes),
    )


def _asked(pull: PullRequest) -> list[Asked]:
    marker = read_marker(pull.body)
    if marker is None or marker.rebuilds:
        return []
    return [
        Asked(app=app, stage=marker.stage, dependency=target.dependency, new=written(target.value, target.digest))
        for app, targets in marker.by_app.items()
        for target in targets
        if not target.is_migration
    ]
