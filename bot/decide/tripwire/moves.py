"""What is known of a tag's way: the moves of a dependency's tags, in occasions, and which tags name one release for good."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from bot.model.alarm import WITHIN

_MAX_CHARACTERS: Final = 255
_ONE_RELEASE: Final = re.compile(r"(?:\A|[-/_])v?[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(?![0-9])", re.ASCII)
_WORDS: Final = re.compile("[a-z]{1,255}", re.ASCII)
_ROLLING: Final = frozenset(
    {"canary", "daily", "dev", "devel", "edge", "head", "latest", "main", "master", "nightly", "rolling", "snapshot", "tip", "unstable"}
)
"""Words in a tag that say it moves, whatever numbers stand beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A tag at a digest or commit, and the time between its first and last sight there."""

    value: str
    digest: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A tag that was first seen at another digest than before."""

    value: str
    was: str
    now: str
    at: datetime


def names_one_release(value: str) -> bool:
    """Whether a tag names one release by a full version (`v4.2.1`, `3.12.4-slim`), and neither a line of them nor a branch."""
    if len(value) > _MAX_CHARACTERS or _ONE_RELEASE.search(value) is None:
        return False
    return not _ROLLING.intersection(_WORDS.findall(value.lower()))


def occasions(sights: Iterable[Sight]) -> list[list[Move]]:
    """The moves of a dependency's tags, the first ones first; what moved within the hour is one occasion."""
    by_value: dict[str, list[Sight]] = {}
    for sight in sights:
        by_value.setdefault(sight.value, []).append(sight)
    moves = [move for ones in by_value.values() for move in _moves(ones)]
    found: list[list[Move]] = []
    for move in sorted(moves, key=lambda move: (move.at, move.value)):
        if found and move.at - found[-1][0].at <= WITHIN:
            found[-1].append(move)
        else:
            found.append([move])
    return found


def present(sights: Sequence[Sight]) -> dict[str, str]:
    """By tag, where it was seen last."""
    found: dict[str, Sight] = {}
    for sight in sights:
        other = found.get(sight.value)
        if other is None or (sight.last_seen, sight.first_seen) > (other.last_seen, other.first_seen):
            found[sight.value] = sight
    return {value: sight.digest for value, sight in found.items()}


def _moves(sights: Sequence[Sight]) -> list[Move]:
    ordered = sorted(sights, key=lambda sight: (sight.first_seen, sight.last_seen))
    return [Move(value=before.value, was=before.digest, now=after.digest, at=after.first_seen) for before, after in pairwise(ordered)]
