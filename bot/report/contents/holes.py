"""Known holes as rows for people, as Markdown and as plain values."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.model.assessment import Assessment, Hole, HoleChanges, Vulnerability, disagreement_of, fix_of, vulnerabilities
from bot.model.base_state import Lag
from bot.model.mover import Move, Mover
from bot.report.contents.document import Row, package_row
from bot.report.contents.tables import package_name
from bot.report.markdown import number_of, plain, table
from bot.report.printable import printable

_MOST_PACKAGES = 4
_MOST_HOLES = 6
HEAD = ("Severity", "Hole", "Packages", "Fixed in", "Whose turn")
CHANGES_HEAD = ("Holes", "Severity", "Hole", "Packages", "Fixed in")


def hole_rows(moves: Sequence[Move], now: datetime) -> Iterator[dict[str, object]]:
    """One row for each vulnerability, the worst first; those that somebody's word takes away come last."""
    turns = {move.hole: move for move in moves}
    is_away = {move.hole for move in moves if move.mover is Mover.NOT_AFFECTED}
    for held in (vulnerabilities(turns.keys() - is_away), vulnerabilities(is_away)):
        for one in held:
            said = dict.fromkeys(mover_text(turns[hole], now) for hole in one)
            yield {**_row(one), "turn": printable("; ".join(said))}


def reasons(moves: Sequence[Move]) -> Iterator[tuple[str, str]]:
    """Why it is whose turn, each reason once: `waits for the base's publisher: …` and the holes that it is of."""
    turns = {move.hole: move for move in moves}
    found: dict[str, dict[str, None]] = {}
    for one in vulnerabilities(turns):
        for hole in one:
            move = turns[hole]
            found.setdefault(f"{move.mover.value}: {move.reason}", {})[one[0].id] = None
    for reason, names in found.items():
        more = f" and {len(names) - _MOST_HOLES} more" if len(names) > _MOST_HOLES else ""
        yield printable(reason), printable(", ".join([*names][:_MOST_HOLES]) + more)


def change_rows(changes: HoleChanges) -> Iterator[dict[str, object]]:
    """What is closed, brought, not clear and left, in this order."""
    lists = {"closed": changes.closed, "brought": changes.brought, "not clear": changes.unclear, "left": changes.left}
    for what, found in lists.items():
        yield from ({"what": what, **_row(one)} for one in found)
    for away in changes.dismissed:
        yield {"what": "taken away", **_row((away.hole,)), "fixed_in": printable(str(away.statement))}


def mover_text(move: Move, now: datetime) -> str:
    """`waits for the base's publisher, 12 days`."""
    waited = move.waits(now)
    days = "" if waited is None or move.mover is Mover.NOT_AFFECTED else f", {number_of(waited.days, 'day')}"
    return f"{move.mover.value}{days}"


def holes_markdown(assessment: Assessment, moves: Sequence[Move], now: datetime) -> str:
    """The sentence, the table and what was not checked; texts of others are neutralised."""
    rows = [[plain(str(value), most=400) for value in row.values()] for row in hole_rows(moves, now)]
    gaps = "".join(f"- {plain(str(gap), most=400)}\n" for gap in assessment.not_checked)
    why = "".join(f"- {plain(reason, most=400)} ({plain(names)})\n" for reason, names in reasons(moves))
    parts = [f"**Holes**: {plain(str(assessment), most=400)}\n", table(HEAD, rows) if rows else "", why]
    return "\n".join([*filter(None, parts), *([f"**Not checked**\n\n{gaps}"] if gaps else [])])


def changes_markdown(changes: HoleChanges) -> str:
    """The sentence, the table and what was not checked; texts of others are neutralised."""
    rows = [[plain(str(value)) for value in row.values()] for row in change_rows(changes)]
    gaps = "".join(f"- {plain(gap, most=400)}\n" for gap in changes.not_checked)
    parts = [f"**Holes**: {plain(str(changes), most=400)}\n", table(CHANGES_HEAD, rows) if rows else ""]
    return "\n".join([*filter(None, parts), *([f"**Not checked**\n\n{gaps}"] if gaps else [])])


