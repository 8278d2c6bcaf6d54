"""`rebuild-bot ledger`: the record of what was seen when."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.cli.global_options import after_the_command
from bot.cli.output import Format, Row, write_rows
from bot.cli.session import Session
from bot.clients.database import url_of
from bot.ledger.overview import Subject
from bot.ledger.tidy import TableCount, Tidied
from bot.model.exit_code import ExitCode
from bot.model.secret import Secret
from bot.report.markdown import number_of
from bot.wiring import ledger as wiring

app: Final = typer.Typer(
    help="Show what the ledger holds, merge others into it, or rid it of what is kept no longer.",
    no_args_is_help=True,
    add_completion=False,
)
_HELD: Final = {"Subject": ("subject",), "Rows": ("rows",), "From": ("from",), "To": ("to",)}
_MERGED: Final = {"File": ("file",), "Added": ("added",), "Changed": ("changed",), "Problem": ("problem",)}
_TIDIED: Final = {"Table": ("table",), "Deleted": ("deleted",), "Left": ("left",)}
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
    url = _url(session, file)
    if not wiring.is_there(url):
        return _none_yet(session, format_, _HELD)
    held = wiring.held(url)
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


@app.command()
@after_the_command
def tidy(
    context: typer.Context,
    file: _File = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be deleted, and delete nothing.")] = False,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Delete what the ledger keeps no longer (`ledger.keep_days` of the configuration), and give back the room. No network.

    What is in use, listed by its publisher or still open stays, however old it is. A run over the whole fleet does this by itself once a
    week (`ledger.tidy_every_days`). Waits for a run that is at work. Safe to stop at any point, and to do again.
    """
    session = Session.of(context)
    url = _url(session, file)
    if not wiring.is_there(url):
        return _none_yet(session, format_, _TIDIED)
    do = wiring.would_tidy if dry_run else wiring.tidy
    tidied = do(url, session.settings.ledger.keep, waiting=session.tell_waiting)
    write_rows(session.out, format_, map(_tidied_row, tidied.tables), columns=_TIDIED)
    session.err.print(_tidied_line(tidied, dry_run=dry_run), markup=False)
    return ExitCode.DONE


def _url(session: Session, file: Path | None) -> Secret | str:
    return session.settings.ledger_url if file is None else url_of(file)


def _none_yet(session: Session, format_: Format, columns: Mapping[str, Sequence[str]]) -> int:
    if format_ in {Format.JSON, Format.JSONL}:
        write_rows(session.out, format_, (), columns=columns)
    session.err.print("there is no ledger yet; a run begins one", markup=False)
    return ExitCode.NOTHING_TO_SCAN


def _subject_row(subject: Subject) -> Row:
    first, last = (None if time is None else f"{time:%Y-%m-%d}" for time in (subject.first, subject.last))
    return {"subject": subject.name, "rows": subject.rows, "from": first, "to": last}


def _brought_row(one: wiring.Brought) -> Row:
    added, changed = (None, None) if one.merged is None else (sum(one.merged.added.values()), sum(one.merged.changed.values()))
    return {"file": str(one.file), "added": added, "changed": changed, "problem": one.problem or None}


def _tidied_row(one: TableCount) -> Row:
    return {"table": one.table, "deleted": one.deleted, "left": one.left}


def _tidied_line(tidied: Tidied, *, dry_run: bool) -> str:
    before, after = (f"{size / 1e6:,.1f} MB" for size in (tidied.size_before_bytes, tidied.size_bytes))
    rows = number_of(tidied.deleted, "row")
    return f"{rows} would be deleted; {before} now" if dry_run else f"{rows} deleted; {before} before, {after} now"
