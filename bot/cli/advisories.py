"""`rebuild-bot advisories`: the mirror of OSV's archives, for machines without a way to its service."""

import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.assess.osv.fetch import DEFAULT_ECOSYSTEMS, Fetched, Outcome
from bot.assess.osv.index import About
from bot.cli.global_options import after_the_command
from bot.cli.output import Format, Row, write_rows
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.wiring import advisories as wiring

app: Final = typer.Typer(help="Keep a mirror of OSV's archives, or show what it holds.", no_args_is_help=True, add_completion=False)
_COLUMNS: Final = {"Ecosystem": ("ecosystem",), "Records": ("records",), "As of": ("as_of",), "": ("outcome",), "Problem": ("problem",)}
_USUAL: Final = ", ".join(DEFAULT_ECOSYSTEMS)


@app.command()
@after_the_command
def fetch(
    context: typer.Context,
    ecosystem: Annotated[
        list[str] | None,
        typer.Option(
            "--ecosystem", "-e", metavar="E", help=f"Which, in OSV's words; may be repeated. Else those that the mirror has, else {_USUAL}."
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The mirror's folder; else the one that assess.advisories names.")
    ] = None,
    accept_fewer: Annotated[
        bool,
        typer.Option("--accept-fewer", help="Take an archive also where it has far fewer advisories than the mirror; else that stays."),
    ] = False,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Make a mirror of OSV's archives, or refresh it: what has not changed is not fetched again.

    An ecosystem that fails, or whose archive has shrunk, stays as it was, stops no other, and makes the exit code 4.
    It may be killed and run again at any time.
    """
    session = Session.of(context)
    folder = _folder(session, into, "--into FOLDER")
    fetched: list[Fetched] = []
    try:
        with shown(session.err) as progress:
            fetched += wiring.fetch(
                session.settings,
                ecosystems=ecosystem or (),
                into=folder,
                accept_fewer=accept_fewer,
                progress=progress,
                waiting=session.tell_waiting,
            )
    except KeyboardInterrupt:
        done = ", ".join(one.ecosystem for one in fetched if one.outcome is not Outcome.FAILED)
        stays = (
            f"{done}: done, and that stays; the one that was at work" if done else "the mirror is as it was; the ecosystem that was at work"
        )
        session.err.print(f"interrupted; {stays} begins anew with the next fetch", markup=False, soft_wrap=True)
        raise SystemExit(ExitCode.INTERRUPTED) from None
    write_rows(session.out, format_, map(_fetched_row, fetched), columns=_COLUMNS)
    used = session.settings.mirror_path
    if used is None or used.resolve() != folder.resolve():
        session.err.print(f"to use it, name it in the configuration: assess.advisories: {folder.resolve()}", markup=False)
    return ExitCode.SOME_FAILED if any(one.outcome is Outcome.FAILED for one in fetched) else ExitCode.DONE


@app.command("list")
@after_the_command
def list_(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="The mirror's folder; else the one that assess.advisories names.")] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Show what the mirror holds: ecosystems, how many records each, and of when. No network."""
    session = Session.of(context)
    where = _folder(session, folder, "FOLDER")
    held = wiring.holdings(where)
    rows = [{"ecosystem": one.ecosystem, **_about_row(one.about), "problem": one.problem or None} for one in held]
    if rows or format_ in {Format.JSON, Format.JSONL}:
        write_rows(session.out, format_, rows, columns=_COLUMNS)
    if not held:
        session.err.print(
            f"{where} holds no advisories; make the mirror with: rebuild-bot advisories fetch --into {shlex.quote(str(where))}",
            markup=False,
        )
        return ExitCode.NOTHING_TO_SCAN
    return ExitCode.SOME_FAILED if any(one.problem for one in held) else ExitCode.DONE


def _folder(session: Session, named: Path | None, where: str) -> Path:
    folder = named or session.settings.mirror_path
    if folder is None:
        raise typer.BadParameter(f"which folder? Name it with {where}, or under assess.advisories in the configuration")
    nearest = next((path for path in (folder, *folder.parents) if path.is_dir() or path.is_symlink() or path.exists()), folder)
    if nearest.is_symlink() and not nearest.exists():
        raise typer.BadParameter(f"{nearest} is a link to nothing, and no folder. Name another with {where}, or mend the link")
    if nearest.exists() and not nearest.is_dir():
        raise typer.BadParameter(f"{nearest} is no folder. Name one with {where}, or under assess.advisories in the configuration")
    return folder


def _fetched_row(one: Fetched) -> Row:
    return {"ecosystem": one.ecosystem, **_about_row(one.about), "outcome": one.outcome.value, "problem": one.problem or None}


def _about_row(about: About | None) -> Row:
    return {"records": about.records if about else None, "as_of": about.as_of.isoformat(timespec="seconds") if about else None}
