"""What updates of images were last known to close: a look-up that fails must not make a bad hole look harmless."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
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
                        severity=Severity(row.severity),
                        said=row.said,
                        exploited_since=row.exploited_since,
                        holes=frozenset((row.holes or "").split()),
                    )
        return found

    def closed_from(self, dependency: str, old: str) -> frozenset[str]:
        """The names of all holes that any update from here was last known to close."""
        where = (STEP_HOLES.c.dependency == dependency, STEP_HOLES.c.old == old)
        with self._database.reading() as connection:
            rows = connection.execute(select(STEP_HOLES.c.holes).where(*where))
            return frozenset(name for row in rows for name in (row.holes or "").split())

    def record(self, known: Mapping[StepKey, Closes], now: datetime) -> None:
        """Remember what is known now, in the place of what was; what did not change is not written. Of words of others nothing is kept."""
        before = self.of(known)
        kept = {step: replace(closes, words=(), is_whole=False) for step, closes in known.items()}
        changed = {step: closes for step, closes in kept.items() if before.get(step) != closes}
        if not changed:
            return
        columns = (STEP_HOLES.c.dependency, STEP_HOLES.c.old, STEP_HOLES.c.new)
        rows = [
            {**step._asdict(), "severity": closes.severity.value, "said": closes.said, "at": now, "exploited_since": closes.exploited_since}
            | {"holes": " ".join(sorted(closes.holes))}
            for step, closes in changed.items()
        ]
        with self._database.writing() as connection:
            for part in in_parts(sorted(changed)):
                connection.execute(delete(STEP_HOLES).where(tuple_(*columns).in_(part)))
            self._database.insert_new(connection, STEP_HOLES, rows)
