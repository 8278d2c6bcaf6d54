"""Ctrl-C and SIGTERM: the call ends by itself, in time, and at once where it is told twice.

GitHub Actions sends SIGINT to a step that is cancelled, SIGTERM 7.5 s later, and kills it 2.5 s after that.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType
from typing import Final

from bot.cli.actions import command, is_actions
from bot.model.exit_code import ExitCode

STAYS: Final = "what was sent and recorded until now stays, and the next run goes on from there"
_GRACE: Final = timedelta(seconds=4)
"""Threads that wait for a slow answer, or for a limit to end, are not waited for longer."""
_CODES: Final = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class Signals:
    """Which signal came; the first raises KeyboardInterrupt in the main thread."""

    def __init__(self) -> None:
        self._code: ExitCode | None = None
        self.is_told = False
        """Whether people know that the call was interrupted."""

    @property
    def code(self) -> ExitCode:
        """Of a call that was interrupted."""
        return self._code or ExitCode.INTERRUPTED

    def heard(self, number: int, _frame: FrameType | None) -> None:
        if self._code is not None:
            self.leave()
        self._code = _CODES[signal.Signals(number)]
        timer = threading.Timer(_GRACE.total_seconds(), self.leave)
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    def leave(self) -> None:
        """End the process, whatever its threads wait for. Written past all streams, for whoever was stopped may hold them."""
        told = f"{command('endgroup')}\n" if is_actions() else ""
        with suppress(OSError):
            shown = "\033[?25h" if os.isatty(2) else ""  # the cursor, which bars hide
            os.write(2, (shown + told + ("" if self.is_told else f"interrupted; {STAYS}\n")).encode())
        os._exit(self.code)


@contextmanager
def heard() -> Iterator[Signals]:
    """Signals are obeyed meanwhile; one that the caller has switched off (`nohup`, a job in the background) stays so."""
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {number: signal.getsignal(number) for number in _CODES}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, signals.heard)
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
