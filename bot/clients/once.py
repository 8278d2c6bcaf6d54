"""Answers that are asked for once, however many threads want them."""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock
from typing import Final, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def once(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """The function, called once for the same arguments (hashable): who asks meanwhile waits for that answer, and a failure is one too.

    `functools.cache` calls again for every thread that asks before the first answer is there.
    """
    lock = Lock()
    answers: dict[Hashable, Future[_T]] = {}

    def asked(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        key = (args, tuple(sorted(kwargs.items())))
        mine: Future[_T] = Future()
        with lock:
            answer = answers.setdefault(key, mine)
        if answer is mine:
            try:
                mine.set_result(function(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 whoever waits for the answer gets it, whatever it is
                mine.set_exception(error)
        return answer.result()

    return asked


class Turns:
    """Of all threads that want the same thing one is at work at a time; what it leaves behind the next one finds."""

    def __init__(self) -> None:
        self._lock: Final = Lock()
        self._waiting: Final[dict[Hashable, tuple[Lock, int]]] = {}

    @contextmanager
    def at(self, key: Hashable) -> Iterator[None]:
        """Waits for those who are at it."""
        with self._lock:
            mine, count = self._waiting.get(key, (Lock(), 0))
            self._waiting[key] = (mine, count + 1)
        try:
            with mine:
                yield
        finally:
            with self._lock:
                _, count = self._waiting[key]
                if count == 1:
                    del self._waiting[key]
                else:
                    self._waiting[key] = (mine, count - 1)
