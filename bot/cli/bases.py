"""`rebuild-bot bases`: which bases the fleet stands on, and which few would be enough."""

from enum import StrEnum
from typing import Annotated, assert_never

import typer

from bot.cli.output import Format, write_rows
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.model.fleet_bases import FleetBases
from bot.report.fleet_bases import bases_csv, document, markdown, summary, tables
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.wiring import bases as wiring


class BasesFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


def bases(
    context: typer.Context,
    format_: Annotated[
        BasesFormat, typer.Option("--format", "-f", help="How to write the result; csv: the bases alone.")
    ] = BasesFormat.TABLE,
) -> int:
    """Show which bases the fleet stands on, which few would cover most apps, and what each move would close and cost. No network.

    The ledger alone is asked, as the last `run` left it: bases that files name, and bases that images in use are proved to stand on.
    A base may take the place of another where the catalogue (`bases` in the configuration) names it as the successor, where it is the
    same version of the same image, or where it holds every package of a plain distribution. Each pick covers the most that is not covered
    yet. What is inside a base, and its holes, are known of bases that a run opened; else it says so.
    """
    session = Session.of(context)
    fleet = wiring.bases(session.settings)
    _write(session, format_, fleet)
    session.err.print(printable(summary(fleet)), markup=False)
    return ExitCode.NOTHING_TO_SCAN if fleet.recorded is None else ExitCode.DONE


def _write(session: Session, format_: BasesFormat, fleet: FleetBases) -> None:
    match format_:
        case BasesFormat.TABLE:
            for heading, columns, rows in tables(fleet):
                if rows:
                    session.out.print(f"{heading}\n", markup=False)
                    write_rows(session.out, Format.TABLE, rows, columns=columns)
                    session.out.print()
        case BasesFormat.JSON:
            session.out.file.write(json_text(document(fleet)) + "\n")
        case BasesFormat.MARKDOWN:
            session.out.file.write(markdown(fleet))
        case BasesFormat.CSV:
            session.out.file.write(bases_csv(fleet))
        case _:
            assert_never(format_)
