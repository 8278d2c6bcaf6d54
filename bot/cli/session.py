"""What every command shares: settings, consoles, logging."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePath
from typing import IO, Any, Final, Self, cast

import structlog
import typer
from rich.console import Console
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor

from bot import settings
from bot.cli.actions import is_actions
from bot.cli.global_options import LogFormat
from bot.cli.signals import Signals
from bot.model.repo_rules import PLACES
from bot.report.printable import printable
from bot.settings import Settings

_PLACES: Final = (PurePath("rebuild-bot.yaml"), PurePath(".github/rebuild-bot.yaml"), PurePath("config/rebuild-bot.yaml"))


class _Notes(Console):
    """What is said besides the result: each text is a line, whatever names of others are in it."""

    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - as rich has it
        super().print(*(printable(one) if isinstance(one, str) else one for one in objects), **options)


class _Deaf:
    """Standard error, where there is one: that nobody can be told ends no work."""

    encoding = "utf-8"

    def __init__(self) -> None:
        # That of now: while a bar is shown, rich puts something in its place that writes here.
        self._stream: Final = sys.stderr

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # What is left unwritten goes nowhere: Python would try once more at its end, and fail the call.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        return len(text)

    def flush(self) -> None:
        """What is written is flushed at once."""

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()


@dataclass(frozen=True)
class Session:
    """One call of the command line. Results go to standard output, everything else to standard error."""

    config_file: Path | None
    log_format: LogFormat = LogFormat.AUTO
    verbosity: int = 0
    signals: Signals = field(default_factory=Signals)
    start_at: Path = Path()
    """Where the search for a configuration begins."""
    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=not sys.stdout.isatty()))
    err: Console = field(default_factory=lambda: _Notes(file=cast("IO[str]", _Deaf()), highlight=False, soft_wrap=True))

    @classmethod
    def start(cls, *, config_file: Path | None, log_format: LogFormat, verbosity: int, signals: Signals | None = None) -> Self:
        session = cls(config_file=config_file, log_format=log_format, verbosity=verbosity, signals=signals or Signals())
        session.set_up_logging()
        return session

    @classmethod
    def of(cls, context: typer.Context, path: Path | None = None) -> Self:
        """The session that the global options made; its configuration is the nearest one to `path`."""
        session = context.obj
        assert isinstance(session, cls)  # noqa: S101 - the callback of the app always runs first
        return session if path is None else replace(session, start_at=path)

    def also(self, *, config_file: Path | None, verbosity: int) -> Self:
        """The session with what was written behind the command's name as well."""
        session = replace(self, config_file=config_file or self.config_file, verbosity=self.verbosity + verbosity)
        if verbosity:
            session.set_up_logging()
        return session

    @property
    def settings_file(self) -> Path | None:
        """The file that the settings come from: the one that is named, else the nearest one upwards; None: the defaults.

        The file by which a repo makes the bot quieter may have the same name; it is none of these.
        """
        if self.config_file is not None:
            return self.config_file
        start = self.start_at.resolve()
        folders = [start, *start.parents] if start.is_dir() else list(start.parents)
        places = (folder / place for folder in folders for place in _PLACES)
        return next((place for place in places if place.is_file() and not _is_repo_file(place)), None)

    @cached_property
    def settings(self) -> Settings:
        """The settings of this call; where they come from a file, its name is said. Raises SettingsError with all faults."""
        file = self.settings_file
        loaded = settings.load(file, os.environ)
        if file is not None:
            self.err.print(f"configuration: {_shown(file)}", style="dim", markup=False)
        return loaded

    @contextmanager
    def whole(self) -> Iterator[None]:
        """The result is written inside: it comes out whole, or not at all."""
        self.signals.words = "interrupted at its end: the result is whole"
        with self.signals.held():
            yield

    def tell_waiting(self, who: str) -> None:
        """Another run is at work with the same ledger."""
        self.err.print(f"waiting for another run to end: {who}", markup=False)

    def set_up_logging(self) -> None:
        """Events go to standard error from now on, as this call wants them."""
        in_ci = bool(os.environ.get("CI"))
        is_json = self.log_format is LogFormat.JSON or (self.log_format is LogFormat.AUTO and in_ci)
        # What a person must know stands in the result; the events behind it are for CI, and for those who ask.
        # GitHub Actions gets lines for people, by `bot.cli.progress`; there the events are for those who ask alone.
        asks = self.verbosity or (in_ci and not (is_actions() and self.log_format is LogFormat.AUTO))
        level = logging.DEBUG if self.verbosity > 1 else logging.INFO if asks else logging.ERROR
        # Tracebacks without the values of variables: among those are tokens.
        plain = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        renderer: Processor = structlog.processors.JSONRenderer() if is_json else plain
        structlog.configure(
            processors=[
                self._unless_interrupted,
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

    def _unless_interrupted(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        """What threads meet after an interruption, for whatever they worked with is closed, is told to nobody."""
        if self.signals.is_heard and threading.current_thread() is not threading.main_thread():
            raise structlog.DropEvent
        return event


def _shown(file: Path) -> str:
    """Seen from here, where it is below."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_absolute() and file.is_relative_to(here) else str(file)


def _is_repo_file(place: Path) -> bool:
    return place.parts[-2:] == PLACES[0].parts and settings.is_repo_file(place)
