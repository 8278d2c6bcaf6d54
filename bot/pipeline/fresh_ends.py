"""Watch for inspect: until when distributions are cared for, asked once a week for each."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from bot.clients.once import once
from bot.clients.short_memory import ShortMemory
from bot.inspect.end_of_life import Ends
from bot.model.failure import ToldError

log = structlog.get_logger()

_STAYS: Final = timedelta(days=7)
_AGAIN: Final = timedelta(days=1)
"""After a failure: until then what ships with the bot stands in, as it does for a distribution that nobody knows."""


class FreshEnds:
    """Safe to use from several threads if what it was given is."""

    def __init__(self, ask: Callable[[str], Mapping[str, tuple[date, ...]]], *, memory: ShortMemory, now: Callable[[], datetime]) -> None:
        self._ask: Final = ask
        self._memory: Final = memory
        self._now: Final = now
        self._once: Final = once(self._known)

    def of(self, product: str) -> Ends | None:
        """What is told of a distribution; None: nothing, or it could not be had."""
        return self._once(product)

    def _known(self, product: str) -> Ends | None:
        key, now = f"end of life {product}", self._now()
        kept = self._memory.get(key, now)
        if kept is None:
            kept = self._asked(product, now)
            self._memory.put(key, kept, until=now + (_STAYS if kept else _AGAIN))
        return _ends(kept)

    def _asked(self, product: str, now: datetime) -> str:
        """What is told, as it is kept; empty: nothing."""
        try:
            cycles = self._ask(product)
        except ToldError as error:
            log.info("end_of_life.not_refreshed", product=product, error=str(error))
            return ""
        told = {name: [day.isoformat() for day in days] for name, days in cycles.items()}
        return json.dumps({"as_of": now.date().isoformat(), "cycles": told}) if told else ""


def _ends(kept: str) -> Ends | None:
    """Of a memory that may be anything: it lies in a file that others can write."""
    try:
        told = json.loads(kept) if kept else None
        if not told:
            return None
        cycles = {str(name): tuple(map(date.fromisoformat, days)) for name, days in told["cycles"].items()}
        return Ends(cycles=cycles, source=f"endoflife.date, {date.fromisoformat(told['as_of'])}")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
