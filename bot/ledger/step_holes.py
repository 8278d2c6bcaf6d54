"""What updates of images were last known to close: a look-up that fails must not make a bad hole look harmless."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import delete, select, tuple_

from bot.clients.database import Database, in_parts
from bot.ledger.tables import STEP_HOLES
from bot.model.exposure import Closes
from bot.model.severity import Severity


class StepKey(NamedTuple):
    """An update of an image, as exposures name it."""

    dependency: str
    old: str
    new: str


class StepHoles:
    """Reads and writes what updates close. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def of(self, steps: Iterable[StepKey]) -> dict[StepKey, Closes]:
        """What is remembered of each of them that was ever known."""
        found: dict[StepKey, Closes] = {}
        columns = (STEP_HOLES.c.dependency, STEP_HOLES.c.old, STEP_HOLES.c.new)
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(steps))):
                for row in connection.execute(select(STEP_HOLES).where(tuple_(*columns).in_(part))):
                    found[StepKey(row.dependency, row.old, row.new)] = Closes(
                        severity=Severity(row.severity), said=row.said, exploited_since=row.exploited_since
                    )
        return found

    def record(self, known: Mapping[StepKey, Closes], now: datetime) -> None:
        """Remember what is known now, in the place of what was; what did not change is not written."""
        before = self.of(known)
        changed = {step: closes for step, closes in known.items() if before.get(step) != closes}
        if not changed:
            return
        columns = (STEP_HOLES.c.dependency, STEP_HOLES.c.old, STEP_HOLES.c.new)
        rows = [
            {**step._asdict(), "severity": closes.severity.value, "said": closes.said, "at": now, "exploited_since": closes.exploited_since}
            for step, closes in changed.items()
        ]
        with self._database.writing() as connection:
            for part in in_parts(sorted(changed)):
                connection.execute(delete(STEP_HOLES).where(tuple_(*columns).in_(part)))
            self._database.insert_new(connection, STEP_HOLES, rows)
