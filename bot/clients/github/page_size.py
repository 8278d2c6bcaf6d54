"""How much one question to GitHub asks for: less, once GitHub could not bear it."""

from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Final

import structlog

from bot.clients.github.connection import Reply
from bot.clients.github.failures import TooHeavyError

log = structlog.get_logger()

_GOOD_IN_A_ROW: Final = 4


class PageSize:
    """Halved by each answer that did not come because of the weight of the question, doubled by a row of those that came.

    One repo that is too heavy must not make all pages after it small. Threads may share it.
    """

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._now = most
        self._good = 0
        self._lock: Final = Lock()

    @property
    def now(self) -> int:
        return self._now

    def halve(self, tried: int) -> None:
        """A page of so many was too heavy."""
        with self._lock:
            self._now, self._good = min(self._now, max(1, tried // 2)), 0
        log.warning("github.page_halved", tried=tried, now=self._now)

    def went_well(self) -> None:
        """A page came."""
        with self._lock:
            self._good += 1
            if self._good >= _GOOD_IN_A_ROW:
                self._now, self._good = min(self._most, self._now * 2), 0


def ask_in_pages(
    wanted: Sequence[str],
    size: PageSize,
    ask: Callable[[Sequence[str]], Reply],
    ask_patiently: Callable[[Sequence[str]], Reply],
) -> Iterator[tuple[Sequence[str], Reply]]:
    """The answers to a list of questions, as many at once as the size allows; one that is too heavy by itself is asked patiently."""
    start = 0
    while start < len(wanted):
        page = wanted[start : start + size.now]
        try:
            reply = ask(page) if len(page) > 1 else ask_patiently(page)
        except TooHeavyError:
            size.halve(len(page))
            continue
        size.went_well()
        yield page, reply
        start += len(page)
