"""Which value of a dependency stood at which digest, and when this bot saw it first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from bot.clients.database import Database, in_parts
from bot.ledger.sights import LAST_SEEN_PRECISION, Known
from bot.ledger.tables import DEPENDENCIES, SIGHTINGS
from bot.model.dependency import LONG_AGO, Dependency, Release
from bot.model.listing import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A value of a dependency, at a digest where that is known, and the time between its first and last sight."""

    dependency: Dependency
    value: str
    digest: str
    """Empty: not known."""
    first_seen: datetime
    last_seen: datetime


class Sightings:
    """Reads and writes first sights. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record_listing(self, listing: Listing, now: datetime) -> Listing:
        """Remember every value of a look-up that worked; new ones are first seen now. The listing with the first sight of each value."""
        if listing.problem is not None:
            return listing
        with self._database.writing() as connection:
            known = self._record(connection, listing.dependency, listing.releases, now)
            self._forget_lost(connection, listing.dependency, known.lost(listing.releases), now)
            mine = _is(listing.dependency)
            connection.execute(update(DEPENDENCIES).where(mine, DEPENDENCIES.c.watched_since.is_(None)).values(watched_since=now))
            connection.execute(update(DEPENDENCIES).where(mine).values(listed_at=now, short_since=None))
        return replace(listing, releases=tuple(map(known.dated, listing.releases)))

    def with_first_seen(self, listing: Listing) -> Listing:
        """The listing with the first sight of each value, at its digest where it has one, that the ledger knows.

        What was there when the bot began to watch counts as seen at the date that its publisher gives, else LONG_AGO:
        a first run would otherwise hold back everything for the length of the cooldown.
        """
        return _dated(listing, self._known_now(listing.dependency))

    def compared(self, listing: Listing, now: datetime) -> tuple[Listing, bool]:
        """The same, and whether `record_listing` would have anything to write: a new value, or a last sight that is a day old."""
        known = self._known_now(listing.dependency)
        return _dated(listing, known), known.has_news(listing.releases, now)

    def _known_now(self, dependency: Dependency) -> Known:
        with self._database.reading() as connection:
            return self._known(connection, dependency)

    def knows_any(self) -> bool:
        """Whether any dependency was ever looked at."""
        with self._database.reading() as connection:
            return connection.execute(select(DEPENDENCIES.c.id).limit(1)).one_or_none() is not None

    def listed_at(self, dependency: Dependency) -> datetime | None:
        """When a list of its values was last read and believed, to a day; None: never."""
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(select(DEPENDENCIES.c.listed_at).where(_is(dependency))).scalar_one_or_none()
        return found

    def listed_times(self, datasource: str, names: Iterable[str]) -> dict[str, datetime]:
        """By name, when a list of their values was last read and believed, to a day; dependencies that were never listed are left out."""
        found: dict[str, datetime] = {}
        query = select(DEPENDENCIES.c.name, DEPENDENCIES.c.listed_at).where(DEPENDENCIES.c.listed_at.is_not(None))
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(names))):
                rows = connection.execute(query.where(DEPENDENCIES.c.datasource == datasource, DEPENDENCIES.c.name.in_(part)))
                found |= {row.name: row.listed_at for row in rows}
        return found

    def short_since(self, dependency: Dependency, now: datetime) -> datetime:
        """Remember that the list lacks much of what the last believed one had, and return since when that is so."""
        with self._database.writing() as connection:
            mine = _is(dependency)
            connection.execute(update(DEPENDENCIES).where(mine, DEPENDENCIES.c.short_since.is_(None)).values(short_since=now))
            since: datetime | None = connection.execute(select(DEPENDENCIES.c.short_since).where(mine)).scalar_one_or_none()
        return since or now

    def seen(self, release: Release, now: datetime) -> Release:
        """Remember a release at its digest, and return it with the first sight of its value at this digest.

        The first digest that is known of a value counts as seen with the value; one that replaces another, when it is seen itself.
        """
        with self._database.reading() as connection:
            known = self._known(connection, release.dependency, value=release.value)
        if known.is_new(release, now):
            with self._database.writing() as connection:
                known = self._record(connection, release.dependency, [release], now, value=release.value)
        return known.dated(release)

    def at(self, digest: str) -> tuple[Sighting, ...]:
        """Every value of every dependency that stood at a digest, by the time of its first sight."""
        return self._sightings(SIGHTINGS.c.digest == digest, SIGHTINGS.c.digest != "")

    def history_of(self, dependency: Dependency, value: str) -> tuple[Sighting, ...]:
        """The digests that a value stood at, by the time of their first sight."""
        return self._sightings(_is(dependency), SIGHTINGS.c.value == value, SIGHTINGS.c.digest != "")

    def with_digests(self, dependency: Dependency) -> tuple[Sighting, ...]:
        """Every value of a dependency at every digest that it was seen at, by the time of their first sight."""
        return self._sightings(_is(dependency), SIGHTINGS.c.digest != "")

    def digests_of(self, dependency: Dependency, value: str) -> tuple[Release, ...]:
        """The value at each digest that it was seen at, newest first, with the first sight of each.

        What was taken back (the value stood at an older digest again afterwards) is left out.
        """
        with self._database.reading() as connection:
            known = self._known(connection, dependency, value=value)
        releases = (Release(dependency=dependency, value=value, digest=digest) for digest in known.standing(value))
        return tuple(known.dated(release) for release in releases)

    def latest_digest(self, dependency: Dependency, value: str, *, since: datetime) -> str | None:
        """The digest that a value was seen at last; None: it was not asked for since then."""
        seen = [sighting for sighting in self.history_of(dependency, value) if sighting.last_seen >= since]
        return max(seen, key=lambda sighting: (sighting.last_seen, sighting.first_seen)).digest if seen else None

    def latest_digests(self, datasource: str, names: Iterable[str]) -> dict[tuple[str, str], str]:
        """By name and value, the digest that each value of these dependencies was seen at last, however long ago."""
        columns = (DEPENDENCIES.c.name, SIGHTINGS.c.value, SIGHTINGS.c.digest)
        query = select(*columns).join(SIGHTINGS, SIGHTINGS.c.dependency_id == DEPENDENCIES.c.id)
        query = query.where(DEPENDENCIES.c.datasource == datasource, SIGHTINGS.c.digest != "")
        found: dict[tuple[str, str], str] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(names))):
                rows = connection.execute(
                    query.where(DEPENDENCIES.c.name.in_(part)).order_by(SIGHTINGS.c.last_seen, SIGHTINGS.c.first_seen)
                )
                found |= {(row.name, row.value): row.digest for row in rows}
        return found

    def stood_at(self, datasource: str, names: Iterable[str]) -> tuple[Sighting, ...]:
        """Every value of these dependencies at every digest that it was seen at, what was first seen last coming first."""
        found = [
            sighting
            for part in in_parts(sorted(set(names)))
            for sighting in self._sightings(
                DEPENDENCIES.c.datasource == datasource, DEPENDENCIES.c.name.in_(part), SIGHTINGS.c.digest != ""
            )
        ]
        return tuple(sorted(found, key=lambda one: (one.first_seen, one.dependency, one.value, one.digest), reverse=True))

    def only_digests(self, datasource: str, names: Iterable[str]) -> dict[tuple[str, str], str]:
        """By name and value, the digest of each value that was seen at just one, and came after the bot began to watch.

        What was there before, or stood at several, may have moved unseen, or back.
        """
        first = func.min(SIGHTINGS.c.first_seen).label("first")
        columns = (
            DEPENDENCIES.c.name,
            DEPENDENCIES.c.watched_since,
            SIGHTINGS.c.value,
            first,
            func.min(SIGHTINGS.c.digest).label("digest"),
        )
        query = select(*columns).join(SIGHTINGS, SIGHTINGS.c.dependency_id == DEPENDENCIES.c.id)
        query = query.where(DEPENDENCIES.c.datasource == datasource, SIGHTINGS.c.digest != "")
        query = query.group_by(DEPENDENCIES.c.name, DEPENDENCIES.c.watched_since, SIGHTINGS.c.value).having(func.count() == 1)
        found: dict[tuple[str, str], str] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(names))):
                for row in connection.execute(query.where(DEPENDENCIES.c.name.in_(part))):
                    if row.watched_since is not None and row.first > row.watched_since:
                        found[row.name, row.value] = row.digest
        return found

    def moved(self, datasource: str, names: Iterable[str]) -> tuple[Sighting, ...]:
        """The sights, by digest, of every value of these dependencies that was seen at more than one."""
        found: list[Sighting] = []
        for part in in_parts(sorted(set(names))):
            mine = (DEPENDENCIES.c.datasource == datasource, DEPENDENCIES.c.name.in_(part))
            several = select(SIGHTINGS.c.dependency_id, SIGHTINGS.c.value)
            several = several.join(DEPENDENCIES, DEPENDENCIES.c.id == SIGHTINGS.c.dependency_id)
            several = several.where(*mine, SIGHTINGS.c.digest != "").group_by(SIGHTINGS.c.dependency_id, SIGHTINGS.c.value)
            chosen = several.having(func.count() > 1).subquery()
            is_one = select(chosen.c.value).where(chosen.c.dependency_id == SIGHTINGS.c.dependency_id, chosen.c.value == SIGHTINGS.c.value)
            found += self._sightings(*mine, SIGHTINGS.c.digest != "", is_one.exists())
        return tuple(found)

    def first_sights(self, datasource: str, names: Iterable[str]) -> dict[str, dict[str, datetime]]:
        """By name, the values of these dependencies with the first sight of each; LONG_AGO: it was there when the bot began to watch."""
        columns = (DEPENDENCIES.c.name, DEPENDENCIES.c.watched_since, SIGHTINGS.c.value, func.min(SIGHTINGS.c.first_seen).label("first"))
        query = select(*columns).join(SIGHTINGS, SIGHTINGS.c.dependency_id == DEPENDENCIES.c.id)
        query = query.where(DEPENDENCIES.c.datasource == datasource)
        query = query.group_by(DEPENDENCIES.c.name, DEPENDENCIES.c.watched_since, SIGHTINGS.c.value)
        found: dict[str, dict[str, datetime]] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(names))):
                for row in connection.execute(query.where(DEPENDENCIES.c.name.in_(part))):
                    was_there = row.watched_since is None or row.first <= row.watched_since
                    found.setdefault(row.name, {})[row.value] = LONG_AGO if was_there else row.first
        return found

    def _forget_lost(self, connection: Connection, dependency: Dependency, lost: Sequence[str], now: datetime) -> None:
        """Last sights are known to a day: what a list lacks that is believed is put before it by as much, so that it is lost only once."""
        dependency_id = select(DEPENDENCIES.c.id).where(_is(dependency)).scalar_subquery()
        for part in in_parts(lost):
            chosen = and_(SIGHTINGS.c.dependency_id == dependency_id, SIGHTINGS.c.digest == "", SIGHTINGS.c.value.in_(part))
            connection.execute(update(SIGHTINGS).where(chosen).values(last_seen=now - LAST_SEEN_PRECISION))

    def _record(
        self, connection: Connection, dependency: Dependency, releases: Sequence[Release], now: datetime, *, value: str | None = None
    ) -> Known:
        """What is known of the dependency afterwards, or of the one value that the releases are of."""
        identity = {"datasource": dependency.datasource, "name": dependency.name}
        self._database.insert_new(connection, DEPENDENCIES, [identity])
        # Shards that meet at one dependency take turns: rows locked in different orders would stop both.
        dependency_id = connection.execute(select(DEPENDENCIES.c.id).where(_is(dependency)).with_for_update()).scalar_one()
        known = self._known(connection, dependency, value=value)
        new, again = known.news_of(releases, now)
        rows = [
            {"dependency_id": dependency_id, "value": value, "digest": digest, "first_seen": first, "last_seen": now}
            for (value, digest), first in sorted(new.items())
        ]
        self._database.insert_new(connection, SIGHTINGS, rows)
        for digest in {digest for _, digest in again}:
            for part in in_parts([value for value, mine in again if mine == digest]):
                chosen = and_(SIGHTINGS.c.dependency_id == dependency_id, SIGHTINGS.c.digest == digest, SIGHTINGS.c.value.in_(part))
                connection.execute(update(SIGHTINGS).where(chosen, SIGHTINGS.c.last_seen < now).values(last_seen=now))
        return known.with_new(new, now)

    @staticmethod
    def _known(connection: Connection, dependency: Dependency, *, value: str | None = None) -> Known:
        """What is known of a dependency, or of one value of it."""
        watched = connection.execute(select(DEPENDENCIES).where(_is(dependency))).one_or_none()
        if watched is None:
            return Known(watched_since=None, sights={})
        columns = (SIGHTINGS.c.value, SIGHTINGS.c.digest, SIGHTINGS.c.first_seen, SIGHTINGS.c.last_seen)
        query = select(*columns).where(SIGHTINGS.c.dependency_id == watched.id)
        sights: dict[str, dict[str, tuple[datetime, datetime]]] = {}
        for named, digest, first, last in connection.execute(query if value is None else query.where(SIGHTINGS.c.value == value)):
            sights.setdefault(named, {})[digest] = (first, last)
        return Known(
            watched_since=watched.watched_since, sights=sights, listed_at=watched.listed_at, is_short=watched.short_since is not None
        )

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


def _dated(listing: Listing, known: Known) -> Listing:
    return replace(listing, releases=tuple(map(known.dated, listing.releases)), lost=known.lost(listing.releases))


def _is(dependency: Dependency) -> ColumnElement[bool]:
    return and_(DEPENDENCIES.c.datasource == dependency.datasource, DEPENDENCIES.c.name == dependency.name)
