"""The whole story on one screen: survey -> find -> watch -> decide -> explain -> propose -> track.

Failures are values: a repo, a registry or a pull request that fails becomes a `Failure` of the summary, and the rest goes on.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.model.failure import Failure
from bot.model.pin import Pin
from bot.model.pull_request import Outcome
from bot.model.run import AppDecisions, RunSummary
from bot.pipeline.attempt import attempt
from bot.pipeline.bases import base_states
from bot.pipeline.decide_fleet import context_of, decide_fleet
from bot.pipeline.find import find
from bot.pipeline.fleet_parts import FleetParts, Scanned
from bot.pipeline.last_good import last_run, unread_lists, with_last_scans
from bot.pipeline.propose import close_obsolete, propose
from bot.pipeline.track import track
from bot.pipeline.uses import record_uses
from bot.pipeline.watch import watch

log = structlog.get_logger()


def run(parts: FleetParts, *, now: datetime) -> RunSummary:
    """Go through the whole fleet once. Raises ForgeError only where not even the list of repos can be had."""
    scanned, failures, empty = find(parts)
    pins = [(entry, finding) for entry in scanned for finding in entry.findings if isinstance(finding, Pin)]
    listings = watch(parts, (pin.dependency for _, pin in pins), now=now)
    decided = decide_fleet(parts, scanned, listings, now=now)
    proposed = propose(parts, decided, now=now)
    sent = proposed.sent
    closed, unclosed = close_obsolete(parts, decided, sent)
    failures = with_last_scans(parts, scanned, failures, now)
    failures += [
        *unread_lists(parts, decided, listings),
        *proposed.failures,
        *unclosed,
        *(
            Failure(where=each.proposal.repo, what=each.note, resumes_at=each.resumes_at)
            for each in sent
            if each.outcome in {Outcome.FAILED, Outcome.NOT_REACHED}
        ),
    ]
    tracked = attempt("what became of the updates", lambda: track(parts, decided, sent, proposed.waiting, now=now)) if decided else []
    if isinstance(tracked, Failure):
        failures.append(tracked)
    states = attempt(
        "what is inside the images in use", lambda: base_states(parts, (app for _, app in decided), most_new=parts.images_per_run, now=now)
    )
    if isinstance(states, Failure):
        failures.append(states)
    used = attempt("which images are in use", lambda: record_uses(parts, scanned, now=now))
    if isinstance(used, Failure):
        failures.append(used)
    before, is_late = last_run(parts, now)
    summary = RunSummary(
        started_at=now,
        repos=len(scanned),
        apps=tuple(app for _, app in decided),
        sent=sent,
        exposures=() if isinstance(tracked, Failure) else tuple(tracked),
        failures=tuple(one for one in failures if one.resumes_at is None),
        not_reached=tuple(one for one in failures if one.resumes_at is not None),
        closed=tuple(closed),
        waiting=proposed.waiting,
        empty_repos=tuple(empty),
        last_run=before,
        is_late=is_late,
        bases=() if isinstance(states, Failure) else tuple(states),
        idle_rules=_idle_rules(parts, decided),
    )
    log.info(
        "run.finished",
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
