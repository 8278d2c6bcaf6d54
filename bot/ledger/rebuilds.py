"""Rebuilds that were asked for: each step of each try, recorded once. What is recorded before a request keeps it from being made twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from bot.clients.database import Database, in_parts
from bot.ledger.package_rows import kept
from bot.ledger.tables import REBUILD_STEPS
from bot.model.image import Digest
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildStep


class Rebuilds:
    """Reads and writes them. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record(self, events: Iterable[RebuildEvent]) -> None:
        """Remember steps; one of the same try that is recorded already stays as it is."""
        rows = [_row(event) for event in events]
        if rows:
            with self._database.writing() as connection:
                self._database.insert_new(connection, REBUILD_STEPS, rows)

    def of(self, apps: Iterable[str]) -> Mapping[tuple[str, str], Sequence[RebuildEvent]]:
        """By app and image, for whatever base: every step, in the order in which they happened."""
        found: dict[tuple[str, str], list[RebuildEvent]] = defaultdict(list)
        order = (REBUILD_STEPS.c.at, REBUILD_STEPS.c.attempt, REBUILD_STEPS.c.key)
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(apps))):
                for row in connection.execute(select(REBUILD_STEPS).where(REBUILD_STEPS.c.app.in_(part)).order_by(*order)):
                    found[row.app, row.image].append(_event(row))
        return found

    def asked_since(self, moment: datetime) -> int:
        """How many tries were asked for from a moment on: what a limit per hour counts."""
        query = select(func.count()).where(REBUILD_STEPS.c.step == RebuildStep.ASKED.value, REBUILD_STEPS.c.at >= moment)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def builds_since(self, moment: datetime) -> frozenset[int]:
        """The forge's numbers of the builds that tries have had from a moment on."""
        query = select(REBUILD_STEPS.c.build).where(REBUILD_STEPS.c.build != 0, REBUILD_STEPS.c.at >= moment)
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())


def _row(event: RebuildEvent) -> dict[str, object]:
    key = event.key
    return {
        "key": f"{key.text} {event.attempt} {event.step.value}",
        "app": key.app,
        "image": key.image,
        "base": key.base,
        "attempt": event.attempt,
        "step": event.step.value,
        "at": event.at,
        "digest": event.digest,
        "build": event.build,
        "url": kept(event.url),
        "verdict": event.verdict,
        # Instructions and versions of images stand in it: hostile.
        "said": kept(event.said),
    }


def _event(row: Any) -> RebuildEvent:  # noqa: ANN401 - a row of the table
    return RebuildEvent(
        key=RebuildKey(app=row.app, image=row.image, base=Digest(row.base)),
        attempt=row.attempt,
        step=RebuildStep(row.step),
        at=row.at,
        digest=row.digest,
        build=row.build,
        url=row.url,
        verdict=row.verdict,
        said=row.said,
    )
