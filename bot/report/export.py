"""Exposures as data, for dashboards and other programs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from bot.model.accepted import Accepted
from bot.model.assessment import Assessment
from bot.model.base_state import BaseState
from bot.model.exposure import Exposure, KeptBack, Moved, StageState, Step
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.hurdle import Hurdle
from bot.report.contents.holes import assessment_row, lag_row

VERSION: Final = 2
"""Of the form; a key that changes its meaning makes a new one, a new key does not."""

MOST_CHECKS: Final = 20
"""Of one hurdle."""
WAITING_FOR: Final = {
    Step.RELEASED: "release",
    Step.DETECTED: "detection",
    Step.PROPOSED: "proposal",
    Step.MERGED: "merge",
    Step.REBUILT: "rebuild",
    Step.DEPLOYED: "deployment",
    Step.ENDED: "end",
}
"""What an exposure waits for, in the words of all exports."""


def exposures_json(
    exposures: Iterable[Exposure],
    moved: Iterable[Moved] = (),
    kept_back: Iterable[KeptBack] = (),
    bases: Iterable[BaseState] = (),
    *,
    now: datetime,
    last_run: datetime | None = None,
    failures: Iterable[Failure] = (),
    empty_repos: Iterable[str] = (),
) -> dict[str, Any]:
    """Every exposure, every update that went in and every one that is refused, and what could not be looked at.

    Ready for json.dumps; times as ISO 8601 in UTC, null for what is not known. Its form is in exports/exposures.schema.json.
    """
    told = list(failures)
    return {
        "version": VERSION,
        "generated_at": now.isoformat(),
        "last_run": _time(last_run),
        "exposures": [
            {
                "app": _app(one.app),
                "dependency": one.dependency,
                "old": one.old,
                "new": one.new,
                "severity": one.severity.value,
                "closes": one.closes or None,
                "is_exploited": one.is_exploited,
                "steps": {step.value: at.isoformat() for step in Step if (at := one.steps.get(step)) is not None},
                "waiting_for": WAITING_FOR[one.waiting_for],
                "blocked_by": one.stuck_because or None,
                "hurdles": [_hurdle(hurdle) for hurdle in one.hurdles],
                "unblock": one.unblock or None,
                "due": _time(one.due),
                "is_stale": one.is_stale(now),
                "accepted": None if one.accepted is None else _accepted(one.accepted, now),
                "pull_request": one.pull_request_url,
                "built": None if one.built is None else _place(one.built),
                "stages": [_place(place) for place in one.stages],
            }
            for one in exposures
        ],
        "moved": [
            {
                "app": _app(one.app),
                "dependency": one.dependency,
                "old": one.old,
                "new": one.new or None,
                "at": one.at.isoformat(),
                "waited_since": _time(one.waited_since),
                "pull_request": one.pull_request_url,
            }
            for one in moved
        ],
        "kept_back": [
            {
                "app": _app(one.app),
                "dependency": one.dependency,
                "old": one.old,
                "new": one.new,
                "by": "the owner" if one.is_opt_out else "a rule",
                "reason": one.reason,
                "until": _time(one.until),
            }
            for one in kept_back
        ],
        "images": [base_row(state, now) for state in bases],
        "failures": [str(failure) for failure in told if failure.resumes_at is None],
        "not_reached": [
            {"where": one.where, "reason": one.what, "resumes_at": _time(one.resumes_at)} for one in told if one.resumes_at is not None
        ],
        "empty_repos": list(empty_repos),
    }


def base_row(state: BaseState, now: datetime) -> dict[str, Any]:
    """What is inside one image in use, its holes as `inspect --format json` has them; of one that was not opened `problem` says why."""
    system = state.system
    return {
        "dependency": state.dependency,
        "value": state.value,
        "apps": list(state.apps),
        "operating_system": None if system is None else system.name or f"{system.id} {system.version}".strip(),
        "end_of_life": system.end_of_life.isoformat() if system and system.end_of_life else None,
        "built_at": _time(state.built_at),
        "said": state.said or None,
        **assessment_row(state.assessment or Assessment(), state.moves, now),
        "not_read": [{"what": missing.what, "reason": missing.reason} for missing in state.not_read],
        "publisher_lag": None if state.lag is None else lag_row(state.lag),
        "problem": state.problem or None,
    }


def _hurdle(hurdle: Hurdle) -> dict[str, Any]:
    """The checks by name at most `MOST_CHECKS` of them; how many there are stands beside."""
    return {
        "kind": hurdle.kind.value,
        "who": list(hurdle.who),
        "checks": [
            {"name": one.name, "state": one.state.value, "said": one.said or None, "url": one.url, "is_required": one.is_required}
            for one in hurdle.checks[:MOST_CHECKS]
        ],
        "checks_in_all": len(hurdle.checks),
        "not_looked_at": hurdle.unlisted,
    }


def _place(place: StageState) -> dict[str, Any]:
    return {
        "stage": place.stage,
        "image": place.image or None,
        "has_fix": place.has_fix.value,
        "why": place.why,
        "since": _time(place.since),
        "source": place.source or None,
        "is_running": place.is_running,
    }


def _app(app: App) -> dict[str, Any]:
    return {
        "name": app.name,
        "repo": app.repo,
        "path": "" if not app.path.parts else str(app.path),
        "owners": list(app.owners),
        "owners_reason": app.owners_reason,
        "criticality": app.criticality.value,
        "criticality_reason": app.criticality_reason,
        "product_owner": app.product_owner,
        "product_owner_reason": app.product_owner_reason,
        "phase": app.phase.value,
        "phase_reason": app.phase_reason,
        "images": list(app.images),
        "attested_images": list(app.attested_images),
    }


def _accepted(entry: Accepted, now: datetime) -> dict[str, Any]:
    return {"reason": entry.reason, "by": entry.by, "until": entry.until.isoformat(), "holds": not entry.is_over(now)}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
