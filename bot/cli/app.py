"""The command line: its commands, its global options, and what an error looks like."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

import bot
from bot.cli.actions import command, guarded, is_actions, send
from bot.cli.global_options import ConfigFile, LogFormat, Verbosity, after_the_command
from bot.cli.signals import Signals, heard
from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError

_FOLDER: Final = "A folder or clone (no token needed)"
_IMAGE: Final = "An image (no token needed)"
_FLEET: Final = "The fleet"
_LEARN: Final = "Getting to know it"

_ERROR: Final = "error: "
_INTERRUPTED: Final = "interrupted"

_WORDS_OF_LIBRARIES: Final = (
    ("Value error, ", ""),
    ("Input should be a valid integer", "must be a whole number"),
    (", unable to parse string as an integer", ""),
    (", got a number with a fractional part", ""),
    ("Input should be greater than or equal to", "must be at least"),
    ("Input should be less than or equal to", "must be at most"),
    ("Input should be", "must be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """A command that is loaded when it is called: nearly all the time that a short call takes is imports."""

    module: str
    panel: str
    summary: str
    """As the list of commands has it; its own help is the docstring of its function."""

    def load(self, name: str) -> Any:  # noqa: ANN401 - typer's own class, which it does not name in public
        module = import_module(f"bot.cli.{self.module}")
        if (group := getattr(module, "app", None)) is not None:
            command = typer.main.get_command(group)
        else:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, context_settings=_CONTEXT)
            alone.command(name)(after_the_command(getattr(module, name.replace("-", "_"))))
            command = typer.main.get_command(alone)
        command.name = name
        return command


_COMMANDS: Final = {
    "find": _Command(module="find", panel=_FOLDER, summary="List every pin, and every skip with its reason. No network."),
    "check": _Command(module="check", panel=_FOLDER, summary="Say for every pin what it should move to, or why it should not."),
    "update": _Command(module="update", panel=_FOLDER, summary="Show the diff that brings every outdated pin up to date, or write it."),
    "candidates": _Command(module="candidates", panel=_FOLDER, summary="Show every tag of an image, and why each is taken or passed over."),
    "inspect": _Command(module="inspect", panel=_IMAGE, summary="Open an image: its system, its packages, how it runs."),
    "compare": _Command(module="compare", panel=_IMAGE, summary="Open two images: which packages and settings change."),
    "verify": _Command(module="verify", panel=_IMAGE, summary="Say whether a new build of an image fixed what it was for, or why not."),
    "lineage": _Command(module="lineage", panel=_IMAGE, summary="Say which base an image stands on, and how far behind that is."),
    "advisories": _Command(module="advisories", panel=_IMAGE, summary="Keep a mirror of OSV's advisories, for use without a network."),
    "run": _Command(module="run_fleet", panel=_FLEET, summary="Go through every repo: find, watch, decide, and open pull requests."),
    "plan": _Command(module="plan", panel=_FLEET, summary="Show which pull request goes out when; or divide a large fleet into shards."),
    "merge": _Command(module="merge", panel=_FLEET, summary="Join what the shards of a run left into one ledger and one summary."),
    "report": _Command(module="report", panel=_FLEET, summary="Write the weekly issue: which apps have not taken a fix."),
    "stages": _Command(module="stages", panel=_FLEET, summary="Show what runs in which stage, by whose word, and the gaps."),
    "bases": _Command(module="bases", panel=_FLEET, summary="Show which bases the fleet stands on, and which few would do. No network."),
    "who-has": _Command(module="who_has", panel=_FLEET, summary="Say which images in use hold a package, today or on a day. No network."),
    "ledger": _Command(module="ledger", panel=_FLEET, summary="Show what the record of what was seen holds, or merge others into it."),
    "demo": _Command(module="demo", panel=_LEARN, summary="Show the whole job on loopback. No token, no network."),
    "doctor": _Command(module="doctor", panel=_LEARN, summary="Look whether everything is there that the configuration needs."),
    "config": _Command(module="config", panel=_LEARN, summary="Check the configuration, explain a key, or print the default one."),
}
_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}


class _Lazy(TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's own classes
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else _COMMANDS[name].load(name), rest


app: Final = typer.Typer(
    name="rebuild-bot",
    cls=_Lazy,
    help="Keep every container image on a fresh base: find outdated pins, propose pull requests, and track who has not taken the fix.",
    epilog="Begin with `rebuild-bot demo`, or with `rebuild-bot check PATH` in a clone of your own: both need no token.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)


def _not_loaded() -> None:
    """Stands for a command in the list of commands."""


for _name, _entry in _COMMANDS.items():
    app.command(_name, help=_entry.summary, rich_help_panel=_entry.panel)(_not_loaded)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"rebuild-bot {bot.__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    config_file: ConfigFile = None,
    log_format: Annotated[LogFormat, typer.Option(help="How events are written to standard error; auto: JSON in CI.")] = LogFormat.AUTO,
    verbose: Verbosity = 0,
    version: Annotated[  # noqa: ARG001 - its callback does it all
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    from bot.cli.session import Session  # noqa: PLC0415 - what it needs is not needed for help

    context.obj = Session.start(config_file=config_file, log_format=log_format, verbosity=verbose, signals=context.obj)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Only a fault of ours leaves this function as an exception."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 it stays for as long as the process
    if sys.stdout is None:
        _say(_ERROR, "standard output is closed, so that there is no place for a result. Open it, or send it to a file.")
        return ExitCode.SOME_FAILED
    with heard() as signals, guarded():
        return _run(arguments, signals)


def _run(arguments: Sequence[str], signals: Signals) -> int:
    try:
        code: int = app(list(arguments), standalone_mode=False, obj=signals) or ExitCode.DONE
        sys.stdout.flush()
    except TyperException as error:
        from typer import rich_utils  # noqa: PLC0415 - loads all of rich

        error.message = _in_plain_words(error.message)
        rich_utils.rich_format_error(error)  # type: ignore[arg-type] # typer's own class, which it does not name in public
        return ExitCode.USAGE
    except ToldError as error:
        _say("The configuration is not right.\n" if _is_about_settings(error) else _ERROR, str(error))
        return error.exit_code
    except BrokenPipeError:
        return _nobody_reads()
    except SystemExit as end:
        # Typer's way of ending where nobody reads.
        if isinstance(end.__context__, BrokenPipeError):
            return _nobody_reads()
        raise
    except OSError as error:
        if error.filename is not None:
            _say(_ERROR, f"{error.filename}: {error.strerror}. Check that it is there and may be read or written.")
        else:
            _give_up_output()
            _say(_ERROR, f"the result can't be written: {error.strerror or error}. Check the place that it is sent to.")
        return ExitCode.SOME_FAILED
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    if code == ExitCode.INTERRUPTED:
        _say(_INTERRUPTED, signals.words.removeprefix(_INTERRUPTED))
        signals.is_told = True
        code = signals.code
    return code


def _in_plain_words(message: str) -> str:
    """What the command line's library says of a wrong value, without the words of the library below it."""
    for theirs, ours in _WORDS_OF_LIBRARIES:
        message = message.replace(theirs, ours)
    return message


def _is_about_settings(error: ToldError) -> bool:
    return type(error).__name__ == "SettingsError"


def _nobody_reads() -> ExitCode:
    """The reader of a pipe (`| head`) has gone: nothing is wrong, and nothing more is to be said."""
    _give_up_output()
    return ExitCode.DONE


def _give_up_output() -> None:
    """Whatever is left unwritten goes nowhere: Python would try once more at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


def _say(what: str, text: str) -> None:
    if is_actions() and what != _INTERRUPTED:
        send(command("error", text, title="" if what == _ERROR else what.strip()))
        return
    colour = "\033[31m{}\033[0m" if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else "{}"
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{colour.format(what)}{text}\n")
        sys.stderr.flush()
