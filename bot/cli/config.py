"""`rebuild-bot config`: check the configuration, explain its keys, print the default one, print its schema."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from bot import settings
from bot.cli.global_options import after_the_command
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.model.repo_rules import PLACES
from bot.track.fleet_file import read_fleet

app: Final = typer.Typer(
    help="Check the configuration, explain one of its keys, or print the default one or its JSON Schema.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
@after_the_command
def check(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="The file to check; without it, the one that the other commands would read.")] = None,
    repo: Annotated[
        Path | None, typer.Option("--repo", metavar="FILE", help="A repo's own file, .github/rebuild-bot.yaml, instead.")
    ] = None,
) -> int:
    """Report every fault of the configuration, and of the files that it names, at once, each with its file and line."""
    session = Session.of(context)
    if repo is not None:
        if file is not None:
            raise typer.BadParameter("it is checked by itself; leave out the other file", param_hint="--repo")
        settings.check_repo_file(repo)
        session.out.print(f"{repo}: no fault", markup=False)
        return ExitCode.DONE
    if file is not None and file.parts[-2:] == PLACES[0].parts and settings.is_repo_file(file):
        raise typer.BadParameter(f"it reads as a repo's own file; check it with `config check --repo {file}`", param_hint="FILE")
    if file is not None:
        session = replace(session, config_file=file)
    source = session.settings_file
    faults = list(settings.missing_paths(source, session.settings)) if source else []
    fleet_file = session.settings.fleet_path
    if fleet_file is not None:
        apps = [entry.name for entry in read_fleet(fleet_file)]
        faults += settings.unknown_apps(source, apps) if source else []
    if faults:
        raise settings.SettingsError(faults)
    session.out.print(f"{source or 'the defaults'}: no fault", markup=False)
    return ExitCode.DONE


@app.command()
@after_the_command
def default(context: typer.Context) -> int:
    """Print the default configuration with its comments: every key, and what it is for."""
    Session.of(context).out.file.write(settings.default_text())
    return ExitCode.DONE


@app.command()
@after_the_command
def explain(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="As in `limits.pull_requests_per_run`; its last word where that is enough.")],
) -> int:
    """Say what a key of the configuration is for, its default, and what your file says."""
    session = Session.of(context)
    found = settings.explain(key)
    lines = [found.key, ""]
    lines += [f"{key} is a part of it.", ""] if found.is_part_of_it else []
    lines += [found.said, ""] if found.said else []
    lines += ["Default:", "", *(f"  {line}" for line in found.default.splitlines())]
    file, written = session.settings_file, settings.written_in(session.settings.text, found.key)
    if file is not None:
        lines += (
            ["", f"{file} says:", "", *(f"  {line}" for line in written.splitlines())] if written else ["", f"{file} leaves it as it is."]
        )
    session.out.print("\n".join(lines), markup=False, highlight=False)
    return ExitCode.DONE


@app.command()
@after_the_command
def schema(
    context: typer.Context,
    repo: Annotated[bool, typer.Option("--repo", help="That of a repo's own file, .github/rebuild-bot.yaml, instead.")] = False,
) -> int:
    """Print the JSON Schema of the configuration, for editors."""
    wanted = settings.repo_json_schema() if repo else settings.json_schema()
    Session.of(context).out.file.write(json.dumps(wanted, indent=2) + "\n")
    return ExitCode.DONE
