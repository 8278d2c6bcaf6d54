"""`rebuild-bot ledger`: the record of what was seen when."""

from pathlib import Path
from typing import Annotated, Final

import typer

from bot.cli.global_options import after_the_command
from bot.cli.output import Format, Row, write_rows
from bot.cli.session import Session
from bot.ledger.overview import Subject
from bot.model.exit_code import ExitCode
from bot.model.secret import Secret
from bot.wiring import ledger as wiring

app: Final = typer.Typer(help="Show what the ledger holds, or merge others into it.", no_args_is_help=True, add_completion=False)
_HELD: Final = {"Subject": ("subject",), "Rows": ("rows",), "From": ("from",), "To": ("to",)}
_MERGED: Final = {"File": ("file",), "Added": ("added",), "Changed": ("changed",), "Problem": ("problem",)}
_File = Annotated[Path | None, typer.Option("--ledger", metavar="FILE", help="The ledger's file; else the one of the configuration.")]


@app.command()
@after_the_command
def show(
    context: typer.Context,
    file: _File = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Show how much the ledger holds of each subject, and of when. No network."""
    session = Session.of(context)
    if file is not None and not file.is_file():
        raise typer.BadParameter(f"{file} is no file. Name the file of a ledger, or leave it out for the one of the configuration")
    held = wiring.held(_url(session, file))
    write_rows(session.out, format_, map(_subject_row, held.subjects), columns=_HELD)
    session.err.print(f"{held.where}: {held.size_bytes / 1e6:,.1f} MB", markup=False)
    return ExitCode.DONE if any(subject.rows for subject in held.subjects) else ExitCode.NOTHING_TO_SCAN


@app.command()
@after_the_command
def merge(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Ledgers in files (SQLite); they are only read.")],
    into: _File = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Bring what other ledgers know into this one: all of each or nothing. No network.

    The order does not matter, and what was merged before changes nothing. The earliest first sight and the latest last sight win. A file
    that is damaged, no ledger or of a newer version of this program is told, stops no other, and makes the exit code 4.
    """
    session = Session.of(context)
    brought = list(wiring.bring(files, _url(session, into)))
    write_rows(session.out, format_, map(_brought_row, brought), columns=_MERGED)
    return ExitCode.SOME_FAILED if any(one.merged is None for one in brought) else ExitCode.DONE


def _url(session: Session, file: Path | None) -> Secret | str:
    return session.settings.ledger_url if file is None else f"sqlite:///{file}"


def _subject_row(subject: Subject) -> Row:
    first, last = (None if time is None else f"{time:%Y-%m-%d}" for time in (subject.first, subject.last))
    return {"subject": subject.name, "rows": subject.rows, "from": first, "to": last}


def _brought_row(one: wiring.Brought) -> Row:
    added, changed = (None, None) if one.merged is None else (sum(one.merged.added.values()), sum(one.merged.changed.values()))
    return {"file": str(one.file), "added": added, "changed": changed, "problem": one.problem or None}
