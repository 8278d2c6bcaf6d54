from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.sandbox.clock import START, Clock


def test_stands_still_until_it_is_moved():
    clock = Clock()

    assert clock() == clock() == START
    assert clock.advance(timedelta(days=7)) == START + timedelta(days=7) == clock()


def test_set_goes_to_any_moment_and_tells_it_in_utc():
    clock = Clock()

    clock.set(datetime(2024, 2, 29, 1, tzinfo=timezone(timedelta(hours=2))))

    assert clock() == datetime(2024, 2, 28, 23, tzinfo=UTC)
    assert clock().tzinfo is UTC


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(lambda clock: clock.advance(timedelta(seconds=-1)), id="backwards"),
        pytest.param(lambda clock: clock.set(datetime(2026, 1, 1)), id="without a zone"),  # noqa: DTZ001
    ],
)
def test_refuses(move):
    clock = Clock()

    with pytest.raises(ValueError, match=r"clock|zone"):
        move(clock)
    assert clock() == START
