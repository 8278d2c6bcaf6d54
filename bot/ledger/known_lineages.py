"""Which base an image stands on, where that is proved: a digest never changes what it was built on."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from bot.clients.database import Database, in_parts
from bot.ledger.tables import KNOWN_LINEAGES


class KnownLineages:
    """Reads and writes what was proved. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def get(self, digest: str, platform: str, *, form: str) -> str | None:
        """The record of an image, on the platform that was asked for (empty: none); None: it was never proved by the code of this form."""
        mine = (KNOWN_LINEAGES.c.digest == digest) & (KNOWN_LINEAGES.c.platform == platform) & (KNOWN_LINEAGES.c.form == form)
        with self._database.reading() as connection:
            found: str | None = connection.execute(select(KNOWN_LINEAGES.c.record).where(mine)).scalar_one_or_none()
        return found

    def records(self, digests: Iterable[str], *, form: str) -> dict[str, str]:
        """A record of each image that was proved by the code of this form, on any platform, by its digest."""
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(digests))):
                query = select(KNOWN_LINEAGES.c.digest, KNOWN_LINEAGES.c.record).where(
                    KNOWN_LINEAGES.c.digest.in_(part), KNOWN_LINEAGES.c.form == form
                )
                found |= {row.digest: row.record for row in connection.execute(query.order_by(KNOWN_LINEAGES.c.platform))}
        return found

    def keep(self, digest: str, platform: str, record: str, *, form: str, now: datetime) -> None:
        """Remember a record; that of other code takes its place."""
        row = {"digest": digest, "platform": platform, "form": form, "record": record, "found_at": now}
        same = (KNOWN_LINEAGES.c.digest == digest) & (KNOWN_LINEAGES.c.platform == platform) & (KNOWN_LINEAGES.c.form != form)
        with self._database.writing() as connection:
            self._database.insert_new(connection, KNOWN_LINEAGES, [row])
            connection.execute(update(KNOWN_LINEAGES).where(same).values(form=form, record=record, found_at=now))
