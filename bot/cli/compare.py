"""`rebuild-bot compare`: what of one image is not in another."""

from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never

import typer

from bot.cli.inspect import platform_of, reference_of, write_table
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.model.assessment import HoleChanges
from bot.model.comparison import Comparison
from bot.model.exit_code import ExitCode
from bot.report.contents.comparison import comparison_row, difference_rows, facts, layer_rows, markdown, package_rows, summary
from bot.report.contents.holes import change_rows, changes_markdown, changes_row
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.wiring import image as wiring
from bot.wiring.clients import utc_now

HOLES = {"Holes": ("what",), "Severity": ("severity",), "Hole": ("id",), "Packages": ("packages",), "Fixed in": ("fixed_in",)}
DIFFERENCES = {"": ("careful",), "Runs otherwise": ("aspect",), "Old": ("old",), "New": ("new",)}
PACKAGES = {"Change": ("change",), "Type": ("type",), "Package": ("name",), "Old": ("old",), "New": ("new",)}
LAYERS = {"Layers": ("which",), "Digest": ("digest",), "Size": ("size",), "Instruction": ("instruction",)}


class ComparisonFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def compare(  # noqa: PLR0917 - what the command line takes
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="For example python:3.12.4-slim.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="For example python:3.12.5-slim.")],
    platform: Annotated[
        str | None, typer.Option(metavar="OS/ARCHITECTURE", help="For example linux/arm64; else linux/amd64, else the first.")
    ] = None,
    holes: Annotated[bool, typer.Option("--holes/--no-holes", help="Say which known vulnerabilities are closed, left and brought.")] = True,
    format_: Annotated[ComparisonFormat, typer.Option("--format", "-f", help="How to write the result.")] = ComparisonFormat.TABLE,
) -> int:
    """Open two images and say what changes: how they run, holes closed and brought, packages upgraded and downgraded, layers kept.

    What could not be compared is said, and makes the exit code 4; so do packages of which it is not known at all what becomes of holes.
    """
    session, wanted, now = Session.of(context), platform_of(platform), utc_now()
    with shown(session.err) as progress:
        comparison, changes = wiring.compare(
            reference_of(old), reference_of(new), session.settings, now=now, platform=wanted, with_holes=holes, progress=progress
        )
    _write(session, format_, comparison, changes, now.date())
    for said in comparison.not_compared:
        session.err.print(f"not compared: {printable(said)}", markup=False)
    for said in () if changes is None else changes.not_checked:
        session.err.print(f"not checked for holes: {printable(said)}", markup=False)
    session.err.print(summary(comparison), markup=False)
    if changes is not None:
        session.err.print(printable(str(changes)), markup=False)
    has_packages = bool(comparison.old.packages or comparison.new.packages)
    is_unknown = changes is not None and (changes.has_failed or (has_packages and not changes.is_known))
    return ExitCode.SOME_FAILED if comparison.not_compared or is_unknown else ExitCode.DONE


def _write(session: Session, format_: ComparisonFormat, comparison: Comparison, holes: HoleChanges | None, today: date) -> None:
    match format_:
        case ComparisonFormat.JSON:
            row = {**comparison_row(comparison), "holes": None if holes is None else changes_row(holes)}
            session.out.file.write(json_text(row) + "\n")
        case ComparisonFormat.MARKDOWN:
            session.out.file.write(markdown(comparison, today) + ("" if holes is None else f"\n{changes_markdown(holes)}"))
        case ComparisonFormat.TABLE:
            write_tables(session, comparison, holes, today)
        case _:
            assert_never(format_)


def write_tables(session: Session, comparison: Comparison, holes: HoleChanges | None, today: date) -> None:
    for heading, text in facts(comparison, today):
        session.out.print(f"{heading:<9} {printable(text)}", markup=False, soft_wrap=True)
    if holes is not None:
        session.out.print(f"{'Holes':<9} {printable(str(holes))}", markup=False, soft_wrap=True)
        write_table(session, change_rows(holes), HOLES)
    write_table(session, difference_rows(comparison), DIFFERENCES)
    write_table(session, package_rows(comparison), PACKAGES)
    write_table(session, layer_rows(comparison), LAYERS)
