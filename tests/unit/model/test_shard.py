"""Shards by their names, and their parts of a limit."""

import pytest

from bot.model.shard import InvalidShardError, Shard


def test_a_shard_is_read_as_it_is_written():
    assert str(Shard.parse("3/8")) == "3/8"


@pytest.mark.parametrize("text", ["0/8", "9/8", "3/257", "3", "3/", "/8", "-1/8", "3/8/9", "a/b", "", "٣/8", " 3/8"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(InvalidShardError, match="write it like 3/8"):
        Shard.parse(text)


@pytest.mark.parametrize("limit", [0, 1, 7, 8, 9, 500])
def test_the_shares_of_a_limit_are_the_limit(limit):
    shares = [Shard(number=number, of=8).share(limit) for number in range(1, 9)]

    assert sum(shares) == limit
    assert max(shares) - min(shares) <= 1
