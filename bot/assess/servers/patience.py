"""How long scans that are under way are waited for: in one run in all, however many images there are."""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Final

_FIRST: Final = timedelta(seconds=1)
_LONGEST: Final = timedelta(seconds=15)


class Patience:
    """So much time for one server. Safe to use from several threads: what one of them waits, none of them has any more."""

    def __init__(self, total: timedelta, *, pause: Callable[[timedelta], None]) -> None:
        self.total: Final = total
        self._left = total
        self._pause = pause
        self._lock = Lock()

    def wait(self, *, tries: int) -> bool:
        """Wait before asking again what was asked so many times; false, at once, where no time is left."""
        wanted = min(_FIRST * 2 ** min(tries, 10), _LONGEST)
        with self._lock:
            span = min(wanted, self._left)
            self._left -= span
        if not span:
            return False
        self._pause(span)
        return True
