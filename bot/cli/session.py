"""What every command shares: settings, consoles, logging."""

import logging
import os
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final

import structlog
import typer
from rich.console import Console
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from bot import settings
from bot.settings import Settings

_PLACES: Final = (Path("rebuild-bot.yaml"), Path("config/rebuild-bot.yaml"), Path(".github/rebuild-bot.yaml"))


class LogFormat(StrEnum):
    AUTO = "auto"
    PRETTY = "pretty"
    JSON = "json"


@dataclass(frozen=True)
class Session:
    """One call of the command line. Results go to standard output, everything else to standard error."""

    config_file: Path | None
    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=not sys.stdout.isatty()))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))

    @classmethod
    def start(cls, *, config_file: Path | None, log_format: LogFormat, verbosity: int) -> "Session":
        _set_up_logging(log_format, verbosity)
        return cls(config_file=config_file)

    @staticmethod
    def of(context: typer.Context) -> "Session":
        """The session that the global options made."""
        session = context.obj
        assert isinstance(session, Session)  # noqa: S101 - the callback of the app always runs first
        return session

    @property
    def settings_file(self) -> Path | None:
        """The file that the settings come from; None: the defaults."""
        return self.config_file or next((place for place in _PLACES if place.is_file()), None)

    @cached_property
    def settings(self) -> Settings:
        """The settings of this call. Raises SettingsError with all faults."""
        return settings.load(self.settings_file, os.environ)


def _set_up_logging(log_format: LogFormat, verbosity: int) -> None:
    in_ci = bool(os.environ.get("CI"))
    is_json = log_format is LogFormat.JSON or (log_format is LogFormat.AUTO and in_ci)
    # What a person must know stands in the result; the events behind it are for CI, and for those who ask.
    level = logging.DEBUG if verbosity > 1 else logging.INFO if verbosity or in_ci else logging.ERROR
    # Tracebacks without the values of variables: among those are tokens.
    plain = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    renderer: Processor = structlog.processors.JSONRenderer() if is_json else plain
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([ExceptionRenderer(ExceptionDictTransformer(show_locals=False))] if is_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
