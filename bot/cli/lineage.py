"""`rebuild-bot lineage`: which base an image stands on."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer

from bot.cli.compare import write_tables
from bot.cli.inspect import platform_of, reference_of
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.report.contents.comparison import comparison_row
from bot.report.contents.comparison import markdown as comparison_markdown
from bot.report.contents.comparison import summary as comparison_summary
from bot.report.contents.holes import changes_markdown, changes_row
from bot.report.contents.lineage import facts, lineage_row, markdown, summary
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.wiring import lineage as wiring
from bot.wiring.clients import utc_now


class LineageFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def lineage(  # noqa: PLR0917 - what the command line takes
    context: typer.Context,
    image: Annotated[str, typer.Argument(metavar="IMAGE[:TAG][@DIGEST]", help="For example ghcr.io/acme/shop:1.4.2.")],
    platform: Annotated[
        str | None, typer.Option(metavar="OS/ARCHITECTURE", help="For example linux/arm64; else linux/amd64, else the first.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            metavar="CLONE",
            exists=True,
            file_okay=False,
            help="A clone of the repo that it was built from: its Dockerfiles are read at the commit that the image names.",
        ),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild/--no-rebuild", help="Open the base as it was and as it is, and say what a rebuild would bring.")
    ] = True,
    holes: Annotated[bool, typer.Option("--holes/--no-holes", help="Say which known vulnerabilities a rebuild would close.")] = True,
    format_: Annotated[LineageFormat, typer.Option("--format", "-f", help="How to write the result.")] = LineageFormat.TABLE,
) -> int:
    """Say which base a published image stands on, how that is known, how far behind it is, and what a rebuild would bring.

    What the build, its annotations and labels say is confirmed or refuted by layers; what nobody knows is said to be unknown, with the
    reason. What could not be asked or compared is said, and makes the exit code 4.
    """
    session, wanted, now = Session.of(context), platform_of(platform), utc_now()
    with shown(session.err) as progress:
        found = wiring.lineage(
            reference_of(image),
            session.settings,
            now=now,
            platform=wanted,
            clone=source,
            with_rebuild=rebuild,
            with_holes=holes,
            progress=progress,
        )
    _write(session, format_, found, now)
    said = (*found.lineage.not_read, *found.problems, *(found.rebuild.comparison.not_compared if found.rebuild else ()))
    for one in dict.fromkeys(said):
        session.err.print(printable(f"not known: {one}"), markup=False)
    session.err.print(printable(summary(found.lineage)), markup=False)
    if found.rebuild is not None:
        session.err.print(printable(f"a rebuild would bring: {comparison_summary(found.rebuild.comparison)}"), markup=False)
    return ExitCode.SOME_FAILED if said else ExitCode.DONE


def _write(session: Session, format_: LineageFormat, found: wiring.Told, now: datetime) -> None:
    rebuild = found.rebuild
    match format_:
        case LineageFormat.TABLE:
            for heading, text in facts(found.lineage, found.behind, found.newer, now):
                session.out.print(f"{heading:<9} {printable(text)}", markup=False, soft_wrap=True)
            if rebuild is not None:
                session.out.print("\nWhat a rebuild would bring\n", markup=False)
                write_tables(session, rebuild.comparison, rebuild.holes, now.date())
        case LineageFormat.MARKDOWN:
            session.out.file.write(markdown(found.lineage, found.behind, found.newer, now))
            if rebuild is not None:
                session.out.file.write(f"\n## What a rebuild would bring\n\n{comparison_markdown(rebuild.comparison, now.date())}")
                session.out.file.write("" if rebuild.holes is None else f"\n{changes_markdown(rebuild.holes)}")
        case LineageFormat.JSON:
            brings = None if rebuild is None else {**comparison_row(rebuild.comparison), "holes": None}
            if brings is not None and rebuild is not None and rebuild.holes is not None:
                brings["holes"] = changes_row(rebuild.holes)
            row = {**lineage_row(found.lineage, found.behind, found.newer), "rebuild": brings, "problems": list(found.problems)}
            session.out.file.write(json_text(row) + "\n")
        case _:
            assert_never(format_)
