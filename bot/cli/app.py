"""The command line: its commands, its global options, and what an error looks like."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from typer import rich_utils
from typer.exceptions import TyperException

import bot
from bot.cli import candidates, check, config, demo, find, inspect, report, run_fleet, update
from bot.cli.session import LogFormat, Session
from bot.clients.database import DatabaseError
from bot.clients.oci.client import RegistryError
from bot.model.exit_code import ExitCode
from bot.propose.forge import ForgeError
from bot.settings import SettingsError
from bot.watch.datasource import DatasourceError

app: Final = typer.Typer(
    name="rebuild-bot",
    help="Keep every container image on a fresh base: find outdated pins, propose pull requests, and track who has not taken the fix.",
    epilog="Begin with `rebuild-bot demo`, or with `rebuild-bot check PATH` in a clone of your own: both need no token.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("find", rich_help_panel="A folder or clone (no token needed)")(find.find)
app.command("check", rich_help_panel="A folder or clone (no token needed)")(check.check)
app.command("update", rich_help_panel="A folder or clone (no token needed)")(update.update)
app.command("candidates", rich_help_panel="A folder or clone (no token needed)")(candidates.candidates)
app.command("inspect", rich_help_panel="An image (no token needed)")(inspect.inspect)
app.command("run", rich_help_panel="The fleet")(run_fleet.run)
app.command("report", rich_help_panel="The fleet")(report.report)
app.command("demo", rich_help_panel="Getting to know it")(demo.demo)
app.add_typer(config.app, name="config", rich_help_panel="Getting to know it")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"rebuild-bot {bot.__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            envvar="REBUILD_BOT_CONFIG",
            help="The configuration. Else: rebuild-bot.yaml, config/rebuild-bot.yaml or .github/rebuild-bot.yaml here, else the defaults.",
        ),
    ] = None,
    log_format: Annotated[LogFormat, typer.Option(help="How events are written to standard error; auto: JSON in CI.")] = LogFormat.AUTO,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Show events; twice: every request too.")] = 0,
    version: Annotated[  # noqa: ARG001 - its callback does it all
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    context.obj = Session.start(config_file=config_file, log_format=log_format, verbosity=verbose)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Only a fault of ours leaves this function as an exception."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        return app(list(arguments), standalone_mode=False) or ExitCode.DONE
    except TyperException as error:
        rich_utils.rich_format_error(error)  # type: ignore[arg-type] # typer's own class, which it does not name in public
        return ExitCode.USAGE
    except SettingsError as error:
        errors.print(f"[red]The configuration is not right.[/red]\n{_escaped(error)}")
        return ExitCode.USAGE
    except (ForgeError, DatasourceError, RegistryError, DatabaseError) as error:
        errors.print(f"[red]error:[/red] {_escaped(error)}")
        return ExitCode.SOME_FAILED
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has gone: nothing is wrong, and nothing more is to be said.
        sys.stdout = None
        return ExitCode.DONE
    except (KeyboardInterrupt, typer.Abort):
        errors.print("[yellow]interrupted[/yellow]; all that was sent stays, and the next run goes on from there")
        return ExitCode.INTERRUPTED


def _escaped(error: Exception) -> str:
    return str(error).replace("[", r"\[")
