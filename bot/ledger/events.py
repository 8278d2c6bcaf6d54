"""What became of updates: the steps that apps took, each recorded once a round."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, select

from bot.clients.database import Database, in_parts
from bot.ledger.history import LAST, Event, History, UpdateKey, begins_anew, history, rounds, split
from bot.ledger.tables import EVENTS
from bot.model.exposure import Step


class Events:
    """Reads and writes the steps of updates. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record_step(self, app: str, dependency: str, old: str, step: Step, at: datetime, *, new: str = "", url: str = "") -> None:
        """Remember that an update of an app took a step: `record` for a single one."""
        self.record([Event(key=UpdateKey(app=app, dependency=dependency, old=old), step=step, at=at, new=new, url=url)])

    def record(self, events: Iterable[Event]) -> None:
        """Remember steps. One that is recorded already with all the same but its time, since the app's last merge, is left out."""
        by_app: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_app[event.key.app].append(event)
        if not by_app:
            return
        with self._database.writing() as connection:
            known = rounds(self._events(connection, sorted(by_app)))
            rows = []
            for event in (event for app in by_app.values() for event in app):
                current = known.setdefault(event.key, [])
                if begins_anew(current, event):
                    current.clear()
                if any(replace(past, at=event.at) == event for past in current):
                    continue
                current.append(event)
                key = event.key
                rows.append(
                    {"app": key.app, "dependency": key.dependency, "old": key.old, "step": event.step.value}
                    | {"at": event.at, "new": event.new, "url": event.url, "stage": event.stage, "why": event.why}
                )
            if rows:
                connection.execute(EVENTS.insert(), rows)

    def histories(self, apps: Iterable[str]) -> dict[UpdateKey, History]:
        """What became of the updates of these apps."""
        with self._database.reading() as connection:
            return {key: history(events) for key, events in rounds(self._events(connection, sorted(set(apps)))).items()}

    def apps_in(self, repos: Collection[str]) -> frozenset[str]:
        """The keys of all apps of these repos that ever had a clock."""
        if not repos:
            return frozenset()
        with self._database.reading() as connection:
            apps = connection.execute(select(EVENTS.c.app).distinct()).scalars()
            return frozenset(app for app in apps if app.partition(":")[0] in repos)

    def events_since(self, step: Step, since: datetime) -> tuple[Event, ...]:
        """Every event of a step from a time on, oldest first."""
        with self._database.reading() as connection:
            query = select(EVENTS).where(EVENTS.c.step == step.value, EVENTS.c.at >= since).order_by(EVENTS.c.at, EVENTS.c.id)
            return tuple(map(event_of, connection.execute(query)))

    def rounds_since(self, since: datetime) -> Mapping[UpdateKey, Sequence[History]]:
        """All rounds of what was merged or ended since a time, of every app, each key's in the order in which they were lived.

        What is read grows with what ended since then, not with the ledger.
        """
        key = (EVENTS.c.app, EVENTS.c.dependency, EVENTS.c.old)
        lasts = [step.value for step in LAST]
        live = select(*key).where(EVENTS.c.step.in_(lasts), EVENTS.c.at >= since).distinct().subquery()
        same = [column == live.c[column.name] for column in key]
        found: dict[UpdateKey, list[Event]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(select(EVENTS).join(live, and_(*same)).order_by(EVENTS.c.id)):
                event = event_of(row)
                found[event.key].append(event)
        return {update: [history(lived) for lived in split(events)] for update, events in found.items()}

    def first(self, step: Step) -> datetime | None:
        """When a step was first taken of anything that is remembered; None: never."""
        with self._database.reading() as connection:
            query = select(EVENTS.c.at).where(EVENTS.c.step == step.value).order_by(EVENTS.c.at).limit(1)
            return connection.execute(query).scalar()

    def proposed_since(self, since: datetime) -> int:
        """How many pull requests were opened from a time on, as far as runs have recorded them: what a limit per hour counts."""
        return len({event.url for event in self.events_since(Step.PROPOSED, since) if event.url})

    @staticmethod
    def _events(connection: Connection, apps: Sequence[str]) -> list[Event]:
        found: list[Event] = []
        for part in in_parts(apps):
            found += map(event_of, connection.execute(select(EVENTS).where(EVENTS.c.app.in_(part)).order_by(EVENTS.c.id)))
        return found


def event_of(row: Any) -> Event:  # noqa: ANN401 - a row of the table
    """The event that a row is of."""
    key = UpdateKey(app=row.app, dependency=row.dependency, old=row.old)
    return Event(key=key, step=Step(row.step), at=row.at, new=row.new, url=row.url, stage=row.stage, why=row.why)
