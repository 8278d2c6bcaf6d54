"""The options that every command takes, before its name or behind it."""

import inspect
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.exceptions import TyperException

from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError


class LogFormat(StrEnum):
    AUTO = "auto"
    PRETTY = "pretty"
    JSON = "json"


ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar="REBUILD_BOT_CONFIG",
        help="The configuration. Else the nearest rebuild-bot.yaml, also in .github/ or config/, of the folder that is looked at and those "
        "above it; else the defaults.",
    ),
]
Verbosity = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Show events; twice: every request too.")]

_BEHIND: Final = {"config_file": ConfigFile, "verbose": Verbosity}
_JSON: Final = frozenset({"json", "jsonl"})
_DEFAULTS: Final[dict[str, object]] = {"config_file": None, "verbose": 0}


def after_the_command(command: Callable[..., int]) -> Callable[..., int]:
    """The command with the options that people write behind its name."""

    @wraps(command)
    def with_options(*, context: typer.Context, config_file: Path | None, verbose: int, **own: Any) -> int:  # noqa: ANN401
        context.obj = context.obj.also(config_file=config_file, verbosity=verbose)
        try:
            return command(context=context, **own)
        except (ToldError, TyperException) as error:
            if own.get("format_") in _JSON:
                _tell_in_json(error)
            raise

    signature = inspect.signature(command)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=_DEFAULTS[name]) for name, kind in _BEHIND.items()
    ]
    with_options.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *added])  # type: ignore[attr-defined]
    with_options.__annotations__ = {**command.__annotations__, **_BEHIND}
    return with_options


def _tell_in_json(error: ToldError | TyperException) -> None:
    """The one object of a call that came to nothing: who reads JSON gets JSON. People are told on standard error as ever."""
    from bot.report.json_text import json_text  # noqa: PLC0415 - help needs none of it

    code, said = (error.exit_code, str(error)) if isinstance(error, ToldError) else (ExitCode.USAGE, error.format_message())
    sys.stdout.write(json_text({"type": "error", "error": said, "exit_code": int(code)}, indent=None) + "\n")
