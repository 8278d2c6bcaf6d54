"""Threads and an interruption: nothing that waits its turn begins, and what is at work is not waited for."""

from datetime import timedelta
from threading import Event

import pytest

from bot.clients.workers import Workers


def test_work_is_waited_for_where_nobody_interrupts():
    with Workers(2, "test") as pool:
        futures = [pool.submit(pow, number, 2) for number in range(5)]

    assert [future.result(timeout=0) for future in futures] == [0, 1, 4, 9, 16]


def test_an_interruption_drops_what_waits_and_leaves_what_is_at_work():
    began, goes_on, done = Event(), Event(), []
    with pytest.raises(KeyboardInterrupt), Workers(1, "test") as pool:  # noqa: PT012 - the end of the block is what is tested
        at_work = pool.submit(lambda: (began.set(), goes_on.wait(), done.append("at work")))
        waiting = pool.submit(done.append, "waiting")
        began.wait()
        raise KeyboardInterrupt

    assert (at_work.running(), waiting.cancelled(), done) == (True, True, [])
    goes_on.set()


def test_what_is_at_work_gets_its_grace_and_no_more_than_it_needs():
    began, done = Event(), []
    with pytest.raises(KeyboardInterrupt), Workers(1, "test", grace=timedelta(minutes=10)) as pool:  # noqa: PT012
        pool.submit(lambda: (began.set(), done.append("written")))
        began.wait()
        raise KeyboardInterrupt

    assert done == ["written"]
