"""Answers that are asked for once, however many threads want them."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import ParamSpec, TypeVar

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
