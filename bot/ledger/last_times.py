"""When something was last done well, so that what fails can say since when."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from bot.clients.database import Database, in_parts
from bot.ledger.tables import LAST_TIMES

RUN: Final = "run"
"""A run over the whole fleet that proposes what may go out."""
TIDIED: Final = "tidied"
"""That the ledger was rid of what is kept no longer."""
USES_FROM: Final = "uses are known from"
"""Of the days before, uses were deleted."""
ROUNDS_FROM: Final = "updates are known from"
"""Of updates that were taken before, the steps may have been deleted."""
_SCAN_OF: Final = "scan of "
_PRECISION: Final = timedelta(hours=1)
"""A time is written again at most so often."""


def scan_of(repo: str) -> str:
    """That the files of a repo were read."""
    return f"{_SCAN_OF}{repo}"


def scanned(what: str) -> str | None:
    """The repo whose scan it is; None: it is something else."""
    return what.removeprefix(_SCAN_OF) if what.startswith(_SCAN_OF) else None


class LastTimes:
    """Reads and writes last times. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def of(self, what: Iterable[str]) -> dict[str, datetime]:
        """The last time of each that was ever done, to an hour."""
        found: dict[str, datetime] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(what))):
                found |= {row.what: row.at for row in connection.execute(select(LAST_TIMES).where(LAST_TIMES.c.what.in_(part)))}
        return found

    def record(self, what: Iterable[str], now: datetime) -> None:
        """Remember that these were done now; a clock that goes back changes nothing."""
        wanted = sorted(set(what))
        known = self.of(wanted)
        due = [one for one in wanted if one not in known or now - known[one] >= _PRECISION]
        if not due:
            return
        with self._database.writing() as connection:
            self._database.insert_new(connection, LAST_TIMES, [{"what": one, "at": now} for one in due if one not in known])
            for part in in_parts(due):
                connection.execute(update(LAST_TIMES).where(LAST_TIMES.c.what.in_(part), LAST_TIMES.c.at < now).values(at=now))
