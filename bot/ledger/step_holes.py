"""What updates of images were last known to close: a look-up that fails must not make a bad hole look harmless."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, select, tuple_

from bot.clients.database import Database, in_parts
from bot.ledger.tables import STEP_HOLES, STEP_SEVERITIES
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
        wanted = sorted(set(steps))
        with self._database.reading() as connection:
            bad_since = _bad_since(connection, wanted)
            for part in in_parts(wanted):
                for row in connection.execute(select(STEP_HOLES).where(tuple_(*columns).in_(part))):
                    found[StepKey(row.dependency, row.old, row.new)] = Closes(
                        severity=Severity(row.severity),
                        said=row.said,
                        exploited_since=row.exploited_since,
                        holes=frozenset((row.holes or "").split()),
                        bad_since=bad_since.get((row.dependency, row.old), {}),
                    )
        return found

    def closed_from(self, dependency: str, old: str) -> frozenset[str]:
        """The names of all holes that any update from here was last known to close."""
        where = (STEP_HOLES.c.dependency == dependency, STEP_HOLES.c.old == old)
        with self._database.reading() as connection:
            rows = connection.execute(select(STEP_HOLES.c.holes).where(*where))
            return frozenset(name for row in rows for name in (row.holes or "").split())

    def record(self, known: Mapping[StepKey, Closes], now: datetime, *, seen: Mapping[StepKey, datetime] = MappingProxyType({})) -> None:
        """Remember what is known now, in the place of what was; what did not change is not written. Of words of others nothing is kept.

        `seen` is when each release was there: a hole that is known when its first step is recorded counts from then, a later one from now.
        """
        before = self.of(known)
        kept = {step: _remembered(closes) for step, closes in known.items()}
        changed = {step: closes for step, closes in kept.items() if step not in before or _remembered(before[step]) != closes}
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
            self._database.insert_new(connection, STEP_SEVERITIES, list(_severities(changed, before, seen, now)))


def _remembered(closes: Closes) -> Closes:
    return replace(closes, words=(), is_whole=False, bad_since={})


def _bad_since(connection: Connection, steps: Iterable[StepKey]) -> dict[tuple[str, str], dict[Severity, datetime]]:
    found: dict[tuple[str, str], dict[Severity, datetime]] = defaultdict(dict)
    columns = (STEP_SEVERITIES.c.dependency, STEP_SEVERITIES.c.old)
    for part in in_parts(sorted({(step.dependency, step.old) for step in steps})):
        for row in connection.execute(select(STEP_SEVERITIES).where(tuple_(*columns).in_(part))):
            found[row.dependency, row.old][Severity(row.severity)] = row.since
    return found


def _severities(
    changed: Mapping[StepKey, Closes], before: Mapping[StepKey, Closes], seen: Mapping[StepKey, datetime], now: datetime
) -> Iterator[dict[str, object]]:
    """Since when what changed is as bad as it is; what is there already stays, as it is from earlier."""
    since: dict[tuple[str, str, Severity], datetime] = {}
    for step, closes in changed.items():
        known = before[step].severity.rank if step in before else 0
        at = now if step in before else min(seen.get(step, now), now)
        for severity in Severity:
            if known < severity.rank <= closes.severity.rank:
                key = (step.dependency, step.old, severity)
                since[key] = min(at, since.get(key, at))
    for (dependency, old, severity), at in since.items():
        yield {"dependency": dependency, "old": old, "severity": severity.value, "since": at}
