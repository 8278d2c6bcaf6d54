"""Progress of long work: bars on a terminal, lines in GitHub Actions, nothing in any other pipe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from bot.cli import actions
from bot.pipeline.progress import Progress, silent

_BETWEEN_LINES: Final = timedelta(seconds=20)
"""So that the log of the longest job, six hours, has some thousand lines of how far it is, and one of a short stage."""


@contextmanager
def shown(console: Console) -> Iterator[Progress]:
    """Progress to hand to the pipeline, shown as suits who reads."""
    if actions.is_actions():
        lines = Lines(say=lambda text: console.print(text, markup=False), send=actions.send)
        try:
            yield lines
        finally:
            lines.close()
    elif console.is_terminal:
        with _bars(console) as bars:
            yield _Shown(bars)
    else:
        yield silent


def _bars(console: Console) -> Bars:
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Bars(*columns, console=console, transient=True)


class _Shown:
    """One bar a stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars: Final = bars
        self._lock: Final = Lock()
        self._tasks: Final[dict[str, TaskID]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        with self._lock:
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(stage, total=None if total < 0 else total)
            self._bars.update(self._tasks[stage], completed=done, total=None if total < 0 else total)

    def tell(self, where: str, what: str) -> None:
        """The result says it, below the bars."""


class Lines:
    """One group a stage, in it a line for each place where something happened, and one every so often with how far it is."""

    def __init__(self, *, say: Callable[[str], None], send: Callable[[str], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        """`say` writes a line of text, `send` a workflow command."""
        self._say: Final = say
        self._send: Final = send
        self._monotonic: Final = monotonic
        self._lock: Final = Lock()
        self._is_closed = False
        self._stage = ""
        self._done, self._total = 0, 0
        self._began = self._said = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        with self._lock:
            if self._is_closed:
                return
            now = self._monotonic()
            if stage != self._stage:
                self._end(now)
                self._stage, self._began, self._said = stage, now, now
                self._send(actions.command("group", stage if total < 0 else f"{stage} ({total})"))
            self._done, self._total = done, total
            if now - self._said >= _BETWEEN_LINES.total_seconds():
                self._said = now
                self._say(self._how_far(now))

    def tell(self, where: str, what: str) -> None:
        with self._lock:
            if not self._is_closed:
                self._say(f"{where}: {what}")

    def close(self) -> None:
        """No group stays open, and none begins: threads that an interruption did not wait for may go on."""
        with self._lock:
            self._is_closed = True
            self._end(self._monotonic())
            self._stage = ""

    def _end(self, now: float) -> None:
        if self._stage:
            of = "" if self._total < 0 else f" of {self._total}"
            self._say(f"{self._stage}: {self._done}{of} in {_span(now - self._began)}")
            self._send(actions.command("endgroup"))

    def _how_far(self, now: float) -> str:
        took = now - self._began
        if self._total < 0:
            return f"{self._stage}: {self._done} after {_span(took)}"
        left = f", about {_span(took / self._done * (self._total - self._done))} left" if self._done else ""
        return f"{self._stage}: {self._done} of {self._total} after {_span(took)}{left}"


def _span(seconds: float) -> str:
    return str(timedelta(seconds=round(max(0.0, seconds))))
