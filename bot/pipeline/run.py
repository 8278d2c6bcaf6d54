"""The whole story on one screen: survey -> find -> watch -> decide -> explain -> propose -> track.

Failures are values: a repo, a registry or a pull request that fails becomes a `Failure` of the summary, and the rest goes on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import structlog

from bot.model.failure import Failure
from bot.model.pin import Pin
from bot.model.pull_request import Outcome
from bot.model.run import AppDecisions, Interruption, RunSummary, Stage
from bot.pipeline.attempt import attempt
from bot.pipeline.base_looks import record_looks
from bot.pipeline.bases import base_states
from bot.pipeline.close import close_obsolete
from bot.pipeline.converse import answer, as_wanted, listen
from bot.pipeline.copies import watch_copies
from bot.pipeline.decide_fleet import context_of, decide_fleet
from bot.pipeline.find import find, with_own_rules
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.last_good import last_run, unread_lists, with_last_scans
from bot.pipeline.migrate import with_migrations
from bot.pipeline.own_files import own_faults, tell_faults
from bot.pipeline.propose import propose
from bot.pipeline.rebuild_fleet import rebuild_fleet
from bot.pipeline.record_deployments import record_deployments
from bot.pipeline.record_storage import record_storage
from bot.pipeline.scanned import Scanned
from bot.pipeline.so_far import SoFar, left
from bot.pipeline.track import track
from bot.pipeline.uses import record_uses
from bot.pipeline.watch import watch

log = structlog.get_logger()
_T = TypeVar("_T")


def run(parts: FleetParts, *, now: datetime) -> RunSummary:
    """Go through the whole fleet once. Raises ForgeError only where not even the list of repos can be had.

    KeyboardInterrupt ends it where it is: what was done until then comes back.
    """
    so_far = SoFar()
    try:
        _go_through(parts, so_far, now)
        return _summary(parts, so_far, None, now)
    except KeyboardInterrupt:
        return _summary(parts, so_far, left(parts, so_far, now=now), now)


def interrupted_at(stage: Stage, now: datetime) -> RunSummary:
    """A run that did nothing, for it was interrupted before."""
    return RunSummary(started_at=now, repos=0, apps=(), sent=(), exposures=(), failures=(), interruption=Interruption(stage=stage))


def _go_through(parts: FleetParts, so_far: SoFar, now: datetime) -> None:
    find(parts, so_far.found)
    so_far.stage = Stage.WATCH
    scanned = so_far.found.scanned
    so_far.listings = watch(
        parts, (finding.dependency for entry in scanned for finding in entry.findings if isinstance(finding, Pin)), now=now
    )
    so_far.stage = Stage.DECIDE
    heard = listen(parts, scanned)
    so_far.failures += heard.failures
    parts = with_own_rules(replace(parts, orders=heard.orders), scanned)
    parts.proposer.write_anew(heard.anew)
    verdicts = with_migrations(parts, decide_fleet(parts, scanned, so_far.listings, now=now), so_far.listings, now=now)
    so_far.decided = decided = as_wanted(parts, verdicts, heard.orders, now=now)
    so_far.stage = Stage.PROPOSE
    propose(parts, decided, so_far.proposed, now=now)
    so_far.stage = Stage.CLOSE
    answer(parts, heard, decided, so_far.proposed, now=now)
    close_obsolete(parts, decided, so_far.proposed)
    so_far.failures += tell_faults(parts, scanned)
    so_far.stage = Stage.TRACK
    if decided:
        _track(parts, so_far, now)
    so_far.stage = Stage.INSPECT
    apps = [app for _, app in decided]
    so_far.bases = _had(
        so_far, attempt("what is inside the images in use", lambda: base_states(parts, apps, most_new=parts.images_per_run, now=now))
    )
    _had(so_far, attempt("what upstream has of internal bases", lambda: watch_copies(parts, apps, now=now)))
    _had(so_far, attempt("what is inside bases", lambda: record_looks(parts, so_far.bases, apps, now=now)))
    so_far.stage = Stage.USES
    _had(so_far, attempt("which images are in use", lambda: record_uses(parts, scanned, now=now)))
    so_far.stage = Stage.END


def _track(parts: FleetParts, so_far: SoFar, now: datetime) -> None:
    """Who has not taken what, to where it runs. Images that nobody rebuilds are asked to be; what runs is recorded where that is wanted."""
    decided, sent, waiting = so_far.decided, so_far.proposed.sent, so_far.proposed.waiting
    tracked = attempt("what became of the updates", lambda: track(parts, decided, sent, waiting, archived=so_far.found.archived, now=now))
    if isinstance(tracked, Failure):
        so_far.failures.append(tracked)
        return
    so_far.exposures = tracked.exposures
    so_far.failures += tracked.failures
    rebuilt = attempt("images that nobody rebuilds", lambda: rebuild_fleet(parts, decided, tracked.exposures, so_far.proposed, now=now))
    if isinstance(rebuilt, Failure):
        so_far.failures.append(rebuilt)
    else:
        so_far.exposures, so_far.rebuilds = rebuilt.exposures, rebuilt.told
    sources, scanned, known = parts.deployment_sources, so_far.found.scanned, tracked.deployments
    recorded = attempt("deployment records", lambda: record_deployments(sources, scanned, known.found, known.covered, now=now))
    so_far.failures += _had(so_far, recorded)
    stored = attempt("storage records", lambda: record_storage(parts.storage_writes, tracked.published, now))
    so_far.failures += _had(so_far, stored)


def _had(so_far: SoFar, made: Sequence[_T] | Failure | None) -> Sequence[_T]:
    """What a stage made; of one that failed nothing, and the failure is kept."""
    if isinstance(made, Failure):
        so_far.failures.append(made)
        return ()
    return made or ()


def _summary(parts: FleetParts, so_far: SoFar, interruption: Interruption | None, now: datetime) -> RunSummary:
    found, proposed, decided = so_far.found, so_far.proposed, so_far.decided
    sent = tuple(proposed.sent)
    later = frozenset() if interruption is None else interruption.unfinished
    failures = [
        # The next run begins with what was looked at the longest time ago: what was left counts as not looked at.
        *with_last_scans(parts, [entry for entry in found.scanned if entry.repo.full_name not in later], found.failures, now),
        *unread_lists(parts, decided, so_far.listings),
        *proposed.failures,
        *(
            Failure(where=each.proposal.repo, what=each.note, resumes_at=each.resumes_at)
            for each in sent
            if each.outcome in {Outcome.FAILED, Outcome.NOT_REACHED}
        ),
        *so_far.failures,
    ]
    before, is_late = last_run(parts, now)
    summary = RunSummary(
        started_at=now,
        repos=len(found.scanned),
        apps=tuple(app for _, app in decided),
        sent=sent,
        exposures=tuple(so_far.exposures),
        failures=tuple(one for one in failures if one.resumes_at is None),
        not_reached=tuple(one for one in failures if one.resumes_at is not None),
        closed=tuple(proposed.closed),
        waiting=tuple(proposed.waiting),
        empty_repos=tuple(found.empty),
        last_run=before,
        is_late=is_late,
        bases=tuple(so_far.bases),
        idle_rules=_idle_rules(parts, decided),
        circles=tuple(map(str, so_far.proposed.circles)),
        own_faults=own_faults(found.scanned),
        rebuilds=tuple(so_far.rebuilds),
        notes=tuple(parts.attestations.notes),
        interruption=interruption,
    )
    log.info(
        "run.finished" if interruption is None else "run.interrupted",
        repos=summary.repos,
        pins=summary.pins,
        sent=len(sent),
        failures=len(summary.failures),
        not_reached=len(summary.not_reached),
    )
    return summary


def _idle_rules(parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]]) -> tuple[str, ...]:
    """Told of a whole fleet alone: in a part of it most rules have nothing to do."""
    if not parts.is_whole or not decided:
        return ()
    pins = [(decision.pin, context_of(parts, app.app, decision.pin)) for _, app in decided for decision in app.decisions]
    return parts.decider.idle_rules(pins)
