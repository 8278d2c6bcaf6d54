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
NOTHING_SHOWN: Final = "interrupted; nothing was changed, and nothing is shown, for it would not be all"
"""Of commands that only look."""
_GRACE: Final = timedelta(seconds=4)
"""Threads that wait for a slow answer, or for a limit to end, are not waited for longer."""
_TELLING: Final = timedelta(seconds=4)
"""More, once what was done until then is written: half of it would be worse than a later end."""
_CODES: Final = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class Signals:
    """Which signal came; the first raises KeyboardInterrupt in the main thread."""

    def __init__(self) -> None:
        self._code: ExitCode | None = None
        self._timer: threading.Timer | None = None
        self._is_held = False
        self.words = f"interrupted; {STAYS}"
        """What people are told of an interruption; commands put in what is true of them."""
        self.is_told = False
        """Whether people know that the call was interrupted."""

    @property
    def code(self) -> ExitCode:
        """Of a call that was interrupted."""
        return self._code or ExitCode.INTERRUPTED

    @property
    def is_heard(self) -> bool:
        return self._code is not None

    def heard(self, number: int, _frame: FrameType | None) -> None:
        if self._code is not None:
            self.leave()
        self._code = _CODES[signal.Signals(number)]
        self._leave_in(_GRACE)
        if not self._is_held:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is written inside is written whole: a signal that comes meanwhile ends the call behind it, a second one at once."""
        was_heard = self.is_heard
        if was_heard:
            self._leave_in(_TELLING)
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self.is_heard and not was_heard:
            raise KeyboardInterrupt

    def _leave_in(self, time: timedelta) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(time.total_seconds(), self.leave)
        self._timer.daemon = True
        self._timer.start()

    def leave(self) -> None:
        """End the process, whatever its threads wait for. Written past all streams, for whoever was stopped may hold them."""
        told = f"{command('endgroup')}\n" if is_actions() else ""
        with suppress(OSError):
            shown = "\033[?25h" if os.isatty(2) else ""  # the cursor, which bars hide
            os.write(2, (shown + told + ("" if self.is_told else f"{self.words}\n")).encode())
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
