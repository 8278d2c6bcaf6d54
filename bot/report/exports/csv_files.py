"""Apps and exposures as CSV (RFC 4180) that a spreadsheet takes for text and numbers, and for nothing to compute."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.model.exposure import Exposure, Step
from bot.report.began import began_at
from bot.report.board import Board
from bot.report.export import WAITING_FOR
from bot.report.printable import printable

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What spreadsheets begin a formula or a command with (OWASP, "CSV Injection")."""
_APPS: Final = (
    "app", "repo", "path", "owner", "owner_by", "product_owner", "phase", "phase_by", "criticality", "pins", "not_looked_up", "undecided",
    "held", "behind", "stale", "severity", "exploited", "since",
)  # fmt: skip
_EXPOSURES: Final = (
    "app", "repo", "path", "owner", "product_owner", "phase", "criticality", "dependency", "from", "to", "severity", "exploited", "closes",
    *(step.value for step in Step), "waiting_for", "blocked_by", "unblock", "accepted_by", "accepted_until", "due", "stale", "pull_request",
)  # fmt: skip


def apps_csv(board: Board) -> str:
    """A line for each app that was looked at; an empty cell is not known, or not there."""
    return _csv(_APPS, (_app_row(board, key) for key in range(len(board.looks))))


def _app_row(board: Board, place: int) -> Sequence[object]:
    look = board.looks[place]
    app, exposures = look.app, board.exposures_of.get(look.app.key, ())
    began = [moment for one in exposures if (moment := began_at(one))]
    severity = max((one.severity for one in exposures), key=lambda one: one.rank).value if exposures else ""
    return (
        *(app.name, app.repo, str(app.path) if app.path.parts else "", " ".join(app.owners), app.owners_reason, app.product_owner),
        *(app.phase.value, app.phase_reason, app.criticality.value, len(look.uses), look.unread, look.undecided, look.held),
        *(len(exposures), sum(one.is_stale(board.now) for one in exposures), severity),
        *(_yes(is_exploited=any(one.is_exploited for one in exposures)), _time(min(began, default=None))),
    )


def exposures_csv(exposures: Iterable[Exposure], *, now: datetime) -> str:
    """A line for each update that an app has not taken, in the order given; times as ISO 8601."""
    return _csv(_EXPOSURES, (_exposure_row(one, now) for one in exposures))


def _exposure_row(one: Exposure, now: datetime) -> Sequence[object]:
    app = one.app
    return (
        *(app.name, app.repo, str(app.path) if app.path.parts else "", " ".join(app.owners), app.product_owner),
        *(app.phase.value, app.criticality.value),
        *(one.dependency, one.old, one.new, one.severity.value, _yes(is_exploited=one.is_exploited), one.closes),
        *(_time(one.steps.get(step)) for step in Step),
        *(
            WAITING_FOR[one.waiting_for],
            one.stuck_because,
            one.unblock,
            *_acceptance(one, now),
            _time(one.due),
            _stale(one, now),
            one.pull_request_url or "",
        ),
    )


def _stale(one: Exposure, now: datetime) -> str:
    """Of what nobody can tell whether it has come to its end neither yes nor no is known."""
    return "not known" if one.is_unsure and not one.is_accepted(now) else str(one.is_stale(now)).lower()


def _acceptance(one: Exposure, now: datetime) -> tuple[str, str]:
    """Who put it off, and the last day; empty: nobody, or that has run out."""
    entry = one.accepted
    return (entry.by, entry.until.isoformat()) if entry is not None and one.is_accepted(now) else ("", "")


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(head)
    out.writerows([safe(value) for value in row] for row in rows)
    return written.getvalue()


def safe(value: object) -> object:
    """Text that would be computed gets an apostrophe before it, which spreadsheets take as "this is text"."""
    if not isinstance(value, str):
        return value
    shown = printable(value)
    return f"'{shown}" if value.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown


def _yes(*, is_exploited: bool) -> str:
    return "yes" if is_exploited else "not known to be"


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