def assessment_row(assessment: Assessment, moves: Sequence[Move], now: datetime) -> Row:
    """The stable contract of `inspect --format json`, key `assessment`; absent values are None."""
    turns = {move.hole: move for move in moves}
    return {
        "holes": [{**hole_row(hole), "turn": _turn_row(turns[hole], now) if hole in turns else None} for hole in assessment.holes],
        "taken_away": [
            {
                **hole_row(away.hole),
                "statement": {
                    "status": away.statement.status.value,
                    "reason": away.statement.reason or None,
                    "author": away.statement.author or None,
                    "at": away.statement.at.isoformat() if away.statement.at else None,
                    "where": away.statement.where,
                },
            }
            for away in assessment.dismissed
        ],
        "checked_packages": len(assessment.checked),
        "data": [{"name": source.name, "as_of": source.as_of.isoformat() if source.as_of else None} for source in assessment.data],
        "marks": [{"name": source.name, "as_of": source.as_of.isoformat() if source.as_of else None} for source in assessment.marks],
        "not_checked": [
            {"what": gap.what, "packages": len(gap.packages) or None, "reason": gap.reason, "is_failure": gap.is_failure}
            for gap in assessment.not_checked
        ],
    }


def changes_row(changes: HoleChanges) -> Row:
    """The stable contract of `compare --format json`, key `holes`."""
    return {
        "closed": _rows(changes.closed),
        "left": _rows(changes.left),
        "brought": _rows(changes.brought),
        "not_clear": _rows(changes.unclear),
        "taken_away": _rows((away.hole,) for away in changes.dismissed),
        "data": [{"name": source.name, "as_of": source.as_of.isoformat() if source.as_of else None} for source in changes.data],
        "not_checked": list(changes.not_checked),
    }


def lag_row(lag: Lag) -> Row:
    return {"fixes": lag.fixes, "median_days": lag.median.days, "longest_days": lag.longest.days}


def hole_row(hole: Hole) -> Row:
    return {
        "id": hole.id,
        "aliases": list(hole.aliases),
        "severity": hole.severity.value,
        "ratings": [{"by": rating.by, "severity": rating.severity.value} for rating in hole.ratings],
        "not_told_by": list(hole.silent),
        "cvss": hole.cvss or None,
        "package": package_row(hole.package),
        "fixed_in": hole.fixed_in or None,
        "fix_state": hole.fix_state.value,
        "fix_known_since": hole.fix_known_since.isoformat() if hole.fix_known_since else None,
        "exploited_since": hole.exploited_since.isoformat() if hole.exploited_since else None,
        "exploit_probability": hole.exploit_probability,
        "summary": hole.summary or None,
        "source": hole.source,
    }


def _rows(found: Iterator[Vulnerability] | Sequence[Vulnerability]) -> list[Row]:
    return [hole_row(hole) for one in found for hole in one]


def _row(one: Vulnerability) -> dict[str, object]:
    worst = one[0]
    exploited = any(hole.exploited_since for hole in one)
    names = dict.fromkeys(_package(hole) for hole in one)
    more = f" and {len(names) - _MOST_PACKAGES} more" if len(names) > _MOST_PACKAGES else ""
    severity = max((hole.severity for hole in one), key=lambda severity: severity.rank)
    differs = f" ({said})" if (said := disagreement_of(one)) else ""
    return {
        "severity": printable(f"{severity.value}{', exploited' if exploited else ''}{differs}"),
        "id": printable(worst.id),
        "packages": printable(", ".join([*names][:_MOST_PACKAGES]) + more),
        "fixed_in": printable(fix_of(one)),
    }


def _package(hole: Hole) -> str:
    package = hole.package
    return f"{package_name(package.type, package.namespace, package.name)} {package.version}"


def _turn_row(move: Move, now: datetime) -> Row:
    waited = move.waits(now)
    return {
        "mover": move.mover.value,
        "since": move.since.isoformat() if move.since else None,
        "days": None if waited is None else waited.days,
        "reason": move.reason,
    }
