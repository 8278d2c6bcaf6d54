"""The ledger: what this bot saw, and when it saw it first. Append-only; every clock of the bot is read from it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, select, update

from bot.clients.database import Database
from bot.clients.tables import DEPENDENCIES, EVENTS, IMAGE_PLATFORMS, IMAGES, SIGHTINGS
from bot.model.dependency import Dependency, Release
from bot.model.exposure import Step
from bot.model.listing import Listing
from bot.model.notes import ImageFacts
from bot.track.history import Event, History, UpdateKey, history, rounds
from bot.track.sights import Known

_MANY: Final = 500
"""Values in one IN list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """What an image at a digest is made of."""

    digest: str
    first_seen: datetime
    created_at: datetime | None = None
    """What its publisher claims."""
    labels: Mapping[str, str] = field(default_factory=dict)
    chains: Mapping[str, str] = field(default_factory=dict)
    """By platform, the `chain_of` its layers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A value of a dependency, at a digest where that is known, and the time between its first and last sight."""

    dependency: Dependency
    value: str
    digest: str
    """Empty: not known."""
    first_seen: datetime
    last_seen: datetime


class Ledger:
    """Reads and writes the record. Each call is one transaction and safe to make twice. Raises bot.clients.database.DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record_listing(self, listing: Listing, now: datetime) -> None:
        """Remember every value of a look-up that worked; new ones are first seen now."""
        if listing.problem is not None:
            return
        with self._database.writing() as connection:
            self._record(connection, listing.dependency, listing.releases, now)
            unwatched = and_(_is(listing.dependency), DEPENDENCIES.c.watched_since.is_(None))
            connection.execute(update(DEPENDENCIES).where(unwatched).values(watched_since=now))

    def with_first_seen(self, listing: Listing) -> Listing:
        """The listing with the first sight of each value, at its digest where it has one, that the ledger knows.

        What was there when the bot began to watch counts as seen at the date that its publisher gives, else LONG_AGO:
        a first run would otherwise hold back everything for the length of the cooldown.
        """
        with self._database.reading() as connection:
            known = self._known(connection, listing.dependency)
        return replace(listing, releases=tuple(known.dated(release) for release in listing.releases))

    def seen(self, release: Release, now: datetime) -> Release:
        """Remember a release at its digest, and return it with the first sight of its value at this digest.

        The first digest that is known of a value counts as seen with the value; one that replaces another, when it is seen itself.
        """
        with self._database.reading() as connection:
            known = self._known(connection, release.dependency, value=release.value)
        if known.is_new(release, now):
            with self._database.writing() as connection:
                self._record(connection, release.dependency, [release], now)
                known = self._known(connection, release.dependency, value=release.value)
        return known.dated(release)

    def record_image(self, image: ImageRecord) -> None:
        """Remember what an image is made of. A digest never changes its content, so the first record stays."""
        with self._database.writing() as connection:
            row = {"digest": image.digest, "created_at": image.created_at, "labels": dict(image.labels), "first_seen": image.first_seen}
            self._database.insert_new(connection, IMAGES, [row])
            chains = [{"digest": image.digest, "platform": platform, "chain": chain} for platform, chain in sorted(image.chains.items())]
            self._database.insert_new(connection, IMAGE_PLATFORMS, chains)

    def record_facts(self, facts: ImageFacts, now: datetime) -> None:
        """Remember what a registry told of an image: its labels and, for the platform that was asked for, the chain of its layers."""
        if facts.digest is not None:
            chains = {facts.platform: chain_of(facts.diff_ids)} if facts.platform and facts.diff_ids else {}
            self.record_image(
                ImageRecord(digest=facts.digest, first_seen=now, created_at=facts.created_at, labels=facts.labels, chains=chains)
            )

    def image(self, digest: str) -> ImageRecord | None:
        """What is remembered of an image; None: nothing."""
        with self._database.reading() as connection:
            row = connection.execute(select(IMAGES).where(IMAGES.c.digest == digest)).one_or_none()
            if row is None:
                return None
            platforms = connection.execute(
                select(IMAGE_PLATFORMS.c.platform, IMAGE_PLATFORMS.c.chain).where(IMAGE_PLATFORMS.c.digest == digest)
            )
            chains = {row.platform: row.chain for row in platforms}
        return ImageRecord(digest=row.digest, created_at=row.created_at, labels=row.labels, first_seen=row.first_seen, chains=chains)

    def digests_with_chains(self, chains: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """For each of the chains that is known, the digests of the images that are made of exactly these layers."""
        found: dict[str, list[str]] = defaultdict(list)
        with self._database.reading() as connection:
            for part in _parts(chains):
                query = select(IMAGE_PLATFORMS.c.chain, IMAGE_PLATFORMS.c.digest).where(IMAGE_PLATFORMS.c.chain.in_(part))
                for chain, digest in connection.execute(query):
                    found[chain].append(digest)
        return {chain: tuple(sorted(set(digests))) for chain, digests in found.items()}

    def sightings_at(self, digest: str) -> tuple[Sighting, ...]:
        """Every value of every dependency that stood at a digest, by the time of its first sight."""
        return self._sightings(SIGHTINGS.c.digest == digest, SIGHTINGS.c.digest != "")

    def history_of(self, dependency: Dependency, value: str) -> tuple[Sighting, ...]:
        """The digests that a value stood at, by the time of their first sight."""
        return self._sightings(_is(dependency), SIGHTINGS.c.value == value, SIGHTINGS.c.digest != "")

    def record_step(self, app: str, dependency: str, old: str, step: Step, at: datetime, *, new: str = "", url: str = "") -> None:
        """Remember that an update of an app took a step: `record_events` for a single one."""
        self.record_events([Event(key=UpdateKey(app=app, dependency=dependency, old=old), step=step, at=at, new=new, url=url)])

    def record_events(self, events: Iterable[Event]) -> None:
        """Remember steps. One that is recorded already, with the same `new` and `url`, since the app's last merge is left out."""
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
                if current and current[-1].step is Step.MERGED and event.step is not Step.MERGED:
                    current.clear()
                if any((past.step, past.new, past.url) == (event.step, event.new, event.url) for past in current):
                    continue
                current.append(event)
                key = event.key
                rows.append(
                    {"app": key.app, "dependency": key.dependency, "old": key.old, "step": event.step.value}
                    | {"at": event.at, "new": event.new, "url": event.url}
                )
            if rows:
                connection.execute(EVENTS.insert(), rows)

    def histories(self, apps: Iterable[str]) -> dict[UpdateKey, History]:
        """What became of the updates of these apps."""
        with self._database.reading() as connection:
            return {key: history(events) for key, events in rounds(self._events(connection, sorted(set(apps)))).items()}

    def events_since(self, step: Step, since: datetime) -> tuple[Event, ...]:
        """Every event of a step from a time on, oldest first."""
        with self._database.reading() as connection:
            query = select(EVENTS).where(EVENTS.c.step == step.value, EVENTS.c.at >= since).order_by(EVENTS.c.at, EVENTS.c.id)
            return tuple(map(_event, connection.execute(query)))

    def proposed_since(self, since: datetime) -> int:
        """How many pull requests were opened from a time on, as far as runs have recorded them: what a limit per hour counts."""
        return len({event.url for event in self.events_since(Step.PROPOSED, since) if event.url})

    def close(self) -> None:
        self._database.close()

    def _record(self, connection: Connection, dependency: Dependency, releases: Sequence[Release], now: datetime) -> None:
        identity = {"datasource": dependency.datasource, "name": dependency.name, "watched_since": None}
        self._database.insert_new(connection, DEPENDENCIES, [identity])
        # Shards that meet at one dependency take turns: rows locked in different orders would stop both.
        dependency_id = connection.execute(select(DEPENDENCIES.c.id).where(_is(dependency)).with_for_update()).scalar_one()
        known = self._known(connection, dependency, value=releases[0].value if len(releases) == 1 else None)
        new, again = known.news_of(releases, now)
        rows = [
            {"dependency_id": dependency_id, "value": value, "digest": digest, "first_seen": first, "last_seen": now}
            for (value, digest), first in sorted(new.items())
        ]
        self._database.insert_new(connection, SIGHTINGS, rows)
        for digest in {digest for _, digest in again}:
            for part in _parts([value for value, mine in again if mine == digest]):
                chosen = and_(SIGHTINGS.c.dependency_id == dependency_id, SIGHTINGS.c.digest == digest, SIGHTINGS.c.value.in_(part))
                connection.execute(update(SIGHTINGS).where(chosen, SIGHTINGS.c.last_seen < now).values(last_seen=now))

    @staticmethod
    def _known(connection: Connection, dependency: Dependency, *, value: str | None = None) -> Known:
        """What is known of a dependency, or of one value of it."""
        watched = connection.execute(select(DEPENDENCIES.c.id, DEPENDENCIES.c.watched_since).where(_is(dependency))).one_or_none()
        if watched is None:
            return Known(watched_since=None, sights={})
        columns = (SIGHTINGS.c.value, SIGHTINGS.c.digest, SIGHTINGS.c.first_seen, SIGHTINGS.c.last_seen)
        query = select(*columns).where(SIGHTINGS.c.dependency_id == watched.id)
        sights: dict[str, dict[str, tuple[datetime, datetime]]] = {}
        for row in connection.execute(query if value is None else query.where(SIGHTINGS.c.value == value)):
            sights.setdefault(row.value, {})[row.digest] = (row.first_seen, row.last_seen)
        return Known(watched_since=watched.watched_since, sights=sights)

    def _sightings(self, *conditions: Any) -> tuple[Sighting, ...]:  # noqa: ANN401 - SQLAlchemy's many kinds of condition
        query = (
            select(DEPENDENCIES.c.datasource, DEPENDENCIES.c.name, SIGHTINGS)
            .join(SIGHTINGS, SIGHTINGS.c.dependency_id == DEPENDENCIES.c.id)
            .where(*conditions)
            .order_by(SIGHTINGS.c.first_seen, DEPENDENCIES.c.name, SIGHTINGS.c.value)
        )
        with self._database.reading() as connection:
            return tuple(
                Sighting(
                    dependency=Dependency(datasource=row.datasource, name=row.name),
                    value=row.value,
                    digest=row.digest,
                    first_seen=row.first_seen,
                    last_seen=row.last_seen,
                )
                for row in connection.execute(query)
            )

    @staticmethod
    def _events(connection: Connection, apps: Sequence[str]) -> list[Event]:
        found: list[Event] = []
        for part in _parts(apps):
            found += map(_event, connection.execute(select(EVENTS).where(EVENTS.c.app.in_(part)).order_by(EVENTS.c.id)))
        return found


def chain_of(diff_ids: Sequence[str]) -> str:
    """The name of a stack of layers: the ChainID of the OCI image spec (config.md, Layer ChainID); empty for no layers.

    An image that is built on another one has the other's chain as that of its first layers.
    """
    chain = ""
    for diff_id in diff_ids:
        chain = f"sha256:{hashlib.sha256(f'{chain} {diff_id}'.encode()).hexdigest()}" if chain else diff_id
    return chain


def _is(dependency: Dependency) -> ColumnElement[bool]:
    return and_(DEPENDENCIES.c.datasource == dependency.datasource, DEPENDENCIES.c.name == dependency.name)


def _event(row: Any) -> Event:  # noqa: ANN401 - a row of the table
    key = UpdateKey(app=row.app, dependency=row.dependency, old=row.old)
    return Event(key=key, step=Step(row.step), at=row.at, new=row.new, url=row.url)


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))
