from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.clients.once import once

THREADS = 4


class Place:
    """Answers only when all threads have asked for something, so that each asks before the first answer is there."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.all_are_here = Barrier(THREADS)

    def answer(self, name: str) -> str:
        self.asked.append(name)
        self.all_are_here.wait(timeout=10)
        if name == "broken":
            raise ValueError(name)
        return name.upper()


@pytest.mark.parametrize(
    ("name", "failure"),
    [pytest.param("python", None, id="an answer"), pytest.param("broken", ValueError, id="a failure")],
)
def test_threads_that_ask_at_once_share_an_answer(name, failure):
    place = Place()
    ask = once(place.answer)

    with ThreadPoolExecutor(THREADS + 1) as pool:
        shared = [pool.submit(ask, name), pool.submit(ask, name)]
        others = [pool.submit(ask, f"other-{number}") for number in range(THREADS - 1)]

    assert sorted(place.asked) == sorted([name, *(f"other-{number}" for number in range(THREADS - 1))])
    assert [other.result() for other in others] == ["OTHER-0", "OTHER-1", "OTHER-2"]
    for future in shared:
        assert isinstance(future.exception(), failure) if failure else future.result() == name.upper()
