"""What a tidied ledger has forgotten does not come back from one that was not tidied, or that looked at nothing since.

An update that was taken so long ago would else be woven into the round that began afterwards. And one that the other ledger left open,
because it did not see the end of it, would be open again, so that the next run told of it as taken now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from bot.ledger.history import LAST, split
from bot.ledger.last_times import ROUNDS_FROM, scanned
from bot.ledger.merging.target import Row


class Event(NamedTuple):
    """One step of an update, without its key."""

    at: datetime
    step: str
    new: str
    url: str
    stage: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """From when on a ledger knows updates that were taken (None: all that it ever saw), and when it read each repo last."""

    rounds_from: datetime | None
    scans: Mapping[str, datetime]

    @classmethod
    def of(cls, last_times: Iterable[Row]) -> Self:
        rounds_from, scans = None, {}
        for row in last_times:
            repo = scanned(row["what"])
            if repo is not None:
                scans[repo] = row["at"]
            elif row["what"] == ROUNDS_FROM:
                rounds_from = row["at"]
        return cls(rounds_from=rounds_from, scans=scans)


def shared_floor(mine: Memory, theirs: Memory) -> datetime | None:
    """Of updates that were taken before it, one of the two may know nothing any more; None: neither has forgotten any."""
    return max((one.rounds_from for one in (mine, theirs) if one.rounds_from is not None), default=None)


def is_outdated(app: str, mine: Memory, theirs: Memory, floor: datetime) -> bool:
    """Whether `mine` read the app's repo last before the floor, and `theirs` read it later."""
    repo = app.partition(":")[0]
    last, later = mine.scans.get(repo), theirs.scans.get(repo)
    return last is not None and later is not None and last < min(floor, later)


def remembered(events: Sequence[Event], others: Sequence[Event], floor: datetime, *, is_outdated: bool) -> list[Event]:
    """The rounds of one ledger that go into the merge: without those that ended before the floor.

    If it is outdated its open round goes too, unless the other ledger has one: that one saw later that the app is not behind.
    """
    rounds = [one for one in split(events) if not _ended_before(floor, one)]
    if is_outdated and rounds and _is_open(rounds[-1]) and max(one.at for one in rounds[-1]) < floor:
        theirs = split(others)
        if not theirs or not _is_open(theirs[-1]):
            del rounds[-1]
    return [event for one in rounds for event in one]


def _is_open(events: Iterable[Event]) -> bool:
    return all(one.step not in LAST for one in events)


def _ended_before(floor: datetime, events: Iterable[Event]) -> bool:
    ends = [one.at for one in events if one.step in LAST]
    return bool(ends) and max(ends) < floor
