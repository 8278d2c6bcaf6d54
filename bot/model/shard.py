"""A fleet in parts: each shard is done by a job of its own, and together they are one run."""

import re
from dataclasses import dataclass
from typing import Final, Self

MAX_SHARDS: Final = 256
"""Jobs of one matrix (GitHub Docs, "Running variations of jobs in a workflow")."""
_WRITTEN: Final = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})", re.ASCII)


class InvalidShardError(ValueError):
    """The text names no shard; the message says how to write one."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Shard:
    """One of several parts, counted from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of `3/8`. Raises InvalidShardError."""
        found = _WRITTEN.fullmatch(text)
        if found is None or not int(found[1]) <= int(found[2]) <= MAX_SHARDS:
            raise InvalidShardError(f"{text[:40]!r} is no shard; write it like 3/8, at most {MAX_SHARDS}/{MAX_SHARDS}")
        return cls(number=int(found[1]), of=int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def share(self, limit: int, *, turn: int = 0) -> int:
        """How much of a limit of the whole run is this shard's: the shares of all of them are the limit.

        What can't be divided goes to others in the next turn, so that a small limit leaves nobody without for good.
        """
        rest = limit % self.of
        return limit // self.of + ((self.number - 1 - turn * rest) % self.of < rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which shard does which repos. Each repo is in one of them."""

    id: str
    """Another one for each plan that was made, also of the same repos."""
    shards: tuple[tuple[str, ...], ...]
    """The repos (`owner/name`) of the first shard, of the second, ..."""

    @property
    def all_shards(self) -> tuple[Shard, ...]:
        return tuple(Shard(number=number, of=len(self.shards)) for number in range(1, len(self.shards) + 1))

    def repos_of(self, shard: Shard) -> tuple[str, ...]:
        return self.shards[shard.number - 1]
