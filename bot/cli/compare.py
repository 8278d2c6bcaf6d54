"""`rebuild-bot compare`: what of one image is not in another."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.inspect import platform_of, reference_of
from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.report.contents.comparison import comparison_row, difference_rows, facts, layer_rows, markdown, package_rows, summary
from bot.report.printable import printable
from bot.wiring import image as wiring
from bot.wiring.clients import utc_now

DIFFERENCES = {"": ("careful",), "Runs otherwise": ("aspect",), "Old": ("old",), "New": ("new",)}
PACKAGES = {"Change": ("change",), "Type": ("type",), "Package": ("name",), "Old": ("old",), "New": ("new",)}
LAYERS = {"Layers": ("which",), "Digest": ("digest",), "Size": ("size",), "Instruction": ("instruction",)}


class ComparisonFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def compare(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="For example python:3.12.4-slim.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="For example python:3.12.5-slim.")],
    platform: Annotated[
        str | None, typer.Option(metavar="OS/ARCHITECTURE", help="For example linux/arm64; else linux/amd64, else the first.")
    ] = None,
    format_: Annotated[ComparisonFormat, typer.Option("--format", "-f", help="How to write the result.")] = ComparisonFormat.TABLE,
) -> int:
    """Open two images and say what changes: how they run, packages upgraded and downgraded, added and removed, layers kept.

    What could not be compared is said, and makes the exit code 4.
    """
    session, wanted = Session.of(context), platform_of(platform)
    with shown(session.err) as progress:
        found = wiring.compare(reference_of(old), reference_of(new), session.settings, platform=wanted, progress=progress)
    today = utc_now().date()
    if format_ is ComparisonFormat.JSON:
        session.out.file.write(json.dumps(comparison_row(found), indent=2, ensure_ascii=False) + "\n")
    elif format_ is ComparisonFormat.MARKDOWN:
        session.out.file.write(markdown(found, today))
    else:
        for heading, text in facts(found, today):
            session.out.print(f"{heading:<9} {printable(text)}", markup=False, soft_wrap=True)
        for rows, columns in ((difference_rows(found), DIFFERENCES), (package_rows(found), PACKAGES), (layer_rows(found), LAYERS)):
            if known := list(rows):
                session.out.print()
                write_rows(session.out, Format.TABLE, known, columns=columns)
    for said in found.not_compared:
        session.err.print(f"not compared: {printable(said)}", markup=False)
    session.err.print(summary(found), markup=False)
    return ExitCode.SOME_FAILED if found.not_compared else ExitCode.DONE
