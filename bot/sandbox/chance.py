"""A share of all answers that fails by chance, the same one each time for the same seed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from random import Random
from typing import Final

from bot.sandbox.faults import (
    CutShort,
    DroppedConnection,
    Fault,
    LostAnswer,
    MissingHeader,
    PartialData,
    SecondaryRateLimit,
    ServerError,
    SlowAnswer,
    StrangeAnswer,
    TooManyRequests,
)
from bot.sandbox.partial_data import Hole

_SHORT: Final = timedelta(milliseconds=50)
_CUT_JSON: Final = StrangeAnswer(body=b'{"data": {"repo', kind="application/json")
_ANY: Final[tuple[Fault, ...]] = (
    *(ServerError(status=status) for status in (500, 502, 503, 504)),
    TooManyRequests(retry_after=timedelta()),
    TooManyRequests(retry_after=None),
    DroppedConnection(),
    LostAnswer(),
    CutShort(),
    SlowAnswer(delay=_SHORT),
    StrangeAnswer(),
)
"""What any server may do."""
GITHUB: Final[tuple[tuple[str, Fault], ...]] = (
    *(("* *", fault) for fault in _ANY),
    ("* /api/*", SecondaryRateLimit(retry_after=timedelta())),
    ("* /api/*", SecondaryRateLimit(retry_after=None)),
    ("* /api/*", _CUT_JSON),
    # What is forbidden stays so.
    *(("* */graphql", PartialData(hole=hole)) for hole in Hole if hole is not Hole.FORBIDDEN),
)
REGISTRY: Final[tuple[tuple[str, Fault], ...]] = (*(("* *", fault) for fault in _ANY), ("* *", _CUT_JSON), ("* /v2/*", MissingHeader()))


@dataclass(kw_only=True)
class Chance:
    """Which request meets which fault: each by itself, by its route and how often that was asked before, in whatever order threads come."""

    seed: int
    share: float
    """Of all answers, from 0 to 1."""
    faults: Sequence[tuple[str, Fault]]
    """Each with the route that it fits (see `Faults`)."""
    met: Counter[str] = field(default_factory=Counter)
    """How many met each kind."""

    def draw(self, route: str, number: int) -> Fault | None:
        """What the so-manieth request of a route meets; None: nothing."""
        random = Random(f"{self.seed} {route} {number}")  # noqa: S311 - nobody is kept out by it
        if random.random() >= self.share:
            return None
        fitting = [fault for wanted, fault in self.faults if fnmatchcase(route, wanted)]
        if not fitting:
            return None
        fault = random.choice(fitting)
        if isinstance(fault, PartialData):
            fault = PartialData(hole=fault.hole, where=random.random())
        self.met[type(fault).__name__] += 1
        return fault
