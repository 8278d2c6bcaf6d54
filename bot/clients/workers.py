"""Threads that an interruption does not wait for."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Workers(ThreadPoolExecutor):
    """A pool of threads that waits for all its work, as the standard library's does, unless KeyboardInterrupt leaves its block.

    Then what waits its turn is dropped, and what is at work gets `grace` to come to its end: its thread may go on for longer, unheard.
    """

    def __init__(self, count: int, name: str, *, grace: timedelta = timedelta(0)) -> None:
        """So many threads, with a name that begins their own."""
        super().__init__(count, thread_name_prefix=name)
        self._grace: Final = grace
        self._at_work: Final[set[Future[Any]]] = set()

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future = super().submit(fn, *args, **kwargs)
        self._at_work.add(future)
        future.add_done_callback(self._at_work.discard)
        return future

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None or not issubclass(kind, KeyboardInterrupt):
            super().__exit__(kind, error, trace)
            return
        self.shutdown(wait=False, cancel_futures=True)
        wait(self._at_work.copy(), timeout=self._grace.total_seconds())
