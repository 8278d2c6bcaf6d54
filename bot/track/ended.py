"""Clocks that stop by somebody's word: a vendor's on the holes, or that of whoever retires the app. Nothing ends for being absent."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.ledger.history import Event, History, UpdateKey, why_of
from bot.ledger.ledger import Ledger
from bot.model.exposure import Closes, End, Step, Word
from bot.model.update import Update

_MOST_NAMED: Final = 2
"""Words of vendors that are kept of one end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorWords:
    """What publishers say of the holes that updates close, held against what these were known to close before."""

    closes: Callable[[Update], Closes | None]
    ledger: Ledger
    now: datetime

    def end_of(self, key: UpdateKey, past: History | None, update: Update | None) -> Event | None:
        """The end of a running clock, where publishers took away each hole that its fix was known to close; None: it goes on.

        Each by a statement with a date that is not before the clock began, and only where both images were looked at now and nothing
        failed or stayed unclear: a hole that data tells of no more is not taken away.
        """
        if past is None or update is None or past.end is not None:
            return None
        told = self.closes(update)
        if told is None or told.holes or not told.is_whole or not told.words:
            return None
        before = self.ledger.step_holes.closed_from(key.dependency, key.old)
        words = [_word_on(name, told.words, past.began_at) for name in sorted(before)]
        found = [word for word in words if word is not None]
        if not found or len(found) < len(words):
            return None
        said = list(dict.fromkeys(word.said for word in found))
        more = f" and {len(said) - _MOST_NAMED} more" if len(said) > _MOST_NAMED else ""
        return Event(key=key, step=Step.ENDED, at=self.now, new=past.new, why=why_of(End.VENDOR, "; ".join(said[:_MOST_NAMED]) + more))

    def holds(self, past: History | None, update: Update | None) -> bool:
        """Whether an end by a vendor's word stands: until the update is known to close a hole again, as that word is taken back."""
        if past is None or past.end is not End.VENDOR:
            return False
        told = None if update is None else self.closes(update)
        return told is None or not told.holes


def _word_on(name: str, words: Collection[Word], began_at: datetime) -> Word | None:
    """The latest word on a hole since then."""
    mine = [word for word in words if name in word.names and word.at is not None and word.at >= began_at]
    return max(mine, key=lambda word: word.at or began_at, default=None)


def ends_of_retired(histories: Mapping[UpdateKey, History], retired: Mapping[str, str], now: datetime) -> Iterator[Event]:
    """The end of each of these clocks whose app somebody declares retired; `retired` has the reason by the app's key."""
    for key, past in histories.items():
        if key.app in retired:
            yield Event(key=key, step=Step.ENDED, at=now, new=past.new, why=why_of(End.RETIRED, retired[key.app]))
