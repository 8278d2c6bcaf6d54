"""Holes in a table: whose turn in the cell, why below it."""

import io
from dataclasses import replace
from datetime import timedelta

from rich.console import Console

from bot.cli.inspect import HOLES
from bot.cli.output import Format, write_rows
from bot.model.assessment import Assessment, Hole
from bot.model.contents import Package
from bot.model.mover import Move, Mover
from bot.model.severity import Severity
from bot.report.contents.holes import hole_rows, holes_markdown, reasons
from tests.unit.report.sample import NOW

FIXED = "3.0.14-1~deb12u1"
WHY = f"{FIXED} has the fix, and the newest base, docker.io/library/python:3.12.5-slim, does not have it"
OPENSSL = Package(type="deb", name="libssl3", version="3.0.11-1~deb12u2")
HOLE = Hole(id="CVE-2026-1001", severity=Severity.CRITICAL, package=OPENSSL, fixed_in=FIXED, source="OSV", exploited_since=NOW.date())
WAITS = Move(hole=HOLE, mover=Mover.WAITS_FOR_PUBLISHER, reason=WHY, since=NOW - timedelta(days=12))
MOVES = [
    WAITS,
    *(replace(WAITS, hole=replace(HOLE, id=f"CVE-2026-10{number}", exploited_since=None)) for number in range(10, 18)),
    Move(hole=replace(HOLE, id="CVE-2026-2000", fixed_in=""), mover=Mover.WAITS_FOR_DISTRIBUTION, reason="Debian | has\x9b no fix"),
]


def test_the_cell_has_the_mover_with_days_and_each_reason_stands_once_below():
    assert {row["turn"] for row in hole_rows(MOVES, NOW)} == {"waits for the base's publisher, 12 days", "waits for the distribution"}
    assert dict(reasons(MOVES)) == {
        f"waits for the base's publisher: {WHY}": (
            "CVE-2026-1001, CVE-2026-1010, CVE-2026-1011, CVE-2026-1012, CVE-2026-1013, CVE-2026-1014 and 3 more"
        ),
        "waits for the distribution: Debian | has\\x9b no fix": "CVE-2026-2000",
    }


def test_a_hole_takes_few_lines_of_a_narrow_terminal():
    target = io.StringIO()

    write_rows(Console(file=target, width=80, force_terminal=True, color_system=None), Format.TABLE, hole_rows(MOVES, NOW), columns=HOLES)

    lines = target.getvalue().splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert len(lines) <= 2 + 4 * len(MOVES)
    assert all(move.hole.id in target.getvalue() for move in MOVES)


def test_markdown_has_the_reasons_below_the_table():
    shown = holes_markdown(Assessment(holes=tuple(move.hole for move in MOVES), checked=(OPENSSL,)), MOVES, NOW)

    assert shown.count("does not have it") == 1
    assert "- waits for the distribution: Debian \\| has" in shown
